"""Which rank a method can have: differences to the best, and rank ranges that hold together.

1. Every pair of methods is compared by the mean of its differences per image, studentised.  One
   critical value serves all pairs (:mod:`upbench.benchmark.statistics.simultaneous`), so the
   probability that any pair is put in the wrong order is 5 %, however many methods there are and
   however the best was found.
2. What follows from pairs is taken too: a above b and b above c is a above c.  Where all pairs
   are right, so is that; it costs no error.
3. The rank of a method lies from 1 + (methods above it) to all - (methods below it).

An infinite score counts as a finite one (:func:`finite_scores`) wherever methods are ordered: one
image that a method gets exactly right would else make it the best of the set.

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
    """The method of the best mean, with a number for each infinite score; of equal ones the
    first."""
    difference: Floats
    """Mean difference to the best, in the unit of the scores; infinite where the best alone is
    infinitely better on an image, NaN where another one is."""
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
    fewest: int = FEWEST_TO_RANK,
) -> Ranking | None:
    """Compare every method with every other, and return what the images establish.

    Args:
        scores: Shape (n, k): n images, k methods, no NaN; infinite scores count as
            :func:`finite_scores` says.
        higher: Whether higher is better.
        negligible: A mean difference up to this is none, however consistent.  Methods alike to
            within it on every image are one method under several names: they share a range.
        fewest: Images below which there are no ranks and no intervals.

    Returns:
        The ranking; None without an image or a method.
    """
    given = np.asarray(scores, dtype=np.float64) * (1 if higher else -1)
    images, methods = given.shape
    if not images or not methods:
        return None
    counted = finite_scores(given, negligible)
    best = int(np.argmax(counted.mean(axis=0)))
    difference = _to_best(given, best) * (1 if higher else -1) + 0.0  # no -0.0
    if images < fewest:
        unknown, none = np.full(methods, np.nan), np.zeros(methods, dtype=np.int64)
        return Ranking(best, difference, unknown, unknown, none, none, none > none[:, None])
    distinct, place = np.unique(doubles(given, negligible), return_inverse=True)
    above, critical = _above(counted[:, distinct], negligible)
    counts = np.bincount(place, minlength=len(distinct))
    reach = _reach(critical, paired_differences(counted, counted[:, best]))
    reach[~np.isfinite(difference)] = np.nan
    return Ranking(
        best,
        difference,
        difference - reach,
        difference + reach,
        first=(1 + counts @ above)[place],
        last=(methods - above @ counts)[place],
        above=above[np.ix_(place, place)],
    )


def finite_scores(scores: Floats, negligible: float = 0.0) -> Floats:
    """Return scores with a number for each infinite one, so that no image decides alone.

    Args:
        scores: Shape (n, k), in one direction; NaN stays.
        negligible: Methods that differ by this at most do not differ.

    Returns:
        Shape (n, k).  Infinity is the highest finite score of its image plus the largest
        difference of two methods on any image, or plus 1 where methods do not differ; minus
        infinity the lowest less as much.  Scores without an infinite one are as they were.

    >>> finite_scores(np.array([[30.0, 32.0, np.inf], [25.0, 28.0, 26.0]])).tolist()
    [[30.0, 32.0, 35.0], [25.0, 28.0, 26.0]]
    """
    if not np.isinf(scores).any():
        return scores
    known = np.isfinite(scores)
    highest = np.where(known, scores, -np.inf).max(axis=1, keepdims=True)
    lowest = np.where(known, scores, np.inf).min(axis=1, keepdims=True)
    nowhere = ~known.any(axis=1, keepdims=True)  # every method is exact there: any number will do
    highest[nowhere] = lowest[nowhere] = 0
    most = float((highest - lowest).max())
    beyond = most if most > negligible else 1.0
    counted = np.where(scores == np.inf, highest + beyond, scores)
    return np.where(scores == -np.inf, lowest - beyond, counted)


def _to_best(scores: Floats, best: int) -> Floats:
    """Return each mean difference to the best, higher is better; NaN for one that has no number.

    That is one with infinity both ways, and one of a method that is infinitely better on some
    image and not the best: "+inf to the best" would contradict the order.
    """
    with np.errstate(invalid="ignore"):
        found = np.asarray(paired_differences(scores, scores[:, best]).mean(axis=0))
    return np.where(found == np.inf, np.nan, found)


def _pairs(scores: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Return all pairs of methods, each once: one, other, and one - other on every image."""
    methods = scores.shape[1]
    one, other = np.triu_indices(methods, 1)
    parts = [-paired_differences(scores[:, m + 1 :], scores[:, m]) for m in range(methods)]
    return one, other, np.hstack(parts)


def _above(scores: Floats, negligible: float) -> tuple[NDArray[np.bool_], float]:
    """Say which method is above which, ``(k, k)``: row above column; and the critical value."""
    one, other, differences = _pairs(scores)
    critical = critical_value(differences, level=1 - ALPHA)
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
