"""A folder of one's own, laid out as CamVid is: images and label maps in three splits.

::

    PATH/train  PATH/trainannot     images, and label maps of the same names and sizes
    PATH/val    PATH/valannot       scored along training
    PATH/test   PATH/testannot      scored at the end
    PATH/classes.txt                a class per line; without it they are CamVid's

A label map is an 8-bit grey image that holds the number of each pixel's class, from 0; every number
beyond the classes is void.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import DatasetError
from upbench.benchmark.imaging.decode import SUFFIXES, read_image8
from upbench.benchmark.training.roles.segment import camvid
from upbench.benchmark.training.roles.segment.data import DEEPEST, Scenes, checked_split
from upbench.datasets import _local as local

if TYPE_CHECKING:
    from upbench.benchmark.training.roles.segment.data import Split

__all__ = ["load_folder"]

CLASSES = "classes.txt"
MOST_CLASSES = 255
LEAST_SIDE = 2 * DEEPEST


def load_folder(path: str) -> Scenes:
    """Read a folder of images and label maps.

    Raises:
        DatasetError: A folder or a label map is missing, labels do not fit, or sizes differ.
        ImageError: A file cannot be read.
    """
    folder = Path(path).expanduser()
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
    return Scenes(f"folder:{folder.name}", classes, train, validation, test, crop, colours)


def _classes(folder: Path) -> tuple[str, ...]:
    """Return the classes' names: a line each."""
    file = folder / CLASSES
    if not file.is_file():
        return camvid.CLASSES
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
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
        maps.append(read_image8(found))
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
