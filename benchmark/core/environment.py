"""Where a number was measured: the libraries' versions and the machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

LIBRARIES = (
    "upbench",
    "numpy",
    "scipy",
    "scikit-image",
    "opencv-python-headless",
    "pillow",
    "torch",
    "pandas",
    "pyarrow",
)


SAME_LIBRARY = {"tensorflow": ("tensorflow-cpu",)}
"""Distributions that hold the same library as one, under other names."""


@lru_cache(maxsize=256)
def library_version(distribution: str) -> str:
    """Return the installed version of a distribution by its PyPI name, or "" without one."""
    for name in (distribution, *SAME_LIBRARY.get(distribution, ())):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that take part."""
    found = {name: library_version(name) for name in LIBRARIES}
    return {"python": platform.python_version(), **{k: v for k, v in found.items() if v}}


def versions_line() -> str:
    """Return the versions as one text of a table."""
    return "; ".join(f"{name} {version}" for name, version in versions().items())


def now() -> str:
    """Return the time in UTC, to the second, as ISO 8601 has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def stamp() -> dict[str, Any]:
    """Return the columns that say when and where a row was measured: here and now."""
    return {"measured_at": now(), "machine": machine()}


@lru_cache(maxsize=1)
def machine() -> str:
    """Describe this machine in one line: system, processor, cores.  No host or user name."""
    cores = os.cpu_count() or 1
    return f"{platform.system()} {platform.machine()}, {_processor()}, {cores} cores"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
