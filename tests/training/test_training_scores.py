"""Scores while a network learns: those that the benchmark would give it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from upbench.benchmark.metrics.checkerboard import checkerboard_level
from upbench.benchmark.metrics.psnr import psnr
from upbench.benchmark.training.scores import flat_ripple_db, score

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Method
    from upbench.benchmark.training.material import Material


class Fixed(torch.nn.Module):
    """Nearest-neighbour enlargement times a gain for each of the four phases."""

    def __init__(self, gains: list[float]) -> None:
        super().__init__()
        self.gains = torch.nn.Parameter(torch.tensor(gains, dtype=torch.float32))

    def forward(self, low: torch.Tensor) -> torch.Tensor:
        """``(1, 1, h, w)`` -> ``(1, 1, 2 h, 2 w)``."""
        return functional.pixel_shuffle(low * self.gains[None, :, None, None], 2)


def test_scores_are_the_benchmarks(material: Material) -> None:
    """PSNR and checkerboard of rounded, shaved luma, as the metrics give them."""
    pair = material.validation[0]
    scores = score(Fixed([1, 1, 1, 1.1]), [pair], 2)
    large = np.kron(pair.low, np.ones((2, 2))) * np.tile([[1, 1], [1, 1.1]], pair.low.shape)
    output = np.rint(large.astype(np.float32).clip(0, 1) * 255)[2:-2, 2:-2] / 255
    reference = pair.high.astype(float)[2:-2, 2:-2]

    assert scores.psnr_db == pytest.approx(psnr(reference, output, 2), abs=0.01)
    assert scores.checkerboard_db == pytest.approx(
        checkerboard_level(reference, output, 2), abs=0.05
    )


def test_scores_are_means_over_images(material: Material) -> None:
    """Two images count the same."""
    network = Fixed([1, 1, 1, 1])
    each = [score(network, [pair], 2).psnr_db for pair in material.training[:2]]

    assert score(network, material.training[:2], 2).psnr_db == pytest.approx(sum(each) / 2)


def test_ripple_is_the_variance_over_phases() -> None:
    """In dB above the variance that rounding to 8 bits leaves, 1/12; equal phases have 0."""
    levels = [0.5, 0.5, 0.5 + 10 / 255, 0.5 + 10 / 255]  # a variance of 25 squared grey levels

    assert flat_ripple_db(Fixed([1, 1, 1, 1]), 2) == 0
    assert flat_ripple_db(Fixed([2 * level for level in levels]), 2) == pytest.approx(
        10 * np.log10(1 + 25 * 12), abs=0.01
    )


def test_scoring_changes_nothing(tiny: Method, material: Material) -> None:
    """Weights, gradients and training mode are as before."""
    target: Any = tiny.target
    network = target.untrained(2)
    before = [weight.clone() for weight in network.parameters()]
    score(network, material.validation, 2)

    assert network.training
    assert all(torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))
    assert all(weight.grad is None for weight in network.parameters())
