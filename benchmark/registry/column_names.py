"""Names that a plugin's metric cannot have: those of other columns of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import Metric
from upbench.benchmark.core.errors import PluginMetadataError
from upbench.benchmark.core.row import HEADLINE, score_columns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from upbench.benchmark.core.contract import Described

OF_A_SUMMARY = ("images", "infinite", "set_aside", "noted", "reference", "rgb8_mpx_per_s")


def check_columns(described: Iterable[Described], known: Iterable[str], source: str) -> None:
    """Refuse metrics of a plugin whose column, or a column of its statistics, is another's.

    Raises:
        PluginMetadataError: A name is taken.
    """
    taken = {*known}
    for one in described:
        if not isinstance(one, Metric):
            continue
        is_ours = source.startswith("upbench.")
        if not score_columns([one.name]) or (not is_ours and _is_taken(one.name, taken)):
            raise PluginMetadataError(
                f"the metric {one.name!r} has the name of a column that every table has; "
                "expected another name."
            )
        taken.add(one.name)


def _is_taken(name: str, known: set[str]) -> bool:
    others = known - {name}  # two of one name are another matter
    return (
        name in (*HEADLINE, *OF_A_SUMMARY)
        or any(_belongs_to(name, other) for other in others)
        or any(_belongs_to(other, name) for other in others)
    )


def _belongs_to(name: str, metric: str) -> bool:
    """Say whether a name is that of a column of a metric's statistics, or of its faults."""
    from upbench.benchmark.statistics.columns import Measure, statistic_columns  # numpy

    stem = metric.rpartition("_")[0] or metric
    return name.startswith((f"{metric}_above_", f"{stem}_above_")) or name in (
        f"{metric}_max",
        *statistic_columns([Measure(metric)]),
    )
