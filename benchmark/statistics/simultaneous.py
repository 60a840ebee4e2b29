"""How large the largest of many t statistics gets by chance: the max-t bootstrap over images.

Every pair of methods is compared at once, and the best is chosen from the same data.  So the
critical value is that of the largest ``|t|`` of all pairs, where no pair differs: images keep or
turn the sign of their differences, all pairs together, and each draw gives its largest ``|t|``.
What is correlated between pairs stays so, and pairs that are near copies of each other cost little.

Signs are drawn, not images: with a dozen images some draws of images hold next to no spread, and
the largest of hundreds of t statistics is then beyond all reason (15 to 20 where 4 is right).
Up to 12 images all patterns of signs are gone through, so that nothing is drawn at all.

Sources: J. Romano, M. Wolf, Econometrica 73, 2005, doi:10.1111/j.1468-0262.2005.00615.x (the
largest studentised statistic of a bootstrap).  C. F. J. Wu, Annals of Statistics 14, 1986;
R. Davidson, E. Flachaire, Journal of Econometrics 146, 2008, doi:10.1016/j.jeconom.2008.08.003
(the wild bootstrap, with signs).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.statistics.intervals import BLOCK, LEVEL, RESAMPLES

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Floats

ALL_PATTERNS_UP_TO = 12
"""Images of which every pattern of signs is taken: 2^11, since t and -t count as one."""
ROUNDING = 1e-9
"""A spread below this share of the largest difference is what rounding leaves of none."""


def critical_value(
    differences: Floats, *, level: float = LEVEL, seed: int = 0, resamples: int = RESAMPLES
) -> float:
    """Return what the largest ``|t|`` of all columns stays below with the given probability.

    Args:
        differences: Shape (n, p): n images, p pairs of methods; finite.
        level: The probability.
        seed: Of the signs, above 12 images.
        resamples: How often signs are drawn.

    Returns:
        At least Student's t of one pair, so that an interval that holds for many pairs is never
        narrower than one for itself; infinity for a single image.
    """
    from scipy.special import stdtrit

    images = len(differences)
    if images < 2:
        return float("inf")
    centred = differences - differences.mean(axis=0)
    length = np.sqrt(np.square(centred).sum(axis=0))
    varies = length > ROUNDING * np.abs(differences).max(axis=0, initial=0.0)
    units = centred[:, varies] / length[varies]
    signs = _signs(images, seed, resamples)
    largest = np.zeros(len(signs))
    width = max(1, BLOCK // len(signs))
    for start in range(0, units.shape[1], width):
        sums = np.abs(signs @ units[:, start : start + width])
        largest = np.maximum(largest, sums.max(axis=1))
    share = min(1.0, float(np.quantile(largest, level, method="higher")) ** 2 / images)
    if share >= 1 - 1e-12:
        return float("inf")
    found = np.sqrt((images - 1) * share / (1 - share))
    return float(max(found, stdtrit(images - 1, 0.5 + level / 2)))


def standard_errors(differences: Floats) -> Floats:
    """Return the standard error of each column's mean; exactly 0 where only rounding varies."""
    spread = differences.std(axis=0, ddof=1)
    spread[spread <= ROUNDING * np.abs(differences).max(axis=0, initial=0.0)] = 0
    return np.asarray(spread / np.sqrt(len(differences)))


def _signs(images: int, seed: int, resamples: int) -> Floats:
    """Return patterns of signs, ``(patterns, images)``; t and -t are one pattern."""
    if images <= ALL_PATTERNS_UP_TO:
        turned = np.arange(2 ** (images - 1))[:, None] >> np.arange(images) & 1
    else:
        turned = np.random.default_rng(seed).integers(0, 2, (resamples, images))
    return np.asarray(1.0 - 2 * turned)
