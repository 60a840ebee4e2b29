"""The audit finds what images went through, and which show the same scene."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from upbench.benchmark.core.contract import ImageItem
from upbench.benchmark.core.errors import DatasetError, FetchError, ImageError
from upbench.benchmark.imaging.audit import audit, clipped
from upbench.benchmark.imaging.audit.enlargement import (
    bandwidth,
    doubled,
    period,
    repeated_lines,
)
from upbench.benchmark.imaging.audit.jpeg import jpeg_grid, luma_table
from upbench.benchmark.imaging.embedded import read_embedded
from upbench.benchmark.imaging.resample import BICUBIC, BILINEAR, resize, round_half_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Image as Pixels
    from upbench.benchmark.imaging.resample import Kernel

    Grey = NDArray[np.float64]


def levels_of(name: str, *, original: bool = False) -> Grey:
    """Return an embedded image as levels: ``(H, W)`` or ``(H, W, 3)``."""
    pixels = read_embedded(name, original=original).astype(np.float64)
    return np.rint(pixels * 255).squeeze()


@pytest.fixture(scope="module")
def camera() -> Grey:
    """Return the photograph that has none of the faults, as grey levels."""
    return levels_of("camera")


def items(**images: NDArray[np.floating]) -> list[tuple[str, ImageItem]]:
    """Make a dataset of grey levels."""
    return [
        ("made", ImageItem(name, name, partial(_contract, levels)))
        for name, levels in images.items()
    ]


def _contract(levels: NDArray[np.floating]) -> Pixels:
    return (levels.reshape(*levels.shape[:2], -1) / 255).astype(np.float32)


def findings(**images: NDArray[np.floating]) -> list[str]:
    """Return what the audit says of each image."""
    return [str(row["findings"]) for row in audit(items(**images)).rows]


def jpeg(levels: Grey, quality: int) -> Grey:
    """Send levels through a JPEG file."""
    stream = io.BytesIO()
    Image.fromarray(levels.astype(np.uint8)).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream), dtype=np.float64)


def enlarged(levels: Grey, scale: float, kernel: Kernel) -> Grey:
    """Enlarge levels smoothly, to whole levels again."""
    return np.asarray(round_half_up(resize(levels, scale, kernel)).clip(0, 255))


def test_a_clean_photograph_has_no_finding(camera: Grey) -> None:
    """Nothing is said of an image that is fit to be a reference."""
    table = audit(items(camera=camera))
    assert table.rows[0]["findings"] == ""
    assert table.notes == ("0 images of 1 with findings.",)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_repeated_pixels_are_found_at_any_offset(camera: Grey, factor: int) -> None:
    """An enlargement by repeated pixels shows, also after a crop; flat areas alone do not."""
    large = np.kron(camera[:128, :128], np.ones((factor, factor)))
    assert doubled(large, factor) > 0.8
    assert doubled(large[1:, 1:], factor) > 0.8
    assert doubled(camera, factor) < 0.1
    assert doubled(np.full((64, 64), 7.0), factor) == 0
    assert findings(large=large[1:, 1:]) == [
        f"It was enlarged by repeated pixels, {factor} x {factor}."
    ]


def test_repeated_rows_are_found_at_any_ratio(camera: Grey) -> None:
    """Nearest neighbour to 1.5 times the height: a third of the rows is there twice."""
    tall = camera[np.arange(384) * 2 // 3, :200]
    assert repeated_lines(tall) == (pytest.approx(1 / 3, abs=0.01), 0)
    assert repeated_lines(camera) == (0, 0)
    assert findings(tall=tall)[0].startswith("Enlarged: 33% of its rows equal the one before.")


def test_margins_are_not_repeated_rows(camera: Grey) -> None:
    """Rows of one level say nothing of an enlargement."""
    framed = np.pad(camera[:200, :200], 60, constant_values=255)
    assert repeated_lines(framed) == (0, 0)
    assert findings(framed=framed)[0] in {
        "",
        "Clipped: 61% of its values are its lowest or highest level.",
    }


@pytest.mark.parametrize("quality", [50, 60, 75, 85, 90, 95])
@pytest.mark.parametrize("name", ["camera", "coffee"])
def test_a_jpeg_grid_is_found_with_its_quality(name: str, quality: int) -> None:
    """Quantised coefficients show in pixels that were stored without loss since, and cropped."""
    compressed = jpeg(levels_of(name)[:256, :256], quality)[5:, 2:]
    (said,) = findings(photo=compressed)
    assert said == (
        f"JPEG of about quality {quality}: an 8 x 8 grid that begins at row 3, column 6."
    )


@pytest.mark.parametrize("quality", [50, 95])
@pytest.mark.parametrize(("height", "width"), [(61, 77), (125, 99)])
def test_a_grid_is_found_in_crops_of_odd_size(quality: int, height: int, width: int) -> None:
    """A few dozen blocks are enough."""
    part = jpeg(levels_of("coffee"), quality)[103 : 103 + height, 201 : 201 + width]
    grid = jpeg_grid(part @ np.array([0.299, 0.587, 0.114]))
    assert grid.found
    assert grid.offset == (-103 % 8, -201 % 8)
    assert abs(grid.quality - quality) <= 2


def test_luma_table_is_libjpegs() -> None:
    """The steps are those that a JPEG file of this quality holds."""
    stream = io.BytesIO()
    Image.new("L", (8, 8)).save(stream, "JPEG", quality=62)
    held = Image.open(stream).quantization[0]  # type: ignore[attr-defined]
    assert luma_table(62).ravel().tolist() == list(held)


@pytest.mark.parametrize("name", ["camera", "coffee", "astronaut", "brick"])
def test_no_grid_is_found_where_there_is_none(name: str) -> None:
    """Photographs, their reductions and enlargements stay far below the bound."""
    levels = levels_of(name)
    grey = levels if levels.ndim == 2 else levels @ np.array([0.299, 0.587, 0.114])
    for image in (grey, round_half_up(resize(grey, 0.5)), round_half_up(resize(grey, 0.71))):
        grid = jpeg_grid(image)
        assert grid.strength < 0.05
        assert not grid.found


@pytest.mark.parametrize("name", ["camera", "coffee", "astronaut", "brick"])
@pytest.mark.parametrize("side", [24, 32, 40, 48, 64])
def test_a_few_blocks_make_no_grid(name: str, side: int) -> None:
    """In a small image chance alone keeps to some table's steps: half of 24 x 24 pixels do."""
    levels = levels_of(name)
    grey = levels if levels.ndim == 2 else levels @ np.array([0.299, 0.587, 0.114])
    for place in (20, 90, 150, 210):
        assert not jpeg_grid(grey[place : place + side, place : place + side]).found


def test_a_grid_is_found_in_a_small_image() -> None:
    """Where it is as clear as a JPEG of medium quality leaves it."""
    assert jpeg_grid(jpeg(levels_of("camera")[100:140, 100:140], 60)).found


def test_a_grid_goes_with_a_reduction(camera: Grey) -> None:
    """A JPEG that was shrunk by a proper filter is a fine reference."""
    assert jpeg_grid(jpeg(camera, 75)).strength > 0.4
    assert jpeg_grid(round_half_up(resize(jpeg(camera, 75), 0.5))).strength < 0.05


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("kernel", [BILINEAR, BICUBIC], ids=["bilinear", "bicubic"])
@pytest.mark.parametrize("name", ["camera", "brick"])
def test_a_smooth_enlargement_is_found(name: str, kernel: Kernel, scale: int) -> None:
    """The period or the band limit of interpolation is found, and its factor with the period."""
    large = enlarged(levels_of(name)[:160, :160], scale, kernel)
    (said,) = findings(large=large)
    assert said.startswith(("Resampled", "Band limited")), said
    found = period(large)
    assert found is None or found == pytest.approx(scale, rel=0.03)
    band = bandwidth(large)
    assert (found is not None) or (band is not None and band < 0.75)


@pytest.mark.parametrize("kernel", [BILINEAR, BICUBIC], ids=["bilinear", "bicubic"])
def test_an_enlargement_at_an_odd_scale_is_found(camera: Grey, kernel: Kernel) -> None:
    """A factor of 1.5 repeats itself every 3 pixels; a crop does not hide it."""
    large = enlarged(camera[:256, :256], 1.5, kernel)[7:330, 3:301]
    assert period(large) == pytest.approx(3, rel=0.02)
    assert findings(large=large)[0].startswith("Resampled, as after an enlargement by 1.5 or 3:")


@pytest.mark.parametrize("name", ["camera", "coffee", "astronaut", "brick", "text", "rocket"])
def test_no_period_and_no_band_limit_where_there_is_none(name: str) -> None:
    """Sharp photographs, also after JPEG, which has a period of 8 pixels of its own."""
    levels = levels_of(name)
    grey = levels if levels.ndim == 2 else levels @ np.array([0.299, 0.587, 0.114])
    for image in (grey, jpeg(np.rint(grey), 50)):
        assert period(image) is None
    band = bandwidth(grey)
    assert band is not None
    assert band > 0.85


def test_a_flat_image_has_no_detail_to_judge() -> None:
    """Not known is None, never a made-up number."""
    assert bandwidth(np.full((64, 64), 128.0)) is None
    assert bandwidth(np.zeros((8, 8))) is None
    assert period(np.zeros((8, 8))) is None
    assert period(np.full((64, 64), 9.0)) is None
    assert findings(flat=np.full((200, 200), 128.0)) == [""]


def test_clipped_and_tiny_images_are_named(camera: Grey) -> None:
    """Values at the image's own ends are counted; a short side is said."""
    burnt = np.clip(camera * 3 - 200, 0, 255)
    assert clipped(burnt) == pytest.approx(np.mean((burnt == 0) | (burnt == 255)))
    dark = np.clip(camera, 90, 160)
    assert clipped(dark) == pytest.approx(np.mean((dark == 90) | (dark == 160)))
    assert "Clipped: 7" in findings(dark=dark)[0]
    assert findings(small=camera[:100, :200]) == [
        "Tiny: its shorter side has 100 pixels, under 128."
    ]


@pytest.mark.parametrize(
    ("what", "made"),
    [
        ("0.72 times its size", lambda x: enlarged(x, 0.72, BICUBIC)),
        ("0.40 times its size", lambda x: enlarged(x, 0.4, BICUBIC)),
        ("its size, mirrored", lambda x: x[:, ::-1]),
        ("its size, turned by 90 degrees", np.rot90),
        ("its size, turned by 180 degrees", lambda x: np.rot90(x, 2)),
        ("its size, mirrored, turned by 180 degrees", lambda x: x[::-1]),
        ("its size, 33 % of its area", lambda x: x[60:350, 120:420]),
        (
            "0.60 times its size, 47 % of its area, mirrored",
            lambda x: enlarged(x[30:400, 60:400], 0.6, BICUBIC)[:, ::-1],
        ),
        ("its size", lambda x: jpeg(x, 50)),
        ("its size", lambda x: np.clip(x * 0.7 + 20, 0, 255)),
    ],
)
def test_the_same_scene_is_found_however_it_was_changed(
    camera: Grey, what: str, made: object
) -> None:
    """A copy that was shrunk, cropped, mirrored, turned, compressed or darkened is known."""
    changed = np.ascontiguousarray(np.rint(made(camera)))  # type: ignore[operator]
    said = findings(changed=changed, camera=camera, coffee=levels_of("coffee"))
    assert f"Same scene as made camera: {what}." in said[0]
    assert "Same scene as made changed:" in said[1]
    assert said[2] == ""


def test_smooth_images_are_compared_as_a_whole() -> None:
    """Where there are no features, correlation finds the copy, also a mirrored one."""
    y, x = np.mgrid[0:160, 0:200]
    blob = np.rint(40 + 150 * np.exp(-(((x - 60) / 50) ** 2) - ((y - 100) / 40) ** 2))
    other = np.rint(40 + 150 * np.exp(-(((x - 150) / 90) ** 2) - ((y - 20) / 20) ** 2))
    said = findings(blob=blob, copy=blob[:, ::-1][::2, ::2], other=other)
    assert "Same scene as made copy: 2.00 times its size, mirrored." in said[0]
    assert "Same scene" not in said[2]


def test_training_images_are_compared_with_but_not_listed(camera: Grey) -> None:
    """The images of a training set have no rows, and are not compared among themselves."""
    against = [("train", item) for _, item in items(a=camera, b=camera[:, ::-1])]
    said: list[tuple[str, int, int]] = []
    table = audit(
        items(mine=enlarged(camera, 0.5, BICUBIC)), against, lambda *news: said.append(news)
    )
    (row,) = table.rows
    assert row["findings"] == (
        "Same scene as train a: 0.50 times its size. "
        "Same scene as train b: 0.50 times its size, mirrored."
    )
    assert said == [
        *(("audit", n, 3) for n in (0, 1, 2, 3)),
        *(("same scenes", n, 1) for n in (0, 1)),
    ]


def test_many_of_the_same_scene_are_counted(camera: Grey) -> None:
    """Three are named, the rest is a number."""
    copies = {f"copy{number}": camera[:300, : 300 + number] for number in range(6)}
    assert findings(**copies)[0].endswith("Same scene as 2 more.")


@pytest.mark.parametrize("error", [ImageError, DatasetError, FetchError])
def test_an_image_that_cannot_be_read_is_a_row(error: type[Exception]) -> None:
    """Its sentence stands in the table, and the others are measured."""

    def fail() -> Pixels:
        raise error("broken.png is damaged.")

    broken = ("made", ImageItem("broken", "", fail))
    table = audit([broken, *items(flat=np.full((16, 16), 9.0))])
    assert table.rows[0]["findings"] == "broken.png is damaged."
    assert [row["unread"] for row in table.rows] == [True, False]
    assert table.rows[1]["size"] == "16 x 16"


@pytest.mark.parametrize(
    ("load", "sentence"),
    [
        (lambda: {}["photos"], "KeyError: 'photos' (at test_audit.py:"),
        (lambda: np.zeros((9, 9), np.float32), "The image has shape (9, 9); expected (H, W, C)"),
        (lambda: np.zeros((9, 9, 3), np.uint8), "The image has dtype uint8; expected float32 in"),
    ],
)
def test_an_image_of_a_plugin_is_checked(load: Callable[[], Any], sentence: str) -> None:
    """What its code raises, and what is no image, is said in its row; the others are measured."""
    table = audit([("made", ImageItem("odd", "", load)), *items(flat=np.full((16, 16), 9.0))])
    assert table.rows[0]["findings"].startswith(sentence)
    assert [row["unread"] for row in table.rows] == [True, False]


def test_one_pixel_is_one() -> None:
    """The sentence counts."""
    assert findings(dot=np.full((1, 7), 9.0)) == ["Tiny: its shorter side has 1 pixel, under 128."]


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (7, 300), (5000, 3), (24, 24), (47, 49)])
@pytest.mark.parametrize("value", ["flat", "noise"])
def test_any_size_can_be_audited(shape: tuple[int, int], value: str) -> None:
    """One pixel, a line, a few blocks: no error."""
    draw = np.random.default_rng(0)
    image = np.full(shape, 5.0) if value == "flat" else draw.integers(0, 256, shape).astype(float)
    (said,) = findings(image=image)
    assert said.startswith("Tiny")
