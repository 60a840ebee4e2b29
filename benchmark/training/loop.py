"""The training loop: from a seed to weights; on a CPU the same, interrupted or not."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.device import exact_convolutions
from upbench.benchmark.core.errors import MethodError
from upbench.benchmark.training import checkpoint
from upbench.benchmark.training.captured import Captured, optimiser_options, set_rate
from upbench.benchmark.training.checkpoint import Point, Progressed
from upbench.benchmark.training.patches import Patches
from upbench.benchmark.training.recipe import learning_rate, milestones
from upbench.benchmark.training.scores import score

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from upbench.benchmark.core.contract import Progress
    from upbench.benchmark.training.material import Material
    from upbench.benchmark.training.recipe import Recipe

BETWEEN_CHECKPOINTS = 250
"""Steps that are lost at most when training is killed."""

BETWEEN_BASES = 25
"""Steps between two of SOAP's bases: each costs about as much as a step."""


class Learner:
    """A network, what it learns from, and how far it has come.

    Args:
        network: As training begins; it is changed in place.
        material: What it learns from.
        scale: The whole factor s.
        seed: The seed of the patches.
        recipe: How it is trained.
        device: "cpu" or "cuda".
    """

    def __init__(
        self, network: Any, material: Material, scale: int, seed: int, recipe: Recipe, device: str
    ) -> None:
        self.network = network.to(device, memory_format=layout(device))
        self.material, self.scale, self.recipe, self.device = material, scale, recipe, device
        self.patches = Patches(material.training, scale, recipe, seed)
        self.optimiser = _optimiser(self.network, recipe, device)
        self.begin_recording()

    def take_step(self, number: int) -> float:
        """Take a step of gradient descent, counted from 0; return its loss in grey levels."""
        self.set_rate(number)
        (loss,) = self._steps[self.is_mixed(number)](*self.batch(number))
        return loss * 255

    def is_mixed(self, number: int) -> bool:
        """Say whether a step is taken in mixed precision."""
        return number < self.recipe.mixed * self.recipe.steps

    def set_rate(self, number: int) -> None:
        """Set the learning rate of a step."""
        set_rate(self.optimiser, learning_rate(self.recipe, number), self.device)

    def batch(self, number: int) -> tuple[Tensor, Tensor]:
        """Return the patches of a step, on the CPU."""
        import torch

        low, high = map(torch.from_numpy, self.patches.batch(number))
        return low.contiguous(memory_format=layout(self.device)), high

    def learn(self, low: Tensor, high: Tensor, *, mixed: bool = False) -> tuple[Tensor]:
        """Descend on a batch; return its mean absolute error."""
        import torch

        low, high = low.to(self.device), high.to(self.device)
        self.optimiser.zero_grad()
        with exact_convolutions():
            with torch.autocast(self.device, torch.bfloat16, enabled=mixed):
                output = self.network(low)
            loss = (output.float() - high).abs().mean()
            loss.backward()
        self.optimiser.step()
        return (loss.detach(),)

    def begin_recording(self) -> None:
        """Forget recorded steps: at first, and when network or optimiser have been put back.

        SOAP's cannot be recorded, since it computes with Python's numbers: it is called, as on a
        CPU.
        """
        device = self.device if self.recipe.optimiser == "adam" else "cpu"
        self._steps = {
            mixed: Captured(partial(self.learn, mixed=mixed), device) for mixed in (False, True)
        }


def layout(device: str) -> Any:
    """Return the order of values in memory that a device's convolutions are fast with."""
    import torch

    return torch.channels_last if device == "cpu" else torch.contiguous_format


def learn(
    learner: Learner, name: str, file: Path, progress: Progress | None = None
) -> tuple[Point, ...]:
    """Train a network to the end, going on from its checkpoint if there is one.

    Args:
        learner: The network, changed in place.
        name: What to call it on the progress bar.
        file: The checkpoint.
        progress: Called with (what, steps done, steps in all) after each step.

    Returns:
        The learning curve.

    Raises:
        StoreError: The checkpoint cannot be written.
        MethodError: A loss, or a weight at the end, is no number.
    """
    steps = learner.recipe.steps
    scored = set(milestones(steps))
    # 1. Where it was left off, or the untrained network's scores.
    done = checkpoint.restore(file, learner.network, learner.optimiser)
    learner.begin_recording()
    if not done.curve:
        done = _scored(learner, done)
    # 2. Step after step.
    while done.step < steps:
        started = time.perf_counter()
        loss = learner.take_step(done.step)
        check_loss(name, done.step + 1, loss)
        spent = time.perf_counter() - started
        total = done.loss + loss
        done = replace(done, step=done.step + 1, seconds=done.seconds + spent, loss=total)
        # 3. Now and then its scores, and a checkpoint.
        if done.step in scored:
            done = _scored(learner, done)
        if done.step % BETWEEN_CHECKPOINTS == 0 or done.step == steps:
            checkpoint.save(file, learner.network, learner.optimiser, done)
        if progress:
            progress(f"{name}  {_standing(done)}", done.step, steps)
    _check_weights(learner.network, name)
    return done.curve


def check_loss(name: str, step: int, loss: float, what: str = "the loss") -> None:
    """Refuse a loss that is no number: nothing can be learned after it.

    Raises:
        MethodError: It is none.
    """
    if not math.isfinite(loss):
        raise MethodError(
            f"{name}: {what} is {loss} at step {step}; expected a number: it does not train so; "
            "try another seed, or look at its initialisation and its learning rate."
        )


def _check_weights(network: Any, name: str) -> None:
    bad = [key for key, value in network.state_dict().items() if not value.isfinite().all()]
    if bad:
        raise MethodError(
            f"{name}: {bad[0]} holds values that are no numbers after the last step; expected "
            "numbers: try another seed or a lower learning rate."
        )


def _optimiser(network: Any, recipe: Recipe, device: str) -> Any:
    import torch

    weights = network.parameters()
    if recipe.optimiser == "adam":
        options = {**optimiser_options(recipe.rate, device), "fused": True}
        return torch.optim.Adam(weights, betas=recipe.momentum, **options)
    from pytorch_optimizer import SOAP

    return SOAP(
        weights,
        lr=recipe.rate,
        betas=recipe.momentum,
        weight_decay=0.0,
        precondition_frequency=BETWEEN_BASES,
    )


def _scored(learner: Learner, done: Progressed) -> Progressed:
    """Add a point to the learning curve."""
    scores = score(learner.network, learner.material.validation, learner.scale)
    since = done.step - (done.curve[-1].step if done.curve else 0)
    loss = done.loss / since if since else None
    point = Point(done.step, round(done.seconds, 2), loss, *scores)
    return replace(done, loss=0.0, curve=(*done.curve, point))


def _standing(done: Progressed) -> str:
    latest = done.curve[-1]
    loss = "" if latest.loss is None else f"loss {latest.loss:.3f}, "
    return f"{loss}{latest.psnr_db:.2f} dB on validation"
