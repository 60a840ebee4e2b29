"""Bilinear interpolation, then a 3 x 3 convolution on the large grid.

The resize-convolution of A. Odena, V. Dumoulin and C. Olah, "Deconvolution and Checkerboard
Artifacts", Distill, 2016, doi 10.23915/distill.00003: on a flat area every output phase sees the
same sum of kernel elements, so no weights can make a checkerboard of it.  Beyond the border the
edge pixel is repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.methods.learned import Head, LearnedUpsampler, learned

if TYPE_CHECKING:
    from torch import nn


def build(channels: int, scale: int) -> nn.Module:
    """Return the layer: bilinear (half-pixel), then a convolution as torch initialises it."""
    from torch import nn

    return nn.Sequential(
        nn.Upsample(scale_factor=scale, mode="bilinear", align_corners=False),
        nn.Conv2d(channels, 1, 3, padding=1, padding_mode="replicate"),
    )


HEAD = Head("resize-conv-bilinear", build, border="replicate")


@learned(
    HEAD,
    source="A. Odena, V. Dumoulin and C. Olah, Distill, 2016, doi 10.23915/distill.00003",
    kernel="bilinear, 3 x 3",
)
class ResizeConvBilinear(LearnedUpsampler):
    """Bilinear, then 3 x 3."""
