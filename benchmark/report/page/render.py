"""From data to one HTML file that asks the network for nothing.

What keeps a stranger's names from becoming code: Jinja escapes them in HTML, JSON is written
without the characters that could end its element, the scripts put text into the page as text, and
a Content Security Policy admits only the scripts that upbench wrote, by their hashes, and no
request to anywhere.
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from markupsafe import Markup

__all__ = ["SCRIPTS", "render", "safe_json"]

TEMPLATES = Path(__file__).with_name("templates")

SCRIPTS = (
    "format.js",
    "dom.js",
    "state.js",
    "table.js",
    "album.js",
    "spectrum.js",
    "view.js",
    "gestures.js",
    "plots.js",
    "speed.js",
    "answer.js",
    "results.js",
    "explorer.js",
    "checkerboards.js",
    "agreement.js",
    "main.js",
)
"""The page's own scripts, each using those before it."""


def render(template: str, library: str = "", **data: Any) -> str:
    """Fill a template and return the page.

    Args:
        template: Its file name in ``templates``.
        library: The script of the plotting library.
        data: What the template shows.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json"] = safe_json
    script = own_script()
    text = environment.get_template(template).render(
        style=Markup(_read("page.css")),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own files
        library=Markup(library),  # noqa: S704 - Bokeh's file
        policy=content_policy([script, library]),
        **data,
    )
    # a lone surrogate, as in a file name of undecodable bytes, cannot be written as UTF-8
    return text.encode("utf-8", "replace").decode("utf-8")


def own_script() -> str:
    """Return the page's own scripts as one, their names hidden from everything else."""
    parts = [f"// {name}\n{_read(name)}" for name in SCRIPTS]
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


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
