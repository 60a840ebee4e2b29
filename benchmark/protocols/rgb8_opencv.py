"""``rgb8-opencv``: shrunk by OpenCV's INTER_CUBIC, which does not antialias; else as ``rgb8``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import protocol
from upbench.benchmark.core.environment import library_version
from upbench.benchmark.imaging.shrink import shrink
from upbench.benchmark.protocols.rgb8 import Rgb8

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Image8
    from upbench.benchmark.core.sizes import Scale


@protocol(
    "rgb8-opencv",
    signature="rgb8-opencv|v1|crop:multiple-of-s|input:rgb"
    f"|lr:opencv uint8 of opencv-python-headless {library_version('opencv-python-headless')}"
    "|output:clip+round8|luma:bt601-studio-float|border:s",
    summary="as rgb8, shrunk by OpenCV's INTER_CUBIC, which does not antialias",
    eight_bit=True,
)
class Rgb8Opencv(Rgb8):
    """RGB is shrunk in 8 bits by another library."""

    def degrade(self, pixels: Image8, scale: Scale) -> Image8:
        """Shrink by OpenCV's INTER_CUBIC, which does not antialias."""
        return shrink(pixels, int(scale), "opencv")
