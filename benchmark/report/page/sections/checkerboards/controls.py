"""Positive controls: what the checkerboard level says of pictures that have a checkerboard.

Two kinds, so that a reader sees what the scale means:

- a phase gain: an embedded photograph, of which one of the scale x scale phases is 1 % brighter;
- untrained upsampling layers: medians over the random seeds of a study, in ``untrained.json``.

A report runs no method, so the second kind is stored: ``results/learned/untrained.py`` writes it
from the study's table.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from upbench.benchmark.metrics.checkerboard import ROUNDING_POWER

UNTRAINED = Path(__file__).with_name("untrained.json")
PHOTOGRAPH = "camera"
GAIN = 0.01
LOUDEST = 3000.0
"""A level in dB; the pattern behind a much higher one is too strong for a number."""
LARGEST = 13
"""The largest scale at which the photograph is large enough for the level."""


@dataclass(frozen=True)
class Control:
    """A picture with a known checkerboard, or a layer that makes one."""

    name: str
    level_db: float
    """What ``checkerboard_db`` says."""
    grey_levels: float
    """The root mean square of the pattern; a grey level is 1/255 of full scale."""


def controls(scale: object) -> tuple[Control, ...]:
    """Return the controls of a scale, the strongest last; of a fraction there are none."""
    if not isinstance(scale, int) or not 2 <= scale <= LARGEST:
        return ()
    stored = json.loads(UNTRAINED.read_text(encoding="utf-8"))["median_db"]
    layers = [
        Control(f"untrained {name}", level, grey_levels(level))
        for name, level in stored.get(str(scale), {}).items()
    ]
    return tuple(sorted([phase_gain(scale), *layers], key=lambda one: one.level_db))


@cache
def phase_gain(scale: int, gain: float = GAIN) -> Control:
    """Return the control of one phase that is brighter by a gain, in a photograph of 8 bits."""
    from upbench.benchmark.imaging.embedded import read_embedded
    from upbench.benchmark.metrics.checkerboard import lattice_score

    true = read_embedded(PHOTOGRAPH).mean(axis=2, dtype=np.float64)
    brighter = true.copy()
    brighter[::scale, ::scale] *= 1 + gain
    output = np.rint(255 * brighter.clip(0, 1)) / 255
    score = lattice_score(output, scale, true)
    return Control(f"one phase {gain:.0%} brighter", score.level_db, score.amplitude)


def grey_levels(level_db: float) -> float:
    """Return the root mean square of the pattern behind a level.

    >>> round(grey_levels(11), 1), grey_levels(0)
    (1.0, 0.0)
    """
    ratio = 10 ** (min(level_db, LOUDEST) / 10)
    return math.sqrt(max(0.0, ratio - 1) * ROUNDING_POWER)
