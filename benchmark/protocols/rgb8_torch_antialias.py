"""``rgb8-torch-antialias``: shrunk by PyTorch's bicubic with antialias=True; else as ``rgb8``."""

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
    "rgb8-torch-antialias",
    signature="rgb8-torch-antialias|v1|crop:multiple-of-s|input:rgb"
    f"|lr:torch-antialias uint8 of torch {library_version('torch')}"
    "|output:clip+round8|luma:bt601-studio-float|border:s",
    summary="as rgb8, shrunk by PyTorch's bicubic with antialias=True",
    eight_bit=True,
)
class Rgb8TorchAntialias(Rgb8):
    """RGB is shrunk in 8 bits by another library."""

    def degrade(self, pixels: Image8, scale: Scale) -> Image8:
        """Shrink by PyTorch's bicubic with antialias=True."""
        return shrink(pixels, int(scale), "torch-antialias")
