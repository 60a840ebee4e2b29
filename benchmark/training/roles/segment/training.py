"""Training of one segmentation network, step by step, and what it is scored by."""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.training.captured import Captured, optimiser_options, set_rate
from upbench.benchmark.training.roles.segment import pictures, scores
from upbench.benchmark.training.roles.segment.data import DEEPEST, PERIODS
from upbench.benchmark.training.roles.segment.recipe import (
    DECAY,
    RATE,
    class_weights,
    crops,
    rate_at,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from torch import Tensor

    from upbench.benchmark.core.contract import Layer
    from upbench.benchmark.training.roles.segment.data import Labels, Scenes, Split

__all__ = ["SegmentTraining", "begin"]

LOOKED_AT = 16
"""Validation images that are scored along training."""
MAPPED, COMMON = 4, 4
"""Validation images whose probability maps are transformed, and of how many classes: the most
common ones."""
TIMED = 9
"""Runs whose median is the time of one."""


def begin(layer: Layer, seed: int, data: Scenes, steps: int, device: str) -> SegmentTraining:
    """Return a training before its first step."""
    import torch

    from upbench.benchmark.training.roles.segment.network import Segmenter

    torch.manual_seed(seed)
    network = Segmenter(layer, len(data.classes))
    return SegmentTraining(network, seed, data, steps, device)


class SegmentTraining:
    """A segmentation network while it is trained.

    Args:
        network: As it begins; it is changed in place.
        seed: The seed of the crops.
        data: What it learns from and is scored on.
        steps: Steps in all.
        device: "cpu" or "cuda".
    """

    def __init__(self, network: Any, seed: int, data: Scenes, steps: int, device: str) -> None:
        import torch

        self.network = network.to(device, memory_format=torch.channels_last)
        self.seed, self.data, self.steps, self.device = seed, data, steps, device
        self.taken = 0
        options = optimiser_options(RATE, device)
        self.optimiser = torch.optim.AdamW(network.parameters(), weight_decay=DECAY, **options)
        weights = torch.tensor([*class_weights(data.frequencies), 0.0], dtype=torch.float32)
        self.weights_of = weights.to(device)
        """The weight of each class, and 0 for void."""
        self._captured = Captured(self._learn, device)
        self.untrained = self._scene_maps()

    def step(self) -> dict[str, float]:
        """Take a step on a batch of crops; return the weighted cross-entropy."""
        import torch

        images, labels = crops(self.data.train, self.data.crop, (self.seed, self.taken))
        set_rate(self.optimiser, rate_at(self.taken, self.steps), self.device)
        self.network.train()
        (loss,) = self._captured(torch.from_numpy(images), torch.from_numpy(labels))
        self.taken += 1
        return {"cross_entropy": loss}

    def _learn(self, images: Tensor, labels: Tensor) -> tuple[Tensor]:
        """Learn from a batch: uint8 ``(N, H, W, 3)`` and ``(N, H, W)``."""
        from torch.nn.functional import cross_entropy

        found, wanted = self.network(_as_input(images)), labels.long()
        total = cross_entropy(
            found, wanted, self.weights_of[:-1], ignore_index=self.data.void, reduction="sum"
        )
        # the weighted mean; 0 where all pixels are void
        loss = total / self.weights_of[wanted].sum().clamp(min=1e-6)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        return (loss.detach(),)

    def state(self) -> dict[str, Any]:
        """Return the network, the optimiser and the number of steps."""
        return {
            "taken": self.taken,
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state.

        Raises:
            ValueError, KeyError, TypeError, RuntimeError: It is of another network.
        """
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self._captured = Captured(self._learn, self.device)
        self.taken = int(state["taken"])

    def measure(self) -> dict[str, float | None]:
        """Score the network: on validation images, and on the test images once it is trained."""
        values: dict[str, float | None] = {}
        if self.taken >= self.steps:
            values |= self._test_scores() | self._costs()
        some = _evenly(len(self.data.validation.images), LOOKED_AT)
        tally = self._score(self.data.validation, some, boundaries=False)
        return values | {"validation_iou": tally.mean_iou} | self._lattice()

    def pictures(self) -> dict[str, NDArray[np.uint8]]:
        """Show predictions beside the truth, and a probability map before and after training."""
        test, colours = self.data.test, pictures.palette(self.data)
        rows = []
        for index in _evenly(len(test.images), pictures.ROWS):
            shown = (test.labels[index], self._classes(test.images[index]))
            rows.append((test.images[index], *(colours[labels] for labels in shown)))
        return {
            "predictions": pictures.sheet(rows),
            "probabilities": pictures.before_and_after(self.untrained, self._scene_maps()),
        }

    def weights(self) -> dict[str, Tensor]:
        """Return the network's weights in half precision: the scores change by less than 1e-3."""
        everything = self.network.state_dict().items()  # batch norm's counters have no use later
        return {name: value.half() for name, value in everything if value.is_floating_point()}

    def _test_scores(self) -> dict[str, float | None]:
        tally = self._score(self.data.test, range(len(self.data.test.images)), boundaries=True)
        return {key: getattr(tally, key) for key in ("mean_iou", "pixel_accuracy", "boundary_f")}

    def _score(self, split: Split, some: range | list[int], *, boundaries: bool) -> scores.Tally:
        tally = scores.Tally(len(self.data.classes))
        for index in some:
            predicted = self._classes(split.images[index])
            tally.add(split.labels[index], predicted, boundaries=boundaries)
        return tally

    def _classes(self, image: NDArray[np.uint8]) -> Labels:
        """Return the most probable class of each pixel: uint8, ``(H, W)``."""
        classes: Labels = self._predict(image[None])[0].argmax(axis=2).astype(np.uint8)
        return classes

    def _lattice(self) -> dict[str, float | None]:
        """Return the lattice energy of the probability maps at each period that fits."""
        some = _evenly(len(self.data.validation.images), MAPPED)
        common = np.argsort(-self.data.frequencies, kind="stable")[:COMMON]
        maps = [found[:, :, common] for found in self._predict(self.data.validation.images[some])]
        return {
            key: None if key in self.data.undefined else scores.lattice_db(maps, period)
            for period, key in ((period, f"lattice_{period}_db") for period in PERIODS)
        }

    def _costs(self) -> dict[str, float | None]:
        """Return weights, multiplications and time of one test image."""
        import torch
        from torch.utils.flop_counter import FlopCounterMode

        image, seconds = self.data.test.images[:1], []
        with FlopCounterMode(display=False) as counter:
            self._predict(image)
        for _ in range(TIMED):
            if self.device != "cpu":
                torch.cuda.synchronize()
            started = time.perf_counter()
            self._predict(image)
            seconds.append(time.perf_counter() - started)
        return {
            "parameters": sum(weight.numel() for weight in self.network.parameters()),
            "mega_macs": counter.get_total_flops() / 2e6,
            "ms": 1000 * median(seconds),
        }

    def _scene_maps(self) -> NDArray[np.float32]:
        """Return the probability maps of the first test image: ``(H, W, classes)``."""
        maps: NDArray[np.float32] = self._predict(self.data.test.images[:1])[0]
        return maps

    def _predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return probability maps: uint8 ``(N, H, W, 3)`` -> ``(N, H, W, classes)``.

        Sides that are no multiples of 16 are filled up with copies of the last pixel.
        """
        import torch

        height, width = images.shape[1:3]
        below, beside = -height % DEEPEST, -width % DEEPEST
        padded = np.pad(images, ((0, 0), (0, below), (0, beside), (0, 0)), mode="edge")
        self.network.eval()
        with torch.inference_mode():
            pixels = torch.from_numpy(padded).to(self.device)
            found = self.network(_as_input(pixels))[:, :, :height, :width].softmax(dim=1)
        maps: NDArray[np.float32] = found.permute(0, 2, 3, 1).float().cpu().numpy()
        return maps


def _as_input(images: Tensor) -> Tensor:
    """Return images as the network takes them: ``(N, H, W, 3)`` -> ``(N, 3, H, W)`` in [0, 1]."""
    import torch

    return (images.permute(0, 3, 1, 2).float() / 255).contiguous(memory_format=torch.channels_last)


def _evenly(length: int, most: int) -> list[int]:
    """Return at most so many indices, evenly spread.

    >>> _evenly(10, 4)
    [0, 3, 6, 9]
    """
    return [int(index) for index in np.linspace(0, length - 1, min(most, length)).round()]
