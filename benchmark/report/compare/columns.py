"""The columns that can be compared: how a change of each is counted, and which way is better.

A quality column changes by a difference in its own unit, new minus old.  Speed changes by a ratio,
new over old: a machine is not faster by so many Mpx/s, but by so many times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from upbench.benchmark.core.errors import UnknownNameError
from upbench.benchmark.core.row import columns, score_columns
from upbench.benchmark.core.text import split_names
from upbench.benchmark.registry.catalog import collect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from upbench.benchmark.core.contract import Metric

__all__ = ["SPEED", "Column", "choose_columns", "known_columns"]

SPEED = "mpx_per_s"
"""The one column that is compared as a ratio."""


@dataclass(frozen=True)
class Column:
    """A column of the row table, as something that changes."""

    name: str
    unit: str
    """"dB", "px", "" ...; of a ratio it is "x"."""
    better: Literal["higher", "lower", "none"]
    heading: str
    form: str
    """The format of a value; that of a change is always three digits that count."""
    is_ratio: bool = False

    @property
    def same(self) -> float:
        """The change of a column that has not changed: 0 as a difference, 1 as a ratio."""
        return 1.0 if self.is_ratio else 0.0

    def effect(self, change: float) -> float:
        """Return a change turned so that above 0 is better; minus its size if no way is better.

        The effect of a ratio is its logarithm: half as fast and twice as fast weigh the same.
        """
        added = (math.log(change) if change else -math.inf) if self.is_ratio else change
        if self.better == "none":
            return -abs(added)
        return added + 0.0 if self.better == "higher" else 0.0 - added  # -0.0 is no loss


def known_columns(present: Iterable[str]) -> dict[str, Column]:
    """Return every column that can be compared, by name, in the order of the tables.

    Args:
        present: The columns of the tables.  One that no metric here explains, a plugin's say, is
            compared as well, without a word on which way is better.

    Returns:
        All metrics that there are, the strangers, and speed.
    """
    metrics = collect(rooms=("upbench.benchmark.metrics",)).metrics.values()
    place = columns(metric.name for metric in metrics).index
    ordered = sorted(metrics, key=lambda metric: place(metric.name))
    named = {metric.name: _column(metric) for metric in ordered}
    strangers = [name for name in score_columns(present) if name not in named]
    return {
        **named,
        **{name: Column(name, "", "none", name, ".4g") for name in strangers},
        SPEED: Column(SPEED, "x", "higher", "Mpx/s", ".4g", is_ratio=True),
    }


def _column(metric: Metric) -> Column:
    unit = "" if metric.unit == "1" else metric.unit
    return Column(metric.name, unit, metric.better, metric.heading, metric.format)


def choose_columns(text: str, present: Iterable[str]) -> dict[str, Column]:
    """Return the columns that ``--metrics`` names, or all that the tables have.

    Args:
        text: Names and patterns, comma-separated; "" is every known column of the tables.
        present: The columns of the tables.

    Raises:
        UnknownNameError: A name or pattern matches nothing that can be compared.
    """
    there = list(present)
    known = known_columns(there)
    patterns = split_names(text)
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in known):
            raise UnknownNameError("metric", pattern, known)
    return {
        name: column
        for name, column in known.items()
        if name in there and any(fnmatchcase(name, pattern) for pattern in patterns or ("*",))
    }
