"""A folder of one's own, laid out as CamVid is: images and label maps in three splits.

::

    PATH/train  PATH/trainannot     images, and label maps of the same names and sizes
    PATH/val    PATH/valannot       scored along training
    PATH/test   PATH/testannot      scored at the end
    PATH/classes.txt                a class per line; without it they are CamVid's

A label map is a grey image, or one with a palette, that holds the number of each pixel's class,
from 0; every number beyond the classes is void.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.errors import DatasetError
from upbench.benchmark.core.files import user_path
from upbench.benchmark.imaging.decode import SUFFIXES, opened, read_header, read_image8
from upbench.benchmark.training.roles.segment import camvid
from upbench.benchmark.training.roles.segment.data import DEEPEST, Scenes, checked_split
from upbench.datasets import _local as local

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from upbench.benchmark.training.roles.segment.data import Split

__all__ = ["load_folder", "read_labels"]

CLASSES = "classes.txt"
MOST_CLASSES = 255
LEAST_SIDE = 2 * DEEPEST
_SPREAD = {"L;2": 85, "L;4": 17}
"""What Pillow multiplies grey values of few bits by, by its name of their layout."""


def load_folder(path: str) -> Scenes:
    """Read a folder of images and label maps.

    Raises:
        DatasetError: A folder or a label map is missing, labels do not fit, or sizes differ.
        ImageError: A file cannot be read.
    """
    folder = user_path(path)
    needed = [f"{split}{kind}" for split in camvid.SPLITS for kind in ("", "annot")]
    missing = [name for name in needed if not (folder / name).is_dir()]
    if missing:
        what = "has no folder " + ", ".join(missing) if folder.is_dir() else "is not a folder"
        raise DatasetError(
            f"{path} {what}; expected {', '.join(needed)} in it, images beside label maps of the "
            "same names; correct the path, or use --data shapes or --data camvid."
        )
    classes = _classes(folder)
    train, validation, test = (_read_split(folder, split, classes) for split in camvid.SPLITS)
    colours = camvid.COLOURS if classes == camvid.CLASSES else ()
    crop = _crop(folder, train)
    if not (train.labels < len(classes)).any():
        raise DatasetError(
            f"No pixel of {folder / 'trainannot'} has a class: every number is {len(classes)} or "
            f"higher, which is void; expected 0 to {len(classes) - 1}; correct the label maps or "
            f"{CLASSES}."
        )
    return Scenes(f"folder:{path}", classes, train, validation, test, crop, colours)


def read_labels(path: Path) -> NDArray[np.uint8]:
    """Read the numbers of a label map as they are stored, uint8 ``(H, W, 1)``.

    A palette's colours do not count, nor does Pillow stretch values of 2 and 4 bits to 0..255, as
    it does for pictures.  A map in colours comes as it is, ``(H, W, 3)``.

    Raises:
        ImageError: The file cannot be read.
    """
    pixels = read_image8(path)
    with opened(path) as stream, read_header(path, stream) as image:
        (*_, layout), *_ = getattr(image, "tile", None) or [("",)]
        if image.mode in {"P", "1"}:
            return np.asarray(image).astype(np.uint8)[:, :, None]
    return pixels // np.uint8(_SPREAD.get(layout, 1)) if isinstance(layout, str) else pixels


def _classes(folder: Path) -> tuple[str, ...]:
    """Return the classes' names: a line each."""
    file = folder / CLASSES
    if not file.is_file():
        return camvid.CLASSES
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()  # editors put a mark before it
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"{file} cannot be read ({error}); expected UTF-8 text, a class per line; replace it."
        ) from None
    names = tuple(line.strip() for line in lines if line.strip())
    if not 2 <= len(names) <= MOST_CLASSES:
        raise DatasetError(
            f"{file} names {len(names)} classes; expected 2 to {MOST_CLASSES}, one per line; "
            "correct it."
        )
    return names


def _read_split(folder: Path, split: str, classes: tuple[str, ...]) -> Split:
    files = sorted(
        (file for file in (folder / split).iterdir() if file.suffix.lower() in SUFFIXES),
        key=lambda file: file.name,
    )
    maps = []
    for file in files:
        found = local.named_image(folder / f"{split}annot", file.stem)
        if found is None:
            raise DatasetError(
                f"{folder / split}annot has no label map for {file.name}; expected "
                f"{file.stem}.png there; add it, or remove the image."
            )
        maps.append(read_labels(found))
    images = [read_image8(file) for file in files]
    names = [file.name for file in files]
    return checked_split(str(folder / split), images, maps, len(classes), names)


def _crop(folder: Path, train: Split) -> tuple[int, int]:
    """Return CamVid's crop, or the largest that the images hold."""
    if min(train.size) < LEAST_SIDE:
        height, width = train.size
        raise DatasetError(
            f"The images of {folder} are of {width} x {height} px; expected sides of at least "
            f"{LEAST_SIDE} px, for the encoder halves them four times; use larger ones."
        )
    height, width = (
        min(most, side // DEEPEST * DEEPEST)
        for most, side in zip(camvid.CROP, train.size, strict=True)
    )
    return height, width
