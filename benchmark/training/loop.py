"""The training loop: from a seed to weights, the same on one device, interrupted or not."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from upbench.benchmark.training import checkpoint
from upbench.benchmark.training.checkpoint import Point, Progressed
from upbench.benchmark.training.patches import Patches
from upbench.benchmark.training.recipe import learning_rate, milestones
from upbench.benchmark.training.scores import score

if TYPE_CHECKING:
    from pathlib import Path

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
        import torch

        self.network = network.to(device, memory_format=torch.channels_last)
        self.material, self.scale, self.recipe, self.device = material, scale, recipe, device
        self.patches = Patches(material.training, scale, recipe, seed)
        self.optimiser = _optimiser(self.network, recipe)

    def is_mixed(self, step: int) -> bool:
        """Say whether a step is taken in mixed precision: on a GPU each is."""
        return self.device != "cpu" or step < self.recipe.mixed * self.recipe.steps


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
    """
    steps = learner.recipe.steps
    scored = set(milestones(steps))
    # 1. Where it was left off, or the untrained network's scores.
    done = checkpoint.restore(file, learner.network, learner.optimiser)
    if not done.curve:
        done = _scored(learner, done)
    # 2. Step after step.
    while done.step < steps:
        started = time.perf_counter()
        loss = take_step(learner, done.step)
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
    return done.curve


def _optimiser(network: Any, recipe: Recipe) -> Any:
    import torch

    weights = network.parameters()
    if recipe.optimiser == "adam":
        return torch.optim.Adam(weights, lr=recipe.rate, betas=recipe.momentum, fused=True)
    from pytorch_optimizer import SOAP

    return SOAP(
        weights,
        lr=recipe.rate,
        betas=recipe.momentum,
        weight_decay=0.0,
        precondition_frequency=BETWEEN_BASES,
    )


def take_step(learner: Learner, number: int) -> float:
    """Take one step of gradient descent, counted from 0; return its loss in grey levels."""
    import torch

    for group in learner.optimiser.param_groups:
        group["lr"] = learning_rate(learner.recipe, number)
    patches = learner.patches.batch(number)
    low, high = (torch.from_numpy(side).to(learner.device) for side in patches)
    learner.optimiser.zero_grad()
    with torch.autocast(learner.device, torch.bfloat16, enabled=learner.is_mixed(number)):
        output = learner.network(low.contiguous(memory_format=torch.channels_last))
    loss = (output.float() - high).abs().mean()
    loss.backward()
    learner.optimiser.step()
    return float(loss.detach()) * 255


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
