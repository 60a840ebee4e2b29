"""Zeros between the pixels, then a convolution with a 2s x 2s kernel.

The map of ``transposed-conv-even`` with the kernel turned around (V. Dumoulin and F. Visin,
arXiv:1603.07285, 2016, section 4), as torch initialises a convolution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import layer

if TYPE_CHECKING:
    from torch import nn


@layer(
    "zero-insertion-conv",
    source="V. Dumoulin and F. Visin, arXiv:1603.07285, 2016",
    summary="zeros, then a 2s x 2s convolution: a transposed convolution as it is taught",
)
def build(in_channels: int, out_channels: int, scale: int) -> nn.Module:
    """Return the layer with torch's default initialisation of a convolution."""
    from upbench.methods._shared.upsampling import ZeroInsertionConv

    return ZeroInsertionConv(in_channels, out_channels, scale)
