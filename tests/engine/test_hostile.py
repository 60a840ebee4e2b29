"""Ten hostile plugins beside good methods: each costs its own cells, and the good ones nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from PIL import Image

from upbench.benchmark import load

UPBENCH = str(Path(sys.executable).with_name("upbench"))
TIMEOUT = 6.0
IMAGES = 2

HEAD = "import ctypes, os, signal, subprocess, sys, time\nimport numpy as np\n"
HEAD += "from upbench.benchmark.core.contract import method\n\n"
HEAD += (
    "def repeat(image, scale):\n    return image.repeat(scale, axis=0).repeat(scale, axis=1)\n\n"
)

BODIES = {
    "hang": "while True:\n        pass",
    "sleep": "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    time.sleep(1000)",
    "segfault": "ctypes.string_at(0)",
    "exits": "os._exit(7)",
    "memory": "return np.ones((40 * 2**30,), dtype=np.uint8)",
    "flood": "while True:\n        print('x' * 1000)",
    "children": (
        "for _ in range(50):\n"
        "        subprocess.Popen(['sleep', '98765'])\n"
        "    return repeat(image, scale)"
    ),
    "nan": "return repeat(image, scale) * np.nan",
    "shape": "return image",
}
LOADER = """
@method("loader", family="hostile")
class Loader:
    def __init__(self, scale, device="cpu"):
        raise RuntimeError("no weights here")

    def __call__(self, image):
        return image
"""
CAUSES = {
    "hang": ("timeout", "No result within 6 s; the worker was killed."),
    "sleep": ("timeout", "No result within 6 s; the worker was killed."),
    "segfault": ("crash", "ended by SIGSEGV. Last output: Fatal Python error: Segmentation fault"),
    "exits": ("crash", "ended with exit code 7."),
    "memory": ("error", "MemoryError: Unable to allocate 40.0 GiB"),
    "flood": ("timeout", "Last output: ... xxxx"),
    "children": ("ok", ""),
    "nan": ("invalid_output", "NaN or infinite"),
    "shape": ("invalid_output", "The output has shape"),
    "loader": ("error", "loader cannot be loaded: RuntimeError: no weights here"),
}
GOOD = ["nearest", "bicubic"]


def scores(folder: Path) -> pd.DataFrame:
    """Return the quality columns of the good methods."""
    rows = load(folder)
    rows = rows[rows["method"].isin(GOOD)].sort_values(["method", "image"], ignore_index=True)
    return rows[["method", "image", "status", "psnr_db", "ssim", "checkerboard_db", "shift_px"]]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with small images and one file for each hostile method."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "images").mkdir()
    for number in range(IMAGES):
        pixels = np.random.default_rng(number).integers(0, 256, (64, 64), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{number}.png")
    for name, body in BODIES.items():
        code = f'@method("{name}", family="hostile")\ndef {name}(image, scale):\n    {body}\n'
        (folder / f"{name}_plugin.py").write_text(HEAD + code)
    (folder / "loader_plugin.py").write_text(HEAD + LOADER)
    return folder


def command(place: Path, out: str, methods: list[str], *more: str) -> list[str]:
    """Return the command line of a run at x2."""
    images = f"folder:{place / 'images'}"
    given = ["--methods", ",".join(methods), "--datasets", images, "--scales", "2"]
    return [UPBENCH, "run", *given, "--out", str(place / out), *more]


@pytest.fixture(scope="module")
def ran(place: Path) -> subprocess.CompletedProcess[str]:
    """Run the hostile methods beside the good ones, once; it ends by itself, whatever they do."""
    plugins = [part for name in CAUSES for part in ("--plugin", str(place / f"{name}_plugin.py"))]
    more = ["--timeout", str(TIMEOUT), *plugins]
    return subprocess.run(
        command(place, "out", [*CAUSES, *GOOD], *more),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env=os.environ,
    )


def test_good_methods_are_complete_and_equal(
    place: Path, ran: subprocess.CompletedProcess[str]
) -> None:
    """Their rows are those of a run without the hostile ones, bit for bit."""
    assert ran.returncode == 1
    subprocess.run(command(place, "calm", GOOD), capture_output=True, check=True)
    pd.testing.assert_frame_equal(scores(place / "out"), scores(place / "calm"))
    assert len(scores(place / "out")) == len(GOOD) * IMAGES


@pytest.mark.parametrize("name", CAUSES)
def test_each_hostile_method_has_rows_with_the_right_cause(
    place: Path, ran: subprocess.CompletedProcess[str], name: str
) -> None:
    """Every one of its cells is a row whose status and reason say what happened."""
    assert "Traceback" not in ran.stdout
    rows = load(place / "out")
    own = rows[rows["method"] == name]
    status, cause = CAUSES[name]
    assert own["status"].tolist() == [status] * IMAGES
    assert all(cause in str(reason) for reason in own["reason"])


def test_nothing_that_a_method_started_is_left(
    ran: subprocess.CompletedProcess[str],
) -> None:
    """The fifty children of one method end with its worker."""
    assert ran.returncode == 1
    left = [p for p in psutil.process_iter(["cmdline"]) if "98765" in (p.info["cmdline"] or [])]
    assert left == []


def test_prints_go_to_a_bounded_log_that_the_row_names(
    place: Path, ran: subprocess.CompletedProcess[str]
) -> None:
    """A flood does not fill the disk, nor the terminal."""
    rows = load(place / "out").set_index("method")
    assert "(log: logs/flood_plugin.log)" in str(rows.loc["flood", "reason"].iloc[0])
    log = place / "out" / "logs" / "flood_plugin.log"
    assert 0 < log.stat().st_size <= 2_100_000
    assert len(ran.stdout) + len(ran.stderr) < 20_000
