"""``bd``: blurred by a Gaussian, then decimated; else as ``rgb8-rounded``.

The BD setting of RDN's and RCAN's tables: Y. Zhang et al., "Residual Dense Network for Image
Super-Resolution", CVPR 2018, arXiv:1802.08797, and the script that
made its test images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import protocol
from upbench.benchmark.imaging.corruptions import blurred, decimated
from upbench.benchmark.protocols.rgb8_rounded import Rgb8Rounded

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Image8
    from upbench.benchmark.core.sizes import Scale

SIGMA, SIDE = 1.6, 7


@protocol(
    "bd",
    signature=f"bd|v1|crop:multiple-of-s|input:rgb|lr:gaussian {SIGMA} {SIDE}x{SIDE} replicate "
    "uint8, then middle pixel|output:clip+round8|luma:bt601-studio-rounded|border:s",
    summary="Gaussian blur of 1.6 pixels, then decimation: the BD tables of RDN and RCAN (x3)",
    eight_bit=True,
)
class Bd(Rgb8Rounded):
    """RGB is blurred and decimated in 8 bits."""

    def degrade(self, pixels: Image8, scale: Scale) -> Image8:
        """Blur, round, and keep the middle pixel of each cell."""
        return decimated(blurred(pixels, SIGMA, SIDE), int(scale))
