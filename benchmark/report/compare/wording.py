"""How places, values and changes are written in every table and sentence of a comparison."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from upbench.benchmark.report.compare.columns import Column

__all__ = [
    "NOTHING",
    "change_text",
    "interval_text",
    "method_on_place",
    "place",
    "value_text",
]

NOTHING = "–"  # noqa: RUF001 - the dash of every table


def place(row: Mapping[Hashable, Any]) -> str:
    """Return what a line is about without its method: "standard x2, y-classic"."""
    return f"{row['dataset']} x{row['scale']}, {row['protocol']}"


def method_on_place(row: Mapping[Hashable, Any]) -> str:
    """Return what a line is about: "bicubic on standard x2, y-classic"."""
    return f"{row['method']} on {place(row)}"


def value_text(column: Column, value: float) -> str:
    """Return a value as the tables of the report print it; null is a dash."""
    return NOTHING if _is_null(value) else f"{value:{column.form}}"


def change_text(column: Column, change: float, *, unit: bool = False) -> str:
    """Return a change with three digits that count: "+0.163", "-0.00210", "0"; "0.910x" of a ratio.

    Args:
        column: The column that changed.
        change: Its change; null is a dash.
        unit: Say the unit of a difference as well; a ratio has its "x" in any case.
    """
    if _is_null(change):
        return NOTHING
    if column.is_ratio:
        return f"{_three_digits(change, '')}x"
    number = _three_digits(change, "+") if change else "0"
    return f"{number} {column.unit}".strip() if unit else number


def interval_text(column: Column, low: float, high: float) -> str:
    """Return an interval: "+0.100 to +0.220"; null is a dash, and so is one of no width."""
    if _is_null(low) or _is_null(high) or low == high:
        return NOTHING
    return f"{change_text(column, low)} to {change_text(column, high)}"


def _three_digits(value: float, sign: str) -> str:
    return f"{value:{sign}#.3g}".removesuffix(".")  # "123", not "123."


def _is_null(value: float | None) -> bool:
    return value is None or math.isnan(value)
