"""What a head is: the layer that takes the trunk's features to the large grid, as one image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

__all__ = ["Head", "TransposedGeometry", "transposed_geometry"]


@dataclass(frozen=True)
class Head:
    """An upsampling layer from the trunk's features to one luma plane."""

    name: str
    """Lower-case words joined by hyphens."""
    build: Callable[[int, int], nn.Module]
    """``(channels, scale)`` -> a module ``(N, channels, H, W) -> (N, 1, H * s, W * s)``, freshly
    initialised from torch's random generator."""
    reach: Callable[[int], int] = lambda _scale: 1
    """At a scale, how many input pixels each way an output pixel may depend on."""
    border: Literal["zeros", "replicate"] = "zeros"
    """What the head takes the features beyond the border to be."""
    linear: bool = True
    """Whether it is a linear map that is the same at every pixel, so that it can be folded."""


@dataclass(frozen=True)
class TransposedGeometry:
    """Padding of a transposed convolution whose output is exactly s times as large."""

    kernel: int
    padding: int
    output_padding: int
    reach: int
    """Input pixels each way that an output pixel depends on."""


def transposed_geometry(kernel: int, scale: int) -> TransposedGeometry:
    """Return the padding that centres a k x k kernel of stride s as well as can be.

    A transposed convolution of n pixels gives ``(n - 1) s - 2 padding + k + output_padding``
    (V. Dumoulin and F. Visin, arXiv:1603.07285, 2016, relationship 14).  Where k - s is odd the
    centre lies half an output pixel off, as it must.

    Args:
        kernel: The side k, at least the scale.
        scale: The stride s.

    >>> transposed_geometry(9, 2)
    TransposedGeometry(kernel=9, padding=4, output_padding=1, reach=2)
    """
    padding = (kernel - scale + 1) // 2
    output_padding = scale - kernel + 2 * padding
    before = (kernel - 1 - padding) // scale
    after = (scale - 1 + padding) // scale
    return TransposedGeometry(kernel, padding, output_padding, max(before, after))
