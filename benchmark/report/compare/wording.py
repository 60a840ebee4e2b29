"""How places, values and changes are written in every table and sentence of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.table import unknown
from upbench.benchmark.report.render import DASH

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from upbench.benchmark.report.compare.columns import Compared


def place(row: Mapping[Hashable, Any]) -> str:
    """Return what a line is about without its method: "standard x2, y-classic"."""
    return f"{row['dataset']} x{row['scale']}, {row['protocol']}"


def method_on_place(row: Mapping[Hashable, Any]) -> str:
    """Return what a line is about: "bicubic on standard x2, y-classic"."""
    return f"{row['method']} on {place(row)}"


def change_text(column: Compared, change: float, *, unit: bool = False) -> str:
    """Return a change with three digits that count: "+0.163", "-0.00210", "0"; "0.910x" of a ratio.

    Args:
        column: The column that changed.
        change: Its change; null is a dash.
        unit: Say the unit of a difference as well; a ratio has its "x" in any case.
    """
    if unknown(change):
        return DASH
    if column.is_ratio:
        return f"{_three_digits(change, '')}x"
    number = _three_digits(change, "+") if change else "0"
    return f"{number} {column.unit}".strip() if unit else number


def _three_digits(value: float, sign: str) -> str:
    return f"{value:{sign}#.3g}".removesuffix(".")  # "123", not "123."
