"""Hashes of what a number depends on: code and files.

A result may be used again only while everything that made it is the same.  Code is compared by
what it does: comments, docstrings and layout do not count.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from upbench.benchmark.core.distributions import distribution_of
from upbench.benchmark.core.imports import (
    LARGEST,
    PACKAGE,
    code_files,
    file_of,
    is_ours,
    libraries_of,
    source,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from upbench.benchmark.core.contract import Method


def digest_of(parts: Iterable[str]) -> str:
    """Return the SHA-256 of some strings, as 64 hexadecimal digits; the borders count."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")  # file names may hold any bytes
        digest.update(f"{len(data)}:".encode() + data)
    return digest.hexdigest()


def code_hash(file: str | Path) -> str:
    """Return 16 hexadecimal digits that change when a file's code, or code that it runs, changes.

    Args:
        file: A Python file.  What it imports from beside it, from its distribution and from
            upbench counts too, and what those import; so do the versions of a plugin's
            distribution and of the libraries that it imports.  A folder may be moved as a whole.

    Returns:
        The hash, or "" when the file cannot be read or parsed.
    """
    main = Path(file).absolute()
    try:
        if not source(main).parsed:
            return ""
        _, *others = code_files(main)
        named = sorted((_name_beside(main, other), source(other).code) for other in others)
        outside = () if is_ours(main) else (distribution_of(main), *libraries_of(main))
    except OSError:
        return ""
    parts = (part for pair in named for part in pair)
    return digest_of((source(main).code, *outside, *parts))[:16]


def _name_beside(main: Path, file: Path) -> str:
    """Name a file so that the name stays when the folder of the main file moves."""
    return os.path.relpath(file, PACKAGE if is_ours(file) else main.parent)


def method_hash(method: Method) -> str:
    """Return the hash of a method's code; of a ``--model`` also of its files and settings."""
    code = code_hash(method.file)
    if not method.origin:
        return code
    return digest_of((code, weights_hash(method), method.settings))[:16]


def weights_hash(method: Method) -> str:
    """Return the hash of what a method says that it loads, or "" for nothing."""
    folder = Path(method.file).parent
    return content_hash(folder / file for file in method.weights) if method.weights else ""


def content_hash(files: Iterable[Path]) -> str:
    """Return one SHA-256 for the content of some files; a file that is not there counts as such."""
    return digest_of(part for file in files for part in (file.name, file_digest(file)))


def file_digest(file: Path) -> str:
    """Return the SHA-256 of a file, of a huge one its size and time, or "missing"."""
    try:
        stat = file.stat()
        if stat.st_size > LARGEST:
            return f"{stat.st_size} bytes of {stat.st_mtime_ns}"
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return "missing"


@lru_cache(maxsize=1024)
def module_hash(*modules: str) -> str:
    """Return one code hash for several modules of ours, by their full names."""
    files = filter(None, map(file_of, modules))
    return digest_of(map(code_hash, files))[:16]
