"""Statistics over images and seeds: how sure a mean is, and what differs significantly.

Imports ``core``.

- ``intervals``: the confidence interval of a mean, of scores or of paired differences.
- ``paired``: differences per image, Wilcoxon's signed-rank test, Holm's correction.
- ``simultaneous``: the max-t bootstrap over images: one critical value for all pairs.
- ``ranking``: differences to the best and rank ranges, both right for all methods at once.
- ``influence``: where one image decides the order.
- ``resolution``: the smallest difference that an image set can show, and what small sets cannot.
- ``seeds``: which layers differ by more than their trainings do.
- ``columns``: all of it for the rows of a run, frame in, frame out.

What each number means, its formula and its source: ``docs/statistics.md``.
"""

from __future__ import annotations

from upbench.benchmark.statistics.influence import deciding_image, deciding_lead
from upbench.benchmark.statistics.intervals import LEVEL, Interval, mean_interval
from upbench.benchmark.statistics.paired import holm, paired_differences, wilcoxon_p
from upbench.benchmark.statistics.ranking import ALPHA, FEWEST_TO_RANK, Ranking, rank_methods
from upbench.benchmark.statistics.resolution import caveats, resolvable, smallest_p
from upbench.benchmark.statistics.seeds import significant_differences, significant_pairs
from upbench.benchmark.statistics.simultaneous import critical_value

__all__ = [
    "ALPHA",
    "FEWEST_TO_RANK",
    "LEVEL",
    "Interval",
    "Ranking",
    "caveats",
    "critical_value",
    "deciding_image",
    "deciding_lead",
    "holm",
    "mean_interval",
    "paired_differences",
    "rank_methods",
    "resolvable",
    "significant_differences",
    "significant_pairs",
    "smallest_p",
    "wilcoxon_p",
]
