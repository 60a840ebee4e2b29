"""Any folder of images as a dataset: ``folder:PATH``."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import Dataset, ImageItem
from upbench.benchmark.core.errors import DatasetError
from upbench.benchmark.core.files import user_path
from upbench.benchmark.core.text import counted
from upbench.benchmark.imaging.decode import MAX_PIXELS, SUFFIXES, read_image, unapplied

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from upbench.benchmark.core.arrays import Image

__all__ = ["NamedFile", "folder_dataset", "folder_images", "folder_notes"]


@dataclass(frozen=True)
class NamedFile:
    """An image of a folder."""

    file: Path
    name: str
    """Its stem, or its whole name where two share a stem."""
    digest: str
    """SHA-256 of the file; "" where it cannot be read."""
    max_pixels: int = MAX_PIXELS

    def load(self) -> Image:
        """Read it.

        Raises:
            ImageError: It cannot be used, or is not the file that was listed.
        """
        return read_image(self.file, max_pixels=self.max_pixels, digest=self.digest)


def folder_dataset(path: str, max_pixels: int = MAX_PIXELS) -> Dataset:
    """Describe the images that lie directly in a folder, sorted by file name.

    Files with the suffix of a format that is read are taken, in upper or lower case; folders in
    it, other files and hidden files are not, and the dataset's notes say which.  A link counts as
    what it leads to, wherever that is.  An image is named by its stem, or by its whole file
    name where two share a stem.  A file that cannot be used is still listed: loading it raises
    ImageError, so that it becomes a row with its reason.  So does a file that is no longer the one
    that was listed, and a link that leads nowhere or to itself.

    Args:
        path: The folder; ``~`` is the home folder.
        max_pixels: A file whose header says more is refused before it is decoded.

    Returns:
        A dataset named ``folder:PATH``, with the path as it was given.

    Raises:
        DatasetError: The folder is missing, is not a folder, cannot be read or has no images.
    """
    if not path.strip():
        raise DatasetError("folder: names no folder; expected folder:PATH, like folder:photos.")
    folder = user_path(path).absolute()
    _image_files(folder)  # fail now, not in the middle of a run
    shown = as_text(path)
    return Dataset(
        name=f"folder:{shown}",
        items=partial(_items, folder, max_pixels),
        source=f"the folder {shown}",
        licence="unknown",
        summary=f"the images in {shown}",
        notes=partial(folder_notes, folder),
        file=__file__,
    )


def _items(folder: Path, max_pixels: int) -> Sequence[ImageItem]:
    """List the images; digests are SHA-256 of the files, empty for one that cannot be read."""
    return [ImageItem(one.name, one.digest, one.load) for one in folder_images(folder, max_pixels)]


def folder_images(folder: str | Path, max_pixels: int = MAX_PIXELS) -> list[NamedFile]:
    """Return the images that lie directly in a folder, as a dataset of it lists them.

    Raises:
        DatasetError: The folder is missing, is not a folder, cannot be read or has no images.
    """
    files = _image_files(user_path(folder).absolute())
    return [
        NamedFile(file, name, _digest(file), max_pixels)
        for file, name in zip(files, _names(files), strict=True)
    ]


def _image_files(folder: Path) -> list[Path]:
    entries = _entries(folder)
    files = [entry for entry in entries if _looks_like_image(entry)]
    if not files:
        raise DatasetError(
            f"{folder} has no images: expected files ending in {', '.join(SUFFIXES)} directly in "
            f"it, got {len(entries)} other entries; choose another folder."
        )
    return files


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (OSError, ValueError) as error:  # a name that no file can have is a ValueError
        why = getattr(error, "strerror", error)
        raise DatasetError(
            f"{folder} cannot be used as a dataset ({why}); expected a folder of "
            f"images; check the path."
        ) from None


def _looks_like_image(entry: Path) -> bool:
    named = entry.suffix.lower() in SUFFIXES and not entry.name.startswith(".")
    return named and not _is_folder(entry)


def _is_folder(entry: Path) -> bool:
    """Say whether an entry is a folder; no, where names may be listed and not looked at."""
    try:
        return entry.is_dir()
    except OSError:  # reading the image says why
        return False


def _names(files: Sequence[Path]) -> list[str]:
    """Name each by its stem; by its file name where stems collide."""
    shared = Counter(file.stem for file in files)
    names = [file.stem if shared[file.stem] == 1 else file.name for file in files]
    if len(set(names)) < len(names):  # one file's stem is another's whole name
        names = [file.name for file in files]
    return [as_text(name) for name in names]


def as_text(name: str) -> str:
    """Write undecodable bytes of a file name as escapes: they would break the tables."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _digest(file: Path) -> str:
    try:
        if not file.is_file():  # a pipe, say: reading would wait for ever
            return ""
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""


# What is said of a folder before it is used


def folder_notes(folder: str | Path) -> Sequence[str]:
    """Say which entries are not taken, and which images ask for something that is not done."""
    folder = user_path(folder).absolute()
    images = _image_files(folder)
    others = sorted({*_entries(folder)} - {*images})
    shown = [entry for entry in others if not entry.name.startswith(".")]
    kinds = Counter(e.suffix.lower() or "no suffix" for e in shown if not _is_folder(e))
    folders = [e.name for e in shown if _is_folder(e)]
    asked = Counter(what for image in images for what in unapplied(image))
    found = []
    if kinds:
        listed = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
        found.append(
            f"{counted(kinds.total(), 'file')} not taken: {listed}; expected {', '.join(SUFFIXES)}."
        )
    if folders:
        found.append(
            f"{counted(len(folders), 'folder')} in it not looked into: {', '.join(folders[:5])}."
        )
    found += [
        f"{counted(count, 'image')} with {what}, which is not applied: pixels are used as "
        f"they are stored."
        for what, count in sorted(asked.items())
    ]
    return [as_text(note) for note in found]
