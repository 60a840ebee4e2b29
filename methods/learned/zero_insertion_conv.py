"""Zeros between the pixels, then an ordinary convolution with a 2s x 2s kernel.

This is how a transposed convolution is taught (V. Dumoulin and F. Visin, arXiv:1603.07285, 2016,
section 4): the same map as that of ``cnn-transposed-conv-even`` with the kernel turned around.
Only the initialisation differs: torch counts all input channels as the fan-in of a convolution, so
it draws smaller weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.methods._shared.head import transposed_geometry
from upbench.methods._shared.transposed import reach_of
from upbench.methods.learned import Head, LearnedUpsampler, learned
from upbench.methods.learned.transposed_conv import even

if TYPE_CHECKING:
    from torch import nn


def build(channels: int, scale: int) -> nn.Module:
    """Return the layer with torch's default initialisation of a convolution."""
    from torch import nn

    from upbench.methods._shared.modules import ZeroInsertion

    geometry = transposed_geometry(even(scale), scale)
    before = geometry.kernel - 1 - geometry.padding
    after = before + geometry.output_padding - (scale - 1)
    return nn.Sequential(
        ZeroInsertion(scale),
        nn.ZeroPad2d((before, after, before, after)),
        nn.Conv2d(channels, 1, geometry.kernel),
    )


HEAD = Head("zero-insertion-conv", build, reach_of(even))


@learned(HEAD, source="V. Dumoulin and F. Visin, arXiv:1603.07285, 2016", kernel="zeros, 2s x 2s")
class ZeroInsertionConv(LearnedUpsampler):
    """Zeros, then 2s x 2s."""
