"""Real pairs of a low- and a high-resolution image: ``pairs:LR_DIR:HR_DIR``."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import Dataset, ImageItem
from upbench.benchmark.core.errors import DatasetError
from upbench.benchmark.core.hashing import digest_of
from upbench.benchmark.core.text import counted
from upbench.benchmark.imaging.decode import MAX_PIXELS, image_size
from upbench.datasets.folder import as_text, folder_images

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.datasets.folder import NamedFile

__all__ = ["pairs_dataset"]

_ENDING = re.compile(r"(?:[-_]?x\d+|[-_](?:LR|HR|GT))+$", re.IGNORECASE)
"""By which the names of published pairs differ: ``0001x4``, ``baby_LR`` and ``baby_HR``."""


def pairs_dataset(paths: str, max_pixels: int = MAX_PIXELS) -> Dataset:
    r"""Describe the pairs that two folders hold: images of one name belong together.

    Names are compared without their suffix and without an ending like ``x4``, ``_LR``, ``_HR`` or
    ``_GT``.  The scale of a pair is that of its sizes, a whole number; at other scales a cell is
    skipped.

    Args:
        paths: ``LR_DIR:HR_DIR``; a colon in a name is written ``\:``, unless the two folders are
            there under one reading alone.
        max_pixels: A file whose header says more is refused before it is decoded.

    Returns:
        A dataset named ``pairs:LR_DIR:HR_DIR``.

    Raises:
        DatasetError: The folders are not there, or a name has no partner.  Sizes that do not fit
            are found when the images are listed.
    """
    low, high = _two_folders(paths)
    _matched(low, high, max_pixels)  # fail now, not in the middle of a run
    return Dataset(
        name=f"pairs:{as_text(paths)}",
        items=partial(_items, low, high, max_pixels),
        source=f"the folders {as_text(low)} and {as_text(high)}",
        licence="unknown",
        summary=f"real pairs: {as_text(low)} enlarged is compared with {as_text(high)}",
        file=__file__,
    )


def _two_folders(paths: str) -> tuple[str, str]:
    """Split at the colon that leaves two folders."""
    if escaped := re.split(r"(?<!\\):", paths):
        parts = [part.replace(r"\:", ":") for part in escaped]
        if len(parts) == 2 and all(part.strip() for part in parts):
            return parts[0], parts[1]
    colons = [place for place, sign in enumerate(paths) if sign == ":"]
    splits = [(paths[:place], paths[place + 1 :]) for place in colons]
    there = [one for one in splits if all(Path(p).expanduser().is_dir() for p in one)]
    if len(there) == 1:
        return there[0]
    raise DatasetError(
        f"pairs:{paths} does not name two folders; expected pairs:LR_DIR:HR_DIR, a colon in a name "
        r"written \:, like pairs:photos/small:photos/large."
    )


def _matched(low: str, high: str, max_pixels: int) -> list[tuple[NamedFile, NamedFile]]:
    """Return the files that belong together, in the order of the large ones.

    Raises:
        DatasetError: A folder cannot be used, or a name stands in one of the two alone.
    """
    files = [folder_images(folder, max_pixels) for folder in (low, high)]
    same = {one.name for one in files[0]} == {one.name for one in files[1]}
    small, large = (
        _by_key(folder, listed, plain=same)
        for folder, listed in zip((low, high), files, strict=True)
    )
    for here, there, folder in ((small, large, high), (large, small, low)):
        alone = [one.file.name for key, one in here.items() if key not in there]
        if alone:
            shown = ", ".join(alone[:3]) + (", ..." if len(alone) > 3 else "")
            raise DatasetError(
                f"{counted(len(alone), 'image')} of {len(here)} without a partner of the same name "
                f"in {folder}: {shown}; expected the same names in both folders."
            )
    return [(small[key], large[key]) for key in large]


def _by_key(folder: str, files: Sequence[NamedFile], *, plain: bool) -> dict[str, NamedFile]:
    """Return files by what pairs have in common: their names, or those without an ending."""
    found: dict[str, NamedFile] = {}
    for one in files:
        key = one.name if plain else _ENDING.sub("", one.file.stem)
        if key in found:
            raise DatasetError(
                f"{folder} has two images named {key!r}, {found[key].file.name} and "
                f"{one.file.name}; expected one of each name."
            )
        found[key] = one
    return found


def _items(low: str, high: str, max_pixels: int) -> Sequence[ImageItem]:
    return [_item(small, large) for small, large in _matched(low, high, max_pixels)]


def _item(small: NamedFile, large: NamedFile) -> ImageItem:
    digest = digest_of([small.digest, large.digest]) if small.digest and large.digest else ""
    return ImageItem(large.name, digest, large.load, small.load, _scale_of(small, large))


def _scale_of(small: NamedFile, large: NamedFile) -> int | None:
    """Return the whole factor between two files; None where one cannot be read: loading says why.

    Raises:
        DatasetError: The sizes have no whole factor.
    """
    sizes = [image_size(one.file) for one in (small, large)]
    known = [size for size in sizes if size is not None]
    if len(known) < len(sizes):
        return None
    (width, height), (wide, high) = known
    factor = round(wide / width)
    # the crop of the large image to a multiple of the scale leaves less than one cell
    fits = factor >= 2 and wide // factor == width and high // factor == height
    if not fits:
        raise DatasetError(
            f"{small.file.name} has {width}x{height} pixels and {large.file.name} {wide}x{high}; "
            "expected the second to be a whole factor from 2 up larger than the first."
        )
    return factor
