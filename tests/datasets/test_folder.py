"""Any folder as a dataset."""

from __future__ import annotations

import hashlib
import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from upbench.benchmark.core.errors import DatasetError, ImageError
from upbench.datasets.folder import folder_dataset

if TYPE_CHECKING:
    from pathlib import Path


def put(folder: Path, *names: str) -> None:
    """Write a small image under each name, different in each."""
    for number, name in enumerate(names):
        Image.new("RGB", (6, 4), (number, 0, 0)).save(folder / name)


def names(folder: Path) -> list[str]:
    """Return the dataset's image names."""
    return [item.name for item in folder_dataset(str(folder)).items()]


def test_images_are_listed_sorted(tmp_path: Path) -> None:
    """Images of every suffix in any case are taken, sorted; nothing else is."""
    put(tmp_path, "b.png", "a.JPG", "c.bmp", "e.webp", "d.TIFF", ".hidden.png")
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "sub.png").mkdir()
    assert names(tmp_path) == ["a", "b", "c", "d", "e"]


def test_an_item_is_complete(tmp_path: Path) -> None:
    """An item survives pickling, digests the file's bytes and loads the pixels."""
    put(tmp_path, "zero.png", "one.png")
    described = folder_dataset(str(tmp_path))
    assert described.name == f"folder:{tmp_path}"
    item = pickle.loads(pickle.dumps(described)).items()[0]  # noqa: S301 - our own bytes
    assert item.digest == hashlib.sha256((tmp_path / "one.png").read_bytes()).hexdigest()
    np.testing.assert_array_equal(item.load()[0, 0], np.float32([1 / 255, 0, 0]))


def test_names_are_unique(tmp_path: Path) -> None:
    """Files that share a stem are named with their suffix, even in the awkward case."""
    put(tmp_path, "a.png", "a.bmp", "b.png")
    assert names(tmp_path) == ["a.bmp", "a.png", "b"]
    put(tmp_path, "a.png.png")
    assert names(tmp_path) == ["a.bmp", "a.png", "a.png.png", "b.png"]


def test_a_relative_path_stays_the_same_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dataset keeps its folder when the working directory changes."""
    put(tmp_path, "a.png")
    monkeypatch.chdir(tmp_path.parent)
    described = folder_dataset(tmp_path.name)
    monkeypatch.chdir("/")
    assert described.name == f"folder:{tmp_path.name}"
    assert described.items()[0].load().shape == (4, 6, 3)


def test_a_broken_file_breaks_only_itself(tmp_path: Path) -> None:
    """A text file named .png is listed, and loading it says what is wrong."""
    put(tmp_path, "a.png")
    (tmp_path / "b.png").write_text("text")
    good, bad = folder_dataset(str(tmp_path)).items()
    assert good.load().shape == (4, 6, 3)
    with pytest.raises(ImageError, match="is not an image"):
        bad.load()


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A link to a file elsewhere is listed and refused; a link inside is followed."""
    folder = tmp_path / "folder"
    folder.mkdir()
    put(tmp_path, "secret.png")
    put(folder, "a.png")
    (folder / "inside.png").symlink_to(folder / "a.png")
    (folder / "out.png").symlink_to(tmp_path / "secret.png")
    _, inside, out = folder_dataset(str(folder)).items()
    assert inside.load().shape == (4, 6, 3)
    assert out.digest == ""
    with pytest.raises(ImageError, match="leads out of its folder"):
        out.load()


def test_a_dangling_link_is_an_image_error(tmp_path: Path) -> None:
    """A link to nothing is listed and says so when loaded."""
    (tmp_path / "gone.png").symlink_to(tmp_path / "nothing.png")
    (item,) = folder_dataset(str(tmp_path)).items()
    with pytest.raises(ImageError, match="cannot be opened"):
        item.load()


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    """A missing folder, a file in its place and an empty folder each say so."""
    with pytest.raises(DatasetError, match="No such file or directory"):
        folder_dataset(str(tmp_path / "none"))
    (tmp_path / "file").write_text("")
    with pytest.raises(DatasetError, match="Not a directory"):
        folder_dataset(str(tmp_path / "file"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match=r"has no images: expected files ending in \.bmp"):
        folder_dataset(str(tmp_path / "empty"))
