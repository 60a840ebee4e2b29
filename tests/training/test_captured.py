"""A training step that a GPU records, and that a CPU calls as it is."""

from __future__ import annotations

import logging
from typing import Any

import pytest
import torch

from upbench.benchmark.training.captured import (
    WARM_UP,
    Captured,
    concurrently,
    optimiser_options,
    set_rate,
)

needs_gpu = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="PyTorch finds no CUDA device here"
)


class Learner:
    """A small network that learns to double its input; it waits for the GPU where asked to."""

    def __init__(self, device: str, *, waits: bool = False) -> None:
        torch.manual_seed(0)
        self.device, self.waits = device, waits
        self.network = torch.nn.Sequential(
            torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.ReLU(), torch.nn.Linear(8, 4)
        ).to(device)
        options = optimiser_options(1e-2, device)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), **options)

    def learn(self, inputs: torch.Tensor) -> tuple[torch.Tensor]:
        """Take a step."""
        loss = (self.network(inputs) - 2 * inputs).square().mean()
        if self.waits:
            assert loss.item() >= 0
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return (loss.detach(),)


def losses(learner: Learner, step: Any, steps: int = 12) -> list[float]:
    """Take steps, each on other inputs and at another rate; return the losses."""
    found = []
    for number in range(steps):
        inputs = torch.randn(16, 4, generator=torch.Generator().manual_seed(number))
        set_rate(learner.optimiser, 1e-2 / (number + 1), learner.device)
        found += step(inputs)
    return found


def test_a_cpu_calls_the_step() -> None:
    """Its numbers and its weights are those of plain calls."""
    one, other = Learner("cpu"), Learner("cpu")
    plain = losses(one, lambda inputs: [float(loss) for loss in one.learn(inputs)])
    assert losses(other, Captured(other.learn, "cpu")) == plain
    assert plain[-1] < plain[0]
    assert torch.equal(one.network[0].weight, other.network[0].weight)


def test_the_rate_of_each_step_is_used() -> None:
    """At a rate of 0 nothing is learned, whatever was given first."""
    learner = Learner("cpu")
    before = learner.network[0].weight.clone()
    set_rate(learner.optimiser, 0.0, "cpu")
    learner.learn(torch.ones(2, 4))
    assert torch.equal(learner.network[0].weight, before)


@needs_gpu
def test_a_recorded_step_is_the_called_one() -> None:
    """Inputs, rates and running statistics of each step count, not those that were recorded."""
    one, other = Learner("cuda"), Learner("cuda")
    captured = Captured(other.learn, "cuda")
    plain = losses(
        one, lambda inputs: [float(loss) for loss in one.learn(inputs.to("cuda"))], 4 * WARM_UP
    )
    assert losses(other, captured, 4 * WARM_UP) == pytest.approx(plain, rel=1e-5)
    states = zip(
        one.network.state_dict().values(), other.network.state_dict().values(), strict=True
    )
    for called, recorded in states:
        assert torch.allclose(called.float(), recorded.float(), rtol=1e-4, atol=1e-6)
    assert captured.is_recorded


@needs_gpu
def test_a_step_that_waits_is_called(caplog: pytest.LogCaptureFixture) -> None:
    """It cannot be recorded, which is said once; it learns as well."""
    one, other = Learner("cuda"), Learner("cuda", waits=True)
    plain = losses(one, lambda inputs: [float(loss) for loss in one.learn(inputs.to("cuda"))])
    with caplog.at_level(logging.WARNING):
        captured = Captured(other.learn, "cuda")
        assert losses(other, captured) == pytest.approx(plain, rel=1e-5)
    assert not captured.is_recorded
    assert sum("is not recorded" in one.message for one in caplog.records) == 1


@needs_gpu
def test_steps_at_the_same_time_are_those_one_after_another() -> None:
    """Recorded as one graph, each of three networks learns as it does alone."""
    alone, beside = ([Learner("cuda") for _ in range(3)] for _ in range(2))
    captured = Captured(concurrently([one.learn for one in beside]), "cuda")
    for number in range(4 * WARM_UP):
        inputs = torch.randn(16, 4, generator=torch.Generator().manual_seed(number))
        plain = []
        for rate, pair in zip((1e-2, 1e-3, 0.0), zip(alone, beside, strict=True), strict=True):
            for one in pair:
                set_rate(one.optimiser, rate, "cuda")
            plain += [float(loss) for loss in pair[0].learn(inputs.to("cuda"))]
        assert captured(inputs) == pytest.approx(plain, rel=1e-5)
    assert captured.is_recorded
