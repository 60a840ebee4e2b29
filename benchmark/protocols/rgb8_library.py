"""``rgb8-pillow``, ``rgb8-opencv`` and more: shrunk by another library; else as ``rgb8``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import protocol
from upbench.benchmark.core.environment import library_version
from upbench.benchmark.imaging.shrink import shrink
from upbench.benchmark.protocols.rgb8 import Rgb8

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Image8
    from upbench.benchmark.core.sizes import Scale


def _shrunk_by(name: str, library: str, call: str) -> type[Rgb8]:
    """Return ``rgb8`` with another way of shrinking.

    Args:
        name: A name of ``SHRINKERS``.
        library: The distribution that shrinks; its version is part of the signature.
        call: What the library is asked for.
    """

    @protocol(
        f"rgb8-{name}",
        signature=f"rgb8-{name}|v1|crop:multiple-of-s|input:rgb"
        f"|lr:{name} uint8 of {library} {library_version(library)}"
        "|output:clip+round8|luma:bt601-studio-float|border:s",
        summary=f"as rgb8, shrunk by {call}",
        eight_bit=True,
    )
    class Rgb8Library(Rgb8):
        """RGB is shrunk in 8 bits by another library."""

        def degrade(self, pixels: Image8, scale: Scale) -> Image8:
            """Shrink as the library does."""
            return shrink(pixels, int(scale), name)

    return Rgb8Library


OPENCV = "opencv-python-headless"

Rgb8Opencv = _shrunk_by("opencv", OPENCV, "OpenCV's INTER_CUBIC, which does not antialias")
Rgb8OpencvArea = _shrunk_by("opencv-area", OPENCV, "OpenCV's INTER_AREA, the mean of each cell")
Rgb8Pillow = _shrunk_by("pillow", "pillow", "Pillow's bicubic, antialiased")
Rgb8Torch = _shrunk_by("torch", "torch", "PyTorch's bicubic without antialiasing")
Rgb8TorchAntialias = _shrunk_by("torch-antialias", "torch", "PyTorch's bicubic with antialias=True")
