"""By how much a stack of layers moves the picture: the centroid of its impulse response."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.theory.layers.periodic import Convolution, Transposed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.theory.layers.periodic import Step

__all__ = ["registration_offset"]


def registration_offset(steps: Sequence[Step], channels: int) -> tuple[float, float]:
    """Return by how much layers move a grey image, (down, right) in output pixels.

    The centroid of the response to one pixel, all channels together and without biases, from the
    half-pixel centre of that pixel.  Meaningful where the response is mostly of one sign: random
    weights that nearly cancel have a centroid far away.

    Args:
        steps: The layers.
        channels: How many channels the first one takes.

    Returns:
        0 and 0 keep the half-pixel grid; NaN where the response adds up to 0 and has no centroid.
    """
    middle = sum(map(_extent, steps))
    size = 2 * middle + 1
    cell = np.zeros((channels + 1, channels, size, size))
    cell[1:, :, middle, middle] = np.eye(channels)
    for step in steps:
        cell = step(cell)
    response = cell[1:] - cell[:1]
    grey = response.sum(axis=(0, 1))
    total = float(grey.sum())
    if abs(total) <= 1e-12 * float(np.abs(response).sum()):
        return nan, nan
    down, right = (
        float(grey.sum(axis=1 - axis) @ (np.arange(length) + 0.5)) / total
        - (middle + 0.5) * (length // size)
        for axis, length in enumerate(grey.shape)
    )
    return down, right


def _extent(step: Step) -> int:
    """Return how far from its input pixel a step can write, in its input pixels, at most."""
    if not isinstance(step, Convolution | Transposed):
        return 2
    return int(np.max(np.multiply(step.weight.shape[2:], step.dilation))) + max(step.padding)
