"""The middle of some timings and how sure it is: median, quartiles, confidence interval.

Timings are skewed and have outliers, so nothing here assumes a normal distribution.  The interval
of the median is the one by order statistics: of n independent samples, the number below the true
median is binomial(n, 1/2), whatever their distribution.  With k the largest rank for which
``2 P(binomial(n, 1/2) <= k - 1) <= 1 - confidence``, the k-th smallest and the k-th largest sample
enclose the median with at least that confidence.

Source: J.-Y. Le Boudec, Performance Evaluation of Computer and Communication Systems, EPFL Press
2010, Theorem 2.1; M. Hollander, D. A. Wolfe, E. Chicken, Nonparametric Statistical Methods,
3rd edition, Wiley 2014, section 3.6 (the interval that belongs to the sign test).  Fewer than six
samples have no interval at 95 %.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIDENCE = 0.95
FEWEST = 6
"""The number of samples from which the median has an interval at 95 %."""
PRECISION = 0.05
"""How far from the median either end of the interval may lie, as a share of the median."""


@dataclass(frozen=True)
class Spread:
    """The middle of some samples, in their unit."""

    median: float
    q25: float
    q75: float
    low: float | None
    """The lower end of the median's confidence interval; None with too few samples."""
    high: float | None
    """The upper end."""

    def columns(self) -> dict[str, float | None]:
        """Return the columns of a table that say how long something took, in seconds."""
        return {
            "seconds": self.median,
            "seconds_q25": self.q25,
            "seconds_q75": self.q75,
            "seconds_ci_low": self.low,
            "seconds_ci_high": self.high,
        }

    @property
    def precision(self) -> float | None:
        """How far the interval's farther end lies from the median, as a share of the median."""
        if self.low is None or self.high is None or self.median <= 0:
            return None
        return max(self.high - self.median, self.median - self.low) / self.median

    @property
    def is_precise(self) -> bool:
        """Whether the interval lies within 5 % of the median."""
        return self.precision is not None and self.precision <= PRECISION


def spread(samples: Sequence[float]) -> Spread:
    """Summarise samples, at least one; quartiles are interpolated linearly, as numpy's default."""
    ordered = sorted(samples)
    rank = median_rank(len(ordered))
    several = ordered if len(ordered) > 1 else ordered * 2
    quartiles = statistics.quantiles(several, n=4, method="inclusive")
    return Spread(
        median=statistics.median(ordered),
        q25=quartiles[0],
        q75=quartiles[2],
        low=None if rank is None else ordered[rank - 1],
        high=None if rank is None else ordered[-rank],
    )


@lru_cache(maxsize=4096)
def median_rank(count: int, confidence: float = CONFIDENCE) -> int | None:
    """Return k: the k-th smallest and k-th largest of the samples enclose the true median.

    It is the largest such k, from 1; None when even the extremes do not enclose it so surely.

    >>> median_rank(10)
    2
    >>> median_rank(5) is None
    True
    """
    # In whole numbers: sum over i < k of C(n, i) is at most (1 - confidence) / 2 of 2^n.
    tail = (1 - Fraction(str(confidence))) / 2
    most = tail.numerator * 2**count // tail.denominator
    rank, ways, below = 0, 1, 1
    while below <= most:
        rank += 1
        ways = ways * (count - rank + 1) // rank
        below += ways
    return rank or None
