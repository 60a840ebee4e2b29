"""The pictures that a user means: files, folders and patterns, with a name for each output."""

from __future__ import annotations

import glob
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.files import user_path
from upbench.benchmark.core.text import distinct
from upbench.benchmark.imaging.decode import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Found(NamedTuple):
    """A picture to enlarge."""

    file: Path
    stem: str
    """What its outputs are named by; no two pictures of a command share one."""


def find_pictures(names: Iterable[str]) -> tuple[list[Found], list[str]]:
    """Find the files that a user means: files, folders (their pictures) and patterns.

    Returns:
        The pictures in order, each once, and a sentence for each name that leads to none.
    """
    files: dict[Path, Path] = {}
    problems = []
    for name in names:
        try:
            chosen = _files_of(name)
        except UsageError as error:
            problems.append(str(error))
            continue
        if not chosen:
            problems.append(_why_none(name))
        files |= {file.resolve(): file for file in chosen if file.resolve() not in files}
    return _named([*files.values()]), problems


def _files_of(name: str) -> list[Path]:
    path = user_path(name)
    if path.is_dir():
        return sorted(
            file
            for file in path.iterdir()
            if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
        )
    if path.exists():  # also a name that looks like a pattern
        return [path]
    return [Path(found) for found in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207


def _why_none(name: str) -> str:
    if user_path(name).is_dir():
        return f"{name} holds no picture; expected files ending in {', '.join(SUFFIXES)}."
    return f"{name} is not there; expected a picture, a folder or a pattern like 'photos/*.png'."


def _named(files: Sequence[Path]) -> list[Found]:
    """Name each by its stem, with its suffix or a number where others have the same."""
    shared = Counter(file.stem.casefold() for file in files)
    stems = (
        file.stem if shared[file.stem.casefold()] == 1 else f"{file.stem}-{_suffix(file)}"
        for file in files
    )
    return [Found(file, stem) for file, stem in zip(files, distinct(stems), strict=True)]


def _suffix(file: Path) -> str:
    return file.suffix.lstrip(".").lower()
