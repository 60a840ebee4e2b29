"""From data to one HTML file that asks the network for nothing.

What keeps names from elsewhere from becoming code: Jinja escapes them in HTML, JSON is written
without the characters that could end its element, the scripts put text into the page as text, and
a Content Security Policy admits only the scripts that upbench wrote, by their hashes, and no
request to anywhere.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.sizes import scale_label
from upbench.benchmark.report.page.section import every_section, scripts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jinja2 import Environment
    from markupsafe import Markup

HERE = Path(__file__).parent
SCRIPTS = ("format", "dom", "state", "table", "album", "spectrum", "plots", "sections")
"""What the sections' scripts use, each using those before it."""
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def render(template: str, library: str = "", **data: Any) -> str:
    """Fill a whole page's template, with the plotting library's script; return the page."""
    from markupsafe import Markup

    script = own_script()
    text = render_part(
        template,
        style=Markup(_read(HERE / "templates" / "page.css")),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own files
        library=Markup(library),  # noqa: S704 - Bokeh's file
        policy=content_policy([script, library]),
        **data,
    )
    # a lone surrogate, as in a file name of undecodable bytes, cannot be written as UTF-8
    return text.encode("utf-8", "replace").decode("utf-8")


def render_part(template: str, **data: Any) -> Markup:
    """Fill a template; what it shows is escaped, controls in it are written out."""
    from markupsafe import Markup

    text = _environment().get_template(template).render(**data)
    return Markup(text)  # noqa: S704 - escaped by the template


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters["json"] = safe_json
    environment.filters["scale_label"] = scale_label
    environment.filters["bytes"] = bytes_text
    return environment


def _shown(value: Any) -> Any:
    """Write controls out in a text; markup is our own.  (Names stand in elements of their own.)."""
    if type(value) is not str:
        return value
    return CONTROLS.sub(lambda found: repr(found[0])[1:-1], value)


def bytes_text(count: int) -> str:
    """Write a number of bytes as ``--crops`` takes it.

    >>> bytes_text(900), bytes_text(20 << 10), bytes_text(1_500_000), bytes_text(30 << 20)
    ('900 bytes', '20 KB', '1.4 MB', '30 MB')
    """
    for unit, size in (("MB", 1 << 20), ("KB", 1 << 10)):
        if count >= size:
            return f"{count / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{count} bytes"


def own_script() -> str:
    """Return the page's own scripts as one, their names hidden from everything else."""
    files = [HERE / "templates" / f"{name}.js" for name in SCRIPTS]
    files += [file for name in every_section() for file in scripts_of(name)]
    files.append(HERE / "templates" / "main.js")
    parts = [f"// {file.relative_to(HERE)}\n{_read(file)}" for file in files]
    return "\n".join(['(() => {\n"use strict";', *parts, "})();"])


def content_policy(scripts: Iterable[str]) -> str:
    """Return the policy that admits some inline scripts and no request.

    (Styles may stand inline: the plotting library writes its own.)
    """
    hashes = [f"'sha256-{b64encode(sha256(s.encode()).digest()).decode()}'" for s in scripts if s]
    rules: Mapping[str, str] = {
        "default-src": "'none'",
        "script-src": " ".join(hashes) or "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def safe_json(value: Any) -> Markup:
    r"""Return JSON that can stand in a script element, whatever text it holds.

    >>> print(safe_json("</script><!-- &"))
    "\u003c/script\u003e\u003c!-- \u0026"
    """
    from markupsafe import Markup

    # JSON in ASCII: neither line separators nor lone surrogates are left to trip over
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - nothing is left that HTML could read


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")
