"""CamVid at half size: road scenes with 11 classes, the most quoted small segmentation set.

G. J. Brostow, J. Fauqueur and R. Cipolla, "Semantic object classes in video: A high-definition
ground truth database", Pattern Recognition Letters 30(2), 2009, doi 10.1016/j.patrec.2008.04.005,
in the split and with the 11 classes of SegNet (V. Badrinarayanan, A. Kendall and R. Cipolla,
arXiv:1511.00561): 367 images to train, 101 to validate, 233 to test, 480 x 360 pixels, which are
halved here: images by means of 2 x 2 pixels, rounded half up, labels by every second pixel.

``camvid.json`` pins every public file, and every halved array, by its SHA-256.  ``$UPBENCH_DATA``
may hold either size, in a folder ``CamVid-half`` or ``CamVid``; otherwise the public files are
downloaded on first use (187 MB).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.errors import DatasetError, FetchError
from upbench.benchmark.imaging.decode import pixels_digest, read_image8
from upbench.benchmark.imaging.download import Pinned, cache_folder, fetch
from upbench.benchmark.training.roles.segment.data import Scenes, checked_split
from upbench.datasets import _local as local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from upbench.benchmark.core.arrays import Image8
    from upbench.benchmark.core.contract import Progress
    from upbench.benchmark.training.roles.segment.data import Split

__all__ = ["CLASSES", "COLOURS", "SPLITS", "Entry", "halved", "load_camvid", "public_files"]

SPLITS = ("train", "val", "test")
CLASSES = (
    *("sky", "building", "pole", "road", "pavement", "tree"),
    *("sign", "fence", "car", "pedestrian", "bicyclist"),
)
"""The classes of SegNet, in the order of their numbers; 11 is void."""
COLOURS = (
    *((128, 128, 128), (128, 0, 0), (192, 192, 128), (128, 64, 128), (60, 40, 222), (128, 128, 0)),
    *((192, 128, 128), (64, 64, 128), (64, 0, 128), (64, 64, 0), (0, 128, 192)),
)
"""SegNet's colours of the classes, so that pictures can be compared with published ones."""
CROP = (144, 192)
_FULL = (360, 480)
_FOLDERS = ("CamVid-half", "CamVid")


@dataclass(frozen=True)
class Entry:
    """One image of ``camvid.json``."""

    split: str
    name: str
    image: Pinned
    label: Pinned
    image_half: str
    """SHA-256 of the halved pixels: uint8, ``(180, 240, 3)``, row by row."""
    label_half: str
    """SHA-256 of every second label: uint8, ``(180, 240)``."""


def load_camvid(progress: Progress | None = None) -> Scenes:
    """Read CamVid at half size, downloading it first if it is not on this machine.

    Args:
        progress: Called with (what, bytes done, bytes in all) of a download, or with files.

    Raises:
        DatasetError: The folder in ``$UPBENCH_DATA`` lacks an image or holds another one.
        ImageError: A file cannot be read.
        FetchError: It could not be downloaded.
    """
    own = local.find_set(*_FOLDERS)
    if own is None:
        _download(progress)
    train, validation, test = (_read_split(own or _cached(), split) for split in SPLITS)
    return Scenes("camvid", CLASSES, train, validation, test, CROP, COLOURS)


@cache
def public_files() -> tuple[Entry, ...]:
    """Return the pinned images, split by split, in the order of their names."""
    text = Path(__file__).with_name("camvid.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return tuple(
        _entry(table["base_url"], split, name, row)
        for split in SPLITS
        for name, row in sorted(table["splits"][split].items())
    )


def halved(pixels: Image8) -> Image8:
    """Return the means of 2 x 2 pixels, rounded half up: uint8 ``(H, W, C)`` of even sides.

    >>> halved(np.array([[[1], [2]], [[2], [1]]], np.uint8)).tolist()
    [[[2]]]
    """
    height, width, channels = pixels.shape
    cells = pixels.reshape(height // 2, 2, width // 2, 2, channels).astype(np.uint16)
    means: Image8 = ((cells.sum(axis=(1, 3)) + 2) // 4).astype(np.uint8)
    return means


def _entry(base: str, split: str, name: str, row: list[Any]) -> Entry:
    image, image_bytes, label, label_bytes, image_half, label_half = row
    return Entry(
        split,
        name,
        Pinned(f"{base}CamVid/{split}/{name}.png", image, image_bytes),
        Pinned(f"{base}CamVid/{split}annot/{name}.png", label, label_bytes),
        image_half,
        label_half,
    )


def _cached() -> Path:
    return cache_folder() / "datasets" / "CamVid"


def _download(progress: Progress | None) -> None:
    """Fetch what is not in the cache; the files that came stay if it is interrupted."""
    files = [
        (file, _cached() / folder)
        for entry in public_files()
        for file, folder in ((entry.image, entry.split), (entry.label, f"{entry.split}annot"))
    ]
    done, total = 0, sum(file.bytes for file, _ in files)
    for file, folder in files:
        try:
            fetch(file, folder)
        except FetchError as error:
            looked = local.what_is_there()
            hint = f"  {looked}; CamVid was looked for there as {' or '.join(_FOLDERS)}."
            raise FetchError(f"{error}{hint if looked else ''}") from None
        done += file.bytes
        if progress:
            progress("camvid", done, total)


def _read_split(folder: Path, split: str) -> Split:
    entries = [entry for entry in public_files() if entry.split == split]
    images = [_read(folder / split, entry.name, entry.image_half) for entry in entries]
    labels = [_read(folder / f"{split}annot", e.name, e.label_half, labels=True) for e in entries]
    names = [entry.name for entry in entries]
    return checked_split(str(folder / split), images, labels, len(CLASSES), names)


def _read(folder: Path, name: str, digest: str, *, labels: bool = False) -> Image8:
    """Read one file of either size, and compare it with its SHA-256."""
    file = local.named_image(folder, name)
    if file is None:
        raise DatasetError(
            f"{folder} has no image {name}: expected CamVid as SegNet splits it, with the folders "
            f"{', '.join(_folders())}; complete it, or move it out of UPBENCH_DATA to have it "
            "downloaded."
        )
    pixels = read_image8(file)
    if pixels.shape[:2] == _FULL:
        pixels = pixels[::2, ::2] if labels else halved(pixels)
    got = pixels_digest(pixels)
    if got != digest:
        raise DatasetError(
            f"{file} is not CamVid's {name}: expected SHA-256 {digest} of its pixels at half size, "
            f"got {got}; replace the file, or move its folder out of UPBENCH_DATA to have the set "
            "downloaded."
        )
    return pixels


def _folders() -> Iterator[str]:
    for split in SPLITS:
        yield split
        yield f"{split}annot"
