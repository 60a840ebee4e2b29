"""What hangs on one image: the order of methods with each image left out in turn.

A mean over a dozen images can be decided by one.  So each image is left out once, and where the
sign of a difference, or the best method, then changes, that image is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Floats

FEWEST = 3
"""Images below which leaving one out leaves next to nothing."""


class Turn(NamedTuple):
    """An image without which a mean difference has the other sign."""

    image: int
    """Its row."""
    without: float
    """The mean difference over the other images."""


class Lead(NamedTuple):
    """An image without which another method is the best."""

    image: int
    """Its row."""
    method: int
    """The column of the method that is the best without it."""


def deciding_image(differences: Floats, negligible: float = 0.0) -> Turn | None:
    """Return the image without which the mean difference changes its sign, the strongest one.

    Args:
        differences: Shape (n,), one paired difference per image; NaN is dropped with its image.
        negligible: A mean up to this has no sign.

    Returns:
        None where no single image decides, or fewer than three are known and finite.
    """
    known = np.flatnonzero(np.isfinite(differences))
    if len(known) < FEWEST or len(known) < np.count_nonzero(~np.isnan(differences)):
        return None
    values = differences[known]
    mean, without = values.mean(), _without_each(values)
    turned = -np.sign(mean) * without
    strongest = int(np.argmax(turned))
    if abs(mean) <= negligible or turned[strongest] <= negligible:
        return None
    return Turn(int(known[strongest]), float(without[strongest]))


def deciding_lead(scores: Floats, best: int, negligible: float = 0.0) -> Lead | None:
    """Return the image without which another method is the best.

    Args:
        scores: Shape (n, k), higher is better.
        best: The column of the best mean.
        negligible: A lead up to this is none.

    Returns:
        None where the best stays the best, or fewer than three images are known; where several
        images decide, the one whose loss puts the best farthest behind.
    """
    if len(scores) < FEWEST or not np.isfinite(scores).all():
        return None
    without = _without_each(scores)
    ahead = without - without[:, [best]]
    image, method = np.unravel_index(int(np.argmax(ahead)), ahead.shape)
    if ahead[image, method] <= negligible:
        return None
    return Lead(int(image), int(method))


def _without_each(values: Floats) -> Floats:
    """Return the means over all rows but one, for each row."""
    return np.asarray((values.sum(axis=0) - values) / (len(values) - 1))
