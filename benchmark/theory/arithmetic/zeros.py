"""The transposed convolution as a direct one: zero insertion, padding, and what the zeros cost.

"It is always possible to emulate a transposed convolution with a direct convolution.  The
disadvantage is that it usually involves adding many columns and rows of zeros to the input."
V. Dumoulin and F. Visin, arXiv:1603.07285, section 4.2.  Zeros between the pixels make the kernel
move at a fraction of its pace, hence the name fractionally strided convolution.

Images are ``(H, W)``, kernels ``(kh, kw)``.  The numbers of a layer are the stride s, the padding
p, the output padding a and the dilation d.  All functions raise UsageError for what is out of its
range, and where no output is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.theory.arithmetic.connections import plane, transposed_connections
from upbench.benchmark.theory.arithmetic.guide import DirectConvolution
from upbench.benchmark.theory.arithmetic.matrix import convolve
from upbench.benchmark.theory.arithmetic.sizes import Size, pair, span, transposed_size

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Floats


@dataclass(frozen=True)
class Multiplications:
    """How many multiplications the forms of one transposed convolution make."""

    needed: int
    """By the layer itself, and by the sparse matrix: none by an inserted zero."""
    with_zeros: int
    """By zero insertion and a direct convolution."""
    dense: int
    """By the matrix C^T with its zeros."""


def insert_zeros(image: ArrayLike, stride: Size) -> Floats:
    """Put s - 1 zeros between neighbours: ``(H, W)`` -> ``(s (H - 1) + 1, s (W - 1) + 1)``."""
    pixels, (down, right) = plane("image", image), pair("stride", stride, 1)
    height, width = pixels.shape
    stretched = np.zeros((down * (height - 1) + 1, right * (width - 1) + 1))
    stretched[::down, ::right] = pixels
    return stretched


def direct_convolution(
    size: int,
    kernel: int,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> DirectConvolution:
    """Return the direct convolution that equals a transposed one, along one axis.

    Relationship 14 of the guide, with d (k - 1) + 1 for k under a dilation d.
    """
    output = transposed_size(size, kernel, stride, padding, output_padding, dilation)
    around = span(kernel, dilation) - 1 - padding
    return DirectConvolution(stride * (size - 1) + 1, kernel, around, output_padding, output)


def stretch_and_pad(
    image: ArrayLike,
    kernel_shape: Size,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
) -> Floats:
    """Return what the direct convolution reads: zeros between the pixels and around them.

    Float64, as large as the output plus the kernel's span minus 1.  Where the padding exceeds the
    kernel's reach, pixels are cut off instead.
    """
    pixels = plane("image", image)
    layer = (
        pair("kernel", kernel_shape, 1),
        pair("stride", stride, 1),
        pair("padding", padding, 0),
        pair("output padding", output_padding, 0),
        pair("dilation", dilation, 1),
    )
    height, width = (direct_convolution(*along) for along in zip(pixels.shape, *layer, strict=True))
    stretched = insert_zeros(pixels, stride)
    return _pad(_pad(stretched, height).T, width).T


def emulate_transposed(
    image: ArrayLike,
    kernel: ArrayLike,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
) -> Floats:
    """Do a transposed convolution by zero insertion and a convolution of unit stride.

    The kernel is turned by 180 degrees.  Equals ``transposed_convolve``, float64 ``(oh, ow)``, at
    the price that :func:`multiplications` counts.
    """
    weights = plane("kernel", kernel)
    layer = stride, padding, output_padding, dilation
    padded = stretch_and_pad(image, weights.shape, *layer)
    return convolve(padded, weights[::-1, ::-1], dilation=dilation)


def multiplications(
    shape: Size,
    kernel_shape: Size,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
) -> Multiplications:
    """Count the multiplications of a transposed convolution, for one channel in and out."""
    layer = stride, padding, output_padding, dilation
    connected = transposed_connections(shape, kernel_shape, *layer)
    outputs, inputs = prod(connected.output_shape), prod(connected.input_shape)
    taps = prod(connected.kernel_shape)
    return Multiplications(len(connected.taps), outputs * taps, outputs * inputs)


def _pad(image: Floats, axis: DirectConvolution) -> Floats:
    """Put zeros above and below, or cut rows off where the padding is below 0."""
    top, bottom = axis.padding, axis.padding + axis.extra
    kept = image[max(0, -top) : image.shape[0] - max(0, -bottom)]
    return np.pad(kept, ((max(0, top), max(0, bottom)), (0, 0)))
