"""One network while it is trained, and what it is scored by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from upbench.benchmark.training.captured import Captured, concurrently
from upbench.benchmark.training.loop import Learner
from upbench.benchmark.training.recipe import Recipe
from upbench.benchmark.training.roles.reconstruct.pictures import (
    crops,
    flat_fields,
    side_by_side,
)
from upbench.benchmark.training.roles.superresolution import FIRST_OUTPUT, TEST_SETS
from upbench.benchmark.training.roles.superresolution.data import PATCH
from upbench.benchmark.training.roles.superresolution.variance import scale_first_output
from upbench.benchmark.training.scores import psnrs, score
from upbench.methods._shared.head import Head
from upbench.methods._shared.network import SHAPES, collapse, untrained

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from upbench.benchmark.core.contract import Layer
    from upbench.benchmark.training.roles.superresolution.data import Task

__all__ = ["SideBySide", "SuperResolution"]

BATCH = 16
TRUNK = "slim"


class SuperResolution:
    """A network, and how far it has come.

    Args:
        layer: The upsampling layer after the trunk.
        seed: Of the weights at first and of the patches.
        data: The scale, what is learned from and what is scored.
        steps: Steps in all, for the learning rate.
        device: "cpu" or "cuda".
    """

    def __init__(self, layer: Layer, seed: int, data: Task, steps: int, device: str) -> None:
        self.data, self.steps, self.done = data, steps, 0
        recipe = Recipe(steps=steps, batch=BATCH, patch=PATCH, drawn="equally")
        head = Head(layer.name, lambda inputs, s: layer.build(inputs, 1, s), linear=False)
        self.network = untrained(head, SHAPES[TRUNK], data.scale, seed)
        self.learner = Learner(self.network, data.material, data.scale, seed, recipe, device)
        if data.equal:
            low = torch.from_numpy(self.learner.patches.batch(0)[0]).to(device)
            with torch.no_grad():
                features = self.network.features(low)
            scale_first_output(self.network.head, features, FIRST_OUTPUT)

    def step(self) -> dict[str, float]:
        """Take a step on a batch of patches; return the loss in grey levels."""
        loss = self.learner.take_step(self.done)
        self.done += 1
        return {"loss": loss}

    def state(self) -> dict[str, Any]:
        """Return the network, the optimiser and the number of steps."""
        return {
            "done": self.done,
            "network": self.network.state_dict(),
            "optimiser": self.learner.optimiser.state_dict(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over such a state."""
        self.network.load_state_dict(state["network"])
        self.learner.optimiser.load_state_dict(state["optimiser"])
        self.learner.begin_recording()
        self.done = int(state["done"])

    def measure(self) -> dict[str, float | None]:
        """Score the network on validation images, and on the test sets once it is trained.

        Beside the role's columns stands the PSNR of each test image, as ``SET/IMAGE``.
        """
        scores = score(self.network, self.data.material.validation, self.data.scale)
        found: dict[str, float | None] = {
            "psnr_validation_db": scores.psnr_db,
            "checkerboard_db": scores.checkerboard_db,
            "ripple_db": scores.ripple_db,
        }
        return found | self._tested() if self.done >= self.steps else found

    def _tested(self) -> dict[str, float | None]:
        """Return the mean PSNR of each test set, and that of each of its images."""
        found: dict[str, float | None] = {}
        for name in TEST_SETS:
            pairs = self.data.scored.get(name, ())
            each = psnrs(self.network, pairs, self.data.scale)
            found[f"psnr_{name}_db"] = sum(each) / len(each) if each else None
            found |= {f"{name}/{pair.name}": one for pair, one in zip(pairs, each, strict=True)}
        return found

    def pictures(self) -> dict[str, NDArray[np.uint8]]:
        """Return a crop of the truth and of the output, and what becomes of a flat field."""
        pairs = next(iter(self.data.scored.values()))
        pair = max(pairs, key=lambda one: float(one.high.std()))
        return {
            "outputs": side_by_side(crops([self.network], pair)),
            "flat": side_by_side(flat_fields([self.network], self.data.scale)),
        }

    def weights(self) -> dict[str, Tensor]:
        """Return the weights of the network in the form that runs."""
        return dict(collapse(self.network).state_dict())


class SideBySide:
    """Trainings of one seed on a GPU that have come equally far: all see the same patches.

    Args:
        trainings: They are changed in place.
        device: "cuda".
    """

    def __init__(self, trainings: Sequence[SuperResolution], device: str) -> None:
        self._trainings = trainings
        self._learners = [training.learner for training in trainings]
        self._step = Captured(concurrently([one.learn for one in self._learners]), device)

    def __call__(self) -> list[dict[str, float]]:
        """Take a step of each; return their losses in grey levels."""
        number = self._trainings[0].done
        for learner in self._learners:
            learner.set_rate(number)
        losses = self._step(*self._learners[0].batch(number))
        for training in self._trainings:
            training.done += 1
        return [{"loss": loss * 255} for loss in losses]
