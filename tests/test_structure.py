"""The house itself: packages, floors' names, documentation that cannot lie."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("benchmark", "methods", "datasets")
PLUGIN_FOLDERS = ("methods", "datasets", "metrics")
NETWORKS = tuple(
    f"upbench.methods.learned.{name}"
    for name in ("_folding", "_forms", "_inference", "_modules", "_network")
)
"""Torch modules: they are imported where a network is built, never for listing."""


def modules() -> list[str]:
    """Return the full name of every module of ours."""
    found = []
    for room in ROOMS:
        package = importlib.import_module(f"upbench.{room}")
        found.append(package.__name__)
        walked = pkgutil.walk_packages(package.__path__, prefix=f"{package.__name__}.")
        found += [module.name for module in walked]
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_folder_refuses_to_be_a_top_level_package(room: str) -> None:
    """`import datasets` from the root is told that this is not Hugging Face's."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {room}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"this folder is upbench.{room}, not a top-level package" in done.stderr


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_run(name: str) -> None:
    """Every `>>>` in a docstring gives what it says."""
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", modules())
def test_exports_exist(name: str) -> None:
    """Every name in __all__ is there."""
    module = importlib.import_module(name)
    for exported in getattr(module, "__all__", ()):
        assert hasattr(module, exported), exported


def test_importing_everything_loads_no_heavy_library() -> None:
    """Listing is fast because no plugin imports its library before it runs."""
    heavy = "{'torch', 'cv2', 'PIL', 'scipy', 'skimage', 'pandas', 'matplotlib', 'pooch', 'bokeh'}"
    plugins = [name for name in modules() if not name.endswith(("cli.program", "__main__", *NETWORKS))]
    code = f"import sys, importlib\nfor m in {plugins!r}: importlib.import_module(m)\n"
    code += f"print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_room_has_its_test() -> None:
    """Each module has a test file of its name or its package's; plugins one of their own."""
    tests = {file.stem.removeprefix("test_") for file in (ROOT / "tests").rglob("test_*.py")}
    through_the_command = {"cli", "console", "runner", "listing", "template", "threads"}
    elsewhere = {
        "catalog": "plugins",
        "degrade": "protocol",
        "row": "store",
        "terminal": "summary",
        "errors": "plan",
    }
    assert set(elsewhere.values()) <= tests
    missing = {
        str(file.relative_to(ROOT))
        for room in ROOMS
        for file in (ROOT / room).rglob("[a-z]*.py")
        if file.stem not in tests | through_the_command | set(elsewhere)
        and (file.parent.name not in tests or file.parent.name in PLUGIN_FOLDERS)
    }
    assert missing == set()
