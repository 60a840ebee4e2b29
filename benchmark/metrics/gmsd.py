"""GMSD: how unevenly the gradients of output and reference differ, on request."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import metric
from upbench.benchmark.metrics._inputs import checked_pair, planes, require_sides

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Plane
    from upbench.benchmark.core.sizes import Scale

__all__ = ["gmsd"]

STEADY = 170.0
"""The constant that steadies the division, in squared grey levels of 255."""
SMALLEST = 6
"""Pixels: after the halving the 3 x 3 gradient must fit."""


@metric(
    "gmsd",
    unit="1",
    better="lower",
    version=1,
    signature="gmsd|v1|halving:2x2 mean|gradient:prewitt/3, zero padding|c:170 of 255"
    "|spread:population|channels:averaged|range:1|dtype:float64",
    summary="gradient magnitude similarity deviation",
    heading="GMSD",
    format=".4f",
    range=(0, 0.5),
)
def gmsd(
    reference: ArrayLike, output: ArrayLike, scale: Scale, *, data_range: float = 1.0
) -> float:
    """Return the spread of the gradients' similarity over the image: 0 for identical images.

    W. Xue, L. Zhang, X. Mou, A. Bovik, "Gradient magnitude similarity deviation: a highly efficient
    perceptual image quality index", IEEE TIP 23(2), 2014, doi 10.1109/TIP.2013.2293423, channel by
    channel: both images are halved by the mean of 2 x 2 pixels, the gradient magnitudes g and h of
    Prewitt's filter are compared by (2 g h + c) / (g^2 + h^2 + c), and the standard deviation of
    that map is the value.

    The arguments and errors are those of ``psnr``.

    Raises:
        MetricUndefinedError: A side is shorter than 6 pixels.
    """
    truth, image = checked_pair("gmsd", reference, output, data_range)
    require_sides("gmsd", truth, SMALLEST)
    return fmean(
        _deviation(255 / data_range * x, 255 / data_range * y)
        for x, y in zip(planes(truth), planes(image), strict=True)
    )


def _deviation(x: Plane, y: Plane) -> float:
    g, h = _gradient_magnitude(_halved(x)), _gradient_magnitude(_halved(y))
    similarity = (2 * g * h + STEADY) / (g * g + h * h + STEADY)
    return float(similarity.std())


def _halved(plane: Plane) -> Plane:
    """Return the means of 2 x 2 pixels; an odd last row or column is left out.

    The authors' script pads it with zeros: on odd sides a result differs by some 2 %.
    """
    rows, columns = (side // 2 for side in plane.shape)
    cells = plane[: 2 * rows, : 2 * columns].reshape(rows, 2, columns, 2)
    means: Plane = cells.mean(axis=(1, 3))
    return means


def _gradient_magnitude(plane: Plane) -> Plane:
    import numpy as np
    from scipy.ndimage import prewitt

    down, right = (prewitt(plane, axis=axis, mode="constant") / 3 for axis in (0, 1))
    return np.asarray(np.hypot(down, right))
