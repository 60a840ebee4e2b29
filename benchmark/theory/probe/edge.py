"""What becomes of a slanted edge: how wide, how overshot, how sharp.

The slant spreads the samples over all distances from the edge, so its profile can be read finer
than the pixels lie (the method of ISO 12233).  The edge that is fed is one low-resolution pixel
wide, as an area-averaging camera sees it; its own blur is part of the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.theory.probe.stimuli import EDGE_ANGLE, slanted_edge

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Plane
    from upbench.benchmark.theory.probe.probed import ProbedMethod

__all__ = ["Edge", "probe_edge"]

SIDE = 65
"""Low-resolution pixels per side."""
BINS = 4
"""Profile samples per output pixel."""

_MARGIN, _REACH = 16, 8  # low-resolution pixels: dropped at the border, kept beside the edge


@dataclass(frozen=True)
class Edge:
    """The profile across an edge; positions are in output pixels, the edge is at 0."""

    picture: Plane
    """What the method made of it, ``(65 s, 65 s)``."""
    position: Plane
    """``(n,)``."""
    profile: Plane
    """``(n,)``: 0 on the dark side, 1 on the light one."""
    rise_px: float | None
    """Distance from 10 % to 90 %; None where the profile does not cross them."""
    overshoot: float
    """How far the profile leaves [0, 1] at most, as a part of the edge's height."""
    mtf50: float | None
    """Frequency at which contrast has fallen to half, in cycles per output pixel."""


def probe_edge(probed: ProbedMethod) -> Edge:
    """Feed a slanted edge and read the profile across it."""
    picture = probed.grey(slanted_edge(SIDE, probed.channels))
    position, profile = _profile(picture, probed.scale)
    return Edge(
        picture=picture,
        position=position,
        profile=profile,
        rise_px=_rise(position, profile),
        overshoot=max(0.0, float(profile.max()) - 1, -float(profile.min())),
        mtf50=_mtf50(profile),
    )


def _profile(picture: Plane, scale: int) -> tuple[Plane, Plane]:
    """Average the pixels by their distance from the edge; scale the ends to 0 and 1."""
    rows, columns = np.ogrid[: picture.shape[0], : picture.shape[1]]
    rows, columns = (axis - (SIDE * scale - 1) / 2 for axis in (rows, columns))
    inner = slice(_MARGIN * scale, -_MARGIN * scale)
    distance = (columns * np.cos(EDGE_ANGLE) + rows * np.sin(EDGE_ANGLE))[inner]
    reach = _REACH * scale
    at = np.rint(distance * BINS).astype(np.intp) + reach * BINS
    kept = (at >= 0) & (at <= 2 * reach * BINS)
    count = np.bincount(at[kept])
    mean = np.bincount(at[kept], picture[inner][kept]) / np.maximum(count, 1)
    place = np.arange(count.size)
    filled = np.interp(place, place[count > 0], mean[count > 0])
    end = scale * BINS  # the last low-resolution pixel on each side
    dark, light = filled[:end].mean(), filled[-end:].mean()
    height = light - dark if light != dark else 1.0
    return (place - reach * BINS) / BINS, (filled - dark) / height


def _rise(position: Plane, profile: Plane) -> float | None:
    """Return the distance between the last 10 % before, and the first 90 % after, the middle."""
    middle = int(np.argmax(profile >= 0.5))
    low = np.flatnonzero(profile[: middle + 1] <= 0.1)
    high = np.flatnonzero(profile[middle:] >= 0.9)
    if not (low.size and high.size):
        return None
    below, above = int(low[-1]), middle + int(high[0])
    start = np.interp(0.1, profile[below : below + 2], position[below : below + 2])
    stop = np.interp(0.9, profile[above - 1 : above + 1], position[above - 1 : above + 1])
    return float(stop - start)


def _mtf50(profile: Plane) -> float | None:
    """Return where the spectrum of the profile's derivative falls to half."""
    derivative = np.diff(profile) * np.hanning(profile.size - 1)
    contrast = np.abs(np.fft.rfft(derivative, 8 * derivative.size))
    frequency = np.fft.rfftfreq(8 * derivative.size, 1 / BINS)
    if contrast[0] == 0:
        return None
    # bins and differences of neighbours damp by sinc(f / BINS) each: not the method's doing
    contrast = contrast / contrast[0] / np.sinc(frequency / BINS) ** 2
    below = np.flatnonzero(contrast < 0.5)
    if not below.size or below[0] == 0:
        return None
    pair = slice(below[0], below[0] - 2, -1) if below[0] > 1 else slice(1, None, -1)
    return float(np.interp(0.5, contrast[pair], frequency[pair]))
