"""``rgb8-rounded``: as ``rgb8``, and the luma that is scored is rounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import protocol
from upbench.benchmark.protocols._steps import shaved_luma
from upbench.benchmark.protocols.rgb8 import Rgb8

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Image8, Plane
    from upbench.benchmark.core.sizes import Scale

__all__ = ["Rgb8Rounded"]


@protocol(
    "rgb8-rounded",
    signature="rgb8-rounded|v1|crop:multiple-of-s|input:rgb|lr:matlab-bicubic-uint8-per-axis"
    "|output:clip+round8|luma:bt601-studio-rounded|border:s",
    summary="8-bit RGB in and out, rounded luma: SelfExSR's MATLAB script and its descendants",
    eight_bit=True,
    any_scale=True,
    any_size=True,
)
class Rgb8Rounded(Rgb8):
    """RGB is shrunk in 8 bits; the luma of the 8-bit output is scored in whole levels."""

    def score(self, pixels: Image8, scale: Scale) -> Plane:
        """Return the luma in whole levels, without a border of the scale."""
        return shaved_luma(pixels, scale, rounded=True)
