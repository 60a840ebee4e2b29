"""``dn``: shrunk by bicubic, then noise; else as ``rgb8-rounded``.

The DN setting of RDN's and RCAN's tables: Y. Zhang et al., "Residual Dense Network for Image
Super-Resolution", CVPR 2018, arXiv:1802.08797, and the script that
made its test images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import protocol
from upbench.benchmark.imaging.corruptions import with_noise
from upbench.benchmark.imaging.degrade import matlab_bicubic_8bit
from upbench.benchmark.protocols.rgb8_rounded import Rgb8Rounded

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Image8
    from upbench.benchmark.core.sizes import Scale

SIGMA = 30.0


@protocol(
    "dn",
    signature="dn|v1|crop:multiple-of-s|input:rgb|lr:matlab-bicubic-uint8-per-axis, then gaussian "
    f"noise {SIGMA:g}, seed sha256 of the pixels, uint8|output:clip+round8"
    "|luma:bt601-studio-rounded|border:s",
    summary="bicubic, then noise of 30 levels: the DN tables of RDN and RCAN (x3)",
    eight_bit=True,
)
class Dn(Rgb8Rounded):
    """RGB is shrunk in 8 bits and gets noise."""

    def degrade(self, pixels: Image8, scale: Scale) -> Image8:
        """Shrink as ``rgb8-rounded`` does, and add noise."""
        return with_noise(matlab_bicubic_8bit(pixels, scale), SIGMA)
