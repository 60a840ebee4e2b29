"""What the metrics from torchmetrics share: planes in, a mean over channels out."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from upbench.benchmark.metrics._inputs import checked_pair, planes, require_sides

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Plane


def mean_over_channels(
    name: str,
    images: tuple[ArrayLike, ArrayLike],
    data_range: float,
    least: int,
    measured: Callable[[Plane, Plane], float],
) -> float:
    """Return the mean over channels of a number of two planes, (reference, output).

    Args:
        name: The metric's, for messages.
        images: Reference and output.
        data_range: The distance from black to white.
        least: The shortest side that it is defined for, in pixels.
        measured: The number.

    Raises:
        ImageError: The shapes differ, are no image's, or a value is not finite.
        MetricUndefinedError: A side is shorter.
        UsageError: The data range is not a positive number.
    """
    truth, image = checked_pair(name, *images, data_range)
    require_sides(name, truth, least)
    return fmean(measured(x, y) for x, y in zip(planes(truth), planes(image), strict=True))
