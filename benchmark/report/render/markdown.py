"""Tables as Markdown: pipes, the best of each column in bold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from upbench.benchmark.core.text import printable
from upbench.benchmark.report.render import DASH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from upbench.benchmark.core.table import Table


def escape(text: str) -> str:
    r"""Keep a name or a reason from being read as Markdown or HTML; it stays on one line.

    >>> escape("a|b_c & d&lt;"), escape("$x$")
    ('a\\|b\\_c & d\\&lt;', '<span>$</span>x<span>$</span>')
    """
    flat = printable(" ".join(text.split()))
    for sign in "\\`|*_<[~":
        flat = flat.replace(sign, f"\\{sign}")
    flat = re.sub("&(?=[#A-Za-z])", r"\\&", flat)  # an entity
    return flat.replace("$", "<span>$</span>")  # GitHub reads $x$ and \$x\$ as mathematics


def section(table: Table, level: int = 2) -> str:
    """Return a table under its title, its notes below, a line each; it ends with a line's end.

    One without rows shows its title and notes alone.
    """
    lines = ["#" * level + f" {escape(table.title)}", ""] if table.title else []
    if table.rows:
        lines += [*grid(table), ""]
    if table.notes:
        lines += [*map(escape, table.notes), ""]
    return "\n".join(lines)


def grid(table: Table) -> Iterator[str]:
    """Yield the lines of a table alone: headings, rule, rows."""
    yield _line([escape(column.heading) for column in table.columns])
    yield _line(["---:" if column.is_number else "---" for column in table.columns])
    for number, row in enumerate(table.written()):
        cells = []
        for column, text in zip(table.columns, row, strict=True):
            cell = escape(text) or (DASH if column.is_number else "")
            cells.append(f"**{cell}**" if (number, column.key) in table.best else cell)
        yield _line(cells)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
