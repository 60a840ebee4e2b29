"""Zeros between the pixels, then an ordinary convolution with a 2s x 2s kernel.

This is how a transposed convolution is taught (V. Dumoulin and F. Visin, arXiv:1603.07285, 2016,
section 4): the same map as that of ``cnn-transposed-conv-even`` with the kernel turned around.
Only the initialisation differs: torch counts all input channels as the fan-in of a convolution, so
it draws smaller weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.methods._shared.transposed import reach_of
from upbench.methods.learned import Head, LearnedUpsampler, learned

if TYPE_CHECKING:
    from torch import nn


def build(channels: int, scale: int) -> nn.Module:
    """Return the layer with torch's default initialisation of a convolution."""
    from upbench.methods._shared.upsampling import ZeroInsertionConv as Layer

    return Layer(channels, 1, scale)


HEAD = Head("zero-insertion-conv", build, reach_of(lambda scale: 2 * scale))


@learned(HEAD, source="V. Dumoulin and F. Visin, arXiv:1603.07285, 2016", kernel="zeros, 2s x 2s")
class ZeroInsertionConv(LearnedUpsampler):
    """Zeros, then 2s x 2s."""
