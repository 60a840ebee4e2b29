"""`upbench report --format`: which files each format is, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from typer.testing import CliRunner

from upbench.benchmark import load
from upbench.benchmark.cli.program import app
from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.report.exports import FORMATS, choose_formats, write_exports

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

PUBLISHED = Path(__file__).parents[2] / "results" / "bench"
FILES = {
    "markdown": {"summary.md"},
    "latex": {"summary.tex"},
    "csv": {"scores.csv", "summary.csv"},
    "parquet": {"scores.parquet", "summary.parquet"},
    "html": {"report.html"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return published tables of three methods at x2, without a journal."""
    rows = pd.read_parquet(PUBLISHED / "scores.parquet")
    chosen = rows["method"].isin(["bicubic", "nearest", "lanczos3"]) & (rows["scale"] == 2)
    rows[chosen & (rows["protocol"] == "y-classic")].to_parquet(tmp_path / "scores.parquet")
    shutil.copy(PUBLISHED / "manifest.json", tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_its_files_and_no_other(name: str, folder: Path) -> None:
    """What is not asked for is neither written nor touched."""
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    written = write_exports(folder, (name,))
    assert {file.name for file in written} == FILES[name]
    after = {file.name for file in folder.iterdir()}
    assert after == set(before) | FILES[name]
    assert all(
        (folder / kept).stat().st_mtime_ns == before[kept] for kept in set(before) - FILES[name]
    )


def test_the_tables_of_all_formats_say_the_same(folder: Path) -> None:
    """CSV and Parquet hold the same rows; Markdown and LaTeX the same means."""
    write_exports(folder, tuple(FORMATS))
    rows, summary = load(folder), pd.read_parquet(folder / "summary.parquet")
    pd.testing.assert_frame_equal(rows, pd.read_parquet(folder / "scores.parquet"))
    assert len(pd.read_csv(folder / "scores.csv")) == len(rows) == 36
    assert list(pd.read_csv(folder / "summary.csv")["method"]) == list(summary["method"])
    for row in summary.itertuples():
        markdown, latex = ((folder / f"summary.{end}").read_text("utf-8") for end in ("md", "tex"))
        assert f"{row.psnr_db:.2f}" in next(
            line for line in markdown.splitlines() if line.startswith(f"| {row.method} |")
        )
        assert f"{row.psnr_db:.2f}" in next(
            line for line in latex.splitlines() if line.startswith(f"{row.method} &")
        )


def test_formats_are_read_by_name() -> None:
    """Each once, in the order given; a misspelt one gets a hint."""
    assert choose_formats("latex, csv,latex") == ("latex", "csv")
    with pytest.raises(UnknownNameError, match="no format named 'latx'; did you mean 'latex'"):
        choose_formats("latx")
    with pytest.raises(UsageError, match="--format is empty; expected some of markdown, latex"):
        choose_formats(" ,")


def test_the_command_writes_and_names_the_files(folder: Path) -> None:
    """The exit code is 0 and each file stands on a line; mistakes are a sentence and 2."""
    done = CliRunner().invoke(app, ["report", str(folder), "--format", "latex,markdown"])
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        f"wrote {folder / 'summary.tex'}",
        f"wrote {folder / 'summary.md'}",
    ]
    named = ["report", str(folder), "--format", "latex", "--reference", "nearest"]
    assert CliRunner().invoke(app, named).exit_code == 0
    assert "minus nearest" in (folder / "summary.tex").read_text(encoding="utf-8")
    for arguments, sentence in (
        ([str(folder), "--format", "word"], "There is no format named 'word'"),
        ([str(folder), "--format", "csv", "--reference", "nearst"], "did you mean 'nearest'"),
        ([str(folder), "--format", "html", "--crops", "much"], "--crops takes a size like 4G"),
        ([str(folder / "nowhere"), "--format", "csv"], "holds no run; expected a folder that"),
    ):
        done = CliRunner().invoke(app, ["report", *arguments])
        assert done.exit_code == 2
        assert sentence in done.stderr


def test_a_run_with_crops_has_its_agreement_too(
    upbench: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """A journal gives the CSV of the agreement and the page its pictures."""
    run = ["run", "--methods", "bicubic,pillow-bicubic", "--datasets", "probes", "--scales", "2"]
    assert upbench(*run, "--executor", "serial", "--out", "out").returncode == 0
    (tmp_path / "out" / "agreement.csv").unlink()
    written = write_exports(tmp_path / "out", ("csv", "html"))
    assert {file.name for file in written} == {*FILES["csv"], *FILES["html"], "agreement.csv"}
    agreement = pd.read_csv(tmp_path / "out" / "agreement.csv")
    assert list(agreement[["method_a", "method_b"]].iloc[0]) == ["bicubic", "pillow-bicubic"]
