"""Hashes of what a number depends on: code and files.

A result may be used again only while everything that made it is the same.  Code is compared by
what it does: comments, docstrings and layout do not count.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "code_hash",
    "content_hash",
    "digest_of",
    "module_hash",
]

NAMESPACE = "upbench."
DESCRIPTIONS = {"upbench.benchmark.core.contract", "upbench.benchmark.core.errors"}
"""Modules that hold metadata and wording only: their edits change no number."""


def digest_of(parts: Iterable[str]) -> str:
    """Return the SHA-256 of some strings, as 64 hexadecimal digits; the borders count."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(f"{len(data)}:".encode() + data)
    return digest.hexdigest()


def code_hash(file: str | Path) -> str:
    """Return 16 hexadecimal digits that change when a file's code, or ours below it, changes.

    Args:
        file: A Python file.  The upbench modules it imports count too, and theirs; modules of
            other packages do not, their versions stand beside this hash in a cell's key.

    Returns:
        The hash, or "" when the file cannot be read or parsed.
    """
    try:
        return digest_of(_closure(Path(file)))[:16]
    except (OSError, SyntaxError, ValueError):
        return ""


def content_hash(files: Iterable[Path]) -> str:
    """Return one SHA-256 for the content of some files; a file that is not there counts as such."""
    return digest_of(part for file in files for part in (file.name, _content(file)))


def _content(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return "missing"


@lru_cache(maxsize=1024)
def module_hash(*modules: str) -> str:
    """Return one code hash for several modules of ours, by their full names."""
    return digest_of(code_hash(path) for module in modules for path in _files_of(module))[:16]


def _closure(file: Path) -> list[str]:
    """Return the normalised source of a file and of the upbench modules it reaches."""
    sources: dict[str, str] = {}
    waiting = [file]
    while waiting:
        path = waiting.pop()
        if str(path) in sources:
            continue
        normalised, imported = _read(str(path), path.stat().st_mtime_ns)
        # The first file is known by its content alone, so that a plugin may be moved.
        sources[str(path)] = normalised
        waiting += [found for module in imported for found in _files_of(module)]
    return [sources[str(file)], *sorted(sources.values())]


@lru_cache(maxsize=1024)
def _read(path: str, _modified: int) -> tuple[str, tuple[str, ...]]:
    tree = ast.parse(Path(path).read_bytes())
    imported = tuple(sorted(set(_imports(tree)) - DESCRIPTIONS))
    return ast.dump(_without_docstrings(tree)), imported


def _imports(tree: ast.Module) -> Iterator[str]:
    """Yield the names of upbench modules that a file imports, at any depth of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith(NAMESPACE))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(NAMESPACE):
            module = str(node.module)
            yield module
            # `from upbench.benchmark import resample` names a module by its last word
            yield from (f"{module}.{alias.name}" for alias in node.names)


@lru_cache(maxsize=1024)
def _files_of(module: str) -> tuple[Path, ...]:
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return ()
    is_file = spec is not None and spec.origin is not None and spec.has_location
    return (Path(str(spec.origin)),) if spec is not None and is_file else ()


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            body[0] = ast.Pass()
    return tree


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
