"""By how much a stack of layers moves the picture: the centroid of its impulse response."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from upbench.benchmark.theory.layers.periodic import Step

    Floats: TypeAlias = NDArray[np.float64]

__all__ = ["impulse_response", "registration_offset"]


def impulse_response(steps: Sequence[Step], channels: int) -> tuple[Floats, tuple[int, int]]:
    """Return what layers make of one pixel of 1 in each channel, without their biases.

    Args:
        steps: The layers.
        channels: How many channels the first one takes.

    Returns:
        float64 ``(in, out, h, w)``, and the output position (y, x) of its first element when the
        pixel is at input position (0, 0).
    """
    import numpy as np

    scale, ends = zip(*(_ends(steps, axis) for axis in (0, 1)), strict=True)
    size = [(high - low) // s + 2 for s, (low, high) in zip(scale, ends, strict=True)]
    cell = np.zeros((channels + 1, channels, *size))
    cell[1:, :, 0, 0] = np.eye(channels)
    for step in steps:
        cell = step(cell)
    rows, columns = (
        np.arange(low, high + 1) % (s * n)
        for s, n, (low, high) in zip(scale, size, ends, strict=True)
    )
    found = (cell[1:] - cell[:1])[:, :, rows[:, None], columns]
    return found, (ends[0][0], ends[1][0])


def registration_offset(steps: Sequence[Step], channels: int) -> tuple[float, float]:
    """Return by how much layers move a grey image, (down, right) in output pixels.

    The centroid of the impulse response, all channels together, from the half-pixel centre of its
    input pixel.  Meaningful where the response is mostly of one sign: random weights that nearly
    cancel have a centroid far away.

    Returns:
        0 and 0 keep the half-pixel grid; NaN where the response adds up to 0 and has no centroid.
    """
    import numpy as np

    response, first = impulse_response(steps, channels)
    grey = response.sum(axis=(0, 1))
    total = float(grey.sum())
    if abs(total) <= 1e-12 * float(np.abs(response).sum()):
        return nan, nan
    scale = [_ends(steps, axis)[0] for axis in (0, 1)]
    down, right = (
        first[axis]
        + float(grey.sum(axis=1 - axis) @ np.arange(grey.shape[axis])) / total
        - (scale[axis] - 1) / 2
        for axis in (0, 1)
    )
    return down, right


def _ends(steps: Sequence[Step], axis: int) -> tuple[int, tuple[int, int]]:
    """Return the total factor on an axis, and where the response to input pixel 0 can lie."""
    scale, ends = 1, (0, 0)
    for step in steps:
        scale, ends = scale * step.scale[axis], step.reach(*ends, axis)
    return scale, ends
