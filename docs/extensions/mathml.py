"""Formulas as MathML, which browsers draw themselves: no script, no font, no network.

docutils has the converter; Sphinx by itself offers MathJax from a server, or LaTeX.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from docutils.nodes import SkipNode
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.util.logging import getLogger

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

LOG = getLogger(__name__)


def setup(app: Sphinx) -> dict[str, Any]:
    """Offer ``html_math_renderer = "mathml"``."""
    app.add_html_math_renderer("mathml", (write_inline, None), (write_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write_inline(writer: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    writer.body.append(converted(node, as_block=False))
    raise SkipNode


def write_block(writer: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on lines of its own; a phone scrolls one that is too wide."""
    formula = converted(node, as_block=True)
    writer.body.append(f'<div class="formula">{formula}</div>\n')
    raise SkipNode


def converted(node: nodes.math | nodes.math_block, *, as_block: bool) -> str:
    """Return the formula as MathML; one that docutils cannot read is a warning, and stays TeX."""
    tex = node.astext()
    try:
        return str(tex2mathml(tex, as_block=as_block))
    except MathError as error:
        LOG.warning("cannot read the formula %s: %s", tex, error, location=node)
        return f"<code>{escape(tex)}</code>"
