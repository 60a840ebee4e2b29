"""``rgb8-jpeg40``: the small image went through JPEG; else as ``rgb8``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import protocol
from upbench.benchmark.core.environment import library_version
from upbench.benchmark.imaging.corruptions import as_jpeg
from upbench.benchmark.imaging.degrade import matlab_bicubic_8bit
from upbench.benchmark.protocols.rgb8 import Rgb8

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Image8
    from upbench.benchmark.core.sizes import Scale

QUALITY = 40


@protocol(
    "rgb8-jpeg40",
    signature="rgb8-jpeg40|v1|crop:multiple-of-s|input:rgb|lr:matlab-bicubic-uint8-per-axis, then "
    f"jpeg {QUALITY} 4:2:0 by pillow {library_version('pillow')}|output:clip+round8"
    "|luma:bt601-studio-float|border:s",
    summary="as rgb8, and the small image is a JPEG of quality 40",
    eight_bit=True,
)
class Rgb8Jpeg40(Rgb8):
    """RGB is shrunk in 8 bits and compressed."""

    def degrade(self, pixels: Image8, scale: Scale) -> Image8:
        """Shrink as ``rgb8`` does, and compress."""
        return as_jpeg(matlab_bicubic_8bit(pixels, scale), QUALITY)
