"""What the weights of an upsampling layer do to a flat area, and to one pixel.

A linear layer of factor s leaves a flat area flat, for every colour, if and only if its s x s
polyphase components have equal DC gains: H. Kiya et al., 1998; Y. Sugawara, S. Shiota and H. Kiya,
arXiv:1806.02658.  A bias can make a pattern too, if it differs between the phases, as it may in
front of a pixel shuffle.  ``gain_ripple`` says how far the gains are from equal.
"""

from __future__ import annotations

from math import inf, nan, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.theory.arithmetic.sizes import whole_number
from upbench.benchmark.theory.layers.periodic import Convolution, Transposed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.theory.layers.periodic import Step


class PhaseResponse(NamedTuple):
    """What a stack of linear layers makes of a flat field: each phase's level, for any colour."""

    gains: Floats
    """``(sh, sw, out, in)``: the DC gain matrix of output phase (p, q)."""
    bias: Floats
    """``(sh, sw, out)``: what a black field becomes."""

    @property
    def ripple(self) -> float:
        """The gains' :func:`gain_ripple`; 0 is free of checkerboards that follow the picture."""
        return gain_ripple(self.gains)

    def levels(self, colour: ArrayLike) -> Floats:
        """Return the level of each phase on a flat field of this colour: ``(sh, sw, out)``."""
        return np.asarray(self.gains @ np.asarray(colour, dtype=np.float64) + self.bias)


def phase_response(steps: Sequence[Step], channels: int) -> PhaseResponse:
    """Return what layers, one after another, make of a flat field far from the border.

    Args:
        steps: The layers.
        channels: How many channels the first one takes.
    """
    # Black, then a field of 1 in each channel alone.
    cell: Floats = np.vstack([np.zeros((1, channels)), np.eye(channels)])[:, :, None, None]
    for step in steps:
        cell = step(cell)
    phases = cell.transpose(2, 3, 1, 0)
    return PhaseResponse(gains=phases[..., 1:] - phases[..., :1], bias=phases[..., 0])


def gain_ripple(gains: ArrayLike) -> float:
    """Return how far the phases' DC gains are from equal, relative to their mean G.

    sqrt(mean over phases of ||G_p - G||^2 / ||G||^2) with Frobenius norms.  0 is the condition of
    Sugawara, Shiota and Kiya; zero-mean random weights have about sqrt(s^2 - 1), whether they
    overlap evenly or not.

    Args:
        gains: ``(sh, sw)``, or ``(sh, sw, out, in)``.

    Returns:
        The ratio, 0 or more; infinite where the mean gain is 0 and the gains are not.
    """
    values = np.asarray(gains, dtype=np.float64)
    mean = values.mean(axis=(0, 1))
    phases = values.shape[0] * values.shape[1]
    variation = float(np.square(values - mean).sum()) / phases
    power = float(np.square(mean).sum())
    if not variation:
        return 0.0
    return sqrt(variation / power) if power else inf


def icnr_weight(weight: ArrayLike, factor: int) -> Floats:
    """Return sub-pixel weights after ICNR: every kernel r x r times.

    Args:
        weight: ``(out, in, kh, kw)``.
        factor: The shuffle's factor r.

    Returns:
        float64 ``(out * r * r, in, kh, kw)``.

    Raises:
        UsageError: The weights have another layout, or the factor is no whole number.
    """
    return weights(weight).repeat(whole_number("factor", factor, 1) ** 2, axis=0)


def weights(values: ArrayLike) -> Floats:
    """Return layer weights as float64 with four axes.

    Raises:
        UsageError: They are not numbers, or have not four axes of at least one element.
    """
    try:
        taps = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError("The weights must be an array of numbers with four axes.") from None
    if taps.ndim != 4 or not taps.size:
        raise UsageError(
            f"The weights must have four axes, channels twice, height and width; got {taps.shape}."
        )
    return taps


def centroid_offset(steps: Sequence[Step], channels: int) -> tuple[float, float]:
    """Return by how much layers move a grey image, (down, right) in output pixels.

    The centroid of the response to one pixel, all channels together and without biases, from the
    half-pixel centre of that pixel.  Meaningful where the response is mostly of one sign: random
    weights that nearly cancel have a centroid far away.

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
