"""The one separable resampler: a kernel is a function with a support.

It makes images larger (the canonical interpolation methods) and smaller (the degradation of every
protocol), and equals MATLAB's ``imresize`` for the kernels that both have:

1. An output sample j lies at ``u = (j + 1/2) / scale - 1/2`` on the input's grid (half-pixel),
   evaluated in MATLAB's own order of operations.
2. Its weights are ``k(u - i)`` over the inputs i within the kernel's support.  Shrinking stretches
   the kernel by 1/scale, which is the antialiasing: stated once, in :func:`_stretched`.
3. The weights of a sample are normalised to sum 1.
4. Beyond the border the image continues, mirrored with the edge pixel repeated ("mirror").
5. The axis with the smaller scale goes first; at equal scales the horizontal one (in 8 bits the
   vertical one).
6. The output has ``ceil(size * scale)`` samples per axis (the product rounded to 9 digits first,
   so that 1/3 of 9 samples is 3).

The weights of one axis are a banded matrix.  It is applied in small dense blocks along the
diagonal: products of that shape run at the speed of BLAS on both axes, without a transposed copy.
The kernels are in ``kernels``.

Source: MathWorks, ``imresize``.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.imaging.kernels import (
    AREA,
    BICUBIC,
    BILINEAR,
    HERMITE,
    LANCZOS3,
    MITCHELL,
    NEAREST,
    Kernel,
    keys_cubic,
)

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
