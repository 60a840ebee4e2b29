"""Textured shapes: a generated set that is always here, the same on every machine.

Discs, boxes and triangles lie on a shaded ground.  A shape's class is its texture: stripes that
lie, stripes that stand, checks, or grain; its form, place, size, colour and contrast say nothing.
So a network needs the fine detail of the image to tell classes apart, and the coarse one to fill a
shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.training.roles.segment.data import Scenes, Split

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Image8

    Grid = tuple[NDArray[np.float64], NDArray[np.float64]]

__all__ = ["CLASSES", "COUNTS", "make_shapes"]

CLASSES = ("ground", "lying stripes", "standing stripes", "checks", "grain")
COLOURS = ((90, 90, 90), (230, 159, 0), (86, 180, 233), (0, 158, 115), (204, 121, 167))
COUNTS = (160, 16, 48)
"""Images to train, to validate and to test."""
SIDE, CROP = 128, 96
PERIODS = (3.3, 6.7)
"""Shortest and longest period of a texture, in pixels."""
SHAPES = (2, 5)
"""Fewest shapes in an image, and one more than the most."""
VOID = 1
"""Width of the void line between two classes that a person's labels have, too, in pixels."""


def make_shapes(
    counts: tuple[int, int, int] = COUNTS, side: int = SIDE, crop: int = CROP
) -> Scenes:
    """Make the set.

    Args:
        counts: Images to train, to validate and to test.
        side: Side of an image in pixels.
        crop: Side of what is learned from at once; a multiple of 16.
    """
    train, validation, test = (_split(number, count, side) for number, count in enumerate(counts))
    return Scenes("shapes", CLASSES, train, validation, test, (crop, crop), COLOURS)


def _split(number: int, count: int, side: int) -> Split:
    """Make the images of a split; each has a random generator of its own."""
    made = [_scene(np.random.default_rng((number, index)), side) for index in range(count)]
    return Split(np.stack([image for image, _ in made]), np.stack([label for _, label in made]))


def _scene(rng: Generator, side: int) -> tuple[Image8, NDArray[np.uint8]]:
    """Return an image ``(side, side, 3)`` and its labels ``(side, side)``."""
    down, right = (axis.astype(np.float64) for axis in np.ogrid[:side, :side])
    slope = rng.uniform(-0.3, 0.3, 2) / side
    shade = 1 + slope[0] * (down - side / 2) + slope[1] * (right - side / 2)
    image = rng.uniform(0.3, 0.7, 3) * shade[:, :, None]
    labels = np.zeros((side, side), np.uint8)
    for _ in range(rng.integers(*SHAPES)):
        kind, inside = int(rng.integers(1, len(CLASSES))), _shape(rng, (down, right), side)
        contrast, texture = rng.uniform(0.1, 0.25), _texture(rng, kind, (down, right))
        shown = np.broadcast_to(texture, inside.shape)[inside]
        image[inside] = rng.uniform(0.3, 0.7, 3) + contrast * shown[:, None]
        labels[inside] = kind
    image += rng.normal(0, 0.02, image.shape)
    return np.rint(255 * image.clip(0, 1)).astype(np.uint8), _with_void(labels)


def _shape(rng: Generator, grid: Grid, side: int) -> NDArray[np.bool_]:
    """Return the pixels of a disc, a turned box or a triangle."""
    radius = rng.uniform(0.14, 0.3) * side
    centre, turn = rng.uniform(0.15, 0.85, 2) * side, rng.uniform(0, 2 * np.pi)
    y, x = grid[0] - centre[0], grid[1] - centre[1]
    along = np.cos(turn) * x + np.sin(turn) * y
    across = np.cos(turn) * y - np.sin(turn) * x
    form = rng.integers(3)
    if form == 0:
        inside: NDArray[np.bool_] = x**2 + y**2 < radius**2
    elif form == 1:
        inside = (abs(along) < radius) & (abs(across) < rng.uniform(0.4, 1) * radius)
    else:
        inside = (across > -0.6 * radius) & (abs(along) * 1.6 + across < 1.1 * radius)
    return inside


def _texture(rng: Generator, kind: int, grid: Grid) -> NDArray[np.float64]:
    """Return a texture of mean 0 and contrast 1; it may be one row or column for all."""
    phases, periods = rng.uniform(0, 2 * np.pi, 2), rng.uniform(*PERIODS, 2)
    waves: list[NDArray[np.float64]] = [
        np.sin(2 * np.pi * axis / period + phase)
        for axis, period, phase in zip(grid, periods, phases, strict=True)
    ]
    lying, standing = waves
    if kind == 1:
        return lying
    if kind == 2:
        return standing
    checks: NDArray[np.float64] = np.sign(lying * standing)
    return checks if kind == 3 else rng.normal(0, 0.8, checks.shape)


def _with_void(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Make the pixels void that have a neighbour of another class to the right or below."""
    edge = np.zeros(labels.shape, bool)
    edge[:-VOID] |= labels[:-VOID] != labels[VOID:]
    edge[:, :-VOID] |= labels[:, :-VOID] != labels[:, VOID:]
    return np.where(edge, np.uint8(len(CLASSES)), labels)
