"""One layer while it is trained by three losses side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from upbench.benchmark.training.patches import Patches
from upbench.benchmark.training.recipe import Recipe, learning_rate
from upbench.benchmark.training.roles.reconstruct import LOSSES, SCALE
from upbench.benchmark.training.roles.reconstruct.data import PATCH
from upbench.benchmark.training.roles.reconstruct.losses import (
    PIXELS_TO_JUDGE,
    discriminator,
    distances,
    judged,
)
from upbench.benchmark.training.roles.reconstruct.pictures import (
    crops,
    flat_fields,
    side_by_side,
)
from upbench.benchmark.training.scores import score
from upbench.methods._shared.head import Head
from upbench.methods._shared.network import SHAPES, collapse, untrained

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from upbench.benchmark.core.contract import Layer
    from upbench.benchmark.training.roles.reconstruct.data import Images
    from upbench.methods._shared.network import Network

__all__ = ["Reconstruction"]

BATCH = 8
JUDGE_RATE, JUDGE_MOMENTUM = 1e-3, (0.5, 0.999)
"""Of the discriminator: pix2pix's momentum, and five times its rate, for a training is short."""


class Reconstruction:
    """Three networks that differ in nothing but their loss, and how far they have come.

    Args:
        layer: The upsampling layer after the trunk.
        seed: Of the weights at first and of the patches.
        data: What is learned from.
        steps: Steps in all, for the learning rate.
        device: "cpu" or "cuda".
    """

    def __init__(self, layer: Layer, seed: int, data: Images, steps: int, device: str) -> None:
        self.data, self.device, self.done = data, device, 0
        self._recipe = Recipe(steps=steps, batch=BATCH, patch=PATCH)
        head = Head(layer.name, lambda inputs, s: layer.build(inputs, 1, s), linear=False)
        self.networks: dict[str, Network] = {
            loss: untrained(head, SHAPES["small"], SCALE, seed).to(device) for loss in LOSSES
        }
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.judge = discriminator().to(device)
        self._optimisers = {
            loss: torch.optim.Adam(network.parameters(), betas=self._recipe.momentum)
            for loss, network in self.networks.items()
        }
        self._optimisers["judge"] = torch.optim.Adam(
            self.judge.parameters(), lr=JUDGE_RATE, betas=JUDGE_MOMENTUM
        )
        self._patches = Patches(data.training, SCALE, self._recipe, seed)

    def step(self) -> dict[str, float]:
        """Train each network on the same patches by its loss; return the losses."""
        low, high = (
            torch.from_numpy(planes).to(self.device) for planes in self._patches.batch(self.done)
        )
        rate = learning_rate(self._recipe, self.done)
        outputs = {loss: network(low) for loss, network in self.networks.items()}
        pixels, spectra = distances(outputs["spectral"], high)
        losses = {"pixel": distances(outputs["pixel"], high)[0], "spectral": pixels + spectra}
        judge_loss = self._teach_judge(outputs["adversarial"].detach(), high)
        self.judge.requires_grad_(requires_grad=False)  # its own gradient is not needed here
        fooled = judged(self.judge(outputs["adversarial"]), real=True)
        self.judge.requires_grad_(requires_grad=True)
        pixels = distances(outputs["adversarial"], high)[0]
        losses["adversarial"] = fooled + PIXELS_TO_JUDGE * pixels
        for name, loss in losses.items():
            for group in self._optimisers[name].param_groups:
                group["lr"] = rate
            self._descend(name, loss)
        self.done += 1
        found = {f"loss_{name}": loss.item() for name, loss in losses.items()}
        return found | {"loss_judge": judge_loss}

    def state(self) -> dict[str, Any]:
        """Return networks, discriminator and optimisers."""
        return {
            "done": self.done,
            "networks": {name: one.state_dict() for name, one in self._modules().items()},
            "optimisers": {name: one.state_dict() for name, one in self._optimisers.items()},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over such a state."""
        for name, module in self._modules().items():
            module.load_state_dict(state["networks"][name])
            self._optimisers[name].load_state_dict(state["optimisers"][name])
        self.done = state["done"]

    def measure(self) -> dict[str, float | None]:
        """Score each network on the held-out images and on a flat field."""
        found: dict[str, float | None] = {}
        for loss, network in self.networks.items():
            scores = score(network, self.data.held_out, SCALE)
            found[f"psnr_{loss}_db"] = scores.psnr_db
            found[f"checkerboard_{loss}_db"] = scores.checkerboard_db
            found[f"ripple_{loss}_db"] = scores.ripple_db
        return found

    def pictures(self) -> dict[str, NDArray[np.uint8]]:
        """Return a crop of the truth and of each output, and what each makes of a flat field."""
        pair = max(self.data.held_out, key=lambda one: float(one.high.std()))
        networks = [*self.networks.values()]
        return {
            "outputs": side_by_side(crops(networks, pair)),
            "flat": side_by_side(flat_fields(networks, SCALE)),
        }

    def weights(self) -> dict[str, Tensor]:
        """Return the weights of the networks in the form that runs, by loss."""
        return {
            f"{loss}.{name}": value
            for loss, network in self.networks.items()
            for name, value in collapse(network).state_dict().items()
        }

    def _teach_judge(self, output: Tensor, truth: Tensor) -> float:
        """Train the discriminator to tell outputs from the truth; return its loss."""
        loss = judged(self.judge(truth), real=True) + judged(self.judge(output), real=False)
        self._descend("judge", loss)
        return loss.item()

    def _descend(self, name: str, loss: Tensor) -> None:
        self._optimisers[name].zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimisers[name].step()

    def _modules(self) -> dict[str, nn.Module]:
        return {**self.networks, "judge": self.judge}
