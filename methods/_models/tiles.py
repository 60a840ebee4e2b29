"""Cutting an axis of an image into overlapping tiles of one length."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple


class Tile(NamedTuple):
    """One tile along one axis, in input pixels."""

    start: int
    """Where it begins."""
    kept: tuple[int, int]
    """What of the image its output is kept for."""


def cover(size: int, length: int, overlap: int, step: int = 1) -> tuple[Tile, ...]:
    """Cover an axis with tiles of one length, as few as can be.

    Args:
        size: The image's side, at least the length.
        length: A tile's side.
        overlap: How far an output pixel looks: pixels at a tile's end, unless it is the image's,
            that are not kept; at most a quarter of the tile.
        step: Tiles begin at multiples of it, as its length and the size are.

    Returns:
        Tiles in order; what they keep covers the axis once, each pixel by the tile in which it lies
        farthest inside.

    >>> [(tile.start, tile.kept) for tile in cover(20, 10, 2)]
    [(0, (0, 7)), (5, (7, 12)), (10, (12, 20))]
    >>> cover(10, 10, 2)
    (Tile(start=0, kept=(0, 10)),)
    """
    inside = length - 2 * min(overlap, length // 4)
    number = 1 + max(0, -(-(size - length) // inside))
    last = (size - length) // step
    starts = [step * (index * last // max(1, number - 1)) for index in range(number)]
    borders = [(first + length + second) // 2 for first, second in pairwise(starts)]
    return tuple(map(Tile, starts, zip([0, *borders], [*borders, size], strict=True)))
