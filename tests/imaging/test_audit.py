"""The audit finds what images went through, and which show the same scene."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from upbench.benchmark.core.contract import ImageItem
from upbench.benchmark.core.errors import DatasetError, FetchError, ImageError
from upbench.benchmark.imaging.audit import audit, clipped, dct_grid, doubled, fine_detail
from upbench.benchmark.imaging.embedded import read_embedded
from upbench.benchmark.imaging.resample import BILINEAR, resize, round_half_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Image as Pixels

    Grey = NDArray[np.float64]


@pytest.fixture(scope="module")
def camera() -> Grey:
    """Return the photograph that has none of the faults, as grey levels."""
    return np.rint(read_embedded("camera")[..., 0].astype(np.float64) * 255)


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
    """Send grey levels through a JPEG file."""
    stream = io.BytesIO()
    Image.fromarray(levels.astype(np.uint8)).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream), dtype=np.float64)


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
    assert findings(large=large[1:, 1:])[0].startswith("enlarged by repeated pixels")


@pytest.mark.parametrize("offset", [0, 3])
def test_a_jpeg_grid_is_found_at_any_offset(camera: Grey, offset: int) -> None:
    """Quantised 8 x 8 coefficients show in pixels that were saved as PNG since."""
    compressed = jpeg(camera, 75)[offset:, offset:]
    assert dct_grid(compressed) > 0.5
    assert dct_grid(camera) < 0.15
    assert findings(photo=compressed) == ["JPEG grid"]


def test_a_grid_goes_with_a_reduction(camera: Grey) -> None:
    """A JPEG that was shrunk by a proper filter is a fine reference."""
    assert dct_grid(round_half_up(resize(jpeg(camera, 75), 0.5))) < 0.15


def test_a_smooth_enlargement_is_found(camera: Grey) -> None:
    """Next to nothing is left near the highest frequency."""
    large = round_half_up(resize(camera[:256, :256], 2))
    soft, sharp = fine_detail(large), fine_detail(camera)
    assert soft is not None
    assert sharp is not None
    assert soft < -18.5 < -12 < sharp
    assert findings(soft=round_half_up(resize(camera[:256, :256], 2, BILINEAR))) == [
        "soft: enlarged?"
    ]


def test_a_flat_image_has_no_detail_to_judge() -> None:
    """Not known is None, never a made-up number."""
    assert fine_detail(np.full((64, 64), 128.0)) is None
    assert fine_detail(np.zeros((8, 8))) is None


def test_clipped_and_tiny_images_are_named(camera: Grey) -> None:
    """Values at the ends of the range are counted; a short side is said."""
    burnt = np.clip(camera * 3 - 200, 0, 255)
    assert clipped(burnt) == pytest.approx(np.mean((burnt == 0) | (burnt == 255)))
    assert "clipped" in findings(burnt=burnt)[0]
    assert findings(small=camera[:100, :200])[0] == "tiny"


def test_the_same_scene_is_found_shrunk_and_cropped(camera: Grey) -> None:
    """A copy at 0.72 of the size, and a crop, are known from another photograph."""
    shrunk = np.clip(round_half_up(resize(camera, 0.72)), 0, 255)
    coffee = np.rint(read_embedded("coffee").astype(np.float64) * 255)
    said = findings(camera=camera, shrunk=shrunk, coffee=coffee)
    assert said == ["same scene as made shrunk", "same scene as made camera", ""]
    assert "same scene" in findings(camera=camera, crop=camera[60:350, 120:420])[1]


@pytest.mark.parametrize("error", [ImageError, DatasetError, FetchError])
def test_an_image_that_cannot_be_read_is_a_row(error: type[Exception]) -> None:
    """Its sentence stands in the table, and the others are measured."""

    def fail() -> Pixels:
        raise error("broken.png is damaged.")

    broken = ("made", ImageItem("broken", "", fail))
    table = audit([broken, *items(flat=np.full((16, 16), 9.0))])
    assert table.rows[0]["findings"] == "broken.png is damaged."
    assert table.rows[1]["size"] == "16 x 16"


def test_the_known_faults_of_the_embedded_images_are_found() -> None:
    """Moon was enlarged by repeated pixels; coins and page carry JPEG grids."""
    moon, coins, page = (
        np.rint(read_embedded(name).astype(np.float64) * 255) for name in ("moon", "coins", "page")
    )
    assert findings(moon=moon, coins=coins, page=page) == [
        "enlarged by repeated pixels",
        "JPEG grid",
        "JPEG grid",
    ]
