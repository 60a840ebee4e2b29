"""``rgb8``: 8-bit RGB in and out, luma in float."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import protocol
from upbench.benchmark.imaging.degrade import matlab_bicubic_8bit, quantise
from upbench.benchmark.protocols._steps import cropped, shaved_luma

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Image, Image8, Plane
    from upbench.benchmark.core.sizes import Scale

__all__ = ["Rgb8"]


@protocol(
    "rgb8",
    signature="rgb8|v1|crop:multiple-of-s|input:rgb|lr:matlab-bicubic-uint8-per-axis"
    "|output:clip+round8|luma:bt601-studio-float|border:s",
    summary="8-bit RGB in and out, float luma: BasicSR, EDSR's code, most of today's tables",
    eight_bit=True,
    any_scale=True,
    any_size=True,
)
class Rgb8:
    """RGB is shrunk in 8 bits; the luma of the 8-bit output is scored before rounding."""

    def reference(self, image: Image, scale: Scale) -> Image8:
        """Return the pixels, ``(H, W, C)``, cropped so that sizes are whole; grey stays grey."""
        return cropped(image, scale)

    def degrade(self, pixels: Image8, scale: Any) -> Image8:
        """Shrink by a scale, or to a size, with MATLAB's bicubic, rounded after each axis."""
        return matlab_bicubic_8bit(pixels, scale)

    def finish(self, output: Image, scale: Scale) -> Image8:  # noqa: ARG002 - every step takes it
        """Clip and round to 8 bits."""
        return quantise(output)

    def score(self, pixels: Image8, scale: Scale) -> Plane:
        """Return the luma in float, without a border of the scale."""
        return shaved_luma(pixels, scale, rounded=False)
