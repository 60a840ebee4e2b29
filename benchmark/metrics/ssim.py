"""Structural similarity, with the conventions of the super-resolution papers."""

from __future__ import annotations

from functools import cache
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.contract import metric
from upbench.benchmark.imaging.windows import GAUSSIAN_SIDE as WINDOW
from upbench.benchmark.imaging.windows import K1, K2, gaussian_window
from upbench.benchmark.metrics._inputs import checked_pair, planes, require_sides

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Plane
    from upbench.benchmark.core.sizes import Scale

__all__ = ["ssim"]

_STRIP = 96  # rows at a time: the temporaries of a strip stay in the processor's cache
_BLOCK = 8  # means per matrix product: more would multiply more zeros, fewer would start more often


@metric(
    "ssim",
    unit="1",
    better="higher",
    version=1,
    signature="ssim|v1|window:gaussian 11x11 sigma 1.5|k1:0.01|k2:0.03|covariance:population"
    "|positions:valid|channels:averaged|range:1|dtype:float64",
    summary="structural similarity, Gaussian window",
    headline=True,
    heading="SSIM",
    format=".4f",
    range=(-1, 1),
)
def ssim(
    reference: ArrayLike, output: ArrayLike, scale: Scale, *, data_range: float = 1.0
) -> float:
    """Return the mean structural similarity, at most 1 (identical images).

    Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to
    structural similarity", IEEE TIP 13(4), 2004, doi 10.1109/TIP.2003.819861, equation 13, over
    the positions where the whole window fits.  The numbers are those of the authors' MATLAB
    script, and of ``skimage.metrics.structural_similarity`` with ``gaussian_weights=True,
    sigma=1.5, use_sample_covariance=False``, channel by channel.

    The arguments and errors are those of ``psnr``.

    Raises:
        MetricUndefinedError: A side is shorter than the window.
    """
    truth, image = checked_pair("ssim", reference, output, data_range)
    require_sides("ssim", truth, WINDOW)
    return fmean(
        _mean_similarity(x, y, data_range)
        for x, y in zip(planes(truth), planes(image), strict=True)
    )


def _mean_similarity(x: Plane, y: Plane, data_range: float) -> float:
    """Average the similarity map of two planes, strip by strip."""
    total, count = 0.0, 0
    for top in range(0, len(x) - WINDOW + 1, _STRIP):
        strip = slice(top, top + _STRIP + WINDOW - 1)
        similarity = _similarity_map(x[strip], y[strip], data_range)
        total += float(similarity.sum())
        count += similarity.size
    return total / count


def _similarity_map(x: Plane, y: Plane, data_range: float) -> Plane:
    """Return the similarity at each position where the whole window fits.

    Both variances are only ever added, so one filter pass of ``x^2 + y^2`` serves for the two.
    """
    mean_x, mean_y = _windowed_mean(x), _windowed_mean(y)
    product = mean_x * mean_y
    squares = mean_x * mean_x + mean_y * mean_y
    covariance = _windowed_mean(x * y) - product
    variances = _windowed_mean(x * x + y * y) - squares
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    similarity: Plane = ((2 * product + c1) * (2 * covariance + c2)) / (
        (squares + c1) * (variances + c2)
    )
    return similarity


def _windowed_mean(image: Plane) -> Plane:
    """Return the Gaussian-weighted mean at each position where the whole window fits."""
    return _mean_along_rows(_mean_along_rows(image.T).T)


def _mean_along_rows(image: Plane) -> Plane:
    """Return the weighted mean along the last axis, where the window fits.

    A few neighbouring results at a time are one small matrix product; in float64 that takes half
    the time of OpenCV's separable filter.
    """
    count = image.shape[1] - WINDOW + 1
    weights = _banded(min(_BLOCK, count))
    length, block = weights.shape
    mean = np.empty_like(image[:, :count])  # in the same memory order
    whole = count // block * block
    windows = np.lib.stride_tricks.sliding_window_view(image, length, axis=1)[:, :whole:block]
    blocks = mean[:, :whole].reshape(len(image), -1, block)
    np.matmul(windows.swapaxes(0, 1), weights, out=blocks.swapaxes(0, 1))
    mean[:, -block:] = image[:, -length:] @ weights  # the last one may overlap its neighbour
    return mean


@cache
def _banded(block: int) -> Plane:
    """Return the matrix that takes ``block + WINDOW - 1`` pixels to ``block`` weighted means."""
    weights = np.zeros((block + WINDOW - 1, block))
    for index in range(block):
        weights[index : index + WINDOW, index] = gaussian_window()
    return weights
