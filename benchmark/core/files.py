"""Files that are written whole or not at all, and paths as users type them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import StoreError, UsageError
from upbench.benchmark.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator


def user_path(text: str | Path) -> Path:
    """Return a path as a user means it: ``~`` is the home folder, ``~name`` another user's.

    Raises:
        UsageError: The system knows no such user, or no home folder.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        name = Path(text).parts[0]
        raise UsageError(
            f"{printable(str(text))} begins with {printable(name)}, which is no home folder here; "
            f"expected a path; where the name itself is meant, write ./{printable(str(text))}."
        ) from None


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
            f"Cannot write {path} ({error.strerror or error}); what was finished before is kept: "
            "free some space or choose another folder."
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
            f"{printable(name)} has bytes that are no text; choose another name: tables hold it."
        )
    try:
        if folder.exists() and not folder.is_dir():
            raise StoreError(f"{folder} is a file; expected a folder, or a name not yet taken.")
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable.{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StoreError(
            f"Cannot write in {folder} ({error.strerror}); choose another folder."
        ) from None
