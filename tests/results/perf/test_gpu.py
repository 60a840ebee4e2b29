"""The script for a GPU: its plan and its tables, with the CPU as a stand-in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from upbench.benchmark.core.errors import UnknownNameError

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "results" / "perf" / "gpu.py"


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import the script."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    return __import__("gpu")


def test_every_learned_method_is_measured_at_every_size_and_form(gpu: Any) -> None:
    """From 1080p to 4K, at each scale that it offers, as a call and in three precisions."""
    methods = gpu.learned_methods()
    assert {"upnet-slim", "cnn-carafe", "cnn-subpixel-conv"} <= {one.name for one in methods}
    cases = gpu.plan(methods)
    assert len(cases) == len(set(cases)) == len(methods) * 3 * 3 * 4
    assert {(one.width, one.height) for one in cases} >= {(1920, 1080), (3840, 2160)}


def test_the_tables_are_written_and_equality_decides(gpu: Any, tmp_path: Path) -> None:
    """The CPU equals itself; a case that a device cannot do is a row with its reason."""
    methods = gpu.learned_methods(["cnn-subpixel-conv"])
    assert gpu.run(methods, "cpu", tmp_path, "here", sizes=((96, 48),), budget=0.01)
    speeds, equal = (pd.read_csv(tmp_path / f"{one}.csv") for one in ("speed", "equality"))
    assert (len(speeds), len(equal)) == (12, 3)
    measured = speeds[speeds["reason"].isna()]
    assert {"call", "fp32"} <= set(measured["form"])
    assert (measured["mpx_per_s"] > 0).all()
    text = (tmp_path / "README.md").read_text()
    assert "differ by at most 0.0e+00 over 3 methods and" in text
    assert "Mpx/s of 96 x 48 pixels of output" in text
    assert text.count("| cnn-subpixel-conv |") == 3


def test_a_difference_is_listed(gpu: Any) -> None:
    """A method that is not equal is named with its number, and a failure is a dash."""
    dash = "\N{EN DASH}"
    equal = pd.DataFrame([{"method": "m", "scale": 2, "largest_difference": 0.001, "equal": False}])
    case = {"method": "m", "scale": 2, "width": 1920, "height": 1080}
    known = {"mpx_per_s": 123.4, "peak_mb": 50.0}
    rows = [case | {"form": "fp32"} | known, case | {"form": "fp16", "reason": "out of memory"}]
    text = gpu.report(equal, pd.DataFrame(rows), "a GPU")
    assert "- m x2 differs by 1.0e-03." in text
    assert f"| m | x2 | {dash} | 123 | {dash} | {dash} | 50 | {dash} |" in text
    assert f"| 1920 x 1080 | {dash} | {dash} | {dash} |" in text


def test_a_first_network_that_a_device_cannot_run_is_dashes(gpu: Any) -> None:
    """No speed is known yet: the page is written all the same, and the others are measured."""
    dash = "\N{EN DASH}"
    equal = pd.DataFrame([{"method": "m", "scale": 2, "largest_difference": 0.0, "equal": True}])
    case = {"method": "m", "scale": 2, "width": 1920, "height": 1080, "reason": "out of memory"}
    text = gpu.report(equal, pd.DataFrame([case | {"form": form} for form in gpu.FORMS]), "a GPU")
    assert f"| 1920 x 1080 | {dash} | {dash} | {dash} |" in text
    assert f"| m | x2 |{f' {dash} |' * len(gpu.SHOWN)}" in text


def test_what_precision_and_transfers_change_is_a_ratio_to_fp32(gpu: Any) -> None:
    """The median over methods and scales, with the least and the largest."""
    case = {"width": 3840, "height": 2160, "peak_mb": 1.0, "method": "m"}
    rows = [
        case | {"scale": scale, "form": form, "mpx_per_s": speed}
        for scale, speeds in ((2, (10, 100, 200, 400)), (3, (30, 100, 100, 200)))
        for form, speed in zip(gpu.FORMS, speeds, strict=True)
    ]
    equal = pd.DataFrame([{"method": "m", "scale": 2, "largest_difference": 0.0, "equal": True}])
    text = gpu.report(equal, pd.DataFrame(rows), "a GPU")
    assert "| output | call | tf32 | fp16 |" in text
    ratios = "0.2 (0.1 to 0.3) | 1.5 (1.0 to 2.0) | 3.0 (2.0 to 4.0)"
    assert f"| 3840 x 2160 | {ratios} |" in text


def test_the_published_page_is_made_from_its_tables(gpu: Any) -> None:
    """Every learned method equals the CPU's, and no number is typed by hand."""
    equal, speeds = (pd.read_csv(gpu.OUT / f"{one}.csv") for one in ("equality", "speed"))
    page = (gpu.OUT / "README.md").read_text(encoding="utf-8")
    where = page.splitlines()[2].partition(". Made by")[0]
    assert page == gpu.report(equal, speeds, where)
    assert (equal["largest_difference"] <= gpu.TOLERANCE).all()
    assert {one.name for one in gpu.learned_methods()} == set(equal["method"])
    assert speeds["reason"].isna().all()


def test_a_name_that_is_no_learned_method_is_refused(gpu: Any) -> None:
    """The published tables stay as they are."""
    with pytest.raises(UnknownNameError, match="no learned method named 'cnn-carafa'; did"):
        gpu.learned_methods(["cnn-carafa"])


def test_without_cuda_it_says_so_and_writes_nothing(tmp_path: Path) -> None:
    """In one sentence."""
    command = [sys.executable, str(SCRIPT), "--out", str(tmp_path / "gpu")]
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "No CUDA device was found; nothing was measured or written.\n"
    assert not (tmp_path / "gpu").exists()
