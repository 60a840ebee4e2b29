"""``bd``: blurred by a Gaussian, then decimated; else as ``rgb8-rounded``.

The BD setting of RDN's and RCAN's tables: Y. Zhang et al., "Residual Dense Network for Image
Super-Resolution", CVPR 2018, arXiv:1802.08797, and the script that
made its test images (``imresize_BD``).  The tables have x3 alone; the script states a window for
every whole scale: 7 x 7 at x3, 11 x 11 at other odd scales, 12 x 12 at even ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import protocol
from upbench.benchmark.imaging.corruptions import blurred, decimated
from upbench.benchmark.protocols.rgb8_rounded import Rgb8Rounded

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Image8
    from upbench.benchmark.core.sizes import Scale

SIGMA = 1.6
SIDE = 7
"""Of the window at x3."""
ODD, EVEN = 11, 12
"""Of the windows at other scales: three standard deviations each way."""


@protocol(
    "bd",
    signature=f"bd|v2|crop:multiple-of-s|input:rgb|lr:gaussian {SIGMA} {SIDE}x{SIDE} (other odd s "
    f"{ODD}x{ODD}, even s {EVEN}x{EVEN}) replicate uint8, then middle pixel|output:clip+round8|"
    "luma:bt601-studio-rounded|border:s",
    summary="Gaussian blur of 1.6 pixels, then decimation: the BD tables of RDN and RCAN (x3)",
    eight_bit=True,
)
class Bd(Rgb8Rounded):
    """RGB is blurred and decimated in 8 bits."""

    def degrade(self, pixels: Image8, scale: Scale) -> Image8:
        """Blur, round, and keep the middle pixel of each cell."""
        whole = int(scale)
        side = SIDE if whole == 3 else ODD if whole % 2 else EVEN
        return decimated(blurred(pixels, SIGMA, side), whole)
