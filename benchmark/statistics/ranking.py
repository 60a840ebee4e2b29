"""Which methods differ significantly: tie groups instead of ranks.

A tie group holds what does not differ significantly from its best method.  The best was picked
because it looked good, so testing the others against it alone finds false winners
(``docs/statistics.md``).
Two tests must agree before a method leaves: Friedman's, that the methods which are still together
do not all rank alike, and Wilcoxon's, that this one is worse than the best.  Friedman's is asked
again of what is left, and its first "alike" ends the walk: the error of the whole walk is that of
one test (Hansen, Lunde, Nason).

Sources: M. Friedman, JASA 32, 1937, doi:10.1080/01621459.1937.10503522.  J. Demsar,
JMLR 7, 2006 (these tests for methods over data sets; Friedman's first).  P. Hansen, A. Lunde,
J. Nason, Econometrica 79, 2011, doi:10.3982/ECTA5771 (test what is left, drop one, repeat: a set
that holds the best with the stated confidence).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.statistics.paired import paired_differences, ranks, signed_ranks

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from upbench.benchmark.core.arrays import Floats


__all__ = ["ALPHA", "doubles", "tie_groups"]

ALPHA = 0.05
"""The type I error that a tie test may have."""


def tie_groups(
    scores: ArrayLike, *, higher: bool = True, negligible: float = 0.0, alpha: float = ALPHA
) -> NDArray[np.int64]:
    """Return the tie group of each method: 1 for those that do not differ from the best.

    1. Methods whose scores are alike on every image, to within ``negligible``, count as one.
    2. The leader is the method of the best mean.  Each other method is tested against it
       (Wilcoxon); one whose mean difference is negligible, or whose ranks contradict its mean,
       is not worse.
    3. Friedman's test asks whether all methods rank alike over the images.  While it says no, the
       one of the worst mean rank is judged: worse than the leader, it leaves; if not, it stays
       and is asked no more.  The last two are judged by Wilcoxon's test alone.  Where the leader
       itself ranks worst, means and ranks disagree and no other method leaves.
    4. Those that stayed are a group; the same again with those that left.

    Groups need not follow each other by mean: a method of low mean stays in a high group where
    its differences vary so much that the images do not decide.  An infinite score ranks above all
    others; where the best mean is looked for, it counts as the largest finite score.

    Args:
        scores: Shape (n, k): n images, k methods, no NaN.
        higher: Whether higher is better.
        negligible: A mean difference up to this is a tie, however consistent.
        alpha: The largest probability, if all methods were alike, that the first group does not
            hold them all.

    Returns:
        Shape (k,), from 1.
    """
    given = np.asarray(scores, dtype=np.float64) * (1 if higher else -1)
    double = doubles(given, negligible)
    means = _finite(given).mean(axis=0) if len(given) else np.zeros(given.shape[1])
    found = np.zeros(given.shape[1], dtype=np.int64)
    left = np.unique(double)
    left = left[np.argsort(-means[left], kind="stable")]
    number = 0
    while left.size:
        number += 1
        tied = _tied_with_first(given[:, left], means[left], negligible, alpha)
        found[left[tied]] = number
        left = left[~tied]
    return found[double]


def doubles(scores: Floats, tolerance: float) -> NDArray[np.intp]:
    """Return for each method the first one whose scores are its own on every image.

    Args:
        scores: Shape (n, k).
        tolerance: Scores that differ by this at most are the same.

    Returns:
        Shape (k,): an index of a column; its own for a method unlike all before it.
    """
    first = np.arange(scores.shape[1])
    for method in range(scores.shape[1]):
        if first[method] == method:
            apart = np.abs(paired_differences(scores[:, method:], scores[:, method]))
            same = (apart <= tolerance).all(axis=0)
            same &= first[method:] == np.arange(method, len(first))
            first[method:][same] = method
    return first


def _finite(scores: Floats) -> Floats:
    """Return scores with infinite ones as far out as the farthest finite one of all."""
    known = scores[np.isfinite(scores)]
    return np.clip(scores, known.min(), known.max()) if known.size else np.zeros_like(scores)


def _tied_with_first(
    scores: Floats, means: Floats, negligible: float, alpha: float
) -> NDArray[np.bool_]:
    """Say which methods do not differ significantly from the first, which has the best mean."""
    tested = signed_ranks(-paired_differences(scores, scores[:, 0]))
    no_worse = (tested.balance <= 0) | (means[0] - means <= negligible)
    p = np.where(no_worse, 1.0, tested.p)
    asked, tied = np.ones(len(p), dtype=bool), np.ones(len(p), dtype=bool)
    while np.count_nonzero(asked) > 1:
        left = np.flatnonzero(asked)
        ranked = ranks(-scores[:, left].T).T
        if len(left) > 2 and _friedman(ranked) > alpha:
            break
        sums = ranked.sum(axis=0)
        worst = left[np.flatnonzero(sums == sums.max())[-1]]
        if worst == 0:
            break
        asked[worst] = False
        tied[worst] = p[worst] > alpha
    return tied


def _friedman(ranked: Floats) -> float:
    """Return the p that all methods rank alike, by the chi-squared limit; ranks ``(n, k)``."""
    from scipy.special import chdtrc

    methods = ranked.shape[1]
    centred = ranked - (methods + 1) / 2
    spread = np.square(centred).sum()
    if not spread:
        return 1.0
    return float(chdtrc(methods - 1, (methods - 1) * np.square(centred.sum(0)).sum() / spread))
