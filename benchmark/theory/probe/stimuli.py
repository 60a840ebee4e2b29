"""The small images that the probe feeds: float32 ``(h, w, C)`` in [0, 1], C equal channels.

Positions are those of half-pixel sampling: the image's centre is at ``(side - 1) / 2``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.core.contract import Image


EDGE_ANGLE = np.deg2rad(5.0)
"""Of the slanted edge against the vertical."""


def flat(side: int, colour: ArrayLike) -> Image:
    """Return one colour everywhere; ``colour`` has one number per channel."""
    value = np.asarray(colour, dtype=np.float32)
    return np.broadcast_to(value, (side, side, value.size)).copy()


def tone(side: int, channels: int, frequency: float, axis: int, first: int) -> Image:
    """Return ``0.5 + 0.25 sin(2 pi f (n - first) + 0.3)`` along an axis.

    Args:
        side: Pixels per side.
        channels: How many equal channels.
        frequency: f, in cycles per pixel.
        axis: 0 for a tone that runs down, 1 for one that runs to the right.
        first: The pixel at which n - first is 0.
    """
    wave = 0.5 + 0.25 * np.sin(2 * np.pi * frequency * (np.arange(side) - first) + 0.3)
    plane = np.broadcast_to(wave[:, None] if axis == 0 else wave[None, :], (side, side))
    return _image(plane, channels)


def impulse(side: int, channels: int, grey: float, height: float) -> Image:
    """Return a grey field whose middle pixel is higher by ``height``."""
    image = flat(side, np.full(channels, grey))
    image[side // 2, side // 2] += np.float32(height)
    return image


def noise(side: int, channels: int, seed: int) -> Image:
    """Return white noise in [0.25, 0.75): away from the ends, where methods may clip."""
    random = np.random.default_rng(seed)
    return random.uniform(0.25, 0.75, (side, side, channels)).astype(np.float32)


def zone_plate(side: int, channels: int) -> Image:
    """Return rings whose frequency grows from 0 in the middle to 0.5 at the edges' middles."""
    rows, columns = _centred(side)
    return _image(0.5 + 0.5 * np.cos(np.pi * (rows**2 + columns**2) / side), channels)


def slanted_edge(side: int, channels: int) -> Image:
    """Return an edge from 0.25 to 0.75, 5 degrees off the vertical, one pixel wide."""
    rows, columns = _centred(side)
    distance = columns * np.cos(EDGE_ANGLE) + rows * np.sin(EDGE_ANGLE)
    return _image(0.5 + 0.5 * np.clip(distance, -0.5, 0.5), channels)


def siemens_star(side: int, channels: int, spokes: int = 24) -> Image:
    """Return a star of sinusoidal spokes; grey in the middle, where they are finer than Nyquist."""
    rows, columns = _centred(side)
    star = 0.5 + 0.5 * np.cos(spokes * np.arctan2(rows, columns))
    return _image(np.where(np.hypot(rows, columns) < spokes / np.pi, 0.5, star), channels)


def _centred(side: int) -> tuple[Floats, Floats]:
    centred = np.arange(side, dtype=np.float64) - (side - 1) / 2
    return centred[:, None], centred[None, :]


def _image(plane: Floats, channels: int) -> Image:
    return np.repeat(plane[:, :, None], channels, axis=2).astype(np.float32)
