"""Write a section for every module of a package where a page says ``<!-- modules of NAME -->``.

So a new method or metric is in the reference as soon as its file is there.  Modules whose name
begins with an underscore are left out.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

MARK = re.compile(r"<!-- modules of ([\w.]+) -->")
SECTION = """## `{name}`

```{{eval-rst}}
.. automodule:: {name}
```
"""


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at each page before it is read."""
    app.connect("source-read", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def fill_in(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Exchange each mark for its sections, as Markdown."""
    source[0] = MARK.sub(lambda mark: "\n".join(sections(mark[1])), source[0])


def sections(package: str) -> Iterator[str]:
    """Yield the section of each public module of a package, at any depth."""
    folders = importlib.import_module(package).__path__
    for module in pkgutil.walk_packages(folders, prefix=f"{package}."):
        if not any(part.startswith("_") for part in module.name.split(".")):
            yield SECTION.format(name=module.name)
