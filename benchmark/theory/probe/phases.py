"""What becomes of flat fields and slow tones: the faults that make checkerboards.

An upsampler by s repeats the spectrum of its input around every lattice frequency (k/s, l/s).  How
strongly the repeats of what is flat or slow remain tells the kind of fault: unequal levels of a
flat field (order 0, a checkerboard), unequal slopes (order 1, blocks), and so on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.metrics.checkerboard import decibel
from upbench.benchmark.theory.probe.stimuli import flat, tone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Floats, Plane
    from upbench.benchmark.theory.probe.probed import ProbedMethod

__all__ = ["Flat", "Tone", "probe_flat", "probe_tone"]

MARGIN = 16
"""Low-resolution pixels dropped on each side: what the border does is not probed."""
FLAT_SIDE, TONE_SIDE = 4, 64
"""Low-resolution pixels that are kept."""
GREYS = (0.1, 0.3, 0.5, 0.7, 0.9)
COLOURS = np.concatenate([np.where(np.eye(3), 0.8, 0.2), np.where(np.eye(3), 0.2, 0.8)])
STEP, WIDE_STEP = 0.05, 0.25
"""Half the difference of the two levels between which a gain is measured: around each colour, and
on mid grey, where a step fits that float32 resolves better."""
SLOW, FAST = 1 / 32, 1 / 16
"""The tones, in cycles per low-resolution pixel: whole periods of TONE_SIDE."""

_GREY_LEVELS = 255.0
_OCTAVE_DB = 20 * math.log10(2)


@dataclass(frozen=True)
class Flat:
    """What becomes of flat fields."""

    ripple: float
    """RMS of (phase level - mean level) over phases, channels and colours, in grey levels."""
    ripple_max: float
    """The largest of them."""
    ripple_db: float
    """``10 log10(1 + 12 ripple^2)``: the scale of ``checkerboard_db``."""
    gain_ripple: float
    """RMS over phases of (gain - mean gain), relative to the mean gain; 0 where all phases have
    one DC gain."""
    levels: Plane
    """``(s, s)``: level of each phase on mid grey, in grey levels, mean over channels."""
    gains: Floats
    """``(s, s, C, C)``: what each phase of an output channel adds for each input channel."""


def probe_flat(probed: ProbedMethod) -> Flat:
    """Feed flat greys and, with three channels, colours; compare the levels of the s x s phases."""
    colours = [np.full(probed.channels, grey) for grey in GREYS]
    if probed.channels == 3:
        colours += [*COLOURS]
    levels = [_phase_levels(probed, colour) for colour in colours]
    off = [_centred(level) for level in levels]
    power = float(np.mean([np.square(one).mean() for one in off]))
    gains = [_gain(probed, colour, np.full(probed.channels, STEP)) / STEP for colour in colours]
    uneven = sum(float(np.square(_centred(gain)).mean()) for gain in gains)
    even = sum(float(np.square(gain.mean(axis=(0, 1))).mean()) for gain in gains)
    middle = np.full(probed.channels, 0.5)
    single = [_gain(probed, middle, WIDE_STEP * one) for one in np.eye(probed.channels)]
    return Flat(
        ripple=math.sqrt(power),
        ripple_max=max(float(np.abs(one).max()) for one in off),
        ripple_db=decibel(power),
        gain_ripple=math.sqrt(uneven / even) if even > 0 else 0.0,
        levels=levels[GREYS.index(0.5)].mean(axis=2),
        gains=np.stack(single, axis=3) / WIDE_STEP,
    )


def _phase_levels(probed: ProbedMethod, colour: Floats) -> Floats:
    """Return the mean of each phase on a flat field, ``(s, s, C)`` in grey levels."""
    inner = _inner(probed(flat(FLAT_SIDE + 2 * MARGIN, colour)), probed.scale)
    s, channels = probed.scale, probed.channels
    cells = inner.reshape(FLAT_SIDE, s, FLAT_SIDE, s, channels)
    return np.asarray(cells.mean(axis=(0, 2)) * _GREY_LEVELS)


def _gain(probed: ProbedMethod, colour: Floats, step: Floats) -> Floats:
    """Return half the change of each phase from colour - step to colour + step, ``(s, s, C)``."""
    above, below = (_phase_levels(probed, colour + sign * step) for sign in (1, -1))
    return (above - below) / (2 * _GREY_LEVELS)


def _centred(phases: Floats) -> Floats:
    return np.asarray(phases - phases.mean(axis=(0, 1)))


def _inner(output: Floats, scale: int) -> Floats:
    return output[MARGIN * scale : -MARGIN * scale, MARGIN * scale : -MARGIN * scale]


# ------------------------------------------------------------------ slow tones


@dataclass(frozen=True)
class Tone:
    """What becomes of slow tones."""

    image_db_32: float
    """Power that lands around the lattice for a tone of 1/32 cycle per low-resolution pixel,
    relative to the tone, in dB."""
    image_db_16: float
    """The same for 1/16."""
    order: float
    """How many powers of the frequency the repeats fall with: 0 checkerboard, 1 blocks,
    2 bilinear, 3 cubic.  Read it beside the levels: below -100 dB it is rounding."""
    shift_px: tuple[float, float]
    """How far slow tones are moved against half-pixel sampling, (down, right) in output pixels."""


def probe_tone(probed: ProbedMethod) -> Tone:
    """Feed slow tones along both axes; set the power near the lattice against the tone's."""
    spectra = {
        frequency: [_tone_spectrum(probed, frequency, axis) for axis in (0, 1)]
        for frequency in (SLOW, FAST)
    }
    slow, fast = (
        _image_db(spectra[frequency], round(frequency * TONE_SIDE)) for frequency in (SLOW, FAST)
    )
    down, right = (_shift(spectra[SLOW][axis], probed.scale, axis) for axis in (0, 1))
    return Tone(slow, fast, (fast - slow) / _OCTAVE_DB, (down, right))


def _tone_spectrum(probed: ProbedMethod, frequency: float, axis: int) -> NDArray[np.complex128]:
    low = tone(TONE_SIDE + 2 * MARGIN, probed.channels, frequency, axis, MARGIN)
    return np.asarray(np.fft.fft2(_inner(probed(low), probed.scale), axes=(0, 1)))


def _image_db(spectra: list[NDArray[np.complex128]], bins: int) -> float:
    """Return the power at (k/s + {-f, 0, f}/s, l/s), (k, l) not 0, over that at +-f/s."""
    image = wanted = 0.0
    for axis, spectrum in enumerate(spectra):
        power = np.square(np.abs(spectrum)).sum(axis=2)
        along = power if axis == 0 else power.T
        lattice = along[:, ::TONE_SIDE]
        near = np.stack([np.roll(lattice, -d, axis=0)[::TONE_SIDE] for d in (-bins, 0, bins)])
        wanted += float(near[0, 0, 0] + near[2, 0, 0])
        near[:, 0, 0] = 0
        image += float(near.sum())
    floor = 1e-12 * wanted + 1e-30  # float32 carries no more
    return 10 * math.log10((image + floor) / (wanted + 1e-30))


def _shift(spectrum: NDArray[np.complex128], scale: int, axis: int) -> float:
    """Return how far the slow tone lies behind half-pixel sampling, in output pixels."""
    bins = round(SLOW * TONE_SIDE)
    found = complex(spectrum[(bins, 0) if axis == 0 else (0, bins)].sum())
    # the tone starts at pixel MARGIN, whose centre is at (s - 1) / 2 output pixels
    start = 0.3 - math.pi / 2 - 2 * math.pi * SLOW * (scale - 1) / (2 * scale)
    late = found * complex(math.cos(start), -math.sin(start))
    if late.real < 0:  # a method that turns black to white has not moved the picture
        late = -late
    return -math.atan2(late.imag, late.real) * scale / (2 * math.pi * SLOW)
