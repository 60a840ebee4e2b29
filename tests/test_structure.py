"""The structure itself: packages, imports, exports, examples."""

from __future__ import annotations

import ast
import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("benchmark", "methods", "datasets")
STUDIES = ("head_study", "form_study", "layer_study")
"""Packages of scripts beside what they make, in results/; they are not installed."""
PLUGIN_FOLDERS = ("methods", "datasets", "metrics")
_SHARED = ("by_content", "folding", "forms", "inference", "layer_measures", "modules", "network")
NETWORKS = (
    "reconstruct.losses",
    "reconstruct.training",
    "superresolution.training",
    "superresolution.variance",
    *(f"upbench.methods._shared.{name}" for name in (*_SHARED, "upsampling")),
)
"""Torch modules: they are imported where a network is built, never for listing."""


def modules() -> list[str]:
    """Return the full name of every module of ours."""
    found = []
    for name in (*(f"upbench.{folder}" for folder in FOLDERS), *STUDIES):
        package = importlib.import_module(name)
        found.append(package.__name__)
        walked = pkgutil.walk_packages(package.__path__, prefix=f"{package.__name__}.")
        found += [m.name for m in walked if not m.name.endswith(".__main__")]
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_refuses_to_be_a_top_level_package(folder: str) -> None:
    """`import datasets` from the root explains that this is not Hugging Face's."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import {folder}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"this folder is upbench.{folder}, not a top-level package" in done.stderr


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
    skipped = ("cli.program", "roles.segment.network", *NETWORKS)
    ours = [name for name in modules() if name.startswith("upbench.")]
    plugins = [name for name in ours if not name.endswith(skipped)]
    code = f"import sys, importlib\nfor m in {plugins!r}: importlib.import_module(m)\n"
    code += f"print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("folder", ["methods", "datasets", "benchmark/metrics"])
def test_every_plugin_has_a_test_file_of_its_name(folder: str) -> None:
    """Whoever changes a plugin finds its tests without a search."""
    tests = ROOT / "tests" / folder.removeprefix("benchmark/")
    missing = [
        str(file.relative_to(ROOT))
        for file in sorted((ROOT / folder).rglob("[a-z]*.py"))
        if not any(part.startswith("_") for part in file.relative_to(ROOT).parts)
        and not (tests / file.relative_to(ROOT / folder)).with_name(f"test_{file.name}").is_file()
    ]
    assert missing == []


def test_every_package_has_a_folder_of_tests() -> None:
    """The folders of tests mirror the packages."""
    packages = {file.parent.name for file in (ROOT / "benchmark").glob("*/__init__.py")}
    folders = {folder.name for folder in (ROOT / "tests").iterdir() if folder.is_dir()}
    assert packages - folders == set()


def test_the_top_of_benchmark_stays_small() -> None:
    """At most fourteen entries: a newcomer reads them in one look."""
    entries = [e.name for e in (ROOT / "benchmark").iterdir() if e.name != "__pycache__"]
    assert len(entries) <= 14, sorted(entries)


def test_contributing_shows_the_packages_as_they_are() -> None:
    """Its table has each package of the layers, with the first line of its docstring."""
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = configured["tool"]["importlinter"]["contracts"]
    expected = []
    for number, line in enumerate(reversed(contract["layers"]), start=1):
        for name in line.split(" | "):
            says = (importlib.import_module(name).__doc__ or "").partition("\n")[0]
            path = name.removeprefix("upbench.").replace(".", "/")
            expected.append(f"| {number} | `{path}` | {says} |")
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \d.*$", contributing, flags=re.MULTILINE) == expected


@pytest.mark.parametrize("name", sorted((ROOT / "benchmark").glob("*/__init__.py")))
def test_each_package_says_what_it_may_import(name: Path) -> None:
    """A newcomer reads where a change goes and what a package stands on."""
    says = ast.get_docstring(ast.parse(name.read_text(encoding="utf-8"))) or ""
    assert re.search(r"\b(Imports|imports?)\b", says), name.parent.name
