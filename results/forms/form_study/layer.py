"""The transposed convolution that every form computes, and the multiplications of each way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.theory.arithmetic.sizes import transposed_size, whole_number
from upbench.benchmark.theory.arithmetic.zeros import Multiplications, multiplications

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True)
class Layer:
    """A transposed convolution of square images with a square kernel, without bias."""

    kernel: int
    """The kernel size k."""
    stride: int
    """The stride s: the factor by which it makes an image larger."""
    padding: int = 0
    """The padding p, at most k - 1: what the direct convolution pads with is k - 1 - p."""
    output_padding: int = 0
    """The output padding a."""
    channels: int = 1
    """Channels of the input, and as many of the output."""

    def __post_init__(self) -> None:
        """Refuse what not every form can compute."""
        whole_number("number of channels", self.channels, 1)
        if self.padding >= whole_number("kernel", self.kernel, 1):
            raise UsageError(
                f"The padding must be smaller than the kernel, {self.kernel} here, so that zero "
                f"insertion has zeros to add around; got {self.padding}."
            )

    def output_size(self, size: int) -> int:
        """Return the side of the output for an input of this side, in pixels.

        Raises:
            UsageError: An argument is out of its range, or no output is left.
        """
        layer = self.stride, self.padding, self.output_padding
        return transposed_size(size, self.kernel, *layer)


def upsampling_layer(kernel: int, stride: int, channels: int = 1) -> Layer:
    """Return the layer whose output is exactly ``stride`` times as large as its input.

    Raises:
        UsageError: The kernel is smaller than the stride, so that pixels would stay empty.
    """
    missing = whole_number("kernel", kernel, 1) - whole_number("stride", stride, 1)
    if missing < 0:
        raise UsageError(f"A stride of {stride} needs a kernel of {stride} or more; got {kernel}.")
    return Layer(kernel, stride, (missing + 1) // 2, missing % 2, channels)


def example(layer: Layer, size: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Return an image ``(C, size, size)`` and weights ``(C, C, k, k)``: random, without zeros.

    The weights' order is PyTorch's for ``conv_transpose2d``: input channel first.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    channels, kernel = layer.channels, layer.kernel
    image = rng.random((channels, size, size), dtype=np.float32) + np.float32(0.01)
    weights = rng.random((channels, channels, kernel, kernel), dtype=np.float32) + np.float32(0.01)
    return image, weights / np.float32(channels * kernel)


def connection_count(layer: Layer, size: int) -> int:
    """Count the multiplications that the layer needs: each by a pixel of the input."""
    return _along_one_axis(layer, size).needed ** 2 * layer.channels**2


def with_zeros_count(layer: Layer, size: int) -> int:
    """Count the multiplications of the direct convolution of the stretched input."""
    return _along_one_axis(layer, size).with_zeros ** 2 * layer.channels**2


def _along_one_axis(layer: Layer, size: int) -> Multiplications:
    """Count along one axis; the axes are independent, so the square counts both."""
    padding, extra = (layer.padding, 0), (layer.output_padding, 0)
    return multiplications((size, 1), (layer.kernel, 1), (layer.stride, 1), padding, extra)
