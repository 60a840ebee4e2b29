"""Patches: the batch of a step, which depends on the seed and the step alone.

So a training that is interrupted goes on with the very batches that it would have had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from upbench.benchmark.training.material import Pair
    from upbench.benchmark.training.recipe import Recipe

    Batch: TypeAlias = tuple[NDArray[np.float32], NDArray[np.float32]]


class Patches:
    """Random patches of training images, flipped and transposed at random.

    Args:
        pairs: Training images, each large enough for a patch.
        scale: The whole factor s.
        recipe: Sides and numbers of patches.
        seed: Another seed is another sequence of batches.
    """

    def __init__(self, pairs: Sequence[Pair], scale: int, recipe: Recipe, seed: int) -> None:
        self._pairs, self._scale, self._recipe, self._seed = pairs, scale, recipe, seed
        # a large image has more patches to offer than a small one
        by_size = recipe.drawn == "by size"
        shares = np.array([pair.low.size if by_size else 1 for pair in pairs], dtype=float)
        self._edges = np.cumsum(shares / shares.sum())

    def batch(self, step: int) -> Batch:
        """Return the patches of a step: float32 ``(N, 1, p, p)`` and ``(N, 1, p s, p s)``."""
        number, side, scale = self._recipe.batch, self._recipe.patch, self._scale
        random = np.random.default_rng((self._seed, step))
        chosen = np.searchsorted(self._edges[:-1], random.random(number))
        places, turns = random.random((number, 2)), random.integers(8, size=number)
        low = np.empty((number, 1, side, side), np.float32)
        high = np.empty((number, 1, side * scale, side * scale), np.float32)
        for index in range(number):
            pair, turn = self._pairs[chosen[index]], int(turns[index])
            free = np.array(pair.low.shape) - side + 1
            top, left = (places[index] * free).astype(int)
            low[index, 0] = _turned(pair.low[top : top + side, left : left + side], turn)
            rows = slice(top * scale, (top + side) * scale)
            columns = slice(left * scale, (left + side) * scale)
            high[index, 0] = _turned(pair.high[rows, columns], turn)
        return low, high


def _turned(plane: NDArray[np.float32], turn: int) -> NDArray[np.float32]:
    """Return one of the eight flips and transpositions."""
    plane = plane[::-1] if turn & 1 else plane
    plane = plane[:, ::-1] if turn & 2 else plane
    return plane.T if turn & 4 else plane
