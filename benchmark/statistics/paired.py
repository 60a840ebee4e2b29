"""The test of a pair of methods: Wilcoxon's signed ranks, with Holm's correction for many pairs.

The test is two-sided, on the differences per image.  Zero differences are dropped, as Wilcoxon
did.  Up to 50 images it is exact, ties among the differences included (the distribution over all
signs, by adding one image at a time); above, normal with the variance that the ties leave.
Without ties the p is that of ``scipy.stats.wilcoxon``, which with ties is approximate from 14
images on, and below takes a second for each pair.

Sources: F. Wilcoxon, Biometrics Bulletin 1, 1945, doi:10.2307/3001968.  B. Streitberg, J. Roehmel,
Statistical Software Newsletter 12, 1986 (exact with ties).  S. Holm, Scandinavian Journal of
Statistics 6, 1979.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Floats


EXACT_UP_TO = 50
"""Images: 2^50 sign patterns are counted exactly in float64."""
ALIKE = 1e-9
"""Scores that differ by less, relatively, are one score: what is left is rounding."""


def paired_differences(scores: ArrayLike, reference: ArrayLike) -> Floats:
    """Return scores - reference per image; 0 where both are the same score.

    Args:
        scores: Shape (n, k).
        reference: Shape (n,), of the same images.

    Returns:
        Shape (n, k).  Two infinite scores are the same score; scores that differ by less than
        1e-9 of themselves are too.
    """
    ours = np.asarray(scores, dtype=np.float64)
    theirs = np.asarray(reference, dtype=np.float64)[:, None]
    with np.errstate(invalid="ignore"):  # of two infinite scores
        near = np.abs(ours - theirs) <= 1e-12 + ALIKE * np.abs(theirs)
    same = (ours == theirs) | (near & np.isfinite(theirs))
    return np.subtract(ours, theirs, out=np.zeros_like(ours), where=~same)


def wilcoxon_p(differences: ArrayLike) -> float:
    """Return the two-sided p of Wilcoxon's signed-rank test.

    Args:
        differences: Shape (n,), one paired difference per image; zeros and NaN are dropped,
            infinite ones rank above all others.

    Returns:
        From 2^(1 - n) to 1; 1 where no difference is left.
    """
    import pandas as pd

    given = np.asarray(differences, dtype=np.float64).ravel()
    known = given[~np.isnan(given) & (given != 0)]
    ranked: Floats = pd.DataFrame(np.abs(known)).rank().to_numpy().ravel()  # ties: their mean rank
    positive = float(ranked[known > 0].sum())
    return _two_sided(ranked, min(positive, float(ranked.sum()) - positive))


def holm(p_values: ArrayLike) -> Floats:
    """Return Holm's step-down corrected p-values.

    Args:
        p_values: Shape (m,), in any order; NaN is no test, counts for nothing and stays NaN.

    Returns:
        Shape (m,), each at least its own p and at most 1.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    given = np.asarray(p_values, dtype=np.float64)
    corrected = np.full_like(given, np.nan)
    order = np.argsort(given, kind="stable")  # NaN comes last
    order = order[: np.count_nonzero(~np.isnan(given))]
    steps = given[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return corrected


def _two_sided(ranked: Floats, smaller: float) -> float:
    """Return the p of the smaller sum of ranks, that of one sign."""
    from scipy.special import ndtr

    if len(ranked) <= EXACT_UP_TO:
        doubled = tuple(np.sort(2 * ranked).astype(int).tolist())  # mean ranks of ties are halves
        return min(1.0, 2 * float(_cumulative(doubled)[round(2 * smaller)]))
    deviation = np.sqrt(np.square(ranked).sum()) / 2
    return min(1.0, 2 * float(ndtr((smaller - ranked.sum() / 2) / deviation)))


@lru_cache(maxsize=1024)
def _cumulative(sizes: tuple[int, ...]) -> Floats:
    """Return P(sum of those ranks with a positive sign <= w) for w = 0, 1, ..., all signs alike."""
    ways = np.ones(1)
    for size in sizes:
        ways = np.pad(ways, (0, size)) + np.pad(ways, (size, 0))
    return np.cumsum(ways) / 2.0 ** len(sizes)
