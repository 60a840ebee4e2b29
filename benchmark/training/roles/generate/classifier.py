"""A small classifier of ten classes whose features the Fréchet distance is measured on.

It is trained here, on the training half, from a fixed seed, and kept in the cache: what is
compared is layers on these images, so no weights from elsewhere are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core import weights
from upbench.benchmark.core.environment import library_version
from upbench.benchmark.core.hashing import digest_of, module_hash
from upbench.benchmark.imaging.download import cache_folder
from upbench.benchmark.training.roles.generate.data import as_input

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import nn

    from upbench.benchmark.training.roles.generate.data import Images

__all__ = ["accuracy", "classifier", "features"]

FEATURES = 64
STEPS = 600
BATCH = 64
RATE = 2e-3
AT_ONCE = 500
"""Images that are classified at once."""


def classifier(images: Images) -> nn.Sequential:
    """Return the trained classifier of some images; it is trained once and kept in the cache.

    Raises:
        StoreError: The cache folder cannot be written.
    """
    import torch

    network = _network(images.channels)
    file = _file(images)
    try:
        tensors, _ = weights.load(file)
        network.load_state_dict({name: torch.tensor(one) for name, one in tensors.items()})
    except (FileNotFoundError, ValueError, RuntimeError):
        _train(network, images)
        kept = {name: value.numpy() for name, value in network.state_dict().items()}
        weights.save(file, kept, {"accuracy": accuracy(network, images)})
    return network.eval()


def features(network: nn.Sequential, images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return what the classifier's last layer sees: ``(N, 64)``."""
    return _run(network[:-1], images)


def accuracy(network: nn.Sequential, images: Images) -> float:
    """Return the share of held-out images that are classified right."""
    found = _run(network.eval(), images.held_out).argmax(axis=1)
    return float((found == images.held_out_labels).mean())


def _run(network: Any, images: NDArray[np.uint8]) -> NDArray[np.float64]:
    import torch

    with torch.inference_mode():
        parts = [
            network(as_input(images[start : start + AT_ONCE])).double().numpy()
            for start in range(0, len(images), AT_ONCE)
        ]
    return np.concatenate(parts)


def _network(channels: int) -> nn.Sequential:
    import torch
    from torch import nn

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(channels, 16, 3, 2, 1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, 2, 1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.Conv2d(32, FEATURES, 3, 2, 1),
            nn.BatchNorm2d(FEATURES),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(FEATURES * 16, FEATURES),
            nn.ReLU(),
            nn.Linear(FEATURES, 10),
        )


def _train(network: nn.Sequential, images: Images) -> None:
    """Train by Adam on the training half; batches follow from the step."""
    import torch

    labels = np.asarray(images.labels)
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
    network.train()
    for step in range(STEPS):
        chosen = np.random.default_rng((0, step)).integers(len(images.training), size=BATCH)
        wanted = torch.from_numpy(labels[chosen].astype(np.int64))
        optimiser.zero_grad()
        found = network(as_input(images.training[chosen]))
        loss = torch.nn.functional.cross_entropy(found, wanted)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()


def _file(images: Images) -> Path:
    parts = [images.digest, module_hash(__name__), library_version("torch")]
    return cache_folder() / "training" / f"classifier-{digest_of(parts)[:16]}.safetensors"
