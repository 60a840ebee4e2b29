"""The numbers beside the checkerboard level: its height, its share, and what it is not."""

from __future__ import annotations

import numpy as np
import pytest
from photograph import CHECKER, COLUMN, GREY

from upbench.benchmark.metrics.checkerboard import lattice_score
from upbench.benchmark.metrics.lattice_numbers import (
    checkerboard_amplitude,
    checkerboard_nr,
    checkerboard_share,
    prominence,
    staircase,
)

# checkerboard_amplitude


@pytest.mark.parametrize("amplitude", [1.0, 4.0, 16.0])
def test_it_is_the_height_of_a_pattern(amplitude: float) -> None:
    """A checker of a grey levels RMS on a photograph is found within 10 %, in any data range."""
    output = GREY + amplitude / 255 * CHECKER
    found = checkerboard_amplitude(GREY, output, 2)
    assert found == pytest.approx(amplitude, rel=0.1)
    assert checkerboard_amplitude(GREY * 255, output * 255, 2, data_range=255) == pytest.approx(
        found
    )


def test_it_is_proportional_to_contrast() -> None:
    """Half the contrast of both images is half the amplitude."""
    output = GREY + 4 / 255 * CHECKER
    halved = checkerboard_amplitude(GREY / 2, output / 2, 2)
    assert halved == pytest.approx(checkerboard_amplitude(GREY, output, 2) / 2, rel=1e-9)


def test_it_agrees_with_the_level() -> None:
    """The level is ``10 log10(1 + 12 amplitude^2)``."""
    output = GREY + 2 / 255 * CHECKER
    level = 10 * np.log10(1 + 12 * checkerboard_amplitude(GREY, output, 2) ** 2)
    assert level == pytest.approx(lattice_score(output, 2, GREY).level_db)


# checkerboard_nr


def test_the_reference_is_not_looked_at() -> None:
    """Any reference gives the same level, that of ``lattice_score`` without one."""
    output = GREY + 4 / 255 * CHECKER
    level = checkerboard_nr(GREY, output, 2)
    assert level == checkerboard_nr(output, output, 2) == lattice_score(output, 2).level_db
    assert 15 < level < 25


def test_real_texture_of_the_period_counts() -> None:
    """Unlike the level with a reference, it takes a woven cloth for a checkerboard."""
    weave = GREY + 8 / 255 * CHECKER
    assert checkerboard_nr(weave, weave, 2) > 20
    assert lattice_score(weave, 2, weave).level_db == 0


# checkerboard_share


def test_a_pattern_alone_is_nearly_all_of_the_error() -> None:
    """Where the pattern is the only error, the share is 1 but for the margin."""
    assert checkerboard_share(GREY, GREY + 8 / 255 * CHECKER, 2) > 0.95


def test_no_error_has_no_share() -> None:
    """Identical images have a share of 0, not of 0 / 0."""
    assert checkerboard_share(GREY, GREY, 2) == 0


def test_it_is_a_share_of_the_mean_squared_error() -> None:
    """It is P / MSE, with P from the amplitude, also inside a border."""
    blurred = (GREY + np.roll(GREY, 1, 0) + np.roll(GREY, 1, 1)) / 3
    output = blurred + 2 / 255 * CHECKER
    score = lattice_score(output, 2, GREY, border=3)
    inner = (slice(4, -4), slice(4, -4))
    error = np.mean((255 * (output - GREY)[inner]) ** 2)
    assert score.share == pytest.approx(score.amplitude**2 / error)
    assert 0 < checkerboard_share(GREY, output, 2) < 0.5


def test_contrast_does_not_change_it() -> None:
    """Half the contrast of both images has the same share."""
    output = np.roll(GREY, 1, 0) + 4 / 255 * CHECKER
    halved = checkerboard_share(GREY / 2, output / 2, 2)
    assert halved == pytest.approx(checkerboard_share(GREY, output, 2), rel=1e-9)


def test_without_a_reference_there_is_none() -> None:
    """The score without a reference says None, not 0."""
    assert lattice_score(GREY, 2).share is None


# prominence


def test_a_line_stands_out() -> None:
    """A strong checker stands out by tens of dB, identical images by nothing."""
    assert prominence(GREY, GREY + 8 / 255 * CHECKER, 2) > 15
    assert prominence(GREY, GREY, 2) == pytest.approx(0, abs=1e-6)


def test_a_notch_is_negative() -> None:
    """Noise without its lines at the lattice has less there than beside it."""
    noise = np.random.default_rng(0).normal(0.5, 0.1, GREY.shape)
    spectrum = np.fft.fft2(noise)
    half = len(noise) // 2
    for row, column in ((0, half), (half, 0), (half, half)):
        near = np.ix_(*(np.arange(at - 6, at + 7) % len(noise) for at in (row, column)))
        dc = spectrum[0, 0]
        spectrum[near] = 0
        spectrum[0, 0] = dc
    notched = np.fft.ifft2(spectrum).real
    assert prominence(np.full_like(noise, 0.5), notched, 2) < -3


def test_peak_and_map_name_the_line() -> None:
    """Vertical stripes of period 2 are the line (0, 1); the map adds up to the power."""
    score = lattice_score(GREY + 8 / 255 * (-1.0) ** COLUMN, 2, GREY)
    assert score.peak == (0, 1)
    assert score.map.shape == (2, 2)
    assert score.map.sum() == pytest.approx(score.amplitude**2)
    assert lattice_score(GREY, 2, GREY).peak == (0, 0)


# staircase


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_nearest_neighbour_is_a_staircase(scale: int) -> None:
    """On slopes in all directions nearest neighbour has more than 3 dB."""
    i, j = np.mgrid[: 48 * scale, : 48 * scale]
    centre = 24.0 * scale - 0.5
    wave = 0.5 + 0.4 * np.cos(np.hypot(i - centre, j - centre) / 60)
    blocks = wave[scale // 2 :: scale, scale // 2 :: scale].repeat(scale, 0).repeat(scale, 1)
    assert staircase(wave, blocks, scale) > 3


def test_a_checkerboard_is_no_staircase() -> None:
    """A fixed pattern does not follow the slope."""
    assert staircase(GREY, GREY + 8 / 255 * CHECKER, 2) < 1
