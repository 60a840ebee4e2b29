"""Statistics over images: how sure a mean is, and which methods differ significantly.

Imports ``core``.

- ``intervals``: the confidence interval of a mean, of scores or of paired differences.
- ``paired``: differences per image, Wilcoxon's signed-rank test, Holm's correction.
- ``ranking``: tie groups instead of ranks.
- ``resolution``: the smallest difference that an image set can show, and what small sets cannot.
- ``columns``: all of it for the rows of a run, frame in, frame out.

What each number means, its formula and its source: ``docs/statistics.md``.
"""

from __future__ import annotations

from upbench.benchmark.statistics.intervals import LEVEL, Interval, mean_interval
from upbench.benchmark.statistics.paired import holm, paired_differences, wilcoxon_p
from upbench.benchmark.statistics.ranking import ALPHA, tie_groups
from upbench.benchmark.statistics.resolution import caveats, resolvable, smallest_p

__all__ = [
    "ALPHA",
    "LEVEL",
    "Interval",
    "caveats",
    "holm",
    "mean_interval",
    "paired_differences",
    "resolvable",
    "smallest_p",
    "tie_groups",
    "wilcoxon_p",
]
