"""What becomes of a cell: its row and its pictures, on their way to the store."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zlib import Z_HUFFMAN_ONLY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upbench.benchmark.core.contract import Image8
    from upbench.benchmark.core.row import Row
    from upbench.benchmark.engine.plan import Cell
    from upbench.benchmark.engine.views import View

__all__ = ["Result", "encode_png"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Result:
    """A row, with the pictures of it that the report shows."""

    cell: Cell
    row: Row
    crop: Image8 | None = None
    """uint8 (h, w, C) of the output; None for a cell that did not come to an output."""
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
