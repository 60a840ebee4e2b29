"""What the harness costs: start-up, overhead per cell, a run that is finished already."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

UPBENCH = str(Path(sys.executable).with_name("upbench"))

# One thread each, as the command line sets them; read when the libraries are imported.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
    os.environ.setdefault(variable, "1")


def measure() -> list[tuple[str, float, float]]:
    """Return (what, figure, target) rows; every figure is a ratio of two times of one run."""
    return [*_start_up(), _overhead()]


def _start_up() -> list[tuple[str, float, float]]:
    contestants = {
        "numpy": [sys.executable, "-c", "import numpy"],
        "upbench --help": [UPBENCH, "--help"],
        "upbench list methods": [UPBENCH, "list", "methods"],
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(9):
        for name, command in contestants.items():
            times[name].append(_seconds(lambda command=command: _quiet(command)))  # type: ignore[misc]
    base = statistics.median(times.pop("numpy"))
    return [
        (f"{name} / python -c 'import numpy'", statistics.median(taken) / base, 3.0)
        for name, taken in times.items()
    ]


def _overhead() -> tuple[str, float, float]:
    """Compare a serial run with the sum of its degradations, method calls and scores.

    In processor seconds, which other programs on the machine do not change as much.
    """
    from upbench.benchmark.engine import cell as cells
    from upbench.benchmark.engine import method as methods
    from upbench.benchmark.engine import workbench
    from upbench.benchmark.engine.runner import Request, make_plan, results
    from upbench.benchmark.engine.store import Store

    spent = 0.0

    def counted(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            nonlocal spent
            start = time.process_time()
            answer = function(*arguments)
            spent += time.process_time() - start
            return answer

        return call

    plan = make_plan(Request(executor="serial"))
    steps = [
        (workbench, "read_image"),
        (workbench, "prepare"),
        (methods, "_output"),
        (cells, "_finished"),
        (cells, "_scores"),
    ]
    originals = [getattr(module, name) for module, name in steps]
    for module, name in steps:
        setattr(module, name, counted(getattr(module, name)))
    try:
        with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
            start = time.process_time()
            list(results(plan, store, plan.cells))
            total = time.process_time() - start
    finally:
        for (module, name), original in zip(steps, originals, strict=True):
            setattr(module, name, original)
    return ("run / (degrade + method + score)", total / spent, 1.02)


def _quiet(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    for what, figure, target in measure():
        print(f"{what:60} {figure:6.2f}  (target {target:g})")  # noqa: T201 - the script's output
