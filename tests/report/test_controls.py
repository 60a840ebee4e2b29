"""The positive controls of the checkerboard section."""

from __future__ import annotations

import json

import pytest
from untrained import summarise_untrained

from upbench.benchmark.report.page.sections.checkerboards.controls import (
    UNTRAINED,
    controls,
    grey_levels,
    phase_gain,
)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_phase_one_percent_brighter_is_found(scale: int) -> None:
    """It is above 1 dB, below which an image is clean; its amplitude is that of its level."""
    one = phase_gain(scale)
    assert one.name == "one phase 1% brighter"
    assert one.level_db > 1
    assert one.grey_levels == pytest.approx(grey_levels(one.level_db))
    assert phase_gain(scale, 0.0).level_db == 0
    assert phase_gain(scale, 0.04).level_db > one.level_db + 6


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_controls_rise_and_end_with_untrained_layers(scale: int) -> None:
    """In dB and in grey levels."""
    found = controls(scale)
    levels = [one.level_db for one in found]
    assert levels == sorted(levels)
    assert found[-1].name.startswith("untrained cnn-")
    assert found[-1].level_db > 40
    assert found[-1].grey_levels > 30


@pytest.mark.parametrize("scale", [1.5, 0.5, 16])
def test_a_scale_without_a_lattice_in_the_photograph_has_no_control(scale: float) -> None:
    """A fraction, and one whose cells are too few."""
    assert controls(scale) == ()


def test_stored_levels_are_those_of_the_study() -> None:
    """After another study, run results/learned/untrained.py."""
    assert json.loads(UNTRAINED.read_text())["median_db"] == summarise_untrained()
