"""Crops of a picture for a comparison sheet, cut while its bands pass by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from upbench.benchmark.core.arrays import Image, Image8
    from upbench.benchmark.imaging.picture import Picture, Pixels

CROP_SIDE = 96
"""Side of a crop, in output pixels."""
CROPS = 3
OVERVIEW_SIDE = 192
FRAME = (230, 120, 0)
"""Colour of a place's frame in the overview."""

Place = tuple[int, int, int, int]
"""Top, left, bottom and right, in pixels of the input."""


def detailed_places(picture: Picture, scale: int) -> list[Place]:
    """Return up to three squares with the strongest edges, apart from one another."""
    side = max(CROP_SIDE // scale, 1)
    sizes = [min(side, length) for length in picture.size]
    detail: dict[tuple[int, int], float] = {}
    for top in range(0, picture.size[0] - sizes[0] + 1, sizes[0]):
        rows = picture.tile(slice(top, top + sizes[0]), slice(None)).mean(axis=2)
        edges = np.abs(np.diff(rows, axis=0, append=rows[-1:]))
        edges += np.abs(np.diff(rows, axis=1, append=rows[:, -1:]))
        for left in range(0, picture.size[1] - sizes[1] + 1, sizes[1]):
            detail[top, left] = float(edges[:, left : left + sizes[1]].sum())
    best: list[tuple[int, int]] = []
    for top, left in sorted(detail, key=lambda place: (-detail[place], place)):
        beside = any(abs(top - y) <= sizes[0] and abs(left - x) <= sizes[1] for y, x in best)
        if not beside and len(best) < CROPS:
            best.append((top, left))
    return [(top, left, top + sizes[0], left + sizes[1]) for top, left in sorted(best)]


def enlarged_by_pixels(picture: Picture, places: Sequence[Place], scale: int) -> Iterator[Image8]:
    """Yield each place with its pixels repeated: what a method is given."""
    for top, left, bottom, right in places:
        tile = picture.tile(slice(top, bottom), slice(left, right))
        yield _shown(tile.repeat(scale, axis=0).repeat(scale, axis=1))


def overview(picture: Picture, places: Sequence[Place]) -> Image8:
    """Return the picture in small, uint8 ``(h, w, 3)``, with a frame around each place."""
    step = -(-max(picture.size) // OVERVIEW_SIDE)
    small = _shown(picture.tile(slice(None, None, step), slice(None, None, step)))
    for place in places:
        top, left, bottom, right = (side // step for side in place)
        bottom, right = max(bottom, top + 2), max(right, left + 2)
        small[top:bottom, left:right][[0, -1]] = FRAME
        small[top:bottom, left:right][:, [0, -1]] = FRAME
    return small


@dataclass
class Crops:
    """Cuts the crops out of the bands that pass by."""

    places: Sequence[Place]
    scale: int
    _top: int = 0
    _parts: dict[Place, list[Image8]] = field(default_factory=dict)

    def passed(self, band: Pixels) -> Pixels:
        """Look at a band and return it."""
        for place in self.places:
            top, left, bottom, right = (side * self.scale for side in place)
            first, last = max(top - self._top, 0), min(bottom - self._top, len(band))
            if first < last:
                part = band[first:last, left:right].astype(np.float32)
                shown = _shown(part / np.float32(np.iinfo(band.dtype).max))
                self._parts.setdefault(place, []).append(shown)
        self._top += len(band)
        return band

    def crops(self) -> tuple[Image8, ...]:
        """Return the crops, once all bands have passed."""
        return tuple(np.concatenate(self._parts[place]) for place in self.places)


def _shown(image: Image) -> Image8:
    """Return pixels as uint8 RGB, over white where they are transparent."""
    channels = image.shape[2]
    if channels in {2, 4}:
        alpha = image[:, :, -1:]
        image = image[:, :, :-1] * alpha + (1 - alpha)
    shown: Image8 = (image * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return shown.repeat(3, axis=2) if shown.shape[2] == 1 else shown
