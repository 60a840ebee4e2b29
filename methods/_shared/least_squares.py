"""The best linear upsampler of a given shape, in closed form.

A linear layer that enlarges by s makes each of the s x s output pixels of an input pixel (its
*phases*) a weighted sum of the input pixels around it.  The squared error over a training set is
therefore a quadratic function of the weights, and all that it needs to know of the images are two
small tables of *moments*: how input pixels go with each other and with the output pixels.
One pass over the training images gives the moments, one solution of normal equations the optimum.

The training pairs are those of ``y-classic``: luma rounded to 8 bits, shrunk by MATLAB's bicubic
in float64.  Two choices were made on the training images alone, by leaving out one image (the
stereo pair counts as one) and measuring the mean PSNR on it, at x2 / x3 / x4:

* Symmetry.  The moments are averaged over the eight flips and transpositions of the images, which
  is the same as training on all eight.  Centred kernels then come out exactly symmetric, so they
  move nothing, and generalise better: by 0.01 / 0.02 / 0.04 dB.
* Ridge.  (1/255)^2 / 12, the variance of 8-bit rounding; for a transposed convolution this is the
  same as training with that much white noise on the input.  A tenth of it and ten times as much
  both give the same to 0.04 dB for every layer.

Source: the linear minimum mean square error estimator (N. Wiener, 1949).  RAISR (Y. Romano,
J. Isidoro and P. Milanfar, arXiv:1606.01299, 2016) fits one such set of filters per class of edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from upbench.benchmark.imaging.colour import luma
from upbench.benchmark.imaging.embedded import read_embedded, side
from upbench.benchmark.imaging.resample import resize, round_half_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Image

    Floats: TypeAlias = NDArray[np.float64]

__all__ = ["REACH", "RIDGE", "Moments", "fit", "moments", "solve", "training_digests"]

REACH = 7
"""Input pixels per axis that an output pixel may depend on.  Going from 5 to 7 gives 0.27 / 0.31 /
0.37 dB on left-out training images at x2 / x3 / x4, going on to 9 less than 0.1 dB."""

RIDGE = (1 / 255) ** 2 / 12
"""Variance of the noise that regularises: rounding to 8 bits."""

_EDGE = 2
"""Low-resolution pixels at the border that the shrinking made from mirrored pixels."""

_BAND = 64
"""Rows of windows held in memory at once."""


@dataclass(frozen=True)
class Moments:
    """Sums over training pixels: all that least squares needs to know of the images."""

    gram: Floats
    """``(m, m, m, m)``: products of two input pixels of an m x m window, m = REACH."""
    cross: Floats
    """``(m, m, s, s)``: products of an input pixel of the window and an output phase."""
    pixels: int
    """How many windows were summed."""

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.gram + other.gram, self.cross + other.cross, self.pixels + other.pixels)


def training_digests() -> dict[str, str]:
    """Return name -> SHA-256 of the file of every training image, so that leaks can be found."""
    return {image.name: image.digest for image in side("train")}


def fit(
    taps: Floats, scale: int, progress: Callable[[int, int], None] | None = None
) -> NDArray[np.float32]:
    """Fit the kernel of a layer on the training images.

    Args:
        taps: The layer's geometry, see :func:`solve`.
        scale: The whole factor s.
        progress: Called with the images done and the images in all, first with 0.

    Returns:
        float32 ``(k, k)``: on one machine always the same, to the last bit.
    """
    from threadpoolctl import threadpool_limits

    # Sums come out different in the last bits when they are split over another number of threads.
    with threadpool_limits(1, user_api="blas"):
        return solve(taps, _all_moments(scale, progress)).astype(np.float32)


def _all_moments(scale: int, progress: Callable[[int, int], None] | None) -> Moments:
    names = list(training_digests())
    total = Moments(np.zeros((REACH,) * 4), np.zeros((REACH, REACH, scale, scale)), 0)
    for done, name in enumerate(names):
        if progress:
            progress(done, len(names))
        total += _training_moments(name, scale)
    if progress:
        progress(len(names), len(names))
    return total


@lru_cache(maxsize=256)
def _training_moments(name: str, scale: int) -> Moments:
    """Remember an image's moments (20 kB): every layer of one scale is fitted on the same."""
    return moments(_training_plane(read_embedded(name), scale), scale)


def _training_plane(image: Image, scale: int) -> Floats:
    """Return what ``y-classic`` scores: float64 ``(H, W)`` in [0, 1], sides multiples of s."""
    height, width = (size // scale * scale for size in image.shape[:2])
    levels = luma(image[:height, :width].astype(np.float64) * 255.0)
    return round_half_up(levels) / 255.0


def moments(plane: Floats, scale: int) -> Moments:
    """Sum the moments of one image over every window that no border has touched.

    Args:
        plane: float64 ``(H, W)``, the high-resolution image; its sides are multiples of the scale
            and at least 11 times as long.
        scale: The whole factor s.

    Returns:
        The moments, averaged over the eight flips and transpositions of the image.
    """
    # 1. The pair: low-resolution windows, and the s x s pixels at the centre of each.
    small = resize(plane, 1 / scale)
    inside = small[_EDGE:-_EDGE, _EDGE:-_EDGE]
    windows = np.lib.stride_tricks.sliding_window_view(inside, (REACH, REACH))
    margin = (_EDGE + REACH // 2) * scale
    targets = plane[margin:-margin, margin:-margin]
    # 2. Their products, summed band by band.
    gram = np.zeros((REACH**2, REACH**2))
    cross = np.zeros((REACH**2, scale**2))
    for top in range(0, len(windows), _BAND):
        inputs = windows[top : top + _BAND].reshape(-1, REACH**2)
        outputs = _phases(targets[top * scale : (top + _BAND) * scale], scale)
        gram += inputs.T @ inputs
        cross += inputs.T @ outputs
    # 3. The same sums for the flipped and transposed images need no second pass.
    shape = (REACH, REACH, scale, scale)
    return Moments(
        _symmetric(gram.reshape((REACH,) * 4)),
        _symmetric(cross.reshape(shape)),
        windows.shape[0] * windows.shape[1],
    )


def _phases(plane: Floats, scale: int) -> Floats:
    """``(h * s, w * s)`` -> ``(h * w, s * s)``: one row per input pixel."""
    height, width = len(plane) // scale, plane.shape[1] // scale
    cells = plane.reshape(height, scale, width, scale).transpose(0, 2, 1, 3)
    return cells.reshape(-1, scale * scale)


def _symmetric(table: Floats) -> Floats:
    """Average over flips and transpositions; axes 0 and 2 are vertical, 1 and 3 horizontal."""
    table = (table + table[::-1, :, ::-1, :]) / 2
    table = (table + table[:, ::-1, :, ::-1]) / 2
    return np.asarray((table + table.transpose(1, 0, 3, 2)) / 2)


def solve(taps: Floats, sums: Moments, ridge: float = RIDGE) -> Floats:
    """Solve the normal equations of a layer whose geometry is the same on both axes.

    With kernel w, the filter of phase (p, q) is ``f[m, n] = sum_kl taps[p, m, k] taps[q, n, l]
    w[k, l]``.  Minimised is the sum over the phases of ``mean (f * input - output)^2``, plus
    ``ridge * sum w^2``.

    Args:
        taps: float64 ``(s, m, k)``: how much of kernel element k falls on pixel m of the window,
            for output phase p, along one axis.
        sums: The training moments.
        ridge: The weight of the penalty; above 0 the optimum is unique.

    Returns:
        float64 ``(k, k)``: the optimum.
    """
    _, m, k = taps.shape
    # The kernel is free in 2-D but the geometry is a product of its axes, which keeps all small:
    # pairs (m, m') of one axis go to pairs (k, k') of it.
    pairs = np.einsum("pmk,pnl->mnkl", taps, taps).reshape(m * m, k * k)
    by_axis = sums.gram.transpose(0, 2, 1, 3).reshape(m * m, m * m) / sums.pixels
    normal = (pairs.T @ by_axis @ pairs).reshape((k,) * 4).transpose(0, 2, 1, 3)
    normal = normal.reshape(k * k, k * k) + ridge * np.eye(k * k)
    right = np.einsum("pmk,qnl,mnpq->kl", taps, taps, sums.cross / sums.pixels, optimize=True)
    kernel: Floats = np.linalg.solve(normal, right.ravel()).reshape(k, k)
    return kernel
