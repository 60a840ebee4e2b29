"""Real pairs: matched by name, of the scale of their sizes, with their shift measured."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from skimage import data

from upbench.benchmark.core.contract import ImageItem
from upbench.benchmark.core.errors import DatasetError, ImageError
from upbench.benchmark.engine.registration import pair_offset, shift_note, shift_summary
from upbench.benchmark.imaging.degrade import matlab_bicubic_8bit
from upbench.benchmark.registry.catalog import own
from upbench.benchmark.registry.images import read_low
from upbench.datasets.pairs import pairs_dataset

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Upbench = Callable[..., subprocess.CompletedProcess[str]]

HIGH = data.coffee()[:192, :256]
LOW = matlab_bicubic_8bit(HIGH, 2)


def put(folder: Path, name: str, pixels: np.ndarray) -> None:
    """Write an image into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(folder / name)


def paired(folder: Path, names: dict[str, str]) -> list[str]:
    """Write a pair for each name of a small image and of its large one; return the images."""
    for low, high in names.items():
        put(folder / "lr", f"{low}.png", LOW)
        put(folder / "hr", f"{high}.png", HIGH)
    return [item.name for item in pairs_dataset(f"{folder}/lr:{folder}/hr").items()]


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    """One pair at x2, as its protocol would make it."""
    put(tmp_path / "lr", "cupx2.png", LOW)
    put(tmp_path / "hr", "cup.png", HIGH)
    return tmp_path


def test_a_pair_scores_as_its_protocol_would(upbench: Upbench, pair: Path) -> None:
    """Where the small image is what the protocol makes, the row is that of the large one alone."""
    common = ("--methods", "bicubic", "--scales", "2,3", "--protocol", "rgb8,y-classic")
    done = upbench("run", "--datasets", "pairs:lr:hr,folder:hr", *common, "--out", "o")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "1 pair measured, shifted by 0.00 px down and 0.00 px right" in done.stderr
    rows = pd.read_csv(pair / "o" / "scores.csv").set_index(["dataset", "scale", "protocol"])
    real, made = rows.loc["pairs:lr:hr", 2, "rgb8"], rows.loc["folder:hr", 2, "rgb8"]
    assert real["psnr_db"] == made["psnr_db"]
    assert real["reason"] == "The pair is shifted by 0.00 px down and 0.00 px right."
    other = rows.loc["pairs:lr:hr", 3, "rgb8"]
    assert (other["status"], other["reason"]) == (
        "skipped",
        "The pair is of x2; --scales 2 runs it.",
    )
    luma = rows.loc["pairs:lr:hr", 2, "y-classic"]
    assert luma["psnr_db"] == pytest.approx(real["psnr_db"], abs=0.1)


@pytest.mark.parametrize(("down", "right"), [(0, 1), (1, 0), (-1, 2)])
def test_a_shift_is_measured(down: int, right: int) -> None:
    """The small image of a shifted large one lies as far off as that was shifted."""
    moved = np.roll(data.coffee(), (down, right), axis=(0, 1))[20:212, 20:276]
    still = data.coffee()[20:212, 20:276]
    offset = pair_offset(matlab_bicubic_8bit(moved, 2), still, 2)
    assert offset == pytest.approx((down, right), abs=0.05)


def test_half_a_pixel_is_measured() -> None:
    """Keeping the first pixel of each cell shifts by half a pixel at x2."""
    smooth = np.asarray(Image.fromarray(HIGH).resize((256, 192), Image.Resampling.BOX))
    blurred = (smooth.astype(float) + np.roll(smooth, 1, 0)) / 2
    offset = pair_offset(matlab_bicubic_8bit(blurred.round().astype(np.uint8), 2), HIGH, 2)
    assert offset == pytest.approx((0.5, 0.0), abs=0.05)


def test_what_cannot_be_registered_is_said() -> None:
    """A flat pair has no shift."""
    flat = np.full((64, 64, 3), 100, np.uint8)
    assert shift_note(pair_offset(flat[::2, ::2], flat, 2)) == (
        "The shift of the pair cannot be measured."
    )


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("a_LR", "a_HR"),
        ("ax2", "a"),
        ("0001x2", "0001"),
        ("a-lr", "a_gt"),
        ("a_x1", "a_x2"),
        ("Canon_001_LR2", "Canon_001_HR"),
    ],
)
def test_names_may_end_as_those_of_public_pairs(tmp_path: Path, low: str, high: str) -> None:
    """Endings that say which of the two it is, or the scale, do not count."""
    put(tmp_path / "lr", f"{low}.png", LOW)
    put(tmp_path / "hr", f"{high}.png", HIGH)
    (item,) = pairs_dataset(f"{tmp_path}/lr:{tmp_path}/hr").items()
    assert (item.name, item.scale) == (high, 2)


def test_names_that_are_equal_are_not_cut(tmp_path: Path) -> None:
    """``matrix2`` and ``matrix3`` are two names, though they end like scales."""
    names = {"matrix2": "matrix2", "matrix3": "matrix3"}
    assert paired(tmp_path, names) == ["matrix2", "matrix3"]


def test_no_more_of_a_name_is_cut_than_makes_a_pair(tmp_path: Path) -> None:
    """``box1`` ends like a scale: with an ending behind it, it is a name."""
    names = {"box1_LR": "box1_HR", "box2_LR": "box2_HR"}
    assert paired(tmp_path, names) == ["box1_HR", "box2_HR"]
    put(tmp_path / "lr", "lost_LR.png", LOW)
    with pytest.raises(DatasetError, match=r"1 image of 3 without a partner .*hr: lost_LR\.png;"):
        pairs_dataset(f"{tmp_path}/lr:{tmp_path}/hr")


def test_two_images_of_one_name_are_named(tmp_path: Path) -> None:
    """No one can say which of them is meant; two that are so in both folders are two pairs."""
    for name in ("a.png", "a.bmp"):
        put(tmp_path / "lr", name, LOW)
    put(tmp_path / "hr", "a.png", HIGH)
    with pytest.raises(DatasetError, match=r"lr has two images named 'a', a\.bmp and a\.png; exp"):
        pairs_dataset(f"{tmp_path}/lr:{tmp_path}/hr")
    put(tmp_path / "hr", "a.bmp", HIGH)
    assert len(pairs_dataset(f"{tmp_path}/lr:{tmp_path}/hr").items()) == 2


def test_turned_tiffs_are_pairs_as_they_are_stored(tmp_path: Path) -> None:
    """A large TIFF that asks for a quarter turn has the sides of its pixels, and its note."""
    exif = Image.Exif()
    exif[0x0112] = 6
    for folder, pixels in (("lr", LOW), ("hr", HIGH)):
        put(tmp_path / folder, "a.png", pixels)
    (tmp_path / "hr" / "a.png").unlink()
    Image.fromarray(HIGH).save(tmp_path / "hr" / "a.tif", exif=exif)
    dataset = pairs_dataset(f"{tmp_path}/lr:{tmp_path}/hr")
    (item,) = dataset.items()
    assert (item.scale, item.load().shape[:2]) == (2, HIGH.shape[:2])
    assert dataset.notes is not None
    (note,) = dataset.notes()
    assert note.startswith(f"In {tmp_path}/hr: 1 image with an EXIF orientation, which is not app")


@pytest.mark.parametrize("typed", [r"{0}/a\:b:{0}/hr", "{0}/a:b:{0}/hr"])
def test_a_colon_in_a_name(tmp_path: Path, typed: str) -> None:
    """It may be escaped, and need not be where only one reading leaves two folders."""
    put(tmp_path / "a:b", "x.png", LOW)
    put(tmp_path / "hr", "x.png", HIGH)
    assert len(pairs_dataset(typed.format(tmp_path)).items()) == 1


def test_a_comma_in_a_name(upbench: Upbench, tmp_path: Path) -> None:
    """It is escaped as in every list of names."""
    put(tmp_path / "a,b", "x.png", LOW)
    put(tmp_path / "hr", "x.png", HIGH)
    named = ("--datasets", r"pairs:a\,b:hr", "--methods", "nearest", "--scales", "2")
    done = upbench("run", *named, "--dry-run")
    assert (done.returncode, "1 of 1 cells would run" in done.stderr) == (0, True), done.stderr


def test_a_path_of_undecodable_bytes_becomes_text(tmp_path: Path) -> None:
    """The tables can hold its name."""
    low = tmp_path / os.fsdecode(b"lr\xff")
    put(low, "x.png", LOW)
    put(tmp_path / "hr", "x.png", HIGH)
    dataset = pairs_dataset(f"{low}:{tmp_path}/hr")
    for text in (dataset.name, dataset.source, dataset.summary):
        assert r"lr\xff" in text
        text.encode()
    assert len(dataset.items()) == 1


def test_names_without_a_partner_are_named(pair: Path) -> None:
    """The sentence says which, in which folder, and what is expected."""
    put(pair / "lr", "lost.png", LOW)
    with pytest.raises(DatasetError, match=r"1 image of 2 without a partner .*hr: lost\.png;"):
        pairs_dataset(f"{pair}/lr:{pair}/hr")


@pytest.mark.parametrize("size", [(100, 128), (96, 127), (192, 256), (384, 512), (11, 15)])
def test_sizes_that_have_no_scale_are_named(tmp_path: Path, size: tuple[int, int]) -> None:
    """Equal sizes, a low image that is larger, factors that are not whole, and a factor of 17."""
    put(tmp_path / "lr", "a.png", np.zeros((*size, 3), np.uint8))
    put(tmp_path / "hr", "a.png", HIGH)
    with pytest.raises(DatasetError, match=rf"{size[1]}x{size[0]} pixels and a\.png 256x192; exp"):
        pairs_dataset(f"{tmp_path}/lr:{tmp_path}/hr").items()


@pytest.mark.parametrize("typed", ["", "lr", "lr:", ":hr", "gone:hr:more"])
def test_what_names_no_two_folders_is_refused(typed: str) -> None:
    """The sentence shows the form."""
    with pytest.raises(DatasetError, match="does not name two folders; expected pairs:LR_DIR:"):
        pairs_dataset(typed)


@pytest.mark.parametrize(
    ("low", "high", "scale"), [(5, 23, 4), (2, 7, 3), (30, 495, 16), (1, 3, 3), (3, 7, 2)]
)
def test_the_rest_of_a_crop_does_not_count(tmp_path: Path, low: int, high: int, scale: int) -> None:
    """A large image of 23 pixels, of which 20 are whole cells of 4, makes a small one of 5."""
    put(tmp_path / "lr", "a.png", np.zeros((low, low, 3), np.uint8))
    put(tmp_path / "hr", "a.png", np.zeros((high, high, 3), np.uint8))
    (item,) = pairs_dataset(f"{tmp_path}/lr:{tmp_path}/hr").items()
    assert item.scale == scale


def test_grey_beside_rgb_is_no_pair(tmp_path: Path) -> None:
    """The luma of RGB is in studio range, grey levels are not: their difference is no error."""
    put(tmp_path / "lr", "a.png", LOW[:, :, 0])
    put(tmp_path / "hr", "a.png", HIGH)
    put(tmp_path / "lr", "b.png", LOW)
    put(tmp_path / "hr", "b.png", HIGH[:, :, 0])
    put(tmp_path / "lr", "c.png", LOW[:, :, 0])
    put(tmp_path / "hr", "c.png", HIGH[:, :, 0])
    *mixed, grey = pairs_dataset(f"{tmp_path}/lr:{tmp_path}/hr").items()
    for item, (dark, bright) in zip(mixed, (("lr/a", "hr/a"), ("hr/b", "lr/b")), strict=True):
        assert item.load().shape[:2] == (192, 256)
        with pytest.raises(ImageError) as caught:
            read_low(item)
        assert str(caught.value) == (
            f"{tmp_path}/{dark}.png is grey and {tmp_path}/{bright}.png is RGB; expected a pair of "
            "one kind; save the grey one as RGB, with three equal channels."
        )
    low = read_low(pickle.loads(pickle.dumps(grey)))  # noqa: S301 - our own bytes
    assert low is not None
    assert low.shape == (96, 128, 1)


def test_a_folder_that_is_not_there_is_named(pair: Path) -> None:
    """As for folder:PATH."""
    with pytest.raises(DatasetError, match="gone cannot be used as a dataset"):
        pairs_dataset(f"{pair}/gone:{pair}/hr")


def test_a_pair_that_cannot_be_read_is_a_row(upbench: Upbench, pair: Path) -> None:
    """A damaged small image costs its row; the others run."""
    put(pair / "hr", "torn.png", HIGH)
    (pair / "lr" / "tornx2.png").write_bytes(b"no picture")
    named = ("--datasets", "pairs:lr:hr", "--methods", "nearest", "--scales", "2", "--out", "o")
    done = upbench("run", *named)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    rows = pd.read_csv(pair / "o" / "scores.csv").set_index("image")
    assert rows.loc["cup", "status"] == "ok"
    assert "tornx2.png is not an image that can be read" in rows.loc["torn", "reason"]


def test_a_pair_that_a_plugin_cannot_read_has_no_part_in_the_summary() -> None:
    """Whatever kind of data error it is: the pair's rows say why."""

    def broken() -> Any:
        raise DatasetError("The worker process ended with exit code 3.")

    assert shift_summary([("p", ImageItem("i", "d", broken, low=broken, scale=2))]) == []


def test_the_summary_is_of_pairs_alone() -> None:
    """Datasets of single images have no shift."""
    standard = own().datasets["standard"]
    assert shift_summary([("standard", item) for item in standard.items()]) == []
