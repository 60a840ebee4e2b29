"""Any folder of images as a dataset: ``folder:PATH``."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import Dataset, ImageItem
from upbench.benchmark.core.errors import DatasetError, ImageError
from upbench.benchmark.imaging.decode import MAX_PIXELS, SUFFIXES, read_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.core.contract import Image

__all__ = ["folder_dataset"]


def folder_dataset(path: str, max_pixels: int = MAX_PIXELS) -> Dataset:
    """Describe the images that lie directly in a folder, sorted by file name.

    Files with the suffix of a format that is read are taken, in upper or lower case; folders in
    it, other files and hidden files are not.  An image is named by its stem, or by its whole file
    name where two share a stem.  A file that cannot be used is still listed: loading it raises
    ImageError, so that it becomes a row with its reason.  So is a link that leads out of the
    folder, which is never followed.

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
    folder = Path(path).expanduser().absolute()
    _image_files(folder)  # fail now, not in the middle of a run
    return Dataset(
        name=f"folder:{path}",
        items=partial(_items, folder, max_pixels),
        source=f"the folder {path}",
        licence="unknown",
        summary=f"the images in {path}",
        file=__file__,
    )


def _items(folder: Path, max_pixels: int) -> Sequence[ImageItem]:
    """List the images; digests are SHA-256 of the files, empty for one that cannot be read."""
    files = _image_files(folder)
    named = zip(files, _names(files), strict=True)
    return [_item(folder, file, name, max_pixels) for file, name in named]


def _image_files(folder: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise DatasetError(
            f"{folder} cannot be used as a dataset ({error.strerror}); expected a folder of "
            f"images; check the path."
        ) from None
    files = [entry for entry in entries if _looks_like_image(entry)]
    if not files:
        raise DatasetError(
            f"{folder} has no images: expected files ending in {', '.join(SUFFIXES)} directly in "
            f"it, got {len(entries)} other entries; choose another folder."
        )
    return files


def _looks_like_image(entry: Path) -> bool:
    named = entry.suffix.lower() in SUFFIXES and not entry.name.startswith(".")
    return named and (entry.is_symlink() or not entry.is_dir())


def _names(files: Sequence[Path]) -> list[str]:
    """Name each by its stem; by its file name where stems collide."""
    shared = Counter(file.stem for file in files)
    names = [file.stem if shared[file.stem] == 1 else file.name for file in files]
    if len(set(names)) < len(names):  # one file's stem is another's whole name
        names = [file.name for file in files]
    # A file name of undecodable bytes must not break the tables it goes into.
    return [os.fsencode(name).decode("utf-8", "backslashreplace") for name in names]


def _item(folder: Path, file: Path, name: str, max_pixels: int) -> ImageItem:
    if file.is_symlink() and not file.resolve().is_relative_to(folder.resolve()):
        return ImageItem(name, "", partial(_refuse_link, file))
    return ImageItem(name, _digest(file), partial(read_image, file, max_pixels=max_pixels))


def _refuse_link(file: Path) -> Image:
    raise ImageError(
        f"{file} is a link that leads out of its folder; expected the image itself; "
        f"copy the file into the folder."
    )


def _digest(file: Path) -> str:
    if not file.is_file():  # a pipe, say: reading would wait for ever
        return ""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return ""
