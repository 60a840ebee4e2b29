"""Protocols: how colour, quantisation and border are treated, under one name.

Published super-resolution tables agree only where every one of these steps is the same; each
moves PSNR by 0.02 to 2 dB.  The steps, for an image and a scale s:

1. :func:`reference_pixels`: crop at the bottom and right to multiples of s, then 8-bit luma or RGB.
2. The cell degrades those pixels (``degrade.py``) and runs the method.
3. :func:`quantise`: the output is clipped to [0, 1], times 255, rounded half up.
4. :func:`scored`: the luma of reference and output, in [0, 1], s pixels shaved off each border.

Rows of different protocols are never averaged or ranked together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from upbench.benchmark.core.errors import ImageError, UnknownNameError
from upbench.benchmark.imaging.colour import luma
from upbench.benchmark.imaging.resample import round_half_up

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image, Image8, Plane

__all__ = ["PROTOCOLS", "Protocol", "find_protocol", "quantise", "reference_pixels", "scored"]


@dataclass(frozen=True)
class Protocol:
    """One set of conventions."""

    name: str
    """What ``--protocol`` takes and the tables show."""
    summary: str
    """One line for ``upbench list protocols``."""
    colour: Literal["luma", "rgb"]
    """What the method gets: BT.601 luma, rounded to 8 bits, or RGB.  Grey images stay grey."""
    eight_bit: bool
    """Whether the low-resolution image has 8 bits, rounded after each axis, or is float."""
    rounded_luma: bool
    """Whether the luma that is scored is rounded to a whole number."""

    @property
    def signature(self) -> str:
        """Every convention in one string: part of each cell's key."""
        return "|".join(
            (
                self.name,
                "v1",
                "crop:multiple-of-s",
                f"input:{self.colour}",
                f"lr:matlab-bicubic-{'uint8-per-axis' if self.eight_bit else 'float64'}",
                "output:clip+round8",
                f"luma:bt601-studio-{'rounded' if self.rounded_luma else 'float'}",
                "border:s",
            )
        )


_ALL = (
    Protocol(
        name="y-classic",
        summary="luma in and out, float LR: what published tables use (VDSR and its successors)",
        colour="luma",
        eight_bit=False,
        rounded_luma=True,
    ),
    Protocol(
        name="rgb8-rounded",
        summary="8-bit RGB in and out, rounded luma: SelfExSR's MATLAB script and its descendants",
        colour="rgb",
        eight_bit=True,
        rounded_luma=True,
    ),
    Protocol(
        name="rgb8",
        summary="8-bit RGB in and out, float luma: BasicSR, EDSR's code, most of today's tables",
        colour="rgb",
        eight_bit=True,
        rounded_luma=False,
    ),
)

PROTOCOLS = {protocol.name: protocol for protocol in _ALL}
"""Every protocol by its name; the first is the default."""


def find_protocol(name: str) -> Protocol:
    """Return the protocol of this name.

    Raises:
        UnknownNameError: There is none; the message says which exist.
    """
    if name not in PROTOCOLS:
        raise UnknownNameError("protocol", name, PROTOCOLS)
    return PROTOCOLS[name]


def reference_pixels(protocol: Protocol, image: Image, scale: int) -> Image8:
    """Return the high-resolution pixels that the protocol degrades and scores.

    Args:
        protocol: The conventions.
        image: float32 ``(H, W, C)`` in [0, 1], made from 8 bits.
        scale: The whole factor s.

    Returns:
        uint8 ``(H', W', C')``, H' and W' multiples of s; C' = 1 under a luma protocol.

    Raises:
        ImageError: The image is smaller than what is left after cropping and shaving.
    """
    height, width = (side // scale * scale for side in image.shape[:2])
    if min(height, width) < 3 * scale:
        raise ImageError(
            f"The image has {image.shape[1]}x{image.shape[0]} pixels, too few for x{scale}: "
            f"expected at least {3 * scale} per side; leave it out or choose a smaller scale."
        )
    levels = round_half_up(image[:height, :width].astype(np.float64) * 255.0)
    if protocol.colour == "luma":
        levels = round_half_up(luma(levels))[:, :, None]
    return levels.astype(np.uint8)


def quantise(output: Image) -> Image8:
    """Clip an output to [0, 1] and round it, half up, to 8 bits."""
    return round_half_up(output.astype(np.float64) * 255.0).astype(np.uint8)


def scored(protocol: Protocol, pixels: Image8, scale: int) -> Plane:
    """Return what the metrics compare.

    Args:
        protocol: The conventions.
        pixels: uint8 ``(H, W, C)``: reference pixels or a quantised output.
        scale: The whole factor s: the border that is shaved off each side.

    Returns:
        float64 ``(H - 2s, W - 2s)`` luma in [0, 1]; a grey image as it is.
    """
    levels = luma(pixels[scale:-scale, scale:-scale])
    if protocol.rounded_luma:
        levels = round_half_up(levels)
    return levels / 255.0
