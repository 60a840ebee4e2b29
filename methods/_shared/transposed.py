"""Heads that are transposed convolutions of any kernel side, random or bilinear at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.methods._shared.head import Head, transposed_geometry

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

__all__ = [
    "FCN",
    "FSRCNN",
    "TRANSPOSED",
    "bilinear_head",
    "bilinear_kernel",
    "random_head",
    "reach_of",
]

TRANSPOSED = "V. Dumoulin and F. Visin, arXiv:1603.07285, 2016; torch.nn.ConvTranspose2d"
FSRCNN = "C. Dong, C. C. Loy and X. Tang, ECCV 2016, arXiv:1608.00367"
FCN = "initialisation: J. Long, E. Shelhamer and T. Darrell, CVPR 2015, arXiv:1411.4038"


def random_head(name: str, side: Callable[[int], int]) -> Head:
    """Return a transposed convolution with torch's default initialisation.

    Torch draws from +-1/sqrt(k * k): it counts the *output* channels (here 1) as the fan-in of a
    transposed convolution.

    Args:
        name: What follows "transposed-conv-" in the head's name.
        side: The kernel's side k at a scale.
    """

    def build(channels: int, scale: int) -> nn.Module:
        from upbench.methods._shared.upsampling import TransposedConv

        return TransposedConv(channels, 1, scale, side(scale))

    return Head(f"transposed-conv-{name}", build, reach_of(side))


def bilinear_head(name: str, side: Callable[[int], int]) -> Head:
    """Return the same layer, named ``-bilinear``, with FCN's bilinear initialisation."""

    def build(channels: int, scale: int) -> nn.Module:
        from upbench.methods._shared.upsampling import TransposedConv

        return TransposedConv(channels, 1, scale, side(scale), "bilinear")

    return Head(f"transposed-conv-{name}-bilinear", build, reach_of(side))


def bilinear_kernel(side: int) -> Tensor:
    """Return FCN's bilinear kernel: float32 ``(side, side)``.

    >>> bilinear_kernel(4)[0].tolist()
    [0.0625, 0.1875, 0.1875, 0.0625]
    """
    import torch

    factor = (side + 1) // 2
    centre = factor - 1.0 if side % 2 else factor - 0.5
    ramp = 1 - (torch.arange(side) - centre).abs() / factor
    return torch.outer(ramp, ramp)


def reach_of(side: Callable[[int], int]) -> Callable[[int], int]:
    """Return how far such a layer looks, at a scale."""
    return lambda scale: transposed_geometry(side(scale), scale).reach
