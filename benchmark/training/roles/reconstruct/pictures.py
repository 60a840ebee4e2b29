"""What networks make of an image and of a flat field, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.training.scores import FLAT_SIDE, enlarge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from upbench.benchmark.training.material import Pair
    from upbench.methods._shared.network import Network

__all__ = ["crops", "flat_fields", "side_by_side"]

SHOWN = 96
"""Side of the crop that pictures show."""
AMPLIFIED = 32.0
"""By how much deviations from flat are multiplied in the picture."""
GAP = 4
"""White pixels between parts of a picture."""


def crops(networks: Sequence[Network], pair: Pair) -> list[NDArray[np.float32]]:
    """Return the middle of an image as it was, and of each network's output."""
    outputs = [pair.high, *(enlarge(network, pair.low) for network in networks)]
    top, left = ((side - SHOWN) // 2 for side in pair.high.shape)
    return [plane[top : top + SHOWN, left : left + SHOWN] for plane in outputs]


def flat_fields(networks: Sequence[Network], scale: int) -> list[NDArray[np.float32]]:
    """Return what each network makes of mid grey, far from the border, deviations amplified."""
    grey = np.full((FLAT_SIDE, FLAT_SIDE), 0.5, np.float32)
    inside = slice(FLAT_SIDE * scale // 4, FLAT_SIDE * scale // 4 + FLAT_SIDE)
    flat = [enlarge(network, grey)[inside, inside] for network in networks]
    return [0.5 + AMPLIFIED * (plane - plane.mean()) for plane in flat]


def side_by_side(planes: Sequence[NDArray[np.float32]]) -> NDArray[np.uint8]:
    """Lay planes in [0, 1] beside each other: uint8 ``(H, W)``."""
    white = np.ones((len(planes[0]), GAP))
    parts = [part for plane in planes for part in (plane, white)][:-1]
    row = np.concatenate(parts, axis=1)
    pixels: NDArray[np.uint8] = np.rint(row.clip(0, 1) * 255).astype(np.uint8)
    return pixels
