"""The pictures of what the checkerboard metrics see and miss: their numbers, and the files."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from blind_panels import SHOWN, Panel, describe
from blind_spots import BLIND_SPOTS, write_blind_spots
from PIL import Image

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


@cache
def panels(name: str) -> tuple[Panel, ...]:
    """Return a picture's panels, worked out once."""
    return tuple(BLIND_SPOTS[name]())


def said(name: str, number: str) -> list[float]:
    """Return one number of each panel of a picture."""
    return [panel.numbers[number] for panel in panels(name)]


@pytest.mark.parametrize("name", BLIND_SPOTS)
def test_the_committed_picture_has_these_numbers(name: str) -> None:
    """The file under docs/pictures carries the titles and, to 0.1, the numbers of today's code."""
    with Image.open(PICTURES / f"{name}.png") as file:
        committed = file.text["Description"]
    today = "\n".join(map(describe, panels(name)))
    number = re.compile(r"(?<= )-?\d+\.\d\d\b")
    assert number.sub("#", committed) == number.sub("#", today)
    assert [float(one) for one in number.findall(committed)] == pytest.approx(
        [float(one) for one in number.findall(today)], abs=0.1
    )


@pytest.mark.parametrize("name", BLIND_SPOTS)
def test_each_panel_can_be_drawn_pixel_by_pixel(name: str) -> None:
    """Crops divide the panel's side and fit into their pictures, which hold whole grey levels."""
    for panel in panels(name):
        assert SHOWN % panel.crop == 0
        assert panel.crop <= min(panel.picture.shape)
        assert panel.picture.min() >= 0
        assert panel.picture.max() <= 255


def test_the_scale_is_as_the_page_says() -> None:
    """Half a grey level is near 6 dB, twice the amplitude is 6 dB more."""
    levels = said("levels", "checkerboard dB")
    assert levels == pytest.approx([6, 11, 17, 23, 29], abs=0.5)


def test_blocks_have_their_own_number() -> None:
    """Nearest is blocky without a checkerboard; overlap is a checkerboard without blocks."""
    assert said("blocks", "checkerboard dB") == pytest.approx([0, 0, 22.3], abs=0.5)
    bicubic, nearest, overlap = said("blocks", "blockiness dB")
    assert nearest > 20
    assert max(bicubic, overlap) < 4


def test_quick_sign_changes_are_missed() -> None:
    """The slower the sign changes, the more is found; every 4 pixels, nothing."""
    levels = said("sign-changes", "checkerboard dB")
    assert levels == sorted(levels, reverse=True)
    assert levels[0] > 20
    assert levels[-1] == 0


def test_small_patches_are_missed() -> None:
    """Of 4 x 4 low-resolution pixels less than a fifth is found, of 32 x 32 most."""
    found = said("small-patches", "energy found")
    assert found[0] < 0.2
    assert found[-1] > 0.8


def test_one_slope_is_taken_for_a_checkerboard() -> None:
    """Nearest on a ramp scores; with slopes in all directions it is called a staircase."""
    levels, stairs = said("one-slope", "checkerboard dB"), said("one-slope", "staircase dB")
    assert levels[:3] == pytest.approx([6, 12, 18], abs=0.1)
    assert max(levels[3:]) < 2
    assert min(stairs[3:]) > 15


def test_true_texture_counts_where_it_is_made_stronger() -> None:
    """With a reference, kept texture is free; without one, it looks like a checkerboard."""
    true, half, kept, stronger, invented = said("true-texture", "checkerboard dB")
    assert max(true, half, kept) < 1
    assert min(stronger, invented) > 20
    assert min(said("true-texture", "no reference dB")) > 20


def test_a_bias_before_the_shuffle_is_a_checkerboard() -> None:
    """ICNR weights keep the gain ripple at 0 whatever the bias; the picture does not stay clean."""
    assert said("shuffle-bias", "gain ripple") == pytest.approx([0, 0, 0], abs=1e-12)
    none, default, shared = said("shuffle-bias", "checkerboard dB")
    assert none == shared == 0
    assert default > 20


def test_all_pictures_are_written(tmp_path: Path) -> None:
    """One file a picture, all together small enough for a repository."""
    files = write_blind_spots(tmp_path)
    assert [file.stem for file in files] == list(BLIND_SPOTS)
    assert sum((PICTURES / f"{name}.png").stat().st_size for name in BLIND_SPOTS) < 300_000
