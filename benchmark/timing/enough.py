"""How much effort a stored row was measured with, and whether that is enough for what is asked.

The effort stands in the store beside the row's columns, under :data:`BUDGET` and :data:`BRIEF`; no
table shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.timing.measure import Effort

if TYPE_CHECKING:
    from collections.abc import Mapping

BUDGET, BRIEF = "budget", "brief"
"""Of a stored row: the seconds that it might be sampled for, and whether it was brief."""


def with_effort(row: Mapping[str, Any], effort: Effort) -> dict[str, Any]:
    """Return a row as it is stored: with the effort that it was measured with."""
    return {**row, BUDGET: effort.budget, BRIEF: effort.brief}


def is_enough(row: Mapping[str, Any], effort: Effort) -> bool:
    """Say whether a stored row that is "ok" was measured with as much effort as this, or more.

    A full measurement is more than a brief one, whatever their budgets: it has the memory and a
    whole warm-up, which a brief one in its place would lose.  Of one kind the larger budget is
    more.  A full row without a peak, for which there was no time, is as good as its budget: else
    it would be measured at every call of the same command.
    """
    return (not _was_brief(row), _budget_of(row)) >= (not effort.brief, effort.budget)


def _was_brief(row: Mapping[str, Any]) -> bool:
    """Say whether a row's memory was left out; an older upbench's shows it by having none."""
    brief = row.get(BRIEF)
    return row.get("peak_mb") is None if brief is None else bool(brief)


def _budget_of(row: Mapping[str, Any]) -> float:
    """Return a row's budget; an older upbench's does not say, and most were of the default."""
    budget = row.get(BUDGET)
    return float(budget) if isinstance(budget, int | float) else Effort().budget
