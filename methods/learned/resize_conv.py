"""Interpolation, nearest or bilinear, then a 3 x 3 convolution on the large grid.

The resize-convolution of A. Odena, V. Dumoulin and C. Olah, "Deconvolution and Checkerboard
Artifacts", Distill, 2016, doi 10.23915/distill.00003: on a flat area every output phase sees the
same sum of kernel elements, so no weights can make a checkerboard of it.  Beyond the border the
edge pixel is repeated.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from upbench.methods.learned import Head, LearnedUpsampler, learned

if TYPE_CHECKING:
    from torch import nn

_SOURCE = "A. Odena, V. Dumoulin and C. Olah, Distill, 2016, doi 10.23915/distill.00003"


def build(channels: int, scale: int, mode: Literal["nearest", "bilinear"]) -> nn.Module:
    """Return the layer: an interpolation, then a convolution as torch initialises it."""
    from upbench.methods._shared.upsampling import ResizeConv

    return ResizeConv(channels, 1, scale, mode)


NEAREST = Head("resize-conv-nearest", partial(build, mode="nearest"), border="replicate")
BILINEAR = Head("resize-conv-bilinear", partial(build, mode="bilinear"), border="replicate")


@learned(BILINEAR, source=_SOURCE, kernel="bilinear, 3 x 3")
class ResizeConvBilinear(LearnedUpsampler):
    """Bilinear (half-pixel), then 3 x 3."""


@learned(NEAREST, source=_SOURCE, kernel="nearest, 3 x 3")
class ResizeConvNearest(LearnedUpsampler):
    """Nearest, then 3 x 3."""
