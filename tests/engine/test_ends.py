"""However a run ends, it ends: workers too, with what is finished kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image
from plugins import plugin_text

from upbench.benchmark.engine.runner import Request, make_plan, results
from upbench.benchmark.engine.store import JOURNAL, Store

UPBENCH = str(Path(sys.executable).with_name("upbench"))

PLUGIN = plugin_text("spins")


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    """Return a request of a method that is through with the first image and spins at the second."""
    (tmp_path / "spinning.py").write_text(PLUGIN, encoding="utf-8")
    (tmp_path / "images").mkdir()
    for number, side in enumerate((32, 40)):
        pixels = np.random.default_rng(number).integers(0, 256, (side, side), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "images" / f"{number}.png")
    return {
        "methods": "second-spins",
        "datasets": f"folder:{tmp_path / 'images'}",
        "scales": "2",
        "plugin": str(tmp_path / "spinning.py"),
    }


def rows(folder: Path) -> int:
    """Return how many rows a folder holds."""
    if not (folder / JOURNAL).is_file():
        return 0
    with Store(folder) as store:
        return len(store.frame())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_signal_ends_the_command_and_its_workers(
    given: dict[str, str], tmp_path: Path, number: signal.Signals
) -> None:
    """TERM and HUP in an orderly way; after KILL the workers end by themselves."""
    options = [part for name, value in given.items() for part in (f"--{name}", value)]
    command = [UPBENCH, "run", *options, "--out", str(tmp_path / "out")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not rows(tmp_path / "out"):
            time.sleep(0.1)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert family
    assert psutil.wait_procs(family, timeout=20)[1] == []
    assert rows(tmp_path / "out") == 1
    assert "Traceback" not in errors
    if number is not signal.SIGKILL:
        assert process.returncode == 128 + number
        assert "Ended from outside: a run keeps what is finished; go on with: upbench run" in errors


def request(given: dict[str, str]) -> Request:
    """Return the same as a request."""
    plugins = (given["plugin"],)
    return Request(given["methods"], given["datasets"], given["scales"], plugins=plugins)


def test_error_in_the_driver_ends_the_workers(
    given: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is raised while results are written comes through at once."""

    def fails(*_: Any) -> None:
        raise TypeError("no such row")

    monkeypatch.setattr(Store, "add", fails)
    plan = make_plan(request(given))
    before = workers()  # other tests of this process may keep some
    with Store(tmp_path / "out") as store, pytest.raises(TypeError, match="no such row"):
        list(results(plan, store, plan.cells))
    assert workers() <= before


def test_run_that_is_given_up_leaves_no_worker(given: dict[str, str], tmp_path: Path) -> None:
    """A caller that stops asking for results ends the run."""
    plan = make_plan(request(given))
    before = workers()
    with (
        Store(tmp_path / "out") as store,
        closing(results(plan, store, plan.cells)) as running,
    ):
        assert next(running).row.status == "ok"
        assert workers() - before
    assert workers() <= before


def workers() -> set[int]:
    """Return the ids of the worker processes of this process that live."""
    children = psutil.Process(os.getpid()).children(recursive=True)
    return {one.pid for one in children if "upbench.benchmark.engine.worker" in one.cmdline()}
