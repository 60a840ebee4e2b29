"""What an image set can show, and what it cannot.

The smallest difference that n images resolve is the true mean paired difference that a two-sided
paired t-test at 5 % finds in 80 % of all draws of n images:

    resolves = (t(0.975, n - 1) + t(0.8, n - 1)) s / sqrt(n)

Here s is what a pair of methods usually varies by: the median, over all pairs of methods whose
scores differ at all, of the standard deviation of their differences per image.  It is for one
pair that was chosen beforehand; a comparison among many methods needs more.

Source: NIST/SEMATECH e-Handbook of Statistical Methods, section 7.2.2.2 (sample sizes), solved
for the difference; the same question for language models: D. Card et al., With Little Power Comes
Great Responsibility, EMNLP 2020, doi:10.18653/v1/2020.emnlp-main.745.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.statistics.ranking import ALPHA, doubles

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["POWER", "caveats", "resolvable", "smallest_p"]

POWER = 0.8
"""How often a difference just large enough is found."""
SHORT_BELOW = 30
"""Images below which intervals of strongly skewed scores are known to be too short."""


def resolvable(scores: ArrayLike, *, negligible: float = 0.0) -> float:
    """Return the smallest mean paired difference that these images resolve.

    Args:
        scores: Shape (n, k): n images, k methods; methods with an infinite score are left out.
        negligible: Methods that differ by this at most, on every image, count as one.

    Returns:
        In the unit of the scores; NaN with fewer than two images or two methods.
    """
    from scipy.special import stdtrit

    given = np.asarray(scores, dtype=np.float64)
    given = given[:, np.isfinite(given).all(axis=0)]
    given = given[:, np.unique(doubles(given, negligible))]
    images, methods = given.shape
    if images < 2 or methods < 2:
        return float("nan")
    spread = [
        (given[:, one + 1 :] - given[:, [one]]).std(axis=0, ddof=1) for one in range(methods - 1)
    ]
    quantiles = stdtrit(images - 1, 1 - ALPHA / 2) + stdtrit(images - 1, POWER)
    return float(quantiles * np.median(np.concatenate(spread)) / np.sqrt(images))


def smallest_p(images: int, comparisons: int = 1) -> float:
    """Return the smallest p that Wilcoxon's test can give after Holm's correction.

    It is reached when one method is better on every image: 2 of the 2^n patterns of signs.

    >>> smallest_p(5), smallest_p(12, 38) < 0.05
    (0.0625, True)
    """
    return min(1.0, 2.0 ** (1 - images) * comparisons)


def caveats(images: int, methods: int, *, intervals: bool = True) -> list[str]:
    """Return what a reader must know about a table over so few images, a sentence each.

    Args:
        images: How many images each mean is over.
        methods: How many methods are compared that are not the same.
        intervals: Whether the table shows intervals and p, so that their limits must be said.
    """
    if images < 2:
        return ["One image has no interval, and tells no methods apart."]
    found = []
    lowest = smallest_p(images, methods - 1)
    if methods > 1 and smallest_p(images) > ALPHA:
        found.append(
            f"{images} images tell no methods apart by rank, since Wilcoxon's test gives no p "
            f"below {smallest_p(images):.2g} over so few: all are tied without being equal, and "
            "the intervals of the differences say more."
        )
    elif intervals and lowest > ALPHA:
        found.append(
            f"Over {images} images, no p of {methods} methods can be below {lowest:.2g} once it "
            "is corrected for their number."
        )
    if intervals and images < SHORT_BELOW:
        found.append(
            "Intervals over so few images are too short where scores are strongly skewed: by "
            "simulation they then cover 89 % at 5 images and 92 % at 14, not 95 %."
        )
    return found
