"""What `make build` makes: a wheel that works where nothing else is, and an archive of files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ("benchmark", "methods", "datasets", "src")
TEXTS = ("pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff",
         "SECURITY.md", "constraints.txt")  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a copy of the project as `make build` does, with the tools that are here."""
    copy = tmp_path_factory.mktemp("project")
    for name in SOURCES:
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=ignored)
    for name in TEXTS:
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", "dist"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return copy / "dist"


def test_the_source_archive_holds_files_and_no_links(built: Path) -> None:
    """The links of `src/upbench` are followed: who unpacks the archive has the code."""
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        members = packed.getmembers()
    assert not [member.name for member in members if member.issym() or member.islnk()]
    names = {member.name.partition("/")[2] for member in members}
    for name in (
        "datasets/sources.json",
        "benchmark/imaging/embedded.json",
        "benchmark/training/roles/segment/camvid.json",
        "benchmark/cli/program.py",
        "benchmark/report/published/published.csv",
        "benchmark/report/published/published.bib",
    ):
        assert f"src/upbench/{name}" in names
    assert {"CHANGELOG.md", "CITATION.cff", "pyproject.toml"} <= names


def test_an_installed_wheel_runs(built: Path, tmp_path: Path) -> None:
    """In a fresh environment, away from the checkout, the command lists what it has."""
    (wheel,) = built.glob("*.whl")
    venv.create(tmp_path / "venv", with_pip=False)
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", str(site), str(wheel)], check=True)
    # its dependencies are those of this environment
    libraries = Path(np.__file__).parents[1]
    (site / "libraries.pth").write_text(f"{libraries}\n", encoding="utf-8")
    python = tmp_path / "venv" / "bin" / "python"
    code = "from upbench.benchmark.cli.program import main; main()"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    for words, expected in (("protocols", "y-classic"), ("datasets", "set14")):
        done = subprocess.run(
            [str(python), "-c", code, "list", words, "--names"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert expected in done.stdout.split()
