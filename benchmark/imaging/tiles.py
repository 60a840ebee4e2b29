"""Tiles: a picture is enlarged piece by piece, and the pieces fit without a seam.

A method sees a tile with a margin of its neighbours around it.  Only the middle of what it returns
is kept, so that its edge rule acts at the picture's own border alone.  Where the margin is at least
as wide as the method's reach, the result equals that of the whole picture.  A method whose reach is
wider is found out: :class:`Seams` measures how far two neighbours disagree where they meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from upbench.benchmark.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Image

MARGIN = 32
"""Low-resolution pixels around a tile that a method sees by default: a stack of 32 convolutions of
3 x 3 reaches so far."""
LARGEST_OUTPUT = 2048
"""Side of a tile's output by default: 50 MB of float32 RGB."""
LARGEST_SIDE = 512
LEAST_SIDE = 16


@dataclass(frozen=True)
class Tiling:
    """How a picture is cut; sides in low-resolution pixels."""

    side: int = LARGEST_SIDE
    """Of a tile without its margin; 0 takes the picture as a whole."""
    margin: int = MARGIN

    def __post_init__(self) -> None:
        if self.side and (self.side < LEAST_SIDE or self.margin < 0):
            raise UsageError(
                f"A tile takes {LEAST_SIDE} pixels a side or more, or 0 for the whole picture, and "
                f"a margin of 0 or more; got {self.side} and {self.margin}."
            )

    @classmethod
    def for_scale(cls, scale: int) -> Tiling:
        """Return the default tiles: at a large scale smaller ones, so that outputs stay small."""
        side = min(LARGEST_SIDE, LARGEST_OUTPUT // scale) // LEAST_SIDE * LEAST_SIDE
        return cls(max(side, 4 * LEAST_SIDE))


WHOLE = Tiling(0)
"""One tile, whatever the picture's size."""


class Span(NamedTuple):
    """A tile along one axis."""

    start: int
    stop: int
    """The pixels from start to stop are kept."""
    first: int
    last: int
    """The pixels from first to last are what the method sees."""

    @property
    def seen(self) -> slice:
        """Return what the method sees."""
        return slice(self.first, self.last)

    def kept(self, scale: int) -> slice:
        """Return where the kept part lies in the output of what the method sees."""
        return slice((self.start - self.first) * scale, (self.stop - self.first) * scale)

    def placed(self, scale: int) -> slice:
        """Return where the kept part lies in the whole output."""
        return slice(self.start * scale, self.stop * scale)


def spans(length: int, tiling: Tiling) -> list[Span]:
    """Cut one axis into tiles; a rest that is no longer than the margin joins the last tile.

    >>> [span[:2] for span in spans(1040, Tiling(512))]
    [(0, 512), (512, 1040)]
    """
    side, margin = tiling.side or length, tiling.margin
    starts = [*range(0, length, side)]
    if len(starts) > 1 and length - starts[-1] <= margin:
        starts.pop()
    return [
        Span(start, stop, max(start - margin, 0), min(stop + margin, length))
        for start, stop in pairwise([*starts, length])
    ]


def equal_spans(length: int, side: int, overlap: int, step: int = 1) -> list[Span]:
    """Cut one axis into tiles of one length, as few as can be, for a network of a fixed input.

    Args:
        length: The picture's side, at least the tile's.
        side: A tile's side, with what it has in common with its neighbours.
        overlap: How far an output pixel looks: pixels at a tile's end, unless it is the picture's,
            that are not kept; at most so many that a tile begins one step after the last.
        step: Tiles begin at multiples of it, as the side and the length are.

    Returns:
        Tiles in order; what they keep covers the axis once, each pixel by the tile in which it lies
        farthest inside.

    >>> equal_spans(20, 10, 2)[1]
    Span(start=7, stop=12, first=5, last=15)
    """
    # in steps, so that rounding the beginnings takes nothing away from what two tiles share
    apart = max(1, (side - 2 * overlap) // step)
    last = (length - side) // step
    number = 1 + -(-last // apart)
    firsts = [step * (index * last // max(1, number - 1)) for index in range(number)]
    borders = [(one + side + other) // 2 for one, other in pairwise(firsts)]
    kept = pairwise([0, *borders, length])
    return [
        Span(start, stop, first, first + side)
        for first, (start, stop) in zip(firsts, kept, strict=True)
    ]


@dataclass
class Seams:
    """How well neighbouring tiles fit: both have computed the pixels beside a seam.

    The one that does not keep them has seen one pixel less than the margin beyond them.
    """

    largest: float = 0.0
    """The largest difference between the two, in the output's range [0, 1]."""

    def compare(self, one: Image | None, other: Image) -> None:
        """Take in two tiles' versions of the same pixels; None where there is no neighbour."""
        if one is not None and one.size:
            self.largest = max(self.largest, float(np.abs(one - other).max()))


def bands(
    size: tuple[int, int],
    scale: int,
    tiling: Tiling,
    enlarge: Callable[[slice, slice], Image],
    seams: Seams | None = None,
    finish: Callable[[Image], NDArray[Any]] = np.array,
) -> Iterator[NDArray[Any]]:
    """Enlarge a picture tile by tile; at any time one row of tiles is in memory.

    Args:
        size: Height and width of the picture.
        scale: The whole factor s.
        tiling: How it is cut.
        enlarge: Returns the output ``(h * s, w * s, C)`` of the rows and columns that it is given.
        seams: Takes in how well the tiles fit.
        finish: Makes of a tile's output what is kept; a copy by default.

    Yields:
        Full rows of the finished output, from the top: ``(h * s, W * s, C)``.
    """
    seams = seams or Seams()
    columns = spans(size[1], tiling)
    above: dict[Span, Image] = {}
    for row in spans(size[0], tiling):
        parts, left = [], None
        for column in columns:
            output = enlarge(row.seen, column.seen)
            down, across = row.kept(scale), column.kept(scale)
            seams.compare(left, output[down, across.start : across.start + scale])
            seams.compare(above.get(column), output[down.start : down.start + scale, across])
            # the first pixels of the next tile, as this one has them; empty at the border
            left = output[down, across.stop : across.stop + scale].copy()
            above[column] = output[down.stop : down.stop + scale, across].copy()
            parts.append(finish(output[down, across]))
        yield parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
