"""The impulse response of a method, and how far it says everything about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.theory.probe.stimuli import flat, impulse, noise

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Floats, Plane
    from upbench.benchmark.theory.probe.probed import ProbedMethod

__all__ = ["ImpulseResponse", "linearity_error", "probe_impulse", "shift_error"]

SIDE = 33
"""Low-resolution pixels of the impulse's image; the impulse is in the middle."""
HEIGHT = 0.25
"""Of the impulse, above its background."""
GREYS = (0.3, 0.5, 0.7)
"""Backgrounds of the impulse; the response is that on the middle one."""

_MARGIN, _INNER = 16, 24  # low-resolution pixels of the noise images


@dataclass(frozen=True)
class ImpulseResponse:
    """The response to a single pixel, per unit of its height, mean over channels."""

    response: Plane
    """``(33 s, 33 s)``; the pixel covers rows and columns 16 s to 17 s."""
    polyphase: Floats
    """``(s, s, 33, 33)``: for each output phase, the response on the low-resolution grid."""
    level_dependence: float
    """Largest RMS difference of the response on darker and lighter grey, relative to its RMS."""

    @property
    def dc_gains(self) -> Plane:
        """The sum of each polyphase component, ``(s, s)``: what it makes of a constant 1."""
        return np.asarray(self.polyphase.sum(axis=(2, 3)))


def probe_impulse(probed: ProbedMethod) -> ImpulseResponse:
    """Feed a single brighter pixel on three greys."""
    darker, response, lighter = (_response(probed, grey) for grey in GREYS)
    s = probed.scale
    size = _rms(response)
    change = max(_rms(one - response) for one in (darker, lighter))
    return ImpulseResponse(
        response=response,
        polyphase=response.reshape(SIDE, s, SIDE, s).transpose(1, 3, 0, 2),
        level_dependence=change / size if size > 0 else 0.0,
    )


def linearity_error(probed: ProbedMethod) -> float:
    """Compare the enlarged mean of two noise images with the mean of the enlarged ones.

    Returns:
        RMS of the difference, relative to half the RMS difference of the two outputs; 0 for a
        linear method, with a constant added or not.
    """
    side = _INNER + 2 * _MARGIN
    one, two = (noise(side, probed.channels, seed) for seed in (1, 2))
    first, second, both = (probed(low) for low in (one, two, (one + two) * np.float32(0.5)))
    return _ratio(both - (first + second) / 2, (first - second) / 2)


def shift_error(probed: ProbedMethod) -> float:
    """Move a noise image by one pixel; its enlargement must move by s pixels.

    Returns:
        RMS of the difference away from the border, relative to the RMS contrast of the output.
    """
    large = noise(_INNER + 2 * _MARGIN + 1, probed.channels, 3)
    s, edge = probed.scale, _MARGIN * probed.scale
    still, moved = (probed(low) for low in (large[:-1, :-1], large[1:, 1:]))
    here = still[edge + s : -edge, edge + s : -edge]
    there = moved[edge : -edge - s, edge : -edge - s]
    return _ratio(there - here, here - here.mean(axis=(0, 1)))


def _response(probed: ProbedMethod, grey: float) -> Plane:
    background = probed.grey(flat(SIDE, np.full(probed.channels, grey)))
    return (probed.grey(impulse(SIDE, probed.channels, grey, HEIGHT)) - background) / HEIGHT


def _rms(values: Floats) -> float:
    return float(np.sqrt(np.square(values).mean()))


def _ratio(error: Floats, signal: Floats) -> float:
    size = _rms(signal)
    return _rms(error) / size if size > 0 else 0.0
