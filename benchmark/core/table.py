"""One table model: what a column means and how its numbers are written, stated once.

A measurement returns a :class:`Table`; renderers (Markdown, LaTeX, terminal, CSV, the page) only
lay it out.  How many digits a number has is said where its meaning is said: in its column.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Better", "Column", "Table"]

Better = Literal["higher", "lower", "none"]


@dataclass(frozen=True)
class Column:
    """One column: where its values are, what a reader sees above them, how they are written."""

    key: str
    """The field of a row that it shows."""
    heading: str
    """What stands above it, with its unit ("PSNR dB")."""
    format: str = ""
    """A Python format specification for numbers (".2f", "+.3f", ".3g"); "" is text."""
    better: Better = "none"
    """Which direction is better."""

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers: they are set flush right."""
        return bool(self.format)

    def write(self, value: Any) -> str:
        """Write one value; not known (None, NaN, NA) is nothing.

        >>> Column("psnr_db", "PSNR dB", ".2f").write(33.6612)
        '33.66'
        """
        if value is None or value != value or str(value) in {"<NA>", "NaT"}:  # noqa: PLR0124 - NaN
            return ""
        if not self.format or isinstance(value, str):
            return str(value)
        if isinstance(value, float) and math.isinf(value):
            return "inf" if value > 0 else "-inf"
        return format(value, self.format)


@dataclass(frozen=True)
class Table:
    """Rows under columns, in the order in which they are shown."""

    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    title: str = ""
    notes: tuple[str, ...] = ()
    """Sentences that belong under it."""

    def written(self) -> list[list[str]]:
        """Return every value as text, row by row."""
        return [[column.write(row.get(column.key)) for column in self.columns] for row in self.rows]
