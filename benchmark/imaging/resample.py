"""The one separable resampler: a kernel is a function with a support.

It makes images larger (the canonical interpolation methods) and smaller (the degradation of every
protocol), and equals MATLAB's ``imresize`` for the kernels that both have:

1. An output sample j lies at ``u = (j + 1/2) / scale - 1/2`` on the input's grid (half-pixel),
   evaluated in MATLAB's own order of operations.
2. Its weights are ``k(u - i)`` over the inputs i within the kernel's support.  Shrinking stretches
   the kernel by 1/scale, which is the antialiasing: stated once, in :func:`_stretched`.
3. The weights of a sample are normalised to sum 1.
4. Beyond the border the image continues, mirrored with the edge pixel repeated ("mirror").
5. The axis with the smaller scale goes first; at equal scales the vertical one.
6. The output has ``ceil(size * scale)`` samples per axis (the product rounded to 9 digits first,
   so that 1/3 of 9 samples is 3).

The weights of one axis are a banded matrix.  It is applied in small dense blocks along the
diagonal: products of that shape run at the speed of BLAS on both axes, without a transposed copy.

Sources: R. Keys, "Cubic convolution interpolation for digital image processing", 1981
(doi 10.1109/TASSP.1981.1163711); D. Mitchell and A. Netravali, "Reconstruction filters in
computer graphics", 1988 (doi 10.1145/54852.378514); MathWorks, ``imresize``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from upbench.benchmark.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.core.contract import Image8


__all__ = [
    "AREA",
    "BICUBIC",
    "BILINEAR",
    "HERMITE",
    "LANCZOS3",
    "MITCHELL",
    "NEAREST",
    "Kernel",
    "keys_cubic",
    "resize",
    "resize_8bit",
    "round_half_up",
    "weights",
]

Edge = Literal["mirror", "replicate", "renormalise"]
Precision = type[np.float32] | type[np.float64]

VERTICAL, HORIZONTAL = 0, 1

MAX_FACTOR = 256
"""The largest scale, up or down."""

BLOCK_ROWS = 8
"""Output samples per dense block of float64, see :func:`_block_rows`."""


@dataclass(frozen=True)
class Kernel:
    """An interpolation kernel: an even function that is zero outside its support."""

    name: str
    """What the tables call it."""
    function: Callable[[Floats], Floats]
    """Values at the given distances, in input samples; need not be normalised."""
    support: float
    """The full width in input samples outside which the function is zero."""


def kernel(name: str, support: float) -> Callable[[Callable[[Floats], Floats]], Kernel]:
    """Make a kernel of a function by stating its support."""
    return lambda function: Kernel(name, function, support)


@kernel("box", support=1)
def AREA(x: Floats) -> Floats:  # noqa: N802 - the decorator makes a constant of it
    """1 on [-1/2, 1/2): averages when shrinking."""
    return ((x >= -0.5) & (x < 0.5)).astype(np.float64)


NEAREST = Kernel("nearest", AREA.function, support=1)
"""The box again, but never stretched: it picks one sample at any scale."""


@kernel("triangle", support=2)
def BILINEAR(x: Floats) -> Floats:  # noqa: N802
    """``1 - |x|`` on [-1, 1]."""
    return np.maximum(0.0, 1.0 - np.abs(x))


@kernel("Hermite", support=2)
def HERMITE(x: Floats) -> Floats:  # noqa: N802
    """``2|x|^3 - 3|x|^2 + 1`` on [-1, 1]: the cubic B = C = 0 of Mitchell and Netravali."""
    d = np.minimum(np.abs(x), 1.0)
    return (2.0 * d - 3.0) * d * d + 1.0


def keys_cubic(a: float) -> Kernel:
    """Cubic convolution, Keys 1981 eq. 4 with free parameter a (MATLAB and Pillow: -0.5)."""

    def function(x: Floats) -> Floats:
        d = np.abs(x)
        near = ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0
        far = ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a
        return np.where(d <= 1.0, near, np.where(d <= 2.0, far, 0.0))

    return Kernel(f"Keys cubic, a = {a:g}", function, support=4)


BICUBIC = keys_cubic(-0.5)
"""The canonical bicubic: MATLAB's, Pillow's, and Keys' third-order choice."""


@kernel("Mitchell-Netravali, B = C = 1/3", support=4)
def MITCHELL(x: Floats) -> Floats:  # noqa: N802
    """The cubic B = C = 1/3, eq. 8 of the paper; it smooths, so it does not interpolate."""
    d = np.abs(x)
    near = (7.0 * d - 12.0) * d * d + 16.0 / 3.0
    far = ((-7.0 / 3.0 * d + 12.0) * d - 20.0) * d + 32.0 / 3.0
    return np.where(d < 1.0, near, np.where(d < 2.0, far, 0.0)) / 6.0


@kernel("Lanczos, 3 lobes", support=6)
def LANCZOS3(x: Floats) -> Floats:  # noqa: N802
    """``sinc(x) sinc(x / 3)`` on [-3, 3]."""
    return np.where(np.abs(x) < 3.0, np.sinc(x) * np.sinc(x / 3.0), 0.0)


def resize(
    image: NDArray[np.floating],
    scale: float | tuple[float, float],
    kernel: Kernel = BICUBIC,
    *,
    antialias: bool = True,
    edge: Edge = "mirror",
    dtype: Precision = np.float64,
) -> NDArray[Any]:
    """Resize in floating point, without clipping or rounding.

    Args:
        image: ``(H, W)`` or ``(H, W, C)``, any range.
        scale: Output size over input size, one number or (vertical, horizontal).
        kernel: The interpolation kernel.
        antialias: Stretch the kernel when shrinking.
        edge: What lies beyond the border: "mirror" with the edge pixel repeated (MATLAB),
            "replicate" (OpenCV, PyTorch) or "renormalise" over the samples that exist (Pillow).
        dtype: What is computed in.  float32 takes half the time; what is scored is float64.

    Returns:
        ``(ceil(H * scale), ceil(W * scale))`` of the dtype, with the channels if there were any.
        Equals a brute-force evaluation of MATLAB's definition to 1e-12, in float32 to 1e-6.

    Raises:
        UsageError: The scale is not a positive number or the image has no pixels.
    """
    pixels, channels = _as_matrix(image, dtype)
    for axis, factor in _axis_order(_scales(scale), first=HORIZONTAL):
        size = _length(pixels, channels, axis)
        width = channels if axis else 1
        blocks = _blocks(size, factor, kernel, antialias, edge, width, np.dtype(dtype))
        pixels = _apply(blocks, pixels, axis)
    return _as_image(pixels, image.ndim, channels)


def resize_8bit(
    image: Image8, scale: float | tuple[float, float], kernel: Kernel = BICUBIC
) -> Image8:
    """Resize 8-bit pixels as MATLAB does: clipped and rounded half up after each axis.

    Args:
        image: uint8 ``(H, W)`` or ``(H, W, C)``.
        scale: Output size over input size, one number or (vertical, horizontal).
        kernel: The interpolation kernel, stretched when shrinking.

    Returns:
        uint8, of the size that :func:`resize` gives.
    """
    pixels, channels = _as_matrix(image)
    for axis, factor in _axis_order(_scales(scale), first=VERTICAL):
        size = _length(pixels, channels, axis)
        dtype = _exact_type(size, factor, kernel)
        width = channels if axis else 1
        blocks = _blocks(size, factor, kernel, True, "mirror", width, dtype)  # noqa: FBT003
        pixels = round_half_up(_apply(blocks, pixels.astype(dtype, copy=False), axis))
    return _as_image(pixels, image.ndim, channels).astype(np.uint8)


def weights(
    size: int,
    scale: float,
    kernel: Kernel = BICUBIC,
    *,
    antialias: bool = True,
    edge: Edge = "mirror",
) -> tuple[NDArray[np.intp], Floats]:
    """Return which inputs make each output sample of one axis, and with what weights.

    Args:
        size: Samples of the input.
        scale: Output size over input size.
        kernel: The interpolation kernel.
        antialias: Stretch the kernel when shrinking.
        edge: What lies beyond the border.

    Returns:
        ``(indices, weights)``, both ``(ceil(size * scale), taps)``; an index may repeat in a row.
    """
    function, width = _stretched(kernel, scale, antialias=antialias)
    samples = np.arange(1, _output_size(size, scale) + 1)
    centres = samples / scale + 0.5 * (1.0 - 1.0 / scale) - 1.0
    taps = np.arange(math.ceil(width) + 2)
    indices = np.floor(centres - width / 2).astype(np.intp)[:, None] + taps
    values = function(centres[:, None] - indices)
    if edge == "renormalise":
        exists = (indices >= 0) & (indices < size)
        # a last sample that reaches no input at all (sizes rounded up) repeats the edge
        nowhere = ~np.any(exists & (values != 0), axis=1, keepdims=True)
        values = np.where(exists | nowhere, values, 0.0)
    values /= values.sum(axis=1, keepdims=True)
    return _inside(indices, size, edge), values


def _stretched(
    kernel: Kernel, scale: float, *, antialias: bool
) -> tuple[Callable[[Floats], Floats], float]:
    """Antialiasing: when shrinking, the kernel is as wide as the new pixels."""
    if scale >= 1 or not antialias or kernel is NEAREST:
        return kernel.function, kernel.support
    return lambda x: kernel.function(x * scale), kernel.support / scale


def _inside(indices: NDArray[np.intp], size: int, edge: Edge) -> NDArray[np.intp]:
    """Map indices beyond the border to the samples that stand for them."""
    if edge != "mirror":
        return np.clip(indices, 0, size - 1)
    folded = indices % (2 * size)
    return np.minimum(folded, 2 * size - 1 - folded)


class _Block(NamedTuple):
    """Some output samples as a dense matrix over the input samples that they need."""

    out: slice
    needed: slice
    matrix: NDArray[Any]


@lru_cache(maxsize=128)
def _blocks(  # noqa: PLR0917 - the arguments are the cache's key
    size: int,
    scale: float,
    kernel: Kernel,
    antialias: bool,  # noqa: FBT001
    edge: Edge,
    channels: int,
    dtype: np.dtype[Any] = np.dtype(np.float64),  # noqa: B008 - it cannot change
) -> tuple[_Block, ...]:
    """Return the weight matrix of one axis in blocks; a pixel of C channels is C columns."""
    indices, values = weights(size, scale, kernel, antialias=antialias, edge=edge)
    rows = _block_rows(channels, dtype)
    starts, width = _windows(indices, values, size, rows)
    matrices = np.zeros((len(starts), rows, width))
    block, row = np.divmod(np.arange(len(indices))[:, None], rows)
    # a tap outside its block's window has no weight, so it may be added anywhere
    column = np.clip(indices - starts[block], 0, width - 1)
    np.add.at(matrices, (block, row, column), values)
    firsts = range(0, len(indices), rows)
    spread = _per_channel(matrices, channels).astype(dtype, copy=False)
    placed = zip(firsts, starts, spread, strict=True)
    return tuple(
        _block(first, min(rows, len(indices) - first), int(start), matrix, channels)
        for first, start, matrix in placed
    )


@lru_cache(maxsize=128)
def _exact_type(size: int, scale: float, kernel: Kernel) -> np.dtype[Any]:
    """Return the type in which levels of 8 bits are resized exactly as in float64, but faster.

    float32 has 24 bits.  Where every weight is a multiple of 2^-13, and they are 4 in sum at most,
    each product and each partial sum is a multiple of 2^-13 below 2^10: 23 bits, no rounding in
    either type.  So it is at x2 and x4 by cubics and triangles; at x3 the weights are no such
    fractions.
    """
    _, values = weights(size, scale, kernel)
    scaled = values * 2.0**13
    is_exact = np.array_equal(scaled, np.rint(scaled)) and np.abs(values).sum(axis=1).max() <= 4
    return np.dtype(np.float32 if is_exact else np.float64)


def _block_rows(channels: int, dtype: np.dtype[Any]) -> int:
    """Return the output samples per dense block: the fastest of 4 to 64, 256 to 1000 px."""
    if dtype == np.float64:
        return BLOCK_ROWS
    return 32 if channels == 1 else 16


def _windows(
    indices: NDArray[np.intp], values: Floats, size: int, rows: int
) -> tuple[NDArray[np.intp], int]:
    """Return the first input that each block needs, and how many the widest block needs."""
    used = values != 0
    firsts = np.arange(0, len(indices), rows)
    starts = np.minimum.reduceat(np.where(used, indices, size).min(axis=1), firsts)
    stops = np.maximum.reduceat(np.where(used, indices, -1).max(axis=1), firsts) + 1
    width = int((stops - starts).max())
    return np.minimum(starts, size - width), width


def _per_channel(matrices: Floats, channels: int) -> Floats:
    """Give every channel its own copy of the weights: the Kronecker product with the identity."""
    blocks, rows, width = matrices.shape
    spread = matrices[:, :, None, :, None] * np.eye(channels)[:, None, :]
    return spread.reshape(blocks, rows * channels, width * channels)


def _block(first: int, rows: int, start: int, matrix: Floats, channels: int) -> _Block:
    width = matrix.shape[1] // channels
    return _Block(
        slice(first * channels, (first + rows) * channels),
        slice(start * channels, (start + width) * channels),
        matrix[: rows * channels],
    )


def _apply(blocks: tuple[_Block, ...], pixels: NDArray[Any], axis: int) -> NDArray[Any]:
    """Multiply by the weight matrix along one axis."""
    size = blocks[-1].out.stop
    if axis == VERTICAL:
        result = np.empty((size, pixels.shape[1]), pixels.dtype)
        for block in blocks:
            np.matmul(block.matrix, pixels[block.needed], out=result[block.out])
    else:
        result = np.empty((len(pixels), size), pixels.dtype)
        for block in blocks:
            np.matmul(pixels[:, block.needed], block.matrix.T, out=result[:, block.out])
    return result


def _axis_order(scales: tuple[float, float], *, first: int) -> list[tuple[int, float]]:
    """Order the axes, the smaller scale first and ``first`` at equal scales.

    In float64 the order changes rounding alone; the horizontal axis first is faster, because the
    larger of the two results is then written row by row.
    """
    return sorted(enumerate(scales), key=lambda pair: (pair[1], pair[0] != first))


def _as_matrix(
    image: NDArray[np.generic], dtype: Precision = np.float64
) -> tuple[NDArray[Any], int]:
    """Return the image as one matrix (H, W * C), and C."""
    if image.ndim not in {2, 3} or image.size == 0:
        raise UsageError(
            f"Cannot resize an array of shape {image.shape}; "
            "expected (H, W) or (H, W, C) with at least one pixel."
        )
    channels = 1 if image.ndim == 2 else image.shape[2]
    return np.ascontiguousarray(image, dtype=dtype).reshape(len(image), -1), channels


def _as_image(pixels: NDArray[Any], ndim: int, channels: int) -> NDArray[Any]:
    return pixels if ndim == 2 else pixels.reshape(len(pixels), -1, channels)


def _length(pixels: NDArray[Any], channels: int, axis: int) -> int:
    return len(pixels) if axis == VERTICAL else pixels.shape[1] // channels


def round_half_up(levels: Floats) -> Floats:
    """Round grey levels as MATLAB rounds to uint8: clipped to [0, 255], halves up."""
    return np.floor(np.clip(levels, 0.0, 255.0) + 0.5)


def _output_size(size: int, scale: float) -> int:
    # size * (1 / 3) may come out a hair above the whole number that is meant
    return math.ceil(round(size * scale, 9))


def _scales(scale: float | tuple[float, float]) -> tuple[float, float]:
    vertical, horizontal = scale if isinstance(scale, tuple) else (scale, scale)
    if not all(1 / MAX_FACTOR <= s <= MAX_FACTOR for s in (vertical, horizontal)):
        raise UsageError(
            f"Cannot resize by {scale!r}; expected a scale from 1/{MAX_FACTOR} to {MAX_FACTOR}."
        )
    return float(vertical), float(horizontal)
