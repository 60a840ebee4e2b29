"""A convolution as a matrix, the transposed convolution as its transpose, and their gradients.

An image is read as a column vector, row after row.  A convolution is then y = C x, where C has
one row for each output pixel and one column for each input pixel.  Its transposed convolution is
x = C^T y, and so is the gradient: dL/dx = C^T dL/dy.  V. Dumoulin and F. Visin, arXiv:1603.07285,
section 4.1.  Convolution is deep learning's, a cross-correlation: the kernel is not flipped.

Images are ``(H, W)`` of one channel, kernels ``(kh, kw)``, all results float64.  Strides,
paddings and dilations are one whole number for both axes or (height, width).  All functions raise
UsageError for an argument out of its range and where no output is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.theory.arithmetic.connections import (
    conv_connections,
    plane,
    transposed_connections,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.theory.arithmetic.sizes import Size

    Sparse: TypeAlias = Any  # scipy.sparse.csr_array


def conv_matrix(
    shape: Size, kernel: ArrayLike, stride: Size = 1, padding: Size = 0, dilation: Size = 1
) -> Floats:
    """Return the matrix C of a convolution, with its zeros: for teaching and small images.

    Returns:
        float64 ``(oh * ow, H * W)``, for an input of the shape (H, W).
    """
    weights = plane("kernel", kernel)
    connected = conv_connections(shape, weights.shape, stride, padding, dilation)
    return np.asarray(connected.matrix(weights).toarray())


def sparse_transposed_matrix(
    shape: Size,
    kernel: ArrayLike,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
) -> Sparse:
    """Return C^T of a transposed convolution, a ``csr_array`` ``(oh * ow, H * W)``."""
    size = plane("kernel", kernel).shape
    layer = stride, padding, output_padding, dilation
    return transposed_connections(shape, size, *layer).matrix(kernel)


def convolve(
    image: ArrayLike, kernel: ArrayLike, stride: Size = 1, padding: Size = 0, dilation: Size = 1
) -> Floats:
    """Convolve through the matrix, y = C x: ``(H, W)`` -> ``(oh, ow)``; equals ``conv2d``."""
    pixels, weights = plane("image", image), plane("kernel", kernel)
    connected = conv_connections(pixels.shape, weights.shape, stride, padding, dilation)
    return image_of(connected.matrix(weights) @ column(pixels), connected.output_shape)


def transposed_convolve(
    image: ArrayLike,
    kernel: ArrayLike,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
) -> Floats:
    """Apply C^T: ``(H, W)`` -> ``(oh, ow)``; equals ``conv_transpose2d``.

    Its own gradient is the convolution: dL/dinput = C dL/doutput, :func:`convolve`.
    """
    pixels, weights = plane("image", image), plane("kernel", kernel)
    layer = stride, padding, output_padding, dilation
    connected = transposed_connections(pixels.shape, weights.shape, *layer)
    return image_of(connected.matrix(weights) @ column(pixels), connected.output_shape)


def input_gradient(
    output_gradient: ArrayLike,
    shape: Size,
    kernel: ArrayLike,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
) -> Floats:
    """Return the gradient of a loss by a convolution's input: dL/dx = C^T dL/dy.

    ``output_gradient`` is dL/dy, ``(oh, ow)``; ``shape`` is that of x and of the result; the others
    are the convolution's.
    """
    weights = plane("kernel", kernel)
    connected = conv_connections(shape, weights.shape, stride, padding, dilation)
    gradient = plane("output gradient", output_gradient)
    if gradient.shape != connected.output_shape:
        raise UsageError(
            f"The output gradient must have the output's shape {connected.output_shape}; "
            f"got {gradient.shape}."
        )
    return image_of(connected.matrix(weights).T @ column(gradient), connected.input_shape)


def column(image: ArrayLike) -> Floats:
    """Return an image as a column vector, row after row: ``(H, W)`` -> ``(H * W, 1)``."""
    return plane("image", image).reshape(-1, 1)


def image_of(vector: ArrayLike, shape: tuple[int, int]) -> Floats:
    """Return a column vector as an image again: ``(H * W, 1)`` -> ``(H, W)``."""
    return np.asarray(vector, dtype=np.float64).reshape(shape)
