"""A role of one weight, to test the framework without a network."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from upbench.benchmark.core.table import Column
from upbench.benchmark.training.roles import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class ToyData:
    """Data without anything in them."""

    name, digest = "toy", "toy"
    undefined: Mapping[str, str] = MappingProxyType({})


class Toy:
    """A weight that goes to one, with noise from torch's global generator and Adam."""

    def __init__(self, seed: int) -> None:
        torch.manual_seed(seed)
        self.weight = torch.nn.Parameter(torch.randn(3))
        self.optimiser = torch.optim.Adam([self.weight], lr=0.1)
        self.bad_from = -1
        self.done = 0

    def step(self) -> dict[str, float]:
        """Descend on a noisy square."""
        self.done += 1
        loss = ((self.weight - 1 + 0.1 * torch.randn(3)) ** 2).mean()
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        return {"loss": float("nan") if self.done == self.bad_from else loss.item()}

    def state(self) -> dict[str, Any]:
        """Return weight, optimiser and random numbers."""
        return {
            "weight": self.weight.detach().clone(),
            "optimiser": self.optimiser.state_dict(),
            "random": torch.get_rng_state(),
            "done": self.done,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state."""
        with torch.no_grad():
            self.weight.copy_(state["weight"])
        self.optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random"])
        self.done = state["done"]

    def measure(self) -> dict[str, float | None]:
        """Draw random numbers, which must not change the training."""
        torch.randn(5)
        return {"error": float((self.weight.detach() - 1).abs().mean()), "unknown": None}

    def pictures(self) -> dict[str, NDArray[np.uint8]]:
        """Return one small picture."""
        return {"dot": np.full((4, 4), 128, np.uint8)}

    def weights(self) -> dict[str, torch.Tensor]:
        """Return the weight."""
        return {"weight": self.weight.detach()}


TOY = Role(
    name="toy",
    needs="Nothing.",
    steps=4,
    columns=(Column("error", "error", ".2f", "lower"), Column("unknown", "unknown", ".2f")),
    datasets={"toy": "nothing"},
    load=lambda _name, _progress: ToyData(),
    begin=lambda _layer, seed, _data, _steps, _device: Toy(seed),
    initial=("error",),
)
