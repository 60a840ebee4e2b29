"""How a segmentation network is trained: batches, the classes' weights, the learning rate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Image8
    from upbench.benchmark.training.roles.segment.data import Labels, Split

__all__ = ["BATCH", "DECAY", "RATE", "class_weights", "crops", "rate_at"]

BATCH = 8
RATE, WARM_UP, DECAY = 3e-3, 50, 1e-2
"""AdamW's highest rate, the steps until it is reached, and its weight decay."""
EVEN_OUT = 0.5
"""How far class weights even out the classes: 0 not at all, 1 wholly."""


def crops(split: Split, size: tuple[int, int], seed: tuple[int, int]) -> tuple[Image8, Labels]:
    """Cut a batch out of training images, each mirrored or not.

    Args:
        split: The training images.
        size: Height and width of a crop.
        seed: The training's seed and the step: the batch follows from them alone.

    Returns:
        uint8 ``(BATCH, h, w, 3)`` and ``(BATCH, h, w)``.
    """
    rng = np.random.default_rng(seed)
    images, labels = [], []
    for index in rng.integers(len(split.images), size=BATCH):
        top, left = (int(rng.integers(a - b + 1)) for a, b in zip(split.size, size, strict=True))
        turn = slice(None, None, -1 if rng.integers(2) else 1)
        place = (index, slice(top, top + size[0]), slice(left, left + size[1]))
        images.append(split.images[place][:, turn])
        labels.append(split.labels[place][:, turn])
    return np.stack(images), np.stack(labels)


def class_weights(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the classes' weights in the loss: ``(median / frequency)^0.5``; 0 for absent ones.

    The square root of median frequency balancing (D. Eigen and R. Fergus, arXiv:1411.4734, with
    which SegNet was trained): whole balancing makes rare classes too common at few steps.  Here
    frequencies are shares of all images' pixels; there, of those images that show the class.
    """
    present = frequencies > 0
    middle = np.median(frequencies[present]) if present.any() else 1.0
    weights = np.zeros_like(frequencies)
    weights[present] = (middle / frequencies[present]) ** EVEN_OUT
    return weights


def rate_at(step: int, steps: int) -> float:
    """Return the learning rate of a step, counted from 0: a short rise, then half a cosine."""
    rise = min(1.0, (step + 1) / max(1, min(WARM_UP, steps // 4)))
    return RATE * rise * 0.5 * (1 + math.cos(math.pi * step / steps))
