"""Pictures of a segmentation: predictions beside the truth, and maps before and after training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Image8
    from upbench.benchmark.training.roles.segment.data import Scenes

__all__ = ["ROWS", "before_and_after", "palette", "sheet"]

ROWS = 4
"""Test images that are shown."""
GAP, WHITE = 4, 255
ZOOM, SHOWN = 3, 96
"""How much a probability map is enlarged, and the side of what is shown of it, in pixels."""


def palette(data: Scenes) -> Image8:
    """Return a colour for each class, and black for void: uint8 ``(classes + 1, 3)``."""
    colours = np.array(data.colours or _spread(len(data.classes)), np.uint8)
    return np.concatenate([colours, np.zeros((1, 3), np.uint8)])


def sheet(rows: Sequence[Sequence[Image8]]) -> Image8:
    """Lay images out in rows: uint8 ``(H, W, 3)``, with white lines between them."""
    return _beside([_beside(row, axis=1) for row in rows], axis=0)


def before_and_after(before: NDArray[np.float32], after: NDArray[np.float32]) -> Image8:
    """Show the middle of the map of one class before and after training, enlarged without blur.

    The class is the one that holds most of the picture in the end.  Each map is stretched from its
    lowest to its highest value: a checkerboard of a few levels shows, its strength does not.

    Args:
        before: Probability maps of the untrained network, ``(H, W, classes)``.
        after: Those of the trained one.
    """
    number = int(after.mean(axis=(0, 1)).argmax())
    return sheet([[_stretched(maps[:, :, number]) for maps in (before, after)]])


def _stretched(plane: NDArray[np.float32]) -> Image8:
    top, left = (max(0, (side - SHOWN) // 2) for side in plane.shape)
    part = plane[top : top + SHOWN, left : left + SHOWN]
    low, high = float(part.min()), float(part.max())
    grey = np.rint(255 * (part - low) / max(high - low, 1e-12)).astype(np.uint8)
    large = grey.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)
    return np.repeat(large[:, :, None], 3, axis=2)


def _beside(images: Sequence[Image8], axis: int) -> Image8:
    """Join images along an axis, with a white line between each two."""
    gap = list(images[0].shape)
    gap[axis] = GAP
    line = np.full(gap, WHITE, np.uint8)
    parts = [part for image in images for part in (line, image)][1:]
    return np.concatenate(parts, axis=axis)


def _spread(count: int) -> list[tuple[int, ...]]:
    """Return colours that differ: hues around the circle, light and dark in turn."""
    import colorsys

    hues = [(n / count, 0.75, (0.95, 0.6)[n % 2]) for n in range(count)]
    return [tuple(round(255 * part) for part in colorsys.hsv_to_rgb(*hue)) for hue in hues]
