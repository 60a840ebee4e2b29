"""PNG files of any kind, chunk by chunk: what Pillow does not write."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

GREY, GREY_ALPHA = 0, 4
"""Colour types."""


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return a chunk with its length and its checksum."""
    check = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + check


def png_file(
    size: tuple[int, int], bits: int, colour: int, rows: Sequence[bytes], *others: bytes
) -> bytes:
    """Return a PNG of a width and a height: its rows as stored, other chunks before them."""
    header = struct.pack(">IIBBBBB", *size, bits, colour, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = (chunk(b"IHDR", header), *others, chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def transparent(level: int) -> bytes:
    """Return the chunk that makes one grey level transparent."""
    return chunk(b"tRNS", struct.pack(">H", level))
