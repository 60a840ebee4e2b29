"""Which files a Python file runs: its own and those that it imports from beside it.

Source is read, never run.  Followed are imports at any depth of a file (lazy ones too), relative
ones, ``import_module("name")`` with a literal, and literals that name a Python file beside it:

- inside the file's own folder tree, as a script imports;
- inside its own package, or its distribution where it is an installed one;
- inside upbench, but for modules that hold metadata and wording only.

Other libraries are known by their versions (``libraries_of``).  Imports for type checkers run
nothing.
"""

from __future__ import annotations

import ast
import gc
import glob
import hashlib
import os
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import BYTECODE_SUFFIXES, EXTENSION_SUFFIXES, SOURCE_SUFFIXES
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from upbench.benchmark.core.distributions import above_package, install_folder, owned, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[2]
"""The folder of the package upbench."""

DESCRIPTIONS = {
    "upbench",
    "upbench.benchmark.contract",
    "upbench.benchmark.core.arrays",
    "upbench.benchmark.core.contract",
    "upbench.benchmark.core.errors",
    "upbench.benchmark.core.kinds",
    "upbench.benchmark.core.metadata",
    "upbench.benchmark.core.progress",
    "upbench.benchmark.core.table",
    "upbench.benchmark.core.text",
    "upbench.benchmark.core.upsampler",
}
"""Modules that hold metadata, types and wording only: their edits change no number."""

_SUFFIXES = (*EXTENSION_SUFFIXES, *SOURCE_SUFFIXES, *BYTECODE_SUFFIXES)
_IMPORTERS = ("import_module", "__import__")
_LONGEST_NAME = 200
_MOST_NAMED = 1000
"""Files that the patterns of a file name in a folder."""
_FILLED_IN = re.compile(r"\{[^{}]*\}|%[-0-9.]*[a-z]")
SYSTEM = ("/proc/", "/sys/", "/dev/", "/etc/")
"""Files that no result depends on, and whose contents change by themselves."""
LARGEST = 1 << 30
"""Bytes of a file that is digested; a larger one counts by its size and time."""


@dataclass(frozen=True)
class Source:
    """What one file says."""

    code: str
    """Its syntax tree without comments, docstrings and layout; a digest where there is none."""
    parsed: bool = False
    """Whether it is Python that can be read."""
    imports: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """Each import: how many leading dots it has, and the names between its dots."""
    literals: tuple[str, ...] = ()
    """Texts that may name files or folders."""
    patterns: tuple[str, ...] = ()
    """Texts that are filled in when it runs, as ``glob`` takes them."""
    adds_folders: bool = False
    """Whether it touches ``sys.path``."""


def code_files(file: Path) -> tuple[Path, ...]:
    """Return a Python file and every file that it runs from beside it, each once; itself first.

    Raises:
        OSError: The file cannot be read.
    """
    roots, owned = _search(file)
    found, waiting = {file: None}, [file]
    while waiting:
        current = waiting.pop()
        for each in _reached(current, roots):
            if each not in found and (owned is None or is_ours(each) or each in owned):
                found[each] = None
                waiting.append(each)
    return tuple(found)


def source(file: Path) -> Source:
    """Read a file; the last reading is used again while its time and size stay the same.

    Raises:
        OSError: It cannot be read.
    """
    stat = file.stat()
    return _read(str(file), stat.st_mtime_ns, stat.st_size)


def file_of(module: str) -> Path | None:
    """Return the file of a module of upbench by its full name, or None without one."""
    return _file_of(tuple(module.split(".")))


def libraries_of(file: Path) -> tuple[str, ...]:
    """Return the name and version of each installed library that a plugin's files import, sorted.

    Raises:
        OSError: The file cannot be read.
    """
    roots, _ = _search(file)
    imports = (
        each for used in code_files(file) if not is_ours(used) for each in source(used).imports
    )
    tops = {names[0] for dots, names in imports if not dots}
    elsewhere = {top for top in tops if not any(_is_beside(folder, top) for folder in roots)}
    known = map(version_of, elsewhere - {"upbench"} - sys.stdlib_module_names)
    return tuple(sorted(filter(None, known)))


def _is_beside(folder: Path, name: str) -> bool:
    installed = install_folder(folder)
    return not installed and bool(_module(folder, name) or [*(folder / name).glob("*.py")])


def _reached(file: Path, roots: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files that one file names itself."""
    read = source(file)
    ours = is_ours(file)
    folders = () if ours else (*roots, *_added_folders(file, read))
    for dots, names in read.imports:
        if dots:
            base = file.parents[min(dots, len(file.parents)) - 1]
            yield from _along(base.parent, (base.name, *names))
        elif names[0] == "upbench":
            yield from filter(None, [_file_of(names)])
        else:
            for folder in folders:
                yield from _along(folder, names)
    for text in () if ours else read.literals:
        if text.endswith(".py") and (named := file.parent / text).is_file():
            yield named


def named_files(file: Path) -> set[Path]:
    """Return the data files beside a plugin that its code names, and that of its helpers.

    C code may open them, which nothing sees.  ``f"x{scale}.bin"`` names all files that fit.

    Raises:
        OSError: The plugin cannot be read.
    """
    if is_ours(file):
        return set()
    code = {one for one in code_files(file) if not is_ours(one)}
    return {named for one in code for named in _named(one.parent, source(one))} - code


def _named(base: Path, read: Source) -> Iterator[Path]:
    """Yield the files that texts name in a folder, and in the folders in it that they name."""
    folders = [str(base)]
    for folder in folders:
        plain = (os.path.join(folder, text) for text in read.literals)  # noqa: PTH118 - absolute too
        filled = (glob.iglob(f"{glob.escape(folder)}/{each}") for each in read.patterns)  # noqa: PTH207
        for place in (*plain, *islice(chain.from_iterable(filled), _MOST_NAMED)):
            path = os.path.normpath(place)
            # any text comes here, and `os.path` raises for none
            if os.path.isfile(path) and not path.startswith(SYSTEM):  # noqa: PTH113
                yield Path(path)
            elif path.startswith(f"{folder}{os.sep}") and path not in folders:
                folders += [path] * os.path.isdir(path)  # noqa: PTH112


def _along(folder: Path, names: tuple[str, ...]) -> Iterator[Path]:
    """Yield what importing a dotted name from a folder runs: its packages, then the module."""
    for name in names:
        found = _module(folder, name)
        if found:
            yield found
        folder /= name
        if not folder.is_dir():
            return


def _module(folder: Path, name: str) -> Path | None:
    candidates = (folder / name / "__init__.py", *(folder / f"{name}{end}" for end in _SUFFIXES))
    return next(filter(Path.is_file, candidates), None)


@lru_cache(maxsize=4096)
def _file_of(names: tuple[str, ...]) -> Path | None:
    if ".".join(names) in DESCRIPTIONS:
        return None
    return _module(PACKAGE.parent.joinpath(*names[:-1]), names[-1])


def is_ours(file: Path) -> bool:
    """Say whether a file is one of upbench."""
    return file.is_relative_to(PACKAGE)


def _added_folders(file: Path, read: Source) -> list[Path]:
    """Return the folders beside a file, or beside its folder, that it may add to ``sys.path``."""
    bases = (file.parent, file.parent.parent) if read.adds_folders else ()
    places = {Path(os.path.normpath(base / text)) for text in read.literals for base in bases}
    return sorted(place for place in places if place.is_dir() and not install_folder(place))


# Where a file's imports are looked for


def _search(file: Path) -> tuple[tuple[Path, ...], frozenset[Path] | None]:
    """Return the folders that a plugin's imports come from, and what it owns there if installed."""
    if is_ours(file):
        return (), None
    installed = install_folder(file)
    if installed:
        return (installed,), owned(installed, file)
    return tuple(dict.fromkeys((file.parent, above_package(file)))), None


# What one file says


@lru_cache(maxsize=4096)
def _read(path: str, modified: int, size: int) -> Source:
    if not path.endswith(".py"):
        return Source(_content(path, modified, size))
    try:
        tree = _what_runs(_parsed(Path(path).read_bytes()))
        code = ast.dump(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # damaged
        return Source(_content(path, modified, size))
    attributes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return Source(
        code,
        parsed=True,
        imports=tuple(dict.fromkeys(_imports(tree))),
        literals=tuple(dict.fromkeys(_literals(tree))),
        patterns=tuple(dict.fromkeys(_patterns(tree))),
        adds_folders=any(each.attr == "path" and _name(each.value) == "sys" for each in attributes),
    )


def _parsed(source: bytes) -> ast.Module:
    """Parse a file, once more where an object's finaliser parsed something meanwhile.

    CPython 3.11 counts the depth of all trees of a process in one place, and raises a SystemError
    for a sound file when garbage collected on the way changed the count (gh-106905).
    """
    try:
        return ast.parse(source)
    except SystemError:
        gc.collect()
        return ast.parse(source)


def _content(path: str, modified: int, size: int) -> str:
    """Return what stands for a file that is no Python: its digest, of a huge one its time."""
    if size > LARGEST:
        return f"{size} bytes of {modified}"
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _what_runs(tree: ast.Module) -> ast.Module:
    """Take docstrings and imports for type checkers out of a tree."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING":
            node.body = [ast.Pass()]
        elif isinstance(body, list) and body and _is_text(body[0]):
            body[0] = ast.Pass()
    return tree


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and _text(node.value) is not None


def _text(node: ast.AST) -> str | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) else None


def _name(node: ast.AST) -> str:
    """Return the last part of a name with or without dots, or ""."""
    return str(getattr(node, "attr", getattr(node, "id", "")))


def _imports(tree: ast.Module) -> Iterator[tuple[int, tuple[str, ...]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((0, tuple(alias.name.split("."))) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = tuple(node.module.split(".")) if node.module else ()
            yield node.level, base
            # `from package import module` names a module by its last part
            yield from ((node.level, (*base, alias.name)) for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and _name(node.func) in _IMPORTERS:
            name = _text(node.args[0]) or ""
            if names := name.lstrip("."):
                yield len(name) - len(names), tuple(names.split("."))


def _literals(tree: ast.Module) -> Iterator[str]:
    """Yield short texts: they may name files beside it, or folders for ``sys.path``."""
    for node in ast.walk(tree):
        text = _text(node)
        if text and len(text) <= _LONGEST_NAME and text.isprintable():
            yield text


def _patterns(tree: ast.Module) -> Iterator[str]:
    """Yield ``f"x{scale}.bin"``, ``"x%d.bin"`` and ``"x{}.bin"`` as ``x*.bin``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join("*" if (part := _text(each)) is None else part for each in node.values)
        else:
            text = _text(node) or ""
        pattern = _FILLED_IN.sub("*", text)
        is_name = any(map(str.isalnum, pattern)) and pattern.isprintable()
        if "*" in pattern and is_name and len(pattern) <= _LONGEST_NAME:
            yield pattern
