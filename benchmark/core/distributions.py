"""Which installed distribution a file or a module belongs to, without importing anything."""

from __future__ import annotations

import importlib.metadata
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from upbench.benchmark.core.environment import library_version

if TYPE_CHECKING:
    from collections.abc import Mapping

ENTRY_POINTS = tuple(
    f"upbench.{kind}" for kind in ("methods", "layers", "datasets", "metrics", "protocols")
)
"""The entry-point groups of installed packages; each takes plugins of every kind."""

_INSTALLED = ("site-packages", "dist-packages")
_NAMES = {
    "cv2": ("opencv-python-headless", "opencv-python", "opencv-contrib-python"),
    "PIL": ("pillow",),
    "skimage": ("scikit-image",),
    "sklearn": ("scikit-learn",),
}
"""Modules of this field that have other names than their distributions."""


def distribution_of(file: Path) -> str:
    """Return the name and version of the plugin distribution that a file belongs to, or ""."""
    found = _installed_distribution(file) or _editable_distribution(file)
    return f"{found.name} {found.version}" if found else ""


@lru_cache(maxsize=256)
def version_of(module: str) -> str:
    """Return the name and version of the distribution of a top-level module, or "" for none."""
    for name in _NAMES.get(module, (module,)):
        if version := library_version(name):
            return f"{name} {version}"
    found = _every_module().get(module, ())
    return ", ".join(f"{name} {library_version(name)}" for name in sorted({*found}))


@lru_cache(maxsize=1)
def _every_module() -> Mapping[str, list[str]]:
    """Return the distributions of every top-level module; it reads all their records."""
    return importlib.metadata.packages_distributions()


def above_package(file: Path) -> Path:
    """Return the folder from which the file's outermost package is imported."""
    folder = file.parent
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        folder = folder.parent
    return folder


def install_folder(file: Path) -> Path | None:
    """Return the folder of installed packages that a file lies in, or None."""
    places = (file, *file.parents)
    return next((folder for folder in places if folder.name in _INSTALLED), None)


def owned(installed: Path, file: Path) -> frozenset[Path]:
    """Return what a file's distribution installed, or its whole package without a record."""
    found = _installed_distribution(file)
    if found:
        return frozenset(Path(str(found.locate_file(each))) for each in found.files or ())
    return frozenset((installed / file.relative_to(installed).parts[0]).rglob("*"))


@lru_cache(maxsize=256)
def _installed_distribution(file: Path) -> importlib.metadata.Distribution | None:
    """Return the distribution whose record lists the file."""
    folder = install_folder(file)
    if folder is None:
        return None
    listed = f"{file.relative_to(folder).as_posix()},"
    for found in importlib.metadata.distributions(path=[str(folder)]):
        record = found.read_text("RECORD") or ""
        if record.startswith(listed) or f"\n{listed}" in record:
            return found
    return None


@lru_cache(maxsize=256)
def _editable_distribution(file: Path) -> importlib.metadata.Distribution | None:
    """Return the distribution that offers the file's package to upbench from a source tree."""
    top = file.relative_to(above_package(file)).parts[0].removesuffix(".py")
    for group in ENTRY_POINTS:
        for entry in importlib.metadata.entry_points(group=group):
            # not of its `module`, which raises where the entry point names nothing in Python
            if re.split(r"\W", entry.value, maxsplit=1)[0] == top and entry.dist is not None:
                return entry.dist
    return None
