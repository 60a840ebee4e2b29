"""Link a type in a signature to the name that is meant, or to nothing.

Sphinx looks for any object whose name ends like that of the type, and would link ``bytes`` to the
attribute of that name in some class; here only exact names count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sphinx.addnodes import pending_xref

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at each page after it was read."""
    app.connect("doctree-read", ask_for_exact_names)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def ask_for_exact_names(_app: Sphinx, page: nodes.document) -> None:
    """Take away the mark that asks for a search; Sphinx reads it as set even where it is False."""
    for reference in page.findall(pending_xref):
        if reference.get("refspecific") is False:
            del reference["refspecific"]
