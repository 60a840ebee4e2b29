"""The commands beside `run`: probe, explain, and the timing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Upbench = Callable[..., subprocess.CompletedProcess[str]]


def test_probe_writes_a_table_and_a_figure(upbench: Upbench, tmp_path: Path) -> None:
    """One method at two scales gives two rows and two figures."""
    done = upbench("probe", "nearest", "--scale", "2", "--scale", "3", "--out", "out")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    table = pd.read_csv(tmp_path / "out" / "probe.csv")
    assert table["scale"].tolist() == [2, 3]
    assert table["order"].round(1).tolist() == [1.0, 1.0]
    assert {path.name for path in (tmp_path / "out").glob("*.png")} == {
        "probe-nearest-x2.png",
        "probe-nearest-x3.png",
    }


def test_probe_of_a_broken_plugin_is_one_sentence(upbench: Upbench, tmp_path: Path) -> None:
    """A method that raises is named with its reason; the other is still probed."""
    (tmp_path / "picky.py").write_text(
        "from upbench.benchmark.core.contract import method\n"
        '@method("picky", family="test")\ndef picky(image, scale):\n'
        '    raise ValueError("too small for me")\n'
    )
    done = upbench("probe", "picky", "nearest", "--plugin", "picky.py", "--out", "out")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "picky x2 fails on a 36x36x3 image: ValueError: too small for me" in done.stderr
    assert (tmp_path / "out" / "probe-nearest-x2.png").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Name a method to probe, like bicubic, or give --all for every one."),
        (("bicubik",), "There is no method named 'bicubik'; did you mean 'bicubic'"),
        (("bicubic", "--scale", "1"), "--scale takes whole numbers from 2 to 16; got 1."),
        (("bicubic", "--scale", "1.5"), "--scale takes whole numbers from 2 to 16; got 1.5."),
        (("bicubic", "--scale", "8/3"), "--scale takes whole numbers from 2 to 16; got 8/3."),
    ],
)
def test_probe_of_nothing_sensible_is_one_sentence(
    upbench: Upbench, arguments: tuple[str, ...], sentence: str
) -> None:
    """The sentence says what was expected, and nothing is written."""
    done = upbench("probe", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_explain_prints_numbers_and_draws(upbench: Upbench, tmp_path: Path) -> None:
    """The overlap of a kernel that the stride does not divide is uneven, and drawn."""
    done = upbench("explain", "overlap", "--kernel", "3", "--stride", "2", "--out", "out")
    assert done.returncode == 0
    assert "uneven, in two dimensions 4 to 1" in done.stdout
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".png", ".svg", ".gif"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("overlp",), "There is no topic named 'overlp'; did you mean 'overlap'?"),
        (("conv", "--kernel", "0"), "The kernel must be a whole number, 1 or more; got 0."),
        (("conv", "--stride", "1.5"), "--stride takes a whole number, like 2; got '1.5'."),
        (("conv", "--stride", "-1"), "The stride must be a whole number, 1 or more; got -1."),
        (("conv", "--kernel", "9", "--input", "4"), "No output is left"),
    ],
)
def test_layers_that_do_not_exist_are_one_sentence(
    upbench: Upbench, arguments: tuple[str, ...], sentence: str
) -> None:
    """A misspelt topic or an impossible layer is refused, not drawn."""
    done = upbench("explain", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr


TIMING = ("run", "--timing", "--methods", "nearest", "--scales", "2", "--budget", "0.05")


def test_timing_measures_and_resumes(upbench: Upbench, tmp_path: Path) -> None:
    """Two sizes are timed, tables and figure written; the same command times nothing again."""
    given = (*TIMING, "--sizes", "64,128", "--out", "out")
    done = upbench(*given)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert "2 of 2 timings" in done.stderr
    assert pd.read_csv(tmp_path / "out" / "timing.csv")["status"].tolist() == ["ok", "ok"]
    assert (tmp_path / "out" / "figures" / "growth-x2.png").exists()
    assert "0 of 2 timings" in upbench(*given).stderr
    for budget, waiting in (("0.02", 0), ("0.1", 2)):
        asked = [budget if one == "0.05" else one for one in given]
        assert f"{waiting} of 2 timings" in upbench(*asked, "--dry-run").stderr
    again = (*given, "--dry-run", "--rerun")
    refused = upbench("report", "out", "--format", "csv")
    assert refused.returncode == 2
    assert "out holds no scores, which --format is for; leave it out to write" in refused.stderr
    assert not (tmp_path / "out" / "scores.csv").exists()
    assert "2 of 2 timings" in upbench(*again, "near*,bicubic").stderr
    assert "no method named 'nearst'" in upbench(*again, "nearst").stderr
    assert upbench("report", "out").returncode == 0


def test_timing_says_which_options_it_does_not_use(upbench: Upbench) -> None:
    """What was typed for nothing is named, in one sentence."""
    unused = ("--metrics", "blockiness_db", "--crop", "camera:9,9", "--jobs", "2", "--speed", "64")
    done = upbench(*TIMING, "--sizes", "64", "--dry-run", *unused)
    assert "--timing does not use --metrics, --crop, --jobs, --speed." in done.stderr


def test_a_run_says_which_options_are_for_timing_alone(upbench: Upbench) -> None:
    """The other way round."""
    given = ("run", "--methods", "nearest", "--datasets", "probes", "--dry-run")
    done = upbench(*given, "--threads", "all", "--basis", "float", "--budget", "3")
    assert "Only --timing uses --threads, --basis, --budget." in done.stderr
    assert "Only --timing" not in upbench(*given).stderr


def test_a_run_measures_speed_after_quality(upbench: Upbench, tmp_path: Path) -> None:
    """On 8-bit RGB, alone, at the size that is given; the same command measures nothing twice."""
    (tmp_path / "images").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "images" / "noise.png")
    given = ("run", "--methods", "nearest,cnn-subpixel-conv", "--scales", "2,3", "--speed", "96x48")
    command = (*given, "--datasets", f"folder:{tmp_path / 'images'}", "--out", "out")
    assert upbench(*command).returncode == 0
    summary = pd.read_csv(tmp_path / "out" / "summary.csv")
    assert (summary["rgb8_mpx_per_s"] > 0).all()
    assert summary["rgb8_basis"].str.startswith("uint8 RGB in and out, 96 x 48 px out, 1 th").all()
    timings = pd.read_csv(tmp_path / "out" / "timing.csv")
    assert (len(timings), {*timings["dtype"]}) == (4, {"uint8"})
    upbench(*command)
    again = pd.read_csv(tmp_path / "out" / "timing.csv")
    assert again["measured_at"].tolist() == timings["measured_at"].tolist()
    # those are brief: memory, which --timing measures, is not among them
    thorough = ("--timing", "--sizes", "96x48", "--budget", "0.02", "--dry-run", "--out", "out")
    assert "4 of 4 timings" in upbench(*given, *thorough).stderr


def test_speed_at_no_size_is_refused(upbench: Upbench, tmp_path: Path) -> None:
    """Before anything runs."""
    done = upbench("run", "--methods", "nearest", "--speed", "fast", "--out", "out")
    assert done.returncode == 2
    assert "--speed takes whole numbers above 0, like 256,512; got 'fast'." in done.stderr
    assert upbench("run", "--methods", "nearest", "--speed", "8", "--out", "out").returncode == 2
    several = upbench("run", "--methods", "nearest", "--speed", "64x64,96x96", "--out", "out")
    assert "--speed takes one size, like 960x540; got '64x64,96x96'." in several.stderr
    assert not (tmp_path / "out").exists()


def test_timing_dry_run_leaves_nothing(upbench: Upbench, tmp_path: Path) -> None:
    """It says how many timings and how long, and makes no folder."""
    done = upbench(*TIMING, "--out", "out", "--dry-run")
    assert done.returncode == 0
    assert "5 of 5 timings, about" in done.stderr
    assert not (tmp_path / "out").exists()


def test_bad_sizes_are_repeated(upbench: Upbench) -> None:
    """The option, what it takes, what it got."""
    done = upbench(*TIMING, "--sizes", "0,x")
    assert done.returncode == 2
    assert "--sizes takes whole numbers above 0, like 256,512; got '0,x'." in done.stderr


def test_scheduler_goes_with_dask(upbench: Upbench) -> None:
    """Contradicting options are refused before anything is connected."""
    done = upbench("run", "--scheduler", "tcp://127.0.0.1:9", "--executor", "serial")
    assert done.returncode == 2
    assert "--scheduler goes with --executor dask; got --executor serial." in done.stderr
