"""One DCGAN while it is trained."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.training.captured import Captured, optimiser_options, set_rate
from upbench.benchmark.training.roles.generate import PERIODS, pictures
from upbench.benchmark.training.roles.generate.data import as_input
from upbench.benchmark.training.roles.generate.networks import NUMBERS, discriminator, generator
from upbench.benchmark.training.roles.generate.scores import (
    frechet,
    lattice_db,
    mean_spectrum,
    phase_means,
    projections,
    sliced_wasserstein,
    spectral_db,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from torch import Tensor, nn

    from upbench.benchmark.core.contract import Layer
    from upbench.benchmark.training.roles.generate.data import Images

    Tensors = tuple[Tensor, ...] | list[Tensor]

__all__ = ["Generation"]

BATCH = 64
RATE = 2e-4
MOMENTUM = (0.5, 0.999)
SAMPLES = 1000
"""Samples that are scored."""
AT_ONCE = 500
"""Samples that are made at once: batch normalisation takes its statistics from them."""
AVERAGED = 0.999
"""Share of the former average of the generator's weights that each step keeps."""
FOLLOWED = 12
"""Samples that are kept at each milestone, to see them change."""


class Generation:
    """A generator, its discriminator, and how far they have come.

    Samples are of the average of the generator's weights over about the last thousand steps, as
    T. Karras et al. (arXiv:1710.10196, appendix A.1) and later work make them: those of one step
    differ from those of the next by chance, which would hide what the layers differ by.

    Args:
        layer: The upsampling layer of each stage.
        seed: Of the weights at first, of batches and of random numbers.
        data: What is learned from.
        device: "cpu" or "cuda".
    """

    def __init__(self, layer: Layer, seed: int, data: Images, device: str) -> None:
        import torch

        torch.manual_seed(seed)
        self.seed, self.data, self.device = seed, data, device
        self.done = 0
        networks: list[Any] = [generator(layer, data.channels), discriminator(data.channels)]
        # channels last: a quarter less time on a CPU
        self.generator, self.discriminator = (
            one.to(device, memory_format=torch.channels_last) for one in networks
        )
        self.averaged = torch.optim.swa_utils.AveragedModel(self.generator, multi_avg_fn=_average)
        options = optimiser_options(RATE, device)
        self._optimisers = {
            name: torch.optim.Adam(network.parameters(), betas=MOMENTUM, **options)
            for name, network in self._trained().items()
        }
        self._captured = Captured(self._learn, device)
        self._followed: list[NDArray[np.uint8]] = []

    def step(self) -> dict[str, float]:
        """Train the discriminator on a batch, then the generator; return their losses."""
        loss_generator, loss_discriminator = self._captured(*self._batch())
        self.averaged.update_parameters(self.generator)
        self.done += 1
        return {"loss_generator": loss_generator, "loss_discriminator": loss_discriminator}

    def _learn(self, real: Tensor, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Take both networks' steps; return the losses of generator and discriminator."""
        import torch
        from torch.nn.functional import binary_cross_entropy_with_logits as entropy

        ones = torch.ones(BATCH, 1, device=self.device)
        fake = self.generator(numbers)
        loss = entropy(self.discriminator(real), ones) + entropy(
            self.discriminator(fake.detach()), torch.zeros_like(ones)
        )
        self._descend("discriminator", loss)
        self.discriminator.requires_grad_(requires_grad=False)  # it learns nothing from this one
        own = entropy(self.discriminator(fake), ones)
        self._descend("generator", own)
        self.discriminator.requires_grad_(requires_grad=True)
        return own.detach(), loss.detach()

    def state(self) -> dict[str, Any]:
        """Return networks, optimisers and the samples of former milestones."""
        import torch

        named = self._networks()
        return {
            "done": self.done,
            "networks": {name: network.state_dict() for name, network in named.items()},
            "optimisers": {name: one.state_dict() for name, one in self._optimisers.items()},
            "followed": [torch.from_numpy(images) for images in self._followed],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over such a state."""
        for name, network in self._networks().items():
            network.load_state_dict(state["networks"][name])
        for name, optimiser in self._optimisers.items():
            optimiser.load_state_dict(state["optimisers"][name])
            set_rate(optimiser, RATE, self.device)
        self._captured = Captured(self._learn, self.device)
        self.done = state["done"]
        self._followed = [images.numpy() for images in state["followed"]]

    def measure(self) -> dict[str, float | None]:
        """Score samples; keep some of them."""
        samples = self.samples(SAMPLES)
        self._followed.append(samples[:FOLLOWED])
        spectrum, real = mean_spectrum(samples), self._known("spectrum", mean_spectrum)
        means = phase_means(samples)
        return {
            **{f"lattice_{one}_db": lattice_db(spectrum, real, one) for one in PERIODS},
            "phase_means_gl": float(np.ptp(means)),
            "spectral_db": spectral_db(spectrum, real),
            "swd": sliced_wasserstein(projections(samples), self._known("patches", projections)),
            **self._frechet(samples),
        }

    def pictures(self) -> dict[str, NDArray[np.uint8]]:
        """Return a grid of samples, samples along training, a walk, and the mean spectra."""
        samples = self.samples(SAMPLES)
        spectra = [mean_spectrum(one) for one in (self.data.held_out[:SAMPLES], samples)]
        return {
            "samples": pictures.grid(samples[: 8 * 12], 12),
            "training": pictures.grid(np.concatenate(self._followed), FOLLOWED),
            "interpolation": pictures.grid(self._make(pictures.walk(6, 12, NUMBERS)), 12),
            "spectrum": pictures.spectra(spectra, PERIODS),
        }

    def weights(self) -> dict[str, Tensor]:
        """Return the generator's weights."""
        weights: dict[str, Tensor] = self.averaged.module.state_dict()
        return weights

    def samples(self, number: int) -> NDArray[np.uint8]:
        """Return samples, uint8 ``(number, C, 32, 32)``, the same for each seed's numbers."""
        random = np.random.default_rng((1, self.seed))
        return self._make(random.standard_normal((number, NUMBERS), np.float32))

    def _make(self, numbers: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Make images, in batches whose own statistics normalise them, as in training."""
        import torch

        copy = deepcopy(self.averaged.module).train()  # so that running statistics stay as they are
        with torch.inference_mode():
            parts = [
                copy(torch.from_numpy(numbers[start : start + AT_ONCE]).to(self.device)).cpu()
                for start in range(0, len(numbers), AT_ONCE)
            ]
        grey = (torch.cat(parts).float() + 1) * 127.5
        images: NDArray[np.uint8] = grey.round().clamp(0, 255).byte().numpy()
        return images

    def _batch(self) -> tuple[Tensor, Tensor]:
        """Return the step's real images and random numbers."""
        import torch

        random = np.random.default_rng((0, self.seed, self.done))
        chosen = random.integers(len(self.data.training), size=BATCH)
        numbers = random.standard_normal((BATCH, NUMBERS), np.float32)
        return as_input(self.data.training[chosen]), torch.from_numpy(numbers)

    def _descend(self, name: str, loss: Tensor) -> None:
        optimiser = self._optimisers[name]
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    def _trained(self) -> dict[str, nn.Module]:
        return {"generator": self.generator, "discriminator": self.discriminator}

    def _networks(self) -> dict[str, nn.Module]:
        return self._trained() | {"averaged": self.averaged}

    def _known(self, name: str, compute: Any) -> Any:
        """Return what is computed of the held-out images, once for all trainings."""
        if name not in self.data.known:
            self.data.known[name] = compute(self.data.held_out[:SAMPLES])
        return self.data.known[name]

    def _frechet(self, samples: NDArray[np.uint8]) -> dict[str, float | None]:
        """Return the distance to held-out images, and as a multiple of the training images'."""
        if self.data.labels is None:
            return {"frechet": None, "frechet_ratio": None}
        from upbench.benchmark.training.roles.generate.classifier import classifier, features

        known = self.data.known
        if "classifier" not in known:
            known["classifier"] = classifier(self.data)
            known["features"] = features(known["classifier"], self.data.held_out)
            training = features(known["classifier"], self.data.training[:SAMPLES])
            known["frechet"] = frechet(training, known["features"])
        found = frechet(features(known["classifier"], samples), known["features"])
        return {"frechet": found, "frechet_ratio": found / known["frechet"]}


def _average(averages: Tensors, weights: Tensors, number: Tensor | int) -> None:
    """Move averages towards weights; sooner at first, as TensorFlow's moving averages do."""
    from torch.optim.swa_utils import get_ema_multi_avg_fn

    kept = min(AVERAGED, (1 + float(number)) / (10 + float(number)))
    move: Any = get_ema_multi_avg_fn(kept)  # type: ignore[no-untyped-call]
    move(averages, weights, number)
