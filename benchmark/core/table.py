"""One table model: what a column means and how its numbers are written, stated once.

A measurement returns a :class:`Table`; the renderers of ``report/render`` (Markdown, LaTeX,
terminal, the page's JSON) only lay it out.  How many digits a number has is said where its
meaning is said: in its column.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Better = Literal["higher", "lower", "none"]
Format: TypeAlias = str | Callable[[float], str]


@dataclass(frozen=True)
class Span:
    """A number with its interval: "+0.43 (+0.30 to +0.55)"; without the number "0.30 to 0.55"."""

    low: float | None
    high: float | None
    mean: float | None = None


def unknown(value: Any) -> bool:
    """Say whether a value is not known: None, NaN, NA, NaT, an interval of such."""
    if isinstance(value, Span):
        return unknown(value.mean) and (unknown(value.low) or unknown(value.high))
    if value is None or str(value) in {"<NA>", "NaT"}:
        return True
    return isinstance(value, float) and math.isnan(value)


def significant(value: float) -> str:
    """Write a number with three digits that count, and no exponent.

    >>> significant(0.012345), significant(1234.5)
    ('0.0123', '1234')
    """
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


@dataclass(frozen=True)
class Column:
    """One column: where its values are, what a reader sees above them, how they are written."""

    key: str
    """The field of a row that it shows."""
    heading: str
    """What stands above it, with its unit ("PSNR dB")."""
    format: Format = ""
    """A format specification for numbers (".2f", "+.3f", ".3g") or a function that writes one;
    "" is text."""
    better: Better = "none"
    """Which direction is better."""
    unit: str = ""
    """The unit of its differences ("dB"); "" where it has none."""
    limits: tuple[float, float] = (-math.inf, math.inf)
    """The lowest and the highest value that it can have."""
    help: str = ""
    """What a reader is shown who asks what it is."""
    clean: float | None = None
    """Of a fault: the value below which an image does not show it."""

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers: they are set flush right."""
        return bool(self.format)

    @property
    def factor(self) -> float:
        """By what a value is multiplied to be in the unit that a reader sees: 100 for a percent."""
        return 100.0 if isinstance(self.format, str) and self.format.endswith("%") else 1.0

    def in_unit(self, value: float) -> str:
        """Write a round value with the unit, as in a sentence.

        >>> Column("level", "level dB", ".1f", unit="dB").in_unit(1.0)
        '1 dB'
        >>> Column("share", "share %", ".1%", unit="%").in_unit(0.05)
        '5 %'
        """
        unit = self.unit or ("%" if self.factor > 1 else "")
        return f"{value * self.factor:g} {unit}".strip()

    def write(self, value: Any) -> str:
        """Write one value; not known is nothing, and text stays as it is.

        What is written as zero has no sign.

        >>> Column("psnr_db", "PSNR dB", ".2f").write(33.6612)
        '33.66'
        >>> Column("gain_db", "gain dB", "+.2f").write(-0.001)
        '0.00'
        >>> Column("psnr_db", "95 %", ".1f").write(Span(30, 36))
        '30.0 to 36.0'
        """
        if unknown(value):
            return ""
        if isinstance(value, Span):
            return self._write_span(value)
        if not self.format or isinstance(value, str):
            return str(value)
        if isinstance(value, float) and math.isinf(value):
            return "inf" if value > 0 else "-inf"
        return self.format(value) if callable(self.format) else _formatted(value, self.format)

    def _write_span(self, span: Span) -> str:
        ends = [self.write(end) for end in (span.low, span.high)]
        text = " to ".join(ends) if all(ends) else ""
        mean = self.write(span.mean)
        return f"{mean} ({text})" if mean and text else mean or text


def _formatted(value: float, form: str) -> str:
    """Write a number by a specification, a zero without its sign."""
    text = format(value, form)
    return text if re.search("[1-9]", text) else text.lstrip("+-")


def mean_and_range(values: Iterable[float], column: Column) -> Span | float | None:
    """Return the mean of some values with the least and the most, where these read differently.

    >>> column = Column("psnr_db", "PSNR dB", ".1f")
    >>> column.write(mean_and_range([30.0, 31.0], column))
    '30.5 (30.0 to 31.0)'
    >>> column.write(mean_and_range([30.0, 30.01], column))
    '30.0'
    """
    known = [value for value in values if not unknown(value)]
    if not known:
        return None
    low, high, mean = min(known), max(known), sum(known) / len(known)
    return mean if column.write(low) == column.write(high) else Span(low, high, mean)


@dataclass(frozen=True)
class Table:
    """Rows under columns, in the order in which they are shown."""

    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    title: str = ""
    notes: tuple[str, ...] = ()
    """Sentences that belong under it."""
    best: frozenset[tuple[int, str]] = field(default=frozenset())
    """Cells that hold the best of their column: (number of the row, key of the column)."""

    def written(self) -> list[list[str]]:
        """Return every value as text, row by row."""
        return [[column.write(row.get(column.key)) for column in self.columns] for row in self.rows]


def table_of(columns: Mapping[str, Format] | Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """Return a table of plain rows.

    Args:
        columns: Headings, with the format of each where it is not text.
        rows: A value for each column.
    """
    formats = columns if isinstance(columns, dict) else dict.fromkeys(columns, "")
    shown = tuple(Column(str(place), *one) for place, one in enumerate(formats.items()))
    return Table(shown, tuple({str(n): value for n, value in enumerate(row)} for row in rows))


def best_rows(
    column: Column, rows: Sequence[Mapping[str, Any]], eligible: Iterable[int]
) -> set[int]:
    """Return which of the eligible rows show the best value of a column, by their numbers.

    Values that print alike are alike: a difference that the table does not show is no victory.
    """
    if column.better == "none":
        return set()
    values: dict[int, Any] = {row: rows[row].get(column.key) for row in eligible}
    known = {row: value for row, value in values.items() if not unknown(value)}
    if not known:
        return set()
    best = max(known.values()) if column.better == "higher" else min(known.values())
    shown = column.write(best)
    return {row for row, value in known.items() if column.write(value) == shown}
