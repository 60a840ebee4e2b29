"""``y-classic``: luma in and out, by a float low-resolution image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.contract import protocol
from upbench.benchmark.imaging.degrade import matlab_bicubic, quantise
from upbench.benchmark.protocols._steps import cropped, luma_levels, shaved_luma

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Image, Image8, Plane
    from upbench.benchmark.core.sizes import Scale, Size

__all__ = ["YClassic"]


@protocol(
    "y-classic",
    signature="y-classic|v1|crop:multiple-of-s|input:luma|lr:matlab-bicubic-float64"
    "|output:clip+round8|luma:bt601-studio-rounded|border:s",
    summary="luma in and out, float LR: what published tables use (VDSR and its successors)",
    any_scale=True,
    any_size=True,
)
class YClassic:
    """Luma, rounded to 8 bits, is shrunk in float64 and scored in whole levels."""

    def reference(self, image: Image, scale: Scale) -> Image8:
        """Return the rounded luma, ``(H, W, 1)``, cropped so that sizes are whole."""
        return luma_levels(cropped(image, scale))

    def degrade(self, pixels: Image8, scale: Scale | Size) -> Image:
        """Shrink with MATLAB's antialiased bicubic, not quantised."""
        return matlab_bicubic(pixels, scale).astype(np.float32)

    def finish(self, output: Image, scale: Scale) -> Image8:  # noqa: ARG002 - every step takes it
        """Clip and round to 8 bits."""
        return quantise(output)

    def score(self, pixels: Image8, scale: Scale) -> Plane:
        """Return the luma in whole levels, without a border of the scale."""
        return shaved_luma(pixels, scale, rounded=True)
