"""Any folder as a dataset."""

from __future__ import annotations

import hashlib
import os
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from upbench.benchmark.core.errors import DatasetError, ImageError, UsageError
from upbench.datasets.folder import folder_dataset

if TYPE_CHECKING:
    from collections.abc import Callable


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


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        pytest.param(lambda file: file.write_text("text"), "is not an image", id="text"),
        pytest.param(
            lambda file: file.symlink_to("b.png"), "cannot be opened", id="link to itself"
        ),
    ],
)
def test_a_broken_file_breaks_only_itself(
    tmp_path: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    """Text named .png, or a link to itself, is listed, and loading it says what is wrong."""
    put(tmp_path, "a.png")
    spoil(tmp_path / "b.png")
    good, bad = folder_dataset(str(tmp_path)).items()
    assert good.load().shape == (4, 6, 3)
    with pytest.raises(ImageError, match=sentence):
        bad.load()


def test_a_link_is_what_it_leads_to(tmp_path: Path) -> None:
    """Links to files are followed, also out of the folder as in a cache; to folders not."""
    folder, blobs = tmp_path / "folder", tmp_path / "blobs"
    folder.mkdir()
    blobs.mkdir()
    put(blobs, "5e6f.png")
    put(folder, "a.png")
    (folder / "inside.png").symlink_to("a.png")
    (folder / "out.png").symlink_to("../blobs/5e6f.png")
    (folder / "blobs.png").symlink_to(blobs)
    described = folder_dataset(str(folder))
    a, inside, out = described.items()
    assert a.digest == inside.digest == hashlib.sha256((folder / "a.png").read_bytes()).hexdigest()
    assert out.load().shape == (4, 6, 3)
    assert described.notes is not None
    assert described.notes() == ["1 folder in it not looked into: blobs.png."]


def test_an_image_that_is_replaced_is_refused(tmp_path: Path) -> None:
    """Between listing and reading a file must stay what it is: its row would be another image's."""
    put(tmp_path, "a.png")
    (item,) = folder_dataset(str(tmp_path)).items()
    put(tmp_path, "b.png", "a.png")
    with pytest.raises(ImageError, match="another file than when the images were listed"):
        item.load()


def test_a_folder_says_what_it_did_not_take(tmp_path: Path) -> None:
    """Other files by their suffixes, folders by name; nothing where all is taken."""
    put(tmp_path, "a.png")
    described = folder_dataset(str(tmp_path))
    assert described.notes is not None
    assert described.notes() == []
    put(tmp_path, "b.gif", "c.gif")
    for name in ("d.JP2", "README", ".hidden"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "sub").mkdir()
    files, folders = described.notes()
    assert files.startswith("4 files not taken: 2 .gif, 1 .jp2, 1 no suffix; expected .bmp, .jpeg")
    assert folders == "1 folder in it not looked into: sub."


def test_a_folder_says_what_is_not_applied(tmp_path: Path) -> None:
    """A rotation by EXIF is not applied, and not kept quiet."""
    put(tmp_path, "a.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("b.jpg", "c.jpg"):
        Image.new("RGB", (6, 4)).save(tmp_path / name, exif=exif)
    described = folder_dataset(str(tmp_path))
    assert described.notes is not None
    (note,) = described.notes()
    assert note.startswith("2 images with an EXIF orientation, which is not applied")


@pytest.mark.parametrize("name", ["with, comma", "with=sign", " spaces ", "caf\u00e9", "folder:x"])
def test_a_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    """A comma or a colon in a folder's name is part of the name."""
    (tmp_path / name).mkdir()
    put(tmp_path / name, "a.png")
    described = folder_dataset(str(tmp_path / name))
    assert described.name == f"folder:{tmp_path / name}"
    assert described.items()[0].load().shape == (4, 6, 3)


def test_a_folder_name_of_undecodable_bytes_is_escaped(tmp_path: Path) -> None:
    """The images are read, and the name can be written into a table."""
    folder = tmp_path / os.fsdecode(b"old\xff")
    folder.mkdir()
    put(folder, "a.png")
    described = folder_dataset(str(folder))
    assert described.name.encode().endswith(b"old\\xff")
    assert described.items()[0].load().shape == (4, 6, 3)


def test_a_dangling_link_is_an_image_error(tmp_path: Path) -> None:
    """A link to nothing is listed and says so when loaded."""
    (tmp_path / "gone.png").symlink_to(tmp_path / "nothing.png")
    (item,) = folder_dataset(str(tmp_path)).items()
    with pytest.raises(ImageError, match="cannot be opened"):
        item.load()


def test_a_folder_that_may_be_listed_and_not_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its images are listed, and each says why it cannot be read."""
    put(tmp_path, "a.png")
    look = Path.stat

    def denied(path: Path, **options: bool) -> os.stat_result:
        if path.parent == tmp_path:
            raise PermissionError(13, "Permission denied")
        return look(path, **options)

    monkeypatch.setattr(Path, "stat", denied)
    described = folder_dataset(str(tmp_path))
    (item,) = described.items()
    assert described.notes is not None
    assert described.notes() == []
    with pytest.raises(ImageError, match=r"a\.png cannot be opened \(Permission denied\)"):
        item.load()


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
def test_a_name_that_no_folder_can_have_is_one_sentence(name: str) -> None:
    """Of a script: no shell can type it."""
    with pytest.raises(DatasetError, match="cannot be used as a dataset"):
        folder_dataset(name)


def test_a_home_folder_that_is_none_is_one_sentence() -> None:
    """The shell leaves ``~nobody-here`` as it is, where there is no such user."""
    with pytest.raises(UsageError, match=r"^~nobody-here/x begins with ~nobody-here, which is no"):
        folder_dataset("~nobody-here/x")


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
