"""The columns that can be compared: how a change of each is counted, and which way is better.

A quality column changes by a difference in its own unit, new minus old.  Speed changes by a ratio,
new over old: a machine is not faster by so many Mpx/s, but by so many times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core import table
from upbench.benchmark.core.errors import UnknownNameError
from upbench.benchmark.core.row import columns, score_columns
from upbench.benchmark.core.text import split_names
from upbench.benchmark.report.columns import SPEED, describe_score, own_scores
from upbench.benchmark.report.render import DASH

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping


@dataclass(frozen=True)
class Compared(table.Column):
    """A column of the row table, as something that changes."""

    is_ratio: bool = False
    """Whether its change is new / old; the unit is then "x"."""

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

    def write_change(self, change: float, *, unit: bool = False) -> str:
        """Write a change with three digits that count: "+0.163", "-0.00210", "0"; "0.910x" a ratio.

        Args:
            change: The change; null is a dash.
            unit: Say the unit of a difference as well; a ratio has its "x" in any case.
        """
        if table.unknown(change):
            return DASH
        if self.is_ratio:
            return f"{_three_digits(change, '')}x"
        number = _three_digits(change * self.factor, "+") if change else "0"
        return f"{number} {self.unit}".strip() if unit else number


def _three_digits(value: float, sign: str) -> str:
    return f"{value:{sign}#.3g}".removesuffix(".")  # "123", not "123."


def known_columns(
    present: Iterable[str], stated: Mapping[str, Any] | None = None
) -> dict[str, Compared]:
    """Return every column that can be compared, by name, in the order of the tables.

    Args:
        present: The columns of the tables.
        stated: What the runs' manifests say of their metrics, by name: a plugin's metric keeps
            its direction where the plugin is not.

    Returns:
        All metrics that come with upbench, the others of the tables, and speed.
    """
    there = score_columns(present)
    ordered = [*score_columns(columns(own_scores())), *there]
    said = stated or {}
    found = {name: _compared(describe_score(name, said.get(name))) for name in ordered}
    speed = replace(_compared(SPEED), format=".4g", unit="x", is_ratio=True)
    return {**found, SPEED.key: speed}


def _compared(column: table.Column) -> Compared:
    found = Compared(**{field.name: getattr(column, field.name) for field in fields(column)})
    return replace(found, unit=column.unit or ("%" if column.factor > 1 else ""))


def choose_columns(
    text: str, present: Iterable[str], stated: Mapping[str, Any] | None = None
) -> dict[str, Compared]:
    """Return the columns that ``--metrics`` names, or all that the tables have.

    Args:
        text: Names and patterns, comma-separated; "" is every known column of the tables.
        present: The columns of the tables.
        stated: As for :func:`known_columns`.

    Raises:
        UnknownNameError: A name or pattern matches nothing that can be compared.
    """
    there = list(present)
    known = known_columns(there, stated)
    chosen = choose("metric", text, known)
    return {name: one for name, one in known.items() if name in there and name in chosen}


def choose(kind: str, text: str, known: Collection[str]) -> set[str]:
    """Return the names that names and patterns choose, comma-separated; "" chooses all.

    Raises:
        UnknownNameError: A name or pattern matches nothing.
    """
    chosen: set[str] = set()
    for pattern in split_names(text) or ("*",):
        matching = {name for name in known if fnmatchcase(name, pattern)}
        if not matching:
            raise UnknownNameError(kind, pattern, known)
        chosen |= matching
    return chosen
