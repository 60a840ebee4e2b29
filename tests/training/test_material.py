"""What is learned from: pairs as the protocol makes them, and no test image among them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from upbench.benchmark.core.errors import DatasetError, ImageError
from upbench.benchmark.engine.cell import prepare
from upbench.benchmark.imaging.decode import read_image
from upbench.benchmark.registry.catalog import built_in_protocols, collect
from upbench.benchmark.training import Recipe, load_material, material
from upbench.benchmark.training.material import LOOK_ALIKES, TEST_SETS, gather
from upbench.datasets.folder import folder_dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_pairs_are_what_the_benchmark_gives_a_method(pictures: Path) -> None:
    """Small and large planes are those of ``y-classic``, for an RGB picture of odd size as well."""
    random = np.random.default_rng(0)
    Image.fromarray(random.integers(0, 255, (41, 53, 3), np.uint8)).save(pictures / "a-colour.png")
    material = gather([folder_dataset(str(pictures))], [], 3, 10)
    pair = material.validation[0]
    prepared = prepare(read_image(pictures / "a-colour.png"), 3, built_in_protocols()["y-classic"])

    assert pair.name.endswith("/a-colour")
    assert pair.low.shape == (13, 17)
    assert np.array_equal(pair.low, prepared.low[:, :, 0])
    assert np.array_equal(np.rint(pair.high * 255), prepared.high[:, :, 0])


def test_every_15th_image_is_kept_for_validation(
    tmp_path: Path, picture: Callable[..., None]
) -> None:
    """Images 0, 15 and 30 are not learned from; all others are."""
    for number in range(32):
        picture(tmp_path / f"{number:02}.png", number, 24, 24)
    material = gather([folder_dataset(str(tmp_path))], [], 2, 10)

    assert [pair.name[-2:] for pair in material.validation] == ["00", "15", "30"]
    assert len(material.training) == 29
    assert not {p.name for p in material.training} & {p.name for p in material.validation}


def test_images_are_learned_from_at_several_sizes(
    tmp_path: Path, picture: Callable[..., None]
) -> None:
    """Those that are judged by keep their size; a size that holds no patch is not learned from."""
    for number in range(3):
        picture(tmp_path / f"{number}.png", number, 45, 61)
    sizes = (1.0, 0.7, 0.4)  # the last has 18 rows, a patch 20
    material = gather([folder_dataset(str(tmp_path))], [], 2, 10, sizes=sizes)

    assert [pair.high.shape for pair in material.validation] == [(44, 60)]
    assert [pair.high.shape for pair in material.training] == 2 * [(44, 60), (30, 42)]
    assert [pair.name[-1] for pair in material.training] == ["1", "1", "2", "2"]
    assert not material.too_small


def test_images_that_are_judged_by_keep_their_size(pictures: Path) -> None:
    """They do so also where nothing is learned from at full size; too small a size is refused."""
    material = gather([folder_dataset(str(pictures))], [], 2, 8, sizes=(0.5,))
    assert [pair.high.shape for pair in material.validation] == [(40, 48)]
    assert max(max(pair.high.shape) for pair in material.training) == 24
    with pytest.raises(DatasetError) as refused:
        gather([folder_dataset(str(pictures))], [], 2, 15, sizes=(0.3, 0.5))
    assert str(refused.value) == (
        "None of 4 images holds a patch of 30 pixels at 0.5 of its size; expected larger images or "
        "sizes."
    )


def test_smaller_images_are_shrunk_as_the_protocol_shrinks(pictures: Path) -> None:
    """At half the size what is learned from is what the whole image is learned from at x2."""
    shrunk = gather([folder_dataset(str(pictures))], [], 2, 8, sizes=(0.5,)).training[0]
    whole = gather([folder_dataset(str(pictures))], [], 2, 8).training[0]
    height, width = shrunk.high.shape

    expected = np.clip(np.floor(whole.low * 255.0 + 0.5), 0, 255)[:height, :width]
    assert np.array_equal(np.rint(shrunk.high * 255.0), expected)


def test_digest_tells_pixels_and_split(pictures: Path, picture: Callable[..., None]) -> None:
    """The digest is that of the pixels in order: another file format changes nothing."""

    def digest() -> str:
        return gather([folder_dataset(str(pictures))], [], 2, 10).digest

    first = digest()
    with Image.open(pictures / "waves2.png") as opened:
        opened.save(pictures / "waves2.bmp")
    (pictures / "waves2.png").unlink()
    assert digest() == first
    picture(pictures / "waves2.bmp", 9, 44, 48)
    assert digest() != first


def test_too_small_images_are_left_out(pictures: Path, picture: Callable[..., None]) -> None:
    """An image too small for a patch is named and not learned from."""
    picture(pictures / "narrow.png", 0, 60, 19)
    material = gather([folder_dataset(str(pictures))], [], 2, 10)

    assert material.too_small == (f"folder:{pictures}/narrow",)
    assert len(material.training) + len(material.validation) == 5


def test_too_few_images_are_refused(tmp_path: Path, picture: Callable[..., None]) -> None:
    """One image alone cannot be both learned from and kept for validation."""
    picture(tmp_path / "one.png", 0, 40, 40)
    picture(tmp_path / "small.png", 0, 10, 40)
    with pytest.raises(DatasetError) as refused:
        gather([folder_dataset(str(tmp_path))], [], 2, 10)
    assert str(refused.value) == (
        f"folder:{tmp_path}: 1 images are large enough to train on, of 2; expected at least 2: "
        "give more with --data."
    )


def test_unreadable_image_is_reported(pictures: Path) -> None:
    """A damaged file ends the training before it begins, and is named."""
    (pictures / "broken.png").write_bytes(b"not a picture")
    with pytest.raises(ImageError, match=r"broken\.png"):
        gather([folder_dataset(str(pictures))], [], 2, 10)


def test_test_image_is_refused_by_its_pixels(pictures: Path) -> None:
    """An image of ``standard``, saved under another name in another format, is recognised."""
    catalog = collect()
    camera = next(i for i in catalog.dataset("standard").items() if i.name == "camera")
    pixels = np.rint(camera.load()[:, :, 0] * 255).astype(np.uint8)
    Image.fromarray(pixels).save(pictures / "holiday.tif")
    with pytest.raises(DatasetError) as refused:
        load_material(catalog, [f"folder:{pictures}"], 2, Recipe(patch=10))
    assert str(refused.value) == (
        f"folder:{pictures}/holiday has the very pixels of standard/camera, which is a test image; "
        "scores on it would mean nothing: leave it out of --data."
    )


def test_image_of_a_downloaded_test_set_is_refused(pictures: Path, public_data: Path) -> None:
    """Images of a set that is downloaded are known by the digests in its table."""
    with Image.open(next((public_data / "Set5").glob("butterfly*"))) as butterfly:
        butterfly.save(pictures / "mine.bmp")
    with pytest.raises(DatasetError, match=r"mine has the very pixels of set5/butterfly"):
        load_material(collect(), [f"folder:{pictures}"], 2, Recipe(patch=10))


def test_what_a_test_image_was_made_from_is_left_out(
    tmp_path: Path, picture: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is neither learned from nor validated on, is named, and the split stays as it was."""
    for number in range(32):
        picture(tmp_path / f"{number:02}.png", number, 24, 24)
    whole = gather([folder_dataset(str(tmp_path))], [], 2, 10)
    for left_out in (whole.training[3], whole.validation[1]):
        monkeypatch.setattr(material, "LOOK_ALIKES", frozenset({left_out.digest}))
        found = gather([folder_dataset(str(tmp_path))], [], 2, 10)
        assert found.look_alikes == (left_out.name,)
        for before, after in (
            (whole.training, found.training),
            (whole.validation, found.validation),
        ):
            kept = [pair.name for pair in before if pair.name != left_out.name]
            assert [pair.name for pair in after] == kept


def test_the_look_alike_is_bsd200s_302003() -> None:
    """The digest that training leaves out is that of the image that set5/woman was made from."""
    (name,) = (i.name for i in collect().dataset("bsd200").items() if i.digest in LOOK_ALIKES)
    assert name == "302003"


def test_refusal_needs_no_download(pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Test sets that are not on this machine are compared without being fetched."""
    monkeypatch.setenv("UPBENCH_DATA", str(pictures))

    def no_network(*_arguments: object, **_options: object) -> None:
        raise AssertionError("a download")

    monkeypatch.setattr("upbench.benchmark.imaging.download.fetch", no_network)
    material = load_material(collect(), [f"folder:{pictures}"], 2, Recipe(patch=10))

    assert len(material.training) == 4
    assert set(TEST_SETS) == {"standard", "set5", "set14", "bsd100", "urban100"}


def test_progress_is_reported(pictures: Path) -> None:
    """Reading counts the images."""
    said: list[tuple[str, int, int]] = []
    gather([folder_dataset(str(pictures))], [], 2, 10, lambda *news: said.append(news))
    assert said == [("reading images", number, 5) for number in range(6)]


def test_datasets_are_read_in_the_order_given(
    tmp_path: Path, pictures: Path, picture: Callable[..., None]
) -> None:
    """The order of --data is the order of the pairs; licences are kept for the card."""
    other = tmp_path / "other"
    other.mkdir()
    picture(other / "first.png", 50, 30, 30)
    shutil.copy(pictures / "waves0.png", other / "second.png")
    material = gather([folder_dataset(str(f)) for f in (other, pictures)], [], 2, 10)

    assert material.validation[0].name == f"folder:{other}/first"
    assert material.training[0].name == f"folder:{other}/second"
    assert [line.split(": ")[0] for line in material.licences] == list(material.datasets)
