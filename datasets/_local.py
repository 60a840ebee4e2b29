"""Find a public set's images in the folder that UPBENCH_DATA names, whatever they are called there.

What decides is the pixels: an image is looked for under its own name first, then among all files
of the set's folder and of the folders in it (``HR/``), the most similar names first.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import ImageError
from upbench.benchmark.core.files import user_path
from upbench.benchmark.imaging.decode import SUFFIXES, image_size, pixels_digest, read_image8

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIABLE = "UPBENCH_DATA"
_DEPTH = 2
"""How deep below a set's folder its images are looked for."""


def find_set(*names: str) -> Path | None:
    """Return the set's folder in $UPBENCH_DATA, by one of its names in any case, or None.

    It may be the folder that the variable names itself.
    """
    data = os.environ.get(VARIABLE)
    if not data:
        return None
    place, plain = user_path(data), {_plain(name) for name in names}
    similar = [folder for folder in (*_folders(place), place) if _plain(folder.name) in plain]
    exact = [place / name for name in names]
    return next(filter(Path.is_dir, [*exact, *similar]), None)


def what_is_there() -> str:
    """Describe $UPBENCH_DATA for a person who expected a set in it; "" where it is not set."""
    data = os.environ.get(VARIABLE)
    if not data:
        return ""
    place = user_path(data)
    if not place.is_dir():
        return f"{VARIABLE} is {place}, which is not a folder"
    names = ", ".join(folder.name for folder in _folders(place)[:8])
    return f"{VARIABLE} is {place}, which holds {names or 'no folders'}"


def named_image(folder: Path, stem: str) -> Path | None:
    """Return the file of this very name directly in a folder, a lossless format first."""
    found = [path for path in (folder / (stem + suffix) for suffix in SUFFIXES) if path.is_file()]
    return min(found, key=is_jpeg, default=None)


def same_image(folder: Path, stem: str, digest: str, size: tuple[int, int] | None) -> Path | None:
    """Return a file of any name that holds an image, in a folder or in the folders below it.

    Args:
        folder: The set's folder.
        stem: The image's name: files of similar names are tried first.
        digest: SHA-256 of its 8-bit pixels.
        size: (width, height), where known: files of other sizes are not decoded.
    """
    for path in sorted(_image_files(folder), key=lambda path: (_unlike(path.stem, stem), path)):
        if size in {None, image_size(path)} and _digest(path, path.stat().st_mtime_ns) == digest:
            return path
    return None


def is_jpeg(path: Path) -> bool:
    """Say whether a file is a JPEG by its name: its pixels depend on the decoder."""
    return path.suffix.lower() in {".jpg", ".jpeg"}


def _image_files(folder: Path) -> Iterator[Path]:
    for depth in range(_DEPTH + 1):
        for path in folder.glob("*/" * depth + "*"):
            if path.suffix.lower() in SUFFIXES and path.is_file():
                yield path


def _folders(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else []


def _plain(name: str) -> str:
    """Return the letters and digits of a name, in lower case."""
    return "".join(filter(str.isalnum, name.lower()))


def _unlike(name: str, stem: str) -> int:
    """Return 0 for names that differ in case or marks, 1 where one holds the other, else 2."""
    one, other = _plain(name), _plain(stem)
    return 0 if one == other else 1 if one in other or other in one else 2


@lru_cache(maxsize=4096)
def _digest(path: Path, _modified: int) -> str:
    """Return the digest of a file's pixels, or "" where it cannot be read."""
    try:
        return pixels_digest(read_image8(path))
    except ImageError:
        return ""
