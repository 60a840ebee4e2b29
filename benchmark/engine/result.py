"""What becomes of a cell: its row, and the pictures that the page shows of it.

Beside the most detailed crop the page shows a cell's worst place, and all of it.  The worst place
is where the output's squared error exceeds that of canonical bicubic most, summed over a square.
The whole image is there to look around in: small and lossy.  Both are bounded.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple
from zlib import Z_HUFFMAN_ONLY

import numpy as np

from upbench.benchmark.imaging.resample import resize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Image, Image8
    from upbench.benchmark.core.contract import Scale, ScoringProtocol
    from upbench.benchmark.core.row import Row
    from upbench.benchmark.engine.plan import Cell

SIGNATURE = b"\x89PNG\r\n\x1a\n"
USUAL = "bicubic"
"""The method that worst places are against."""
WHOLE = "whole"
"""The view of a whole image; any other is a place, "x,y" of its left upper corner."""
BLOCK = 8
"""Pixels between places that are tried, at least."""
WHOLE_SIDE = 512
"""Pixels of the longer side of a whole image's view; a larger one is reduced by a whole factor."""
QUALITY = 90


class View(NamedTuple):
    """One picture of an image."""

    method: str
    """Whose output; "" is the true image."""
    view: str
    loss: float
    """How much larger the mean squared error there is than bicubic's, in grey levels squared; 0 for
    pictures that only stand beside."""
    picture: bytes
    """PNG of a place, JPEG of a whole image."""


@dataclass(frozen=True)
class Result:
    """A row, with the pictures of it that the report shows."""

    cell: Cell
    row: Row
    crop: Image8 | None = None
    """uint8 (h, w, C) of the output; None for a cell without an output."""
    reference_crop: Image8 | None = None
    """The same place of the high-resolution image."""
    elapsed: float = 0.0
    """Seconds that the cell took, preparing and scoring included."""
    opened: Mapping[str, str] = field(default_factory=dict)
    """Digests of the files that plugins opened for its numbers, by path."""
    png: bytes | None = None
    """The crop as PNG, where the process that scored the cell has encoded it."""
    views: tuple[View, ...] = ()
    """Its worst place, and the whole image."""

    @property
    def picture(self) -> bytes | None:
        """The crop as PNG; what a worker sent is taken if it is of the crop's size."""
        if self.crop is None:
            return None
        height, width = self.crop.shape[:2]
        head = struct.pack("!8sI4s2I", SIGNATURE, 13, b"IHDR", width, height)
        is_whole = self.png is not None and self.png.startswith(head)
        return self.png if is_whole else encode_png(self.crop)


def encode_png(crop: Image8) -> bytes:
    """Return pixels, uint8 ``(h, w, C)``, as a PNG: quickly, since a run makes thousands."""
    from PIL import Image

    buffer = io.BytesIO()
    pixels = crop[:, :, 0] if crop.shape[2] == 1 else crop
    # Huffman codes alone are faster here, and smaller: PNG's own filters leave no repeats
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1, compress_type=Z_HUFFMAN_ONLY)
    return buffer.getvalue()


@dataclass(frozen=True)
class Usual:
    """What canonical bicubic makes of an image."""

    pixels: Image8
    errors: NDArray[np.float32]
    """As :func:`block_errors` has them."""
    beside: dict[tuple[int, int], tuple[bytes, bytes]] = field(default_factory=dict, compare=False)
    """Places that have been shown, by their corner: PNG of the true image and of this one."""


def usual_of(low: Image, high: Image8, scale: Scale, protocol: ScoringProtocol, step: int) -> Usual:
    """Return what canonical bicubic makes of a low-resolution image, finished by a protocol."""
    factors = (high.shape[0] / low.shape[0], high.shape[1] / low.shape[1])
    pixels = protocol.steps.finish(resize(low, factors).astype(np.float32), scale)
    if pixels.shape != high.shape:
        return Usual(pixels, np.zeros((0, 0), np.float32))
    return Usual(pixels, block_errors(pixels, high, step))


def block_errors(pixels: Image8, high: Image8, step: int) -> NDArray[np.float32]:
    """Return the squared error of each block of pixels, the mean over channels of its sum.

    Args:
        pixels: uint8 ``(H, W, C)``.
        high: What they should be.
        step: A block's side is the least multiple of it from ``BLOCK`` on.

    Returns:
        ``(rows, columns)``; what is left over at the right and below is in no block.
    """
    block = _side(step)
    rows, columns = (length // block for length in high.shape[:2])
    apart = np.subtract(pixels, high, dtype=np.float32)[: rows * block, : columns * block]
    apart *= apart
    across = block * high.shape[2]
    lines = np.add.reduce(apart.reshape(rows, block, columns * across), axis=1)
    found: NDArray[np.float32] = lines.reshape(rows, columns, across).sum(axis=2) / high.shape[2]
    return found


def views_of(
    method: str, output: Image8, high: Image8, usual: Usual, step: int, side: int, *, whole: bytes
) -> tuple[View, ...]:
    """Return the views of an output, uint8 ``(H, W, C)``, which should be ``high``.

    Corners of places are on a lattice of ``step`` pixels, the scale's numerator; a place has
    ``side`` pixels a side.  ``whole`` is ``high`` as :func:`whole_view` shows it; b"" for places
    alone.  Where bicubic is of another shape, as a plugin's protocol may make it, is no view.
    """
    if high.shape != usual.pixels.shape:
        return ()
    found = []
    if whole:
        found = [View(method, WHOLE, 0.0, whole_view(output)), View("", WHOLE, 0.0, whole)]
    excess = block_errors(output, high, step) - usual.errors
    if method == USUAL or not excess.size:
        return tuple(found)
    corner, loss = worst_place(excess, step, side)
    if loss <= 0:
        return tuple(found)
    place = tuple(slice(first, first + side) for first in corner)
    view = f"{corner[1]},{corner[0]}"
    if corner not in usual.beside:  # many methods are worst where others are
        usual.beside[corner] = encode_png(high[place]), encode_png(usual.pixels[place])
    pngs = zip(("", USUAL), usual.beside[corner], strict=True)
    beside = [View(name, view, 0.0, png) for name, png in pngs]
    return (*found, View(method, view, loss, encode_png(output[place])), *beside)


def worst_place(excess: NDArray[np.float32], step: int, side: int) -> tuple[tuple[int, int], float]:
    """Return the square in which an output loses most against another, and how much.

    Args:
        excess: By how much its error is larger, by block: ``(rows, columns)``.
        step: As for :func:`block_errors`.
        side: Of the square, less where the image is smaller.

    Returns:
        The first row and column in pixels; the difference of the mean squared errors in grey
        levels squared.
    """
    import cv2

    block = _side(step)
    tall, wide = (min(max(1, side // block), count) for count in excess.shape)
    total = cv2.integral(excess.astype(np.float64))
    inside = total[tall:, wide:] - total[:-tall, wide:] - total[tall:, :-wide]
    inside += total[:-tall, :-wide]
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    loss = float(inside.max()) / (tall * wide * block * block)
    return (int(row) * block, int(column) * block), loss


def _side(step: int) -> int:
    return -(-BLOCK // step) * step


def whole_view(pixels: Image8) -> bytes:
    """Return a whole image as JPEG, reduced by a whole factor where it is large."""
    from PIL import Image

    factor = -(-max(pixels.shape[:2]) // WHOLE_SIDE)
    shown = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    buffer = io.BytesIO()
    shown.reduce(factor).save(buffer, "JPEG", quality=QUALITY, subsampling=0)
    return buffer.getvalue()
