"""What an image set can show, and what it cannot.

The smallest difference between two methods that n images usually show is the true mean paired
difference that a two-sided paired t-test at 5 % finds in 80 % of all draws of n images:

    resolves = (t(0.975, n - 1) + t(0.8, n - 1)) s / sqrt(n)

s is the standard deviation of *their* differences per image: it is stated for a pair.  Methods that
err on the same images need small differences, unlike ones large ones.  It is
for a pair that was chosen beforehand; a rank among many methods needs larger differences.

Source: NIST/SEMATECH e-Handbook of Statistical Methods, section 7.2.2.2 (sample sizes), solved
for the difference; the same question for language models: D. Card et al., With Little Power Comes
Great Responsibility, EMNLP 2020, doi:10.18653/v1/2020.emnlp-main.745.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.text import counted
from upbench.benchmark.statistics.ranking import ALPHA, FEWEST_TO_RANK
from upbench.benchmark.statistics.simultaneous import standard_errors

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Floats

POWER = 0.8
"""How often a difference just large enough is found."""
SHORT_BELOW = 30
"""Images below which intervals of strongly skewed scores are known to be too short."""
SKEWED_COVERAGE = {5: 89, 14: 92}
"""Images: percent of strongly skewed draws (lognormal, sigma 1) whose interval covers the mean;
from ``results/perf/intervals.csv``."""


def resolvable(differences: ArrayLike, *, negligible: float = 0.0) -> Floats:
    """Return the smallest mean difference that these images usually show, for each pair.

    Args:
        differences: Shape (n, p): paired differences per image of p pairs of methods; NaN is
            dropped.
        negligible: A pair that differs by this at most, on every image, is one method.

    Returns:
        Shape (p,), in the unit of the differences; exactly 0 where they vary by rounding alone;
        NaN with fewer than two images, for a pair that is one method and for one with an infinite
        difference.
    """
    from scipy.special import stdtrit

    given = np.asarray(differences, dtype=np.float64)
    found = np.full(given.shape[1], np.nan)
    for pair, column in enumerate(given.T):
        known = column[~np.isnan(column)]
        same = (np.abs(known) <= negligible).all()
        if len(known) < 2 or same or not np.isfinite(known).all():
            continue
        degrees = len(known) - 1
        quantiles = stdtrit(degrees, 1 - ALPHA / 2) + stdtrit(degrees, POWER)
        found[pair] = quantiles * standard_errors(known[:, None])[0]
    return found


def smallest_p(images: int, comparisons: int = 1) -> float:
    """Return the smallest p that Wilcoxon's test can give after Holm's correction.

    It is reached when one method is better on every image: 2 of the 2^n patterns of signs.

    >>> smallest_p(5), smallest_p(12, 38) < 0.05
    (0.0625, True)
    """
    return min(1.0, 2.0 ** (1 - images) * comparisons)


def caveats(images: int, methods: int, *, tests: int = 0, intervals: bool = True) -> list[str]:
    """Return what a reader must know about a table over so few images, a sentence each.

    Args:
        images: How many images each mean is over.
        methods: How many methods are compared that are not the same.
        tests: For how many tests the p that the table shows is corrected; 0 where it shows none.
        intervals: Whether the table shows intervals, so that their limits must be said.
    """
    if images < 2:
        return ["One image has no interval and gives no rank."] * images
    found = []
    if methods > 1 and images < FEWEST_TO_RANK:
        found.append(
            f"Too few images ({images}) to rank: at least {FEWEST_TO_RANK} are needed. The "
            "differences are shown."
        )
    lowest = smallest_p(images, tests)
    if lowest > ALPHA:
        found.append(
            f"Over {images} images, no p can be below {lowest:.2g} once it is corrected for "
            f"{counted(tests, 'test')}."
        )
    if intervals and images < SHORT_BELOW:
        found.append(
            "Intervals over so few images are too short where scores are strongly skewed: by "
            f"simulation they then cover {SKEWED_COVERAGE[5]} % at 5 images and "
            f"{SKEWED_COVERAGE[14]} % at 14, not 95 %."
        )
    return found
