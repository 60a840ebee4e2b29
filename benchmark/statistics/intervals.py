"""The confidence interval of a mean over images.

Two intervals are made and each end is the one that lies farther out:

- Student's: mean -+ t(1 - a/2, n - 1) se.  Right for symmetric scores, heavy tails included; too
  short on the long side of skewed ones.
- the studentised bootstrap's (bootstrap-t): images are drawn with replacement, and the quantiles
  of (mean* - mean) / se* take the place of Student's t.  It sees skew; on heavy tails it is short.

The wider of the two covers 93 to 97 % on normal, exponential and lognormal (sigma 0.5) scores of
5, 14 and 100 images.  ``docs/statistics.md`` says why percentile and BCa intervals are too short,
and has all figures; ``results/perf/coverage.py`` makes them.

The bootstrap draws images, never single scores, and the same images for every column: what is
paired stays paired.

Sources: Student, Biometrika 6, 1908.  B. Efron, R. Tibshirani, An Introduction to the Bootstrap,
Chapman and Hall 1993, section 12.5 (bootstrap-t).  P. Hall, Annals of Statistics 16, 1988 (why it
is second-order correct).  T. Hesterberg, The American Statistician 69, 2015,
doi:10.1080/00031305.2015.1089789 (how short percentile intervals are for small samples).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from upbench.benchmark.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Floats


LEVEL = 0.95
RESAMPLES = 2000
"""Enough that another seed moves an end by about 1 % of the interval's length."""
FEWEST_TO_RESAMPLE = 5
"""Below, too many resamples hold one image only, and Student's interval stands alone."""
FARTHEST = 2.0
"""No end lies farther from the mean than this many times Student's: a few resamples without the
one outlier have next to no spread, and would ask for an end beyond all reason."""
BLOCK = 1 << 22
"""Numbers held at once: resamples are drawn in blocks, so that 10,000 images need no 300 MB."""


class Interval(NamedTuple):
    """A mean and its confidence interval; one number each, or one per column."""

    mean: Floats
    low: Floats
    """NaN where there is none: fewer than two values, or one that is not finite."""
    high: Floats


def mean_interval(
    values: ArrayLike, *, level: float = LEVEL, seed: int = 0, resamples: int = RESAMPLES
) -> Interval:
    """Return the mean over images and its confidence interval.

    For paired differences, pass the differences.

    Args:
        values: Shape (n,), or (n, k) for k columns over the same n images; any unit.
        level: The probability that the interval covers the true mean, above 0 and below 1.
        seed: Of the bootstrap; the same seed gives the same interval to the last bit.
        resamples: How often the images are drawn again; 0 gives Student's interval.

    Returns:
        Mean, low and high, in the unit of the values: numbers for shape (n,), arrays of shape
        (k,) for (n, k).  A column with an infinite value has its mean and no interval; equal
        values have an interval of length 0.

    Raises:
        UsageError: The shape or the level is not as above.
    """
    given = np.asarray(values, dtype=np.float64)
    if given.ndim not in {1, 2}:
        raise UsageError(
            f"An interval needs values of shape (images,) or (images, columns), got {given.shape}."
        )
    if not 0 < level < 1:
        raise UsageError(f"A confidence level lies between 0 and 1 (0.95, say), got {level}.")
    columns = given if given.ndim == 2 else given[:, None]
    mean = _mean(columns)
    low, high = np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    known = np.isfinite(columns).all(axis=0)
    if len(columns) > 1 and known.any():
        low[known], high[known] = _ends(columns[:, known], level, seed, resamples)
    return Interval(*(part.reshape(given.shape[1:])[()] for part in (mean, low, high)))


def _mean(columns: Floats) -> Floats:
    if not len(columns):
        return np.full(columns.shape[1], np.nan)
    with np.errstate(invalid="ignore"):  # of +inf and -inf there is no mean: NaN
        return np.asarray(columns.mean(axis=0))


def _ends(columns: Floats, level: float, seed: int, resamples: int) -> tuple[Floats, Floats]:
    """Return both ends for finite columns of at least two values."""
    from scipy.special import stdtrit

    n = len(columns)
    mean = columns.mean(axis=0)
    error = columns.std(axis=0, ddof=1) / np.sqrt(n)
    student = float(stdtrit(n - 1, (1 + level) / 2))
    left, right = np.full_like(mean, -student), np.full_like(mean, student)
    if n >= FEWEST_TO_RESAMPLE and resamples:
        ratios = _studentised(columns - mean, seed, resamples)
        ratios = np.clip(ratios, -FARTHEST * student, FARTHEST * student)
        tails = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2], axis=0)
        left, right = np.minimum(left, tails[0]), np.maximum(right, tails[1])
    return mean - right * error, mean - left * error


def _studentised(centred: Floats, seed: int, resamples: int) -> Floats:
    """Return mean* / se* of every resample, ``(resamples, k)``; infinite where se* alone is 0."""
    n, columns = centred.shape
    rounding = 1e-12 * np.square(centred).mean(axis=0)
    both = np.hstack([centred, np.square(centred)]) / n
    parts = []
    for counts in _resamples(n, seed, resamples):
        moments = counts @ both
        mean, variance = moments[:, :columns], moments[:, columns:]
        variance -= np.square(mean)
        variance[variance < rounding] = 0  # what equal values leave
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = mean / np.sqrt(variance / (n - 1))
        ratio[np.isnan(ratio)] = 0
        parts.append(ratio)
    return np.concatenate(parts)


def _resamples(n: int, seed: int, resamples: int) -> Iterator[Floats]:
    """Yield how often each image is in each resample, in blocks ``(resamples, n)``."""
    random = np.random.default_rng(seed)
    at_once = max(1, BLOCK // n)
    for start in range(0, resamples, at_once):
        rows = min(at_once, resamples - start)
        drawn = random.integers(0, n, (rows, n)) + n * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)
