"""A transposed convolution with a fixed kernel after it: no weights make a checkerboard.

Y. Sugawara, S. Shiota and H. Kiya, ICIP 2018, arXiv:1806.02658: the kernel of a zero-order hold, s
x s ones, makes the DC gains of all output phases equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import layer

if TYPE_CHECKING:
    from torch import nn


@layer(
    "transposed-conv-zero-order-hold",
    source="Y. Sugawara, S. Shiota and H. Kiya, ICIP 2018, arXiv:1806.02658",
    summary="transposed convolution, k = s + 1, then s x s ones: checkerboard-free by its form",
    flat="always",
)
def build(in_channels: int, out_channels: int, scale: int) -> nn.Module:
    """Return the layer, its trained kernel as torch initialises it."""
    from upbench.methods._shared.upsampling import ZeroOrderHoldConv

    return ZeroOrderHoldConv(in_channels, out_channels, scale)
