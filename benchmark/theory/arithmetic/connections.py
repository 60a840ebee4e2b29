"""Which output pixel of a convolution reads which input pixel through which kernel element.

Everything else follows from this list: the matrix, the gradients, the counts, the pictures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.theory.arithmetic.sizes import Size, conv_size, pair, transposed_size

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from upbench.benchmark.core.arrays import Floats

    Indices: TypeAlias = NDArray[np.intp]
    Sparse: TypeAlias = Any  # scipy.sparse.csr_array


@dataclass(frozen=True)
class Connections:
    """Which output pixel reads which input pixel through which kernel element.

    The three index arrays have one entry for each multiplication that is no multiplication by a
    zero of the padding.  Positions are counted row after row.
    """

    outputs: Indices
    """The output pixel of each connection."""
    inputs: Indices
    """Its input pixel."""
    taps: Indices
    """Its kernel element."""
    output_shape: tuple[int, int]
    """(height, width) of the output."""
    input_shape: tuple[int, int]
    """(height, width) of the input."""
    kernel_shape: tuple[int, int]
    """(height, width) of the kernel."""

    def reversed(self) -> Connections:
        """Return the connections of the transpose: inputs and outputs change places."""
        return replace(
            self,
            outputs=self.inputs,
            inputs=self.outputs,
            output_shape=self.input_shape,
            input_shape=self.output_shape,
        )

    def matrix(self, kernel: ArrayLike) -> Sparse:
        """Return the matrix of the operation, sparse, ``(outputs, inputs)``."""
        from scipy.sparse import csr_array

        values = plane("kernel", kernel).ravel()[self.taps]
        shape = prod(self.output_shape), prod(self.input_shape)
        return csr_array((values, (self.outputs, self.inputs)), shape=shape)


def conv_connections(
    shape: Size, kernel_shape: Size, stride: Size = 1, padding: Size = 0, dilation: Size = 1
) -> Connections:
    """Return the connections of a convolution over an image of this shape."""
    image, kernel = pair("input size", shape, 1), pair("kernel", kernel_shape, 1)
    steps, zeros, gaps = _layer(stride, padding, dilation)
    outputs = _both(conv_size, image, kernel, steps, zeros, gaps)
    return _connect(image, outputs, kernel, steps, zeros, gaps)


def transposed_connections(
    shape: Size,
    kernel_shape: Size,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
) -> Connections:
    """Return the connections of a transposed convolution of an image of this shape."""
    image, kernel = pair("input size", shape, 1), pair("kernel", kernel_shape, 1)
    steps, zeros, gaps = _layer(stride, padding, dilation)
    extra = pair("output padding", output_padding, 0)
    large = _both(transposed_size, image, kernel, steps, zeros, extra, gaps)
    return _connect(large, image, kernel, steps, zeros, gaps).reversed()


def plane(what: str, values: ArrayLike) -> Floats:
    """Return numbers as a float64 ``(H, W)`` array.

    Raises:
        UsageError: They are not a table of numbers with two axes and at least one element.
    """
    try:
        table = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"The {what} must be a table of numbers, (height, width).") from None
    if table.ndim != 2 or not table.size:
        raise UsageError(
            f"The {what} must have the shape (height, width), at least 1 x 1; got {table.shape}."
        )
    return table


def _layer(stride: Size, padding: Size, dilation: Size) -> tuple[tuple[int, int], ...]:
    return pair("stride", stride, 1), pair("padding", padding, 0), pair("dilation", dilation, 1)


def _both(size: Any, *arguments: tuple[int, int]) -> tuple[int, int]:
    """Work out a size along both axes."""
    height, width = (size(*along) for along in zip(*arguments, strict=True))
    return height, width


def _connect(
    image: tuple[int, int],
    outputs: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
) -> Connections:
    """Connect a convolution's outputs to the pixels that its kernel meets inside the image."""
    y, x = (
        np.arange(outputs[axis])[:, None] * stride[axis]
        + np.arange(kernel[axis]) * dilation[axis]
        - padding[axis]
        for axis in (0, 1)
    )
    inside = ((y >= 0) & (y < image[0]))[:, None, :, None] & ((x >= 0) & (x < image[1]))[:, None, :]
    rows, columns, down, right = np.nonzero(inside)
    return Connections(
        outputs=rows * outputs[1] + columns,
        inputs=y[rows, down] * image[1] + x[columns, right],
        taps=down * kernel[1] + right,
        output_shape=outputs,
        input_shape=image,
        kernel_shape=kernel,
    )
