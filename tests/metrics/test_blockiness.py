"""Blockiness: what nearest neighbour has instead of a checkerboard."""

from __future__ import annotations

import numpy as np
import pytest
from photograph import CHECKER, GREY

from upbench.benchmark.metrics.blockiness import blockiness


def repeated(scale: int) -> np.ndarray:
    """Return the photograph enlarged by nearest neighbour."""
    low = GREY[:48, :48]
    return low.repeat(scale, 0).repeat(scale, 1)


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_nearest_neighbour_is_blocky(scale: int) -> None:
    """All steps of repeated pixels are at the cells' edges."""
    blocks = repeated(scale)
    assert blockiness(blocks, blocks, scale) > 25


@pytest.mark.parametrize("scale", [2, 3, 4, 8])
def test_noise_and_photographs_are_not(scale: int) -> None:
    """Without a grid it is near 0."""
    noise = np.random.default_rng(0).random((64 * scale, 64 * scale))
    assert abs(blockiness(noise, noise, scale)) < 0.5
    assert blockiness(GREY, GREY, scale) < 1.5


def test_a_fixed_pattern_is_not_blocky() -> None:
    """A checkerboard changes nothing: every phase is centred."""
    with_checker = blockiness(GREY, GREY + 8 / 255 * CHECKER, 2)
    assert with_checker == pytest.approx(blockiness(GREY, GREY, 2), abs=1e-9)


def test_formula_on_a_case_that_can_be_worked_out() -> None:
    """Steps of 2 across edges in random directions against none inside: (2 v + 1/3) / (1/3)."""
    signs = np.random.default_rng(1).integers(0, 2, (40, 40)) * 2.0 - 1
    blocks = signs.repeat(2, 0).repeat(2, 1) / 255
    down, right = (
        np.mean([d[1::2, q::2].var() for q in range(2)])
        for d in (np.diff(255 * blocks, axis=0), np.diff(255 * blocks, axis=1).T)
    )
    expected = 10 * np.log10((down + right + 1 / 3) / (1 / 3))
    assert blockiness(blocks, blocks, 2) == pytest.approx(expected)


def test_rgb_is_the_mean_of_the_channels() -> None:
    """Three equal channels are grey."""
    blocks = repeated(2)
    rgb = np.repeat(blocks[..., None], 3, axis=2)
    assert blockiness(rgb, rgb, 2) == pytest.approx(blockiness(blocks, blocks, 2))
