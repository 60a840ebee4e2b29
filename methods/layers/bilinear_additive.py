"""Bilinear additive upsampling: interpolate, add every s x s channels, then 3 x 3.

Z. Wojna et al., "The Devil is in the Decoder", IJCV 2019, arXiv:1707.05847.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import layer

if TYPE_CHECKING:
    from torch import nn


@layer(
    "bilinear-additive",
    source="Z. Wojna et al., IJCV 2019, arXiv:1707.05847",
    summary="bilinear interpolation, every s x s channels added, then 3 x 3",
    flat="always",
)
def build(in_channels: int, out_channels: int, scale: int) -> nn.Module:
    """Return the layer; the convolution begins as torch's."""
    from upbench.methods._shared.upsampling import BilinearAdditive

    return BilinearAdditive(in_channels, out_channels, scale)
