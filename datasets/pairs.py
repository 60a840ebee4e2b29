"""Real pairs of a low- and a high-resolution image: ``pairs:LR_DIR:HR_DIR``."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import Dataset, ImageItem
from upbench.benchmark.core.errors import DatasetError, ImageError
from upbench.benchmark.core.files import user_path
from upbench.benchmark.core.hashing import digest_of
from upbench.benchmark.core.metadata import MAX_SCALE, MIN_SCALE
from upbench.benchmark.core.text import counted
from upbench.benchmark.imaging.decode import MAX_PIXELS, image_channels, image_size
from upbench.datasets.folder import as_text, folder_images, folder_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.core.arrays import Image
    from upbench.datasets.folder import NamedFile

__all__ = ["pairs_dataset"]

_MARK = r"[-_](?:x\d+|(?:LR|HR|GT)\d*)"
_ENDINGS = (
    None,
    re.compile(rf"(?:{_MARK})+$", re.IGNORECASE),
    re.compile(rf"(?:{_MARK}|x\d+)+$", re.IGNORECASE),
)
"""By which the names of published pairs differ: not at all, as ``baby_LR4`` and ``baby_HR``, as
``babyx4`` and ``baby``.  The last takes ``box1`` and ``box2`` for one name, ``bo``."""


def pairs_dataset(paths: str, max_pixels: int = MAX_PIXELS) -> Dataset:
    r"""Describe the pairs that two folders hold: images of one name belong together.

    Names are compared without their suffix, and without an ending like ``_LR``, ``_HR``, ``_GT`` or
    ``x4`` where more of them are equal then.  The scale of a pair is that of its sizes, a whole
    number; at other scales a cell is skipped.

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
        notes=partial(_notes, low, high),
        file=__file__,
    )


def _two_folders(paths: str) -> tuple[str, str]:
    """Split at the colon that leaves two folders."""
    parts = [part.replace(r"\:", ":") for part in re.split(r"(?<!\\):", paths)]
    if len(parts) == 2 and all(part.strip() for part in parts):
        return parts[0], parts[1]
    colons = [place for place, sign in enumerate(paths) if sign == ":"]
    splits = [(paths[:place], paths[place + 1 :]) for place in colons]
    there = [one for one in splits if all(user_path(p).is_dir() for p in one)]
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
    # the one that cuts least, where several are best
    ending = max(_ENDINGS, key=partial(_equal_names, files[0], files[1]))
    small, large = (
        _by_key(folder, listed, ending) for folder, listed in zip((low, high), files, strict=True)
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


def _equal_names(
    small: Sequence[NamedFile], large: Sequence[NamedFile], ending: re.Pattern[str] | None
) -> int:
    """Return how many names stand in both folders where such endings do not count."""
    low, high = ({_key(one, ending) for one in files} for files in (small, large))
    return len(low & high)


def _key(one: NamedFile, ending: re.Pattern[str] | None) -> str:
    return one.name if ending is None else ending.sub("", one.file.stem)


def _by_key(
    folder: str, files: Sequence[NamedFile], ending: re.Pattern[str] | None
) -> dict[str, NamedFile]:
    """Return files by what pairs have in common: their names without an ending."""
    found: dict[str, NamedFile] = {}
    for one in files:
        key = _key(one, ending)
        if key in found:
            raise DatasetError(
                f"{folder} has two images named {key!r}, {found[key].file.name} and "
                f"{one.file.name}; expected one of each name."
            )
        found[key] = one
    return found


def _notes(low: str, high: str) -> Sequence[str]:
    """Say of each folder what is said of one that is a dataset by itself."""
    return [f"In {as_text(one)}: {note}" for one in (low, high) for note in folder_notes(one)]


def _items(low: str, high: str, max_pixels: int) -> Sequence[ImageItem]:
    return [_item(small, large) for small, large in _matched(low, high, max_pixels)]


def _item(small: NamedFile, large: NamedFile) -> ImageItem:
    digest = digest_of([small.digest, large.digest]) if small.digest and large.digest else ""
    low = partial(_load_small, small, large)
    return ImageItem(large.name, digest, large.load, low, _scale_of(small, large))


def _load_small(small: NamedFile, large: NamedFile) -> Image:
    """Read the small image of a pair.

    Raises:
        ImageError: It cannot be used, or is grey where the large one is RGB, or RGB where that is
            grey: the luma of RGB reaches from 16 to 235, grey levels from 0 to 255.
    """
    image = small.load()
    other = image_channels(large.file)
    if other not in {None, image.shape[2]}:
        grey, rgb = (small, large) if other == 3 else (large, small)
        raise ImageError(
            f"{as_text(str(grey.file))} is grey and {as_text(str(rgb.file))} is RGB; expected a "
            "pair of one kind; save the grey one as RGB, with three equal channels."
        )
    return image


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
    # the crop of the large image to a multiple of the scale leaves less than one cell
    factors = range(MAX_SCALE, MIN_SCALE - 1, -1)  # of several that fit the one that leaves least
    fitting = [one for one in factors if (wide // one, high // one) == (width, height)]
    if not fitting:
        raise DatasetError(
            f"{small.file.name} has {width}x{height} pixels and {large.file.name} {wide}x{high}; "
            f"expected the second to be a whole factor from {MIN_SCALE} to {MAX_SCALE} larger than "
            "the first."
        )
    return fitting[0]
