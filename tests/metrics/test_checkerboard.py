"""Checkerboard level: its parts against a full FFT, its numbers against an independent prototype.

The golden numbers were computed with a separate implementation of the same definitions, which is
not part of the project; where a copy lies beside the folder UPBENCH_DATA, it is compared directly.
"""

from __future__ import annotations

import importlib.util
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from skimage import data

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.core.errors import MetricUndefinedError, UsageError
from upbench.benchmark.metrics import _lattice
from upbench.benchmark.metrics.blockiness import blockiness
from upbench.benchmark.metrics.checkerboard import checkerboard, checkerboard_level, lattice_score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from numpy.typing import NDArray

    Plane = NDArray[np.float64]

SCALES = [2, 3, 4, 8]
PHOTO = data.astronaut()[40:260, 60:310] / 255
GREY = PHOTO[..., 1]

GOLDEN = [
    (2, 1, [19.78405879, 20.36897139, 13.60613348], [0.00000000, 0.00000000, 0.00000000]),
    (2, 3, [19.98442056, 20.54677126, 14.06746473], [0.18133558, 0.31602394, 0.40137125]),
    (3, 1, [20.10863773, 20.14296832, 9.85375363], [0.00000000, 0.00000000, 3.40422131]),
    (3, 3, [19.77186820, 19.84127321, 11.10632820], [1.21379062, 1.21357265, 2.36925882]),
    (4, 1, [19.70711706, 18.80486408, 11.47484094], [0.00000000, 0.00000000, 0.00000000]),
    (4, 3, [19.69999374, 18.80168062, 11.65795215], [0.00000000, 0.00000000, 0.75176063]),
    (8, 1, [19.62433528, 19.04601238, 13.21719664], [0.60619430, 0.91867492, 13.12866073]),
    (8, 3, [19.58116793, 18.99280871, 13.31854512], [0.00000000, 0.00000000, 12.49948553]),
]


def hashed(height: int, width: int, channels: int, seed: int) -> Plane:
    """Return the same white noise in [0, 1) on every machine, ``(H, W, C)``."""
    i, j, c = np.ogrid[:height, :width, :channels]
    mixed = (i * 73856093) ^ (j * 19349663) ^ ((c + 17 * seed + 1) * 83492791)
    return (mixed * 2654435761 % 2**32) / 2**32


def cell_pattern(shape: tuple[int, ...], scale: int, seed: int = 1) -> Plane:
    """Return a pattern of period ``scale`` with zero mean and unit variance, ``(H, W)``."""
    cell = hashed(scale, scale, 1, seed)[..., 0]
    cell = (cell - cell.mean()) / cell.std()
    i, j = np.ogrid[: shape[0], : shape[1]]
    return cell[i % scale, j % scale]


def smooth(height: int, width: int) -> Plane:
    """Return slow waves: no texture, and slopes in all directions."""
    i, j = np.ogrid[:height, :width]
    return 0.5 + 0.2 * np.sin(i / 40) * np.cos(j / 55)


def pictures(scale: int, channels: int) -> tuple[Plane, ...]:
    """Return a reference and three outputs: a pattern, a pattern in light, and a staircase."""
    height, width = 40 * scale + 3, 37 * scale + 1
    reference = smooth(height, width)[..., None] + 0.2 * (hashed(height, width, channels, 0) - 0.5)
    pattern = cell_pattern((height, width), scale)[..., None]
    noise = 0.05 * (hashed(height, width, channels, 3) - 0.5)
    low = reference[::scale, ::scale]
    nearest = low.repeat(scale, 0).repeat(scale, 1)[:height, :width]
    outputs = (
        reference + 3 / 255 * pattern + noise,
        reference * (1 + 0.02 * pattern) + noise,
        nearest * (1 + 0.01 * pattern),
    )
    return (reference.squeeze(), *(output.squeeze() for output in outputs))


def nearest_wave(scale: int) -> Plane:
    """Return a radial wave enlarged by nearest neighbour: a staircase in every direction."""
    i, j = np.mgrid[:48, :48] - 24.0
    wave = 0.5 + 0.4 * np.cos(np.hypot(i, j) * scale / 60)
    return wave.repeat(scale, 0).repeat(scale, 1)


def test_it_fills_its_column() -> None:
    """The decorator states the column, the unit and the direction."""
    described = getattr(checkerboard, ATTRIBUTE)
    assert described.name == "checkerboard_db"
    assert (described.unit, described.better) == ("dB", "lower")
    assert described.signature.startswith(f"cbl|v{described.version}|")


# ------------------------------------------------------------------ agreement


@pytest.mark.parametrize(("scale", "channels", "levels", "staircases"), GOLDEN)
def test_it_matches_the_golden_numbers(
    scale: int, channels: int, levels: list[float], staircases: list[float]
) -> None:
    """Level and staircase agree to 1e-6 dB with an independent implementation."""
    reference, *outputs = pictures(scale, channels)
    scores = [lattice_score(output, scale, reference) for output in outputs]
    assert [score.level_db for score in scores] == pytest.approx(levels, abs=1e-6)
    assert [score.staircase_db for score in scores] == pytest.approx(staircases, abs=1e-6)
    assert checkerboard_level(reference, outputs[0], scale) == scores[0].level_db


@pytest.fixture
def prototype() -> Iterator[ModuleType]:
    """The independent implementation, where a copy is at hand."""
    folder = os.environ.get("UPBENCH_DATA")
    path = Path(folder or ".").resolve().parent / "checkerboard_prototype.py"
    if not folder or not path.is_file():
        pytest.skip("needs checkerboard_prototype.py beside the folder UPBENCH_DATA")
    spec = importlib.util.spec_from_file_location("checkerboard_prototype", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.mark.parametrize(("channels", "border"), [(1, 7), (3, 0)])
@pytest.mark.parametrize("against", ["reference", "nothing"])
@pytest.mark.parametrize("scale", SCALES)
def test_it_matches_the_prototype(
    prototype: ModuleType, scale: int, channels: int, against: str, border: int
) -> None:
    """Every field agrees to 1e-6 dB, with and without reference and border."""
    reference, *outputs = pictures(scale, channels)
    truth = reference if against == "reference" else None
    for output in outputs:
        ours = lattice_score(output, scale, truth, border=border)
        theirs = prototype.lattice_score(output, scale, truth, border=border, data_range=1.0)
        for field in ("level_db", "staircase_db", "amplitude", "prominence_db"):
            assert getattr(ours, field) == pytest.approx(getattr(theirs, field), abs=1e-6)
        mirrored = tuple(-index % scale for index in theirs.peak)
        assert ours.peak == min(theirs.peak, mirrored)
        assert ours.share == (None if truth is None else pytest.approx(theirs.share, abs=1e-9))
        np.testing.assert_allclose(ours.map, theirs.map, atol=1e-6)
        theirs_blocky = prototype.blockiness_db(output, scale, border=border, data_range=1.0)
        shave = -(-border // scale) * scale
        inner = output[shave : len(output) - shave, shave : output.shape[1] - shave]
        assert blockiness(inner, inner, scale) == pytest.approx(theirs_blocky, abs=1e-6)


@pytest.mark.parametrize("scale", [2, 3, 8])
def test_line_bins_are_those_of_a_full_transform(scale: int) -> None:
    """Every line of every tile equals the FFT of the windowed tile at the same nine bins."""
    plane = hashed(19 * scale + 1, 41 * scale, 1, 5)[..., 0]
    rows, columns = (_lattice.tile_axis(side, scale) for side in plane.shape)
    bins = _lattice.lattice_bins(plane, rows, columns)
    lines = _lattice.line_bins(bins.upright, rows, columns)
    at = np.ix_(rows.around(_lattice.LINE).ravel(), columns.around(_lattice.LINE).ravel())
    expected = []
    for top in rows.starts:
        for left in columns.starts:
            tile = plane[top : top + rows.size, left : left + columns.size]
            full = np.fft.fft2(tile * np.outer(rows.window, columns.window))[at]
            expected.append(full.reshape(scale, 3, scale, 3).swapaxes(1, 2).reshape(-1, 9))
    np.testing.assert_allclose(lines, np.stack(expected, axis=1), atol=1e-12)


@pytest.mark.parametrize(("length", "scale"), [(16, 2), (133, 2), (1000, 3), (257, 4), (70, 8)])
def test_tiles_start_on_cells_and_reach_the_end(length: int, scale: int) -> None:
    """Every tile has the lattice's phase; what is left over is less than a cell."""
    axis = _lattice.tile_axis(length, scale)
    assert all(start % scale == 0 for start in axis.starts)
    assert 0 <= length - (axis.starts[-1] + axis.size) < scale
    assert max(np.diff(axis.starts), default=0) <= axis.size // 2
    assert np.sum(axis.window**2) == pytest.approx(1)


# ------------------------------------------------------------------ the grammar of the metrics


@pytest.mark.parametrize("scale", SCALES)
def test_identical_images_have_none(scale: int) -> None:
    """An output that is the reference scores 0, whatever its texture."""
    assert checkerboard_level(PHOTO, PHOTO, scale) == 0


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_constant_images_have_none(scale: int, value: float) -> None:
    """Nothing but zero frequency: 0 dB and no NaN, with and without reference."""
    flat = np.full((9 * scale + 1, 12 * scale), value)
    score = lattice_score(flat, scale)
    assert (score.level_db, score.amplitude, score.staircase_db) == (0, 0, 0)
    assert checkerboard_level(1 - flat, flat, scale) == 0


def test_it_is_not_symmetric() -> None:
    """A pattern that the output lost does not count; one that it gained does."""
    grid = GREY + 4 / 255 * cell_pattern(GREY.shape, 2)
    assert checkerboard_level(GREY, grid, 2) > 20
    assert checkerboard_level(grid, GREY, 2) < 1


@pytest.mark.parametrize("amplitude", [0.25, 1, 4, 16])
@pytest.mark.parametrize("scale", SCALES)
def test_a_known_pattern_has_its_amplitude(scale: int, amplitude: float) -> None:
    """A pattern of a grey levels RMS on a smooth picture is found within 8 %, at odd sizes."""
    clean = smooth(40 * scale + 3, 37 * scale + 1)
    output = clean + amplitude / 255 * cell_pattern(clean.shape, scale)
    for reference in (None, clean):
        score = lattice_score(output, scale, reference)
        assert score.amplitude == pytest.approx(amplitude, rel=0.08, abs=0.02)
        assert score.level_db == pytest.approx(10 * math.log10(1 + 12 * score.amplitude**2))


def test_a_stronger_pattern_scores_higher() -> None:
    """The level never falls as a pattern on a photograph grows."""
    pattern = cell_pattern(GREY.shape, 3)
    levels = [checkerboard_level(GREY, GREY + a / 255 * pattern, 3) for a in (0, 0.5, 1, 2, 4, 8)]
    assert levels == sorted(levels)
    assert levels[0] == 0
    assert levels[-1] > 25


@pytest.mark.parametrize("data_range", [1e-3, 255.0, 65535.0])
def test_it_does_not_depend_on_the_range(data_range: float) -> None:
    """The same pictures in other units have the same level."""
    grid = GREY + 4 / 255 * cell_pattern(GREY.shape, 4)
    scaled = checkerboard_level(GREY * data_range, grid * data_range, 4, data_range=data_range)
    assert scaled == pytest.approx(checkerboard_level(GREY, grid, 4), abs=1e-6)


def test_equal_channels_are_grey() -> None:
    """RGB of three equal channels scores what one of them scores, (H, W, 1) likewise."""
    grid = GREY + 4 / 255 * cell_pattern(GREY.shape, 2)
    grey = lattice_score(grid, 2, GREY).amplitude
    for copies in (1, 3):
        stacked = [np.repeat(image[..., None], copies, axis=2) for image in (grid, GREY)]
        assert lattice_score(stacked[0], 2, stacked[1]).amplitude == pytest.approx(grey, abs=1e-9)


def test_the_order_of_channels_does_not_matter() -> None:
    """Channels are averaged."""
    grid = PHOTO + 4 / 255 * cell_pattern(GREY.shape, 2)[..., None] * [1, 0, -1]
    swapped = checkerboard_level(PHOTO[..., ::-1], grid[..., ::-1], 2)
    assert swapped == pytest.approx(checkerboard_level(PHOTO, grid, 2), abs=1e-9)


# ------------------------------------------------------------------ what counts and what does not


@pytest.mark.parametrize("scale", SCALES)
def test_texture_of_the_reference_counts_only_as_far_as_it_grew(scale: int) -> None:
    """Real texture of period s that is weakened or lost is no artifact; strengthened, it is."""
    clean = smooth(40 * scale + 3, 37 * scale + 1)
    pattern = cell_pattern(clean.shape, scale)
    weave = clean + 0.1 * pattern
    assert checkerboard_level(weave, clean + 0.07 * pattern, scale) == 0
    assert checkerboard_level(weave, clean, scale) == 0
    assert checkerboard_level(weave, clean + 0.12 * pattern, scale) > 3


@pytest.mark.parametrize("scale", SCALES)
def test_a_staircase_is_no_checkerboard(scale: int) -> None:
    """Nearest neighbour on a radial wave: lines that follow the slope are recognised."""
    score = lattice_score(nearest_wave(scale), scale)
    assert score.amplitude < 0.25
    assert score.staircase_db > 3


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_nearest_neighbour_on_a_photograph_is_clean(scale: int) -> None:
    """Blocky is not checkerboard."""
    height, width = (side // scale * scale for side in GREY.shape)
    reference = GREY[:height, :width]
    low = reference.reshape(height // scale, scale, width // scale, scale).mean(axis=(1, 3))
    assert checkerboard_level(reference, low.repeat(scale, 0).repeat(scale, 1), scale) < 0.3


@pytest.mark.parametrize("scale", SCALES)
def test_white_noise_is_clean(scale: int) -> None:
    """Background is no line."""
    noise = hashed(40 * scale + 3, 37 * scale + 1, 1, 9)[..., 0]
    assert lattice_score(0.5 + 0.1 * noise, scale).amplitude < 0.3


def test_brightness_and_negation_do_not_matter() -> None:
    """An offset, of the output alone too, and black for white change nothing."""
    grid = GREY + 4 / 255 * cell_pattern(GREY.shape, 2)
    plain = checkerboard_level(GREY, grid, 2)
    assert checkerboard_level(GREY, grid + 0.1, 2) == pytest.approx(plain, abs=1e-9)
    assert checkerboard_level(1 - GREY, 1 - grid, 2) == pytest.approx(plain, abs=1e-9)


@pytest.mark.parametrize("turn", [np.flipud, np.fliplr, np.rot90, np.transpose])
def test_flips_and_turns_hardly_matter(turn: Callable[[Plane], Plane]) -> None:
    """Only where the tiles lie changes."""
    grid = GREY + 4 / 255 * cell_pattern(GREY.shape, 2)
    turned = checkerboard_level(turn(GREY), turn(grid), 2)
    assert turned == pytest.approx(checkerboard_level(GREY, grid, 2), abs=0.08)


def test_a_border_of_whole_cells_is_dropped() -> None:
    """Shaving inside and shaving before are the same; a border is rounded up to whole cells."""
    grid = GREY + 4 / 255 * cell_pattern(GREY.shape, 4)
    shaved = lattice_score(grid[4:-4, 4:-4], 4, GREY[4:-4, 4:-4])
    assert lattice_score(grid, 4, GREY, border=4) == shaved
    assert lattice_score(grid, 4, GREY, border=1) == shaved
    assert checkerboard_level(GREY[4:-4, 4:-4], grid[4:-4, 4:-4], 4) == shaved.level_db


# ------------------------------------------------------------------ failures


@pytest.mark.parametrize("scale", SCALES)
def test_it_needs_eight_cells(scale: int) -> None:
    """Eight cells per side are enough; with fewer there is no value, and the reason says so."""
    side = 8 * scale
    assert checkerboard_level(np.zeros((side, side)), np.zeros((side, side)), scale) == 0
    small = np.zeros((side, side - 1))
    with pytest.raises(MetricUndefinedError) as caught:
        checkerboard_level(small, small, scale)
    expected = f"checkerboard_db needs at least {side} x {side} pixels, got {side} x {side - 1}."
    assert str(caught.value) == expected


@pytest.mark.parametrize("scale", [1, 0, -2, 2.5])
def test_the_scale_must_be_whole(scale: int) -> None:
    """There is no lattice below 2 or between pixels."""
    with pytest.raises(UsageError, match=r"a whole number of at least 2, got .+\.$"):
        checkerboard_level(GREY, GREY, scale)
