"""Read docstrings in Google's style, and leave the sentences under attributes as they are.

Napoleon does the reading.  Loaded as an extension it would take what stands before a colon in an
attribute's sentence for the attribute's type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx.ext.napoleon import Config, GoogleDocstring

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SENTENCES = ("attribute", "data", "property")
"""What is documented by plain sentences, with the type in the code."""
NOTHING = "Alias for field number "
"""What Python says of a named tuple's field where we say nothing."""
STYLE = Config(napoleon_use_rtype=False)  # what a return's sentence begins with is no type either


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at each docstring that autodoc finds."""
    app.connect("autodoc-process-docstring", read_sections)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def read_sections(
    _app: Sphinx, what: str, _name: str, _documented: object, _options: Any, lines: list[str]
) -> None:
    """Turn Args, Returns, Raises and the others into what Sphinx reads, in place."""
    if lines and lines[0].startswith(NOTHING):
        lines.clear()
    elif what not in SENTENCES:
        lines[:] = GoogleDocstring(lines, STYLE, what=what).lines()
