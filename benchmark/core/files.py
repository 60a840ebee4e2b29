"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """Give a file to write beside the path, and rename it onto the path when it is done.

    Raises:
        StoreError: The disk is full or the folder cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        raise StoreError(
            f"Cannot write {path} ({error.strerror or error}); finished cells are kept: "
            "free some space or choose another --out."
        ) from None
    finally:
        unfinished.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> Path:
    """Write a text as UTF-8, whole or not at all; return its file.

    Raises:
        StoreError: The disk is full or the folder cannot be written.
    """
    with write_atomically(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
    return path


def make_folder(folder: Path) -> None:
    """Make a folder for results if it is not there, and find out whether it can be written.

    Raises:
        StoreError: It is a file, or cannot be made or written.
    """
    if (name := str(folder)) != name.encode("utf-8", "replace").decode("utf-8"):
        raise StoreError(
            f"--out {printable(name)} has bytes that are no text; choose another name: tables "
            "hold it."
        )
    try:
        if folder.exists() and not folder.is_dir():
            raise StoreError(
                f"--out {folder} is a file; expected a folder, or a name not yet taken."
            )
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable.{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StoreError(
            f"Cannot write in --out {folder} ({error.strerror}); choose another folder."
        ) from None
