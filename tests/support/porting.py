"""Run recipes beside the methods whose numbers they are to give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.theory.port.recipes import TIES, compiled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Method, Size
    from upbench.benchmark.theory.port.recipes import Recipe

LARGER = [
    *[((13, 17), (26, 34)), ((13, 17), (20, 25)), ((1, 1), (3, 2)), ((1, 9), (2, 13))],
    *[((24, 15), (36, 40)), ((7, 8), (21, 24)), ((2, 3), (7, 11)), ((9, 1), (9, 4))],
]
SMALLER = [
    *[((26, 34), (13, 17)), ((23, 31), (7, 10)), ((9, 12), (3, 4)), ((1, 9), (1, 3))],
    *[((30, 20), (9, 6)), ((37, 41), (30, 28)), ((9, 1), (4, 1)), ((40, 30), (1, 1))],
]
MIXED = [((12, 20), (18, 9)), ((21, 6), (5, 7))]
SIZES = {
    ("larger",): LARGER,
    ("smaller",): SMALLER,
    ("larger", "smaller"): LARGER + SMALLER + MIXED,
}
"""Before and after, by direction: odd sizes and images of one pixel."""


def plane_of(method: Method, plane: NDArray[np.float32], size: Size) -> NDArray[np.float32]:
    """Run a method on a plane."""
    output: NDArray[np.float32] = method.load_any_size()(plane[:, :, None], size)[:, :, 0]
    return output


def untied(before: int, after: int, *, aligned: bool) -> NDArray[np.bool_]:
    """Say of which output pixels no edge or centre lies on a line or centre of the input."""
    j = np.arange(after)
    if aligned:  # at j (n - 1) / (m - 1), halfway between two pixels
        return 2 * j * (before - 1) % (2 * max(after - 1, 1)) != after - 1
    centre = (2 * j + 1) * before % (2 * after) == 0
    edges = [2 * (j + side) * before % (2 * after) == after for side in (0, 1)]
    return ~(centre | edges[0] | edges[1])


def farthest(recipe: Recipe, wanted: Method, sizes: Iterable[tuple[Size, Size]]) -> float:
    """Return the largest difference from the method, on noise in [0, 1], ties left out."""
    resize, noise, largest = compiled(recipe), np.random.default_rng(3), 0.0
    for before, after in sizes:
        plane = noise.random(before, dtype=np.float32)
        kept = plane.copy()
        resized = resize(plane, after)
        assert np.shape(resized) == after
        apart = np.abs(resized - plane_of(wanted, plane, after))
        assert np.array_equal(plane, kept)
        if recipe.caveat == TIES:
            aligned = wanted.sampling == "align-corners"
            axes = (untied(*axis, aligned=aligned) for axis in zip(before, after, strict=True))
            apart = apart[np.ix_(*axes)]
        largest = max(largest, float(apart.max(initial=0)))
    return largest
