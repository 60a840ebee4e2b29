"""Tables for the terminal: no cell is cut, no column is folded to a few characters.

Where the columns do not fit beside each other, the last ones stand below their row, with their
headings.  Only the first column is folded, where that makes all of them fit.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, chop_cells
from rich.text import Text

from upbench.benchmark.core.text import printable
from upbench.benchmark.report.render import DASH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from upbench.benchmark.core.table import Column, Table

GAP = 2
"""Spaces between columns."""
NARROW = 8
"""A heading is broken between words, so that the numbers below set the width."""
FEWEST = 12
"""Cells of the first column, at least."""
STYLES = {"pass": "green", "FAIL": "bold red", "note": "cyan", "better": "green",
          "worse": "bold red"}  # fmt: skip
"""Words that have a colour wherever they fill a cell."""


class _Grid(NamedTuple):
    """What stands beside each other, and how wide."""

    columns: tuple[Column, ...]
    widths: tuple[int, ...]
    heads: tuple[list[str], ...]
    """The lines of each heading."""


def to_text(table: Table, width: int | None = None) -> Text:
    """Lay a table out for reading in a fixed-width font.

    Args:
        table: The table.
        width: Cells of a line; None is as many as it takes, a line per row.

    Returns:
        Title, headings, rows and notes; the best of each column with "*" and in green.
    """
    cells = [_cells(table, number) for number in range(len(table.rows))]
    grid = _fitted(table, cells, width)
    out = Text()
    if table.title:
        out.append(f"{printable(table.title)}\n", "bold")
    if cells:
        out.append_text(_head(grid))
    for number, row in enumerate(cells):
        out.append_text(_row(table, grid, row, number, width))
    for note in table.notes:
        lines = wrap(printable(note), width or 100) or [""]
        out.append("".join(f"{line}\n" for line in lines))
    return out


def _cells(table: Table, number: int) -> list[str]:
    """Return the texts of a row; a column that marks its best leaves a place for the mark."""
    marked = {key for _, key in table.best}
    found = []
    for column in table.columns:
        text = printable(column.write(table.rows[number].get(column.key)))
        text = text or (DASH if column.is_number else "")
        mark = "*" if (number, column.key) in table.best else " "
        found.append(text + mark if column.key in marked else text)
    return found


def _fitted(table: Table, cells: list[list[str]], width: int | None) -> _Grid:
    """Choose the leading columns that fit, and give each its width."""
    heads = [_heading(column, width) for column in table.columns]
    widths = [
        max(map(cell_len, [*head, *(row[index] for row in cells)]))
        for index, head in enumerate(heads)
    ]
    count = len(widths)
    if width is not None:
        left = width - sum(GAP + one for one in widths[1:])
        widths[0] = min(widths[0], left if left >= FEWEST else width)
        while count > 1 and sum(widths[:count]) + GAP * (count - 1) > width:
            count -= 1
    return _Grid(table.columns[:count], tuple(widths[:count]), tuple(heads[:count]))


def _heading(column: Column, width: int | None) -> list[str]:
    """Return the lines of a heading."""
    text = printable(column.heading)
    if width is None or not column.is_number:
        return [text]
    if len(text) <= NARROW:
        return text.split() or [""]
    words = text.replace("checkerboard", "checker-board")
    return wrap(words, NARROW, break_long_words=False) or [""]


def _head(grid: _Grid) -> Text:
    height = max(map(len, grid.heads))
    lines = [[""] * (height - len(head)) + head for head in grid.heads]
    rows = (_line(grid, [head[number] for head in lines]) for number in range(height))
    rule = "-" * (sum(grid.widths) + GAP * (len(grid.widths) - 1))
    return Text("".join(f"{row}\n" for row in [*rows, rule]), "bold")


def _line(grid: _Grid, cells: list[str]) -> str:
    aligned = [
        _aligned(text, wide, right=column.is_number)
        for text, wide, column in zip(cells, grid.widths, grid.columns, strict=True)
    ]
    return (" " * GAP).join(aligned).rstrip()


def _aligned(text: str, width: int, *, right: bool) -> str:
    space = " " * max(0, width - cell_len(text))
    return space + text if right else text + space


def _row(table: Table, grid: _Grid, cells: list[str], number: int, width: int | None) -> Text:
    first, *folded = chop_cells(cells[0], max(1, grid.widths[0])) or [""]
    out = Text()
    for index, column in enumerate(grid.columns):
        text = first if index == 0 else cells[index]
        style = "bold green" if (number, column.key) in table.best else STYLES.get(text.strip(), "")
        out.append(" " * GAP if index else "")
        out.append(_aligned(text, grid.widths[index], right=column.is_number), style)
    out.rstrip()
    out.append("".join(f"\n{line}" for line in folded) + "\n")
    out.append("".join(f"{line}\n" for line in _below(table, len(grid.columns), cells, width)))
    return out


def _below(table: Table, shown: int, cells: list[str], width: int | None) -> Iterator[str]:
    """Yield the lines of what found no place beside the others."""
    rest = zip(table.columns[shown:], cells[shown:], strict=True)
    said = [f"{printable(column.heading)}: {text.strip()}" for column, text in rest if text.strip()]
    yield from wrap("; ".join(said), width or 100, initial_indent="    ", subsequent_indent="    ")
