"""Trainings of roles, a few steps long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.threads import one_thread

if TYPE_CHECKING:
    import torch

    from upbench.benchmark.training.roles import Training


def after(training: Training, steps: int) -> dict[str, torch.Tensor]:
    """Take steps; return the weights."""
    with one_thread():
        for _ in range(steps):
            training.step()
        return {name: value.clone() for name, value in training.weights().items()}
