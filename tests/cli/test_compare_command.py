"""`upbench compare` as a user types it: tables, gates, exit codes, files, bad input."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from upbench.benchmark.cli.program import app

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

PUBLISHED = Path(__file__).parents[2] / "results" / "bench"
SCORES = ["psnr_db", "ssim", "checkerboard_db", "shift_px", "seconds", "mpx_per_s"]


def invoke(*arguments: str | Path) -> Any:
    """Run `upbench compare` in this process: that saves its start."""
    words = ["compare", *map(str, arguments)]
    return CliRunner().invoke(app, words, catch_exceptions=False)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return published tables: two methods at x2, without a journal."""
    folder = tmp_path / "old"
    folder.mkdir()
    shutil.copy(PUBLISHED / "manifest.json", folder)
    rows = pd.read_parquet(PUBLISHED / "scores.parquet")
    kept = rows["method"].isin(["bicubic", "nearest"]) & (rows["scale"] == 2)
    rows[kept & (rows["protocol"] == "y-classic")].to_parquet(folder / "scores.parquet")
    return folder


@pytest.fixture
def new(old: Path) -> Path:
    """Return a copy of the old tables to change."""
    return Path(shutil.copytree(old, old.with_name("new")))


def change(folder: Path, method: str, column: str, value: Callable[[Any], Any]) -> None:
    """Change a column of a method."""
    rows = pd.read_parquet(folder / "scores.parquet")
    chosen = rows["method"] == method
    rows.loc[chosen, column] = value(rows.loc[chosen, column])
    rows.to_parquet(folder / "scores.parquet")


def test_equal_runs_hold_every_gate(old: Path, new: Path) -> None:
    """Nothing changed: exit code 0, and every line is counted as equal."""
    done = invoke(old, new, "--fail-if", "psnr_db < 0", "--fail-if", "mpx_per_s < 1")
    assert done.exit_code == 0
    assert done.stdout.count("2 lines equal in every image.") == 5
    assert "Gate holds: psnr_db < 0 (2 lines).\nGate holds: mpx_per_s < 1 (2 lines)." in done.stderr


def test_a_loss_breaks_the_gate_and_is_named(old: Path, new: Path) -> None:
    """Exit code 3, and a line that says which method lost how much, and where most."""
    rows = pd.read_parquet(old / "scores.parquet").query("method == 'bicubic'")
    worst = rows.loc[rows["psnr_db"].idxmax(), "image"]
    change(new, "bicubic", "psnr_db", lambda psnr: psnr - np.where(psnr == psnr.max(), 1.0, 0.07))
    done = invoke(old, new, "--fail-if", "psnr_db < -0.05", "--fail-if", "ssim < -0.001")
    assert done.exit_code == 3
    (broken,) = [line for line in done.stderr.splitlines() if "broken" in line]
    assert broken.startswith("Gate broken: psnr_db < -0.05: bicubic on standard x2, y-classic: -0.")
    assert broken.endswith(f"dB over 12 images, worst on {worst}: -1.00")
    assert "Gate holds: ssim < -0.001 (2 lines)." in done.stderr
    assert "worse" in done.stdout[done.stdout.index("bicubic") :].split("nearest")[0]
    assert invoke(old, new).exit_code == 0


def test_a_slower_method_breaks_its_gate(old: Path, new: Path) -> None:
    """Speed is a ratio; another machine's is not judged, and that is no pass."""
    change(new, "nearest", "mpx_per_s", lambda speed: speed * 0.5)
    gate = ("--fail-if", "mpx_per_s < 0.9")
    done = invoke(old, new, *gate)
    assert done.exit_code == 3
    assert "Gate broken: mpx_per_s < 0.9: nearest on standard x2, y-classic: 0.500x" in done.stderr
    change(new, "nearest", "machine", lambda _: "another")
    change(new, "bicubic", "machine", lambda _: "another")
    done = invoke(old, new, *gate)
    assert done.exit_code == 2
    assert "Gate not judged: mpx_per_s < 0.9: " in done.stderr
    assert "speed is only compared on one machine" in done.stderr
    assert done.stderr.endswith(
        "A gate that cannot be judged does not hold; the reasons are above.\n"
    )
    assert invoke(old, new).exit_code == 0


def test_a_failure_breaks_every_gate(old: Path, new: Path) -> None:
    """A method that no longer runs is a regression, whatever the gate is about."""
    for column in SCORES:
        change(new, "nearest", column, lambda _: None)
    change(new, "nearest", "status", lambda _: "crash")
    change(new, "nearest", "reason", lambda _: "it ended by signal 11")
    done = invoke(old, new, "--fail-if", "any ssim < -1")
    assert done.exit_code == 3
    assert "Gates broken: nearest: 12 images with a result of A and none of B" in done.stderr
    assert "B failed (crash): it ended by signal 11" in done.stdout


def test_nothing_comparable_is_an_error(old: Path, new: Path) -> None:
    """Two runs by different protocols: exit code 2 and the reason, with or without a gate."""
    described = json.loads((new / "manifest.json").read_text(encoding="utf-8"))
    described["protocols"]["y-classic"] += "|rounding:none"
    (new / "manifest.json").write_text(json.dumps(described), encoding="utf-8")
    for gate in ((), ("--fail-if", "psnr_db < 0")):
        done = invoke(old, new, *gate)
        assert done.exit_code == 2
        reason = "protocol y-classic differs: less against rounding:none"
        assert f"upbench: Nothing can be compared: {reason}.\n" in done.stderr
        assert reason in done.stdout


def test_rows_of_one_side_are_listed_beside_the_gates(old: Path, new: Path) -> None:
    """A method that is gone is not a pass in silence."""
    done = invoke(old, new, "--methods", "bicubic", "--fail-if", "psnr_db < 0")
    assert "say nothing" not in done.stderr
    rows = pd.read_parquet(new / "scores.parquet")
    rows[rows["method"] == "bicubic"].to_parquet(new / "scores.parquet")
    done = invoke(old, new, "--fail-if", "psnr_db < 0")
    assert done.exit_code == 0
    assert "Gates say nothing of 12 pairs that cannot be compared; the list" in done.stderr
    assert "only A has it" in done.stdout


def test_two_methods_of_one_run(old: Path) -> None:
    """The methods' names head their columns; the second is the new one."""
    done = invoke(old, "--methods", "bicubic,nearest", "--metrics", "psnr_db")
    assert done.exit_code == 0
    assert f"nearest against bicubic, both of {old}" in done.stdout
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("standard x2")]
    assert line.split()[:6] == ["standard", "x2,", "y-classic", "12/12", "31.53", "29.68"]
    assert "Mpx/s" not in done.stdout


def test_markdown_and_csv_are_written(old: Path, new: Path, tmp_path: Path) -> None:
    """The Markdown has the gates first; the CSV has each pair with its reason."""
    change(new, "bicubic", "psnr_db", lambda psnr: psnr - 0.07)
    files = ("--markdown", tmp_path / "out.md", "--csv", tmp_path / "out.csv")
    done = invoke(old, new, "--fail-if", "psnr_db < -0.05", *files)
    assert done.exit_code == 3
    text = (tmp_path / "out.md").read_text(encoding="utf-8")
    assert text.index("- `psnr_db < -0.05`: **broken** (2 lines)") < text.index("## PSNR dB")
    pairs = pd.read_csv(tmp_path / "out.csv")
    assert len(pairs) == 2 * 12 * 5
    changed = pairs[(pairs["method"] == "bicubic") & (pairs["column"] == "psnr_db")]
    assert changed["change"].to_numpy() == pytest.approx(-0.07)


def test_markdown_on_standard_output_is_nothing_but_markdown(old: Path, new: Path) -> None:
    """A pipe gets the Markdown alone; the gates are printed beside it."""
    done = invoke(old, new, "--markdown", "-", "--fail-if", "psnr_db < 0")
    assert done.stdout.startswith("# Comparison\n")
    assert "─" not in done.stdout
    assert "Gate holds" in done.stderr
    done = invoke(old, new, "--csv", "-")
    assert done.stdout.splitlines()[0].startswith("method,dataset,scale,protocol,image,column,a,b,")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "takes two folders, or one and the two --methods to compare in it"),
        (("--methods", "bicubic"), "--methods takes two names, the old and the new"),
        (("nowhere",), "nowhere holds no run; expected a folder that 'upbench run"),
        (("{new}", "--fail-if", "psnr_db is worse"), "--fail-if takes one change and its limit"),
        (("{new}", "--fail-if", "pnsr_db < 0"), "no metric named 'pnsr_db'; did you mean"),
        (("{new}", "--metrics", "pnsr"), "There is no metric named 'pnsr'"),
        (("{new}", "--methods", "bicubc"), "no method named 'bicubc'; did you mean 'bicubic'"),
        (("{new}", "--markdown", "-", "--csv", "-"), "takes --markdown - or --csv -, not both"),
        (("{new}", "--markdown", "nowhere/out.md"), "the operating system refuses"),
    ],
)
def test_mistakes_are_explained_in_one_sentence(
    arguments: tuple[str, ...], sentence: str, old: Path, new: Path
) -> None:
    """Exit code 2 and a sentence; nobody sees a traceback."""
    done = invoke(old, *(word.format(new=new) for word in arguments))
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["scores.parquet", "manifest.json"])
@pytest.mark.parametrize("kept", [0, 100])
def test_half_a_folder_is_explained_in_one_sentence(
    name: str, kept: int, old: Path, new: Path
) -> None:
    """Files that were copied half are named; the run that is whole is not blamed."""
    (new / name).write_bytes((new / name).read_bytes()[:kept])
    done = invoke(old, new)
    assert done.exit_code == 2
    assert str(new / name) in done.stderr
    assert "Traceback" not in done.stderr


def test_runs_that_were_really_made(
    upbench: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """A journal is compared as well as tables; the quality of a run is that of its repetition."""
    for seed in range(2):
        pixels = np.random.default_rng(seed).integers(0, 256, (24, 26, 3)).astype(np.uint8)
        (tmp_path / "photos").mkdir(exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"{seed}.png")
    command = ["run", "--datasets", "folder:photos", "--scales", "2", "--executor", "serial"]
    for out, methods in (("a", "nearest,bicubic"), ("b", "nearest,hermite")):
        assert upbench(*command, "--methods", methods, "--out", out).returncode == 0
    done = upbench("compare", "a", "b", "--metrics", "psnr_db,ssim", "--fail-if", "any psnr_db < 0")
    assert done.returncode == 0
    assert done.stdout.count("1 line equal in every image.") == 2
    assert "only A has it" in done.stdout
    assert "only B has it" in done.stdout
    within = upbench("compare", "a", "--methods", "bicubic,nearest")
    assert within.returncode == 0
    assert "No test of 2 images reaches p < 0.05." in within.stdout
