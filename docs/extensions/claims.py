"""Write the table of claims where a page says ``<!-- claims -->``.

A quotation may hold Markdown of its own: Sphinx's ``csv-table`` would read it.
"""

from __future__ import annotations

import csv
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

MARK = "<!-- claims -->"
FILE = Path(__file__).parents[2] / "tests" / "docs" / "claims.csv"


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at each page before it is read."""
    app.connect("source-read", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def fill_in(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Exchange the mark for the table."""
    if MARK in source[0]:
        source[0] = source[0].replace(MARK, table())


def table() -> str:
    """Return the claims as an HTML table, one line each."""
    with FILE.open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    body = "\n".join(_line(row, "td") for row in rows)
    return (
        f'<div class="claims"><table>\n<thead>{_line(head, "th")}</thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _line(cells: list[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"
