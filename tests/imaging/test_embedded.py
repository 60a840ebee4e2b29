"""The embedded images: the split holds, and the files are the known ones."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from upbench.benchmark.core.errors import DatasetError, ImageError, UnknownNameError
from upbench.benchmark.imaging import embedded
from upbench.benchmark.imaging.decode import pixels_digest
from upbench.benchmark.imaging.degrade import quantise
from upbench.benchmark.imaging.embedded import embedded_path, every_image, read_embedded, side

if TYPE_CHECKING:
    from pathlib import Path


def thumbnail(name: str) -> np.ndarray:
    """Return a 32 x 32 grey thumbnail of zero mean and unit norm."""
    grey = read_embedded(name).mean(axis=2)
    rows = np.array_split(grey, 32)
    small = np.array([[block.mean() for block in np.array_split(row, 32, axis=1)] for row in rows])
    small -= small.mean()
    return small / np.linalg.norm(small)


def test_files_digests_and_groups_are_on_one_side() -> None:
    """No file, content or scene is on two sides of the split."""
    assert len({image.file for image in every_image()}) == len(every_image())
    assert len({image.digest for image in every_image()}) == len(every_image())
    groups = {image.group for image in side("standard")} & {image.group for image in side("train")}
    assert groups == {""}
    stereo = {image.side for image in every_image() if image.file.startswith("motorcycle")}
    assert stereo == {"train"}


def test_no_training_image_looks_like_a_standard_one() -> None:
    """No pair across the split correlates as thumbnails, mirrored or not; the stereo pair does."""
    train = {image.name: thumbnail(image.name) for image in side("train")}
    standard = {image.name: thumbnail(image.name) for image in side("standard")}
    for (a, one), (b, two) in product(standard.items(), train.items()):
        for other in (two, two[:, ::-1], two[::-1], two[::-1, ::-1]):
            assert abs((one * other).sum()) < 0.6, (a, b)
    assert (train["motorcycle_left"] * train["motorcycle_right"]).sum() > 0.7


def test_every_digest_is_the_installed_files() -> None:
    """The installed packages hold exactly the files of the table."""
    for image in every_image():
        assert embedded_path(image).name == image.file


def test_every_picture_of_the_wheel_is_accounted_for() -> None:
    """The table leaves no image file of the wheel out."""
    of_wheel = [image for image in every_image() if image.package == "scikit-image"]
    folder = embedded_path(of_wheel[0]).parent
    suffixes = (".png", ".jpg", ".tif", ".gif")
    assert {path.name for path in folder.iterdir() if path.suffix in suffixes} == {
        image.file for image in of_wheel
    }


def test_every_image_says_why_and_whose() -> None:
    """Each row gives its reason and its source."""
    assert all(image.why and image.source for image in every_image())


PIXELS = {
    "grass": "a64e9bcf4c6e50f5c1ce383b06f70cf26dcf000e2ba0faecb1dc183081d93ace",
    "ihc": "168c7e76befb6258cc6002b0ce978f0075d49b42e7e9cdb0c929773636e56ac9",
    "moon": "a8ce061b3aa61d47c29fcb3573aa57adc9911b68a82f1c21b6a4843939f4fb82",
}


@pytest.mark.parametrize("name", PIXELS)
def test_processed_pixels_are_the_same_to_the_bit(name: str) -> None:
    """Halving is exact arithmetic: these digests hold on every machine."""
    assert pixels_digest(quantise(read_embedded(name))) == PIXELS[name]


def test_the_reference_images_state_what_they_went_through() -> None:
    """Each says its JPEG history; what carried a grid is shrunk by 2, the doubled moon too."""
    for image in side("standard"):
        assert image.jpeg
        assert image.source in image.about
        carried = "quality" in image.jpeg
        assert image.processing.startswith("halved") == carried
    assert read_embedded("moon").shape == (256, 256, 1)
    assert read_embedded("moon", original=True).shape == (512, 512, 1)
    assert read_embedded("rocket").shape == (214, 320, 3)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_every_metric_is_defined_on_every_reference_image(scale: int) -> None:
    """None is too small for the checkerboard level and the shift at any scale."""
    for image in side("standard"):
        height, width = (n - n % scale - 2 * scale for n in read_embedded(image.name).shape[:2])
        assert height * width >= (78 + 40 * scale) ** 2, image.name


def test_train_images_can_be_read() -> None:
    """Each training image is grey or RGB in [0, 1]."""
    for image in side("train"):
        pixels = read_embedded(image.name)
        assert pixels.dtype == np.float32
        assert 0 <= pixels.min() < pixels.max() <= 1


def test_another_version_of_scikit_image_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is missing or other than the table's is refused with what to install."""
    monkeypatch.setattr(embedded, "_folder_of", lambda _package: tmp_path)
    with pytest.raises(ImageError, match=r"camera\.png of the installed scikit-image is not"):
        read_embedded("camera")
    (tmp_path / "camera.png").write_bytes(b"another")
    with pytest.raises(ImageError, match=r"got SHA-256 \w+; install the version"):
        read_embedded("camera")


def test_no_scikit_image_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without scikit-image the sentence says what to install."""
    monkeypatch.setattr(embedded, "find_spec", lambda _: None)
    with pytest.raises(DatasetError, match="pip install scikit-image"):
        read_embedded("camera")


def test_a_misspelt_name_gets_a_hint() -> None:
    """An unknown embedded image names its neighbour."""
    with pytest.raises(UnknownNameError, match="did you mean 'astronaut'"):
        read_embedded("astronot")
