"""Which rank a method can have: differences to the best, and rank ranges that hold together.

1. Every pair of methods is compared by the mean of its differences per image, studentised.  One
   critical value serves all pairs (:mod:`upbench.benchmark.statistics.simultaneous`), so the
   probability that any pair is put in the wrong order is 5 %, however many methods there are and
   however the best was found.
2. What follows from pairs is taken too: a above b and b above c is a above c.  Where all pairs
   are right, so is that; it costs no error.
3. The rank of a method lies from 1 + (methods above it) to all - (methods below it).

A method that is below another by a clear difference thus begins at a later rank and ends at a
later rank than that other: no two of them share a range.

Source: M. Mogstad, J. Romano, A. Shaikh, D. Wilhelm, Inference for Ranks with Applications to
Mobility across Neighborhoods and Academic Achievement across Countries, Review of Economic
Studies 91, 2024, doi:10.1093/restud/rdad006 (rank ranges from simultaneous intervals of pairs).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.statistics.paired import paired_differences
from upbench.benchmark.statistics.simultaneous import critical_value, standard_errors

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from upbench.benchmark.core.arrays import Floats


ALPHA = 0.05
"""The probability that any of the ranges of a table misses its method's true rank."""
FEWEST_TO_RANK = 8
"""Images below which no rank is given: by simulation (``results/perf/ranks.csv``) the errors are
then more than stated, and hardly any pair is separated."""


@dataclass(frozen=True)
class Ranking:
    """Where each method of a table stands, ``(k,)`` each; a rank of 0 is none."""

    best: int
    """The method of the best mean; of equal ones the first."""
    difference: Floats
    """Mean difference to the best, in the unit of the scores; infinite where one mean is."""
    low: Floats
    """Ends of its simultaneous interval; NaN where there is none."""
    high: Floats
    first: NDArray[np.int64]
    """The best rank that the method can have, from 1."""
    last: NDArray[np.int64]
    above: NDArray[np.bool_]
    """Shape (k, k): whether the row's method is established to be above the column's."""


def rank_methods(
    scores: ArrayLike,
    *,
    higher: bool = True,
    negligible: float = 0.0,
    alpha: float = ALPHA,
    fewest: int = FEWEST_TO_RANK,
) -> Ranking | None:
    """Compare every method with every other, and return what the images establish.

    Args:
        scores: Shape (n, k): n images, k methods, no NaN; infinite scores are the best or the
            worst there can be, and count as the largest finite difference where a spread is
            needed.
        higher: Whether higher is better.
        negligible: A mean difference up to this is none, however consistent.  Methods alike to
            within it on every image are one method under several names: they share a range.
        alpha: The probability that any pair is put in the wrong order.
        fewest: Images below which there are no ranks and no intervals.

    Returns:
        The ranking; None without an image or a method.
    """
    given = np.asarray(scores, dtype=np.float64) * (1 if higher else -1)
    images, methods = given.shape
    if not images or not methods:
        return None
    with np.errstate(invalid="ignore"):
        means = np.nan_to_num(given.mean(axis=0), nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        best = int(np.argmax(means))
        differences = paired_differences(given, given[:, best]) * (1 if higher else -1)
        difference = np.asarray(differences.mean(axis=0))  # of +inf and -inf it is not known
    if images < fewest:
        unknown, none = np.full(methods, np.nan), np.zeros(methods, dtype=np.int64)
        return Ranking(best, difference, unknown, unknown, none, none, none > none[:, None])
    distinct, place = np.unique(doubles(given, negligible), return_inverse=True)
    above, critical = _above(given[:, distinct], negligible, 1 - alpha)
    counts = np.bincount(place, minlength=len(distinct))
    reach = np.where(np.isfinite(difference), _reach(critical, _finite(differences)), np.nan)
    return Ranking(
        best,
        difference,
        difference - reach,
        difference + reach,
        first=(1 + counts @ above)[place],
        last=(methods - above @ counts)[place],
        above=above[np.ix_(place, place)],
    )


def _pairs(scores: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Return all pairs of methods, each once: one, other, and one - other on every image."""
    methods = scores.shape[1]
    one, other = np.triu_indices(methods, 1)
    parts = [-paired_differences(scores[:, m + 1 :], scores[:, m]) for m in range(methods)]
    return one, other, _finite(np.hstack(parts))


def _above(scores: Floats, negligible: float, level: float) -> tuple[NDArray[np.bool_], float]:
    """Say which method is above which, ``(k, k)``: row above column; and the critical value."""
    one, other, differences = _pairs(scores)
    critical = critical_value(differences, level=level)
    means = differences.mean(axis=0)
    clear = np.abs(means) > np.maximum(negligible, _reach(critical, differences))
    found = np.zeros((scores.shape[1],) * 2, dtype=bool)
    found[one, other] = clear & (means > 0)
    found[other, one] = clear & (means < 0)
    return _closed(found), critical


def _reach(critical: float, differences: Floats) -> Floats:
    """Return half the length of each interval; 0 where no image differs from another."""
    errors = standard_errors(differences)
    return np.multiply(critical, errors, out=np.zeros_like(errors), where=errors > 0)


def _closed(above: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Add what follows: a above b and b above c is a above c."""
    closed = above.copy()
    for middle in range(len(closed)):
        closed |= closed[:, [middle]] & closed[middle]
    return closed


def _finite(differences: Floats) -> Floats:
    """Return differences with infinite ones as large as the largest finite one of all, or 1."""
    known = np.abs(differences[np.isfinite(differences)])
    most = float(known.max(initial=0.0)) or 1.0
    return np.clip(differences, -most, most)


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
