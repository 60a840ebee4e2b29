"""Columns and values as the page's scripts get them: plain lists and dictionaries."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.table import unknown

if TYPE_CHECKING:
    from upbench.benchmark.core.table import Column

DIGITS = 9
"""Significant digits that numbers keep: a script that subtracts two of them or rounds one reads
what the tables read, and the last bits, which nobody reads, take no space in the page."""


def describe_column(column: Column) -> dict[str, Any]:
    """Return what a script must know to show a column; its format is never code."""
    return {
        "key": column.key,
        "label": column.heading,
        "format": column.format if isinstance(column.format, str) else ".3g",
        "better": column.better,
        "unit": column.unit,
        "help": column.help,
    }


def jsonable(value: Any) -> Any:
    """Return a value as JSON can hold it: numbers with nine significant digits, not known as null.

    JSON has no infinity: it becomes a text.

    >>> jsonable(31.559348123), jsonable(float("nan")), jsonable(float("inf"))
    (31.5593481, None, 'Infinity')
    """
    if unknown(value):
        return None
    if isinstance(value, str | bool):
        return value
    number = float(value)
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    rounded = float(f"{number:.{DIGITS}g}")
    return int(rounded) if rounded.is_integer() else rounded
