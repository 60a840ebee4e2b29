"""Batches of patches: from the seed and the step alone, small and large at one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from upbench.benchmark.imaging.resample import BICUBIC, resize
from upbench.benchmark.training.material import Pair
from upbench.benchmark.training.patches import Patches
from upbench.benchmark.training.recipe import Recipe

if TYPE_CHECKING:
    from upbench.benchmark.training.material import Material
    from upbench.benchmark.training.recipe import Drawn

RECIPE = Recipe(batch=64, patch=8)


def pair(height: int, width: int, scale: int, offset: float = 0.0) -> Pair:
    """Return planes whose values say where a pixel comes from: each large cell holds its pixel."""
    low = offset + np.arange(height * width, dtype=np.float32).reshape(height, width)
    return Pair("pair", "", low, np.kron(low, np.ones((scale, scale), np.float32)))


@pytest.mark.parametrize("scale", [2, 3])
def test_small_and_large_patches_show_the_same(scale: int) -> None:
    """Whatever the place and the turn, each large cell belongs to its small pixel."""
    low, high = Patches([pair(13, 17, scale)], scale, RECIPE, seed=0).batch(5)

    assert low.shape == (64, 1, 8, 8)
    assert high.shape == (64, 1, 8 * scale, 8 * scale)
    assert low.dtype == high.dtype == np.float32
    assert np.array_equal(high, np.kron(low, np.ones((1, 1, scale, scale), np.float32)))


def test_turned_patches_still_belong_together(material: Material) -> None:
    """However turned, the large patch shrinks to the small one, away from its border."""
    low, high = Patches(material.training, 2, Recipe(batch=16, patch=16), 0).batch(0)
    for small, large in zip(low[:, 0], high[:, 0], strict=True):
        shrunk = resize(large.astype(float)[:, :, None], 1 / 2, BICUBIC)[3:-3, 3:-3, 0]
        assert np.abs(shrunk - small[3:-3, 3:-3]).max() < 1e-6


def test_batch_depends_on_seed_and_step_alone() -> None:
    """A batch is the same whichever were drawn before; another seed or step is another batch."""
    pairs = [pair(20, 30, 2), pair(25, 14, 2, offset=1000)]
    patches = Patches(pairs, 2, RECIPE, seed=3)
    first = [patches.batch(step)[0] for step in (0, 1, 2)]
    again = Patches(pairs, 2, RECIPE, seed=3)

    for step in (2, 0, 1):
        assert np.array_equal(again.batch(step)[0], first[step])
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[0], Patches(pairs, 2, RECIPE, seed=4).batch(0)[0])


@pytest.mark.parametrize(("drawn", "share"), [("by size", 0.1), ("equally", 0.5)])
def test_images_are_drawn_by_size_or_equally(drawn: Drawn, share: float) -> None:
    """Of two images, one of them nine times as large, the small one gets its share of patches."""
    pairs = [pair(12, 12, 2), pair(36, 36, 2, offset=1000)]
    recipe = Recipe(batch=1000, patch=8, drawn=drawn)
    low, _ = Patches(pairs, 2, recipe, seed=0).batch(0)

    assert (low[:, 0, 0, 0] < 1000).mean() == pytest.approx(share, abs=0.05)


def test_patches_come_from_everywhere_in_all_turns() -> None:
    """All eight flips and transpositions occur, and places up to every border."""
    patches = Patches([pair(10, 11, 2)], 2, RECIPE, seed=0)
    seen = np.concatenate([patches.batch(step)[0] for step in range(8)])
    directions = {(float(p[0, 0, 1] - p[0, 0, 0]), float(p[0, 1, 0] - p[0, 0, 0])) for p in seen}

    assert directions == {
        (a * m, b * n) for a, b in ((1, 11), (11, 1)) for m in (-1, 1) for n in (-1, 1)
    }
    assert set(np.unique(seen)) == set(range(110))


def test_large_images_are_drawn_more_often() -> None:
    """An image is drawn in proportion to its pixels; one just as large as a patch is drawn too."""
    pairs = [pair(8, 8, 2, offset=10_000), pair(24, 24, 2)]
    patches = Patches(pairs, 2, RECIPE, seed=0)
    drawn = np.concatenate([patches.batch(step)[0][:, 0, 0, 0] for step in range(40)])

    assert float((drawn >= 10_000).mean()) == pytest.approx(0.1, abs=0.03)
