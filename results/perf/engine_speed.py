"""What the harness costs: start-up, overhead per cell, a run that is finished already."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from measuring import seconds, show

if TYPE_CHECKING:
    from collections.abc import Callable

UPBENCH = str(Path(sys.executable).with_name("upbench"))

# One thread each, as the command line sets them; read when the libraries are imported.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
    os.environ.setdefault(variable, "1")


def measure() -> list[tuple[str, float, float]]:
    """Return (what, figure, target) rows; every figure is a ratio of two times of one run."""
    return [*_start_up(), *_overhead()]


def _start_up() -> list[tuple[str, float, float]]:
    contestants = {
        "numpy": [sys.executable, "-c", "import numpy"],
        "upbench --help": [UPBENCH, "--help"],
        "upbench list methods": [UPBENCH, "list", "methods"],
    }
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(9):
        for name, command in contestants.items():
            times[name].append(seconds(partial(_quiet, command), time.perf_counter))
    base = statistics.median(times.pop("numpy"))
    return [
        (f"{name} / python -c 'import numpy'", statistics.median(taken) / base, 3.0)
        for name, taken in times.items()
    ]


def _overhead() -> list[tuple[str, float, float]]:
    """Compare a serial run with the sum of its degradations, methods (loaded, called) and scores.

    The rows after the first say where the rest goes: to pictures of places and whole images, to the
    store, to the rest of the engine, each as a share of the sum.

    In processor seconds, which other programs on the machine do not change as much.
    """
    from upbench.benchmark.engine import cell as cells
    from upbench.benchmark.engine import method as methods
    from upbench.benchmark.engine import store as stores
    from upbench.benchmark.engine import workbench
    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.engine.runner import Request, make_plan, results
    from upbench.benchmark.engine.store import Store

    spent = {"work": 0.0, "pictures": 0.0, "stored": 0.0, "store": 0.0}
    within = dict.fromkeys(spent, 0)

    def counted(function: Callable[..., object], part: str) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            within[part] += 1
            start = time.process_time()
            answer = function(*arguments, **options)
            within[part] -= 1
            if not within[part]:  # loading a method calls it too: what is inside counts once
                spent[part] += time.process_time() - start
            return answer

        return call

    plan = make_plan(Request(executor="serial"))
    steps: list[tuple[Any, str, str]] = [
        (workbench, "read_image", "work"),
        (workbench, "prepare", "work"),
        (methods.MethodService, "_load", "work"),
        (methods, "_output", "work"),
        (cells, "_finished", "work"),
        (cells, "_scores", "work"),
        (cells, "views_of", "pictures"),
        (Result, "picture", "stored"),
        (stores, "encode_png", "stored"),
        (Store, "add", "store"),
    ]
    originals = [getattr(owner, name) for owner, name, _ in steps]
    for (owner, name, part), original in zip(steps, originals, strict=True):
        is_property = isinstance(original, property)
        made = counted(original.fget if is_property else original, part)
        setattr(owner, name, property(made) if is_property else made)
    try:
        with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
            start = time.process_time()
            list(results(plan, store, plan.cells))
            total = time.process_time() - start
    finally:
        for (owner, name, _), original in zip(steps, originals, strict=True):
            setattr(owner, name, original)
    work, pictures = spent["work"], spent["pictures"] + spent["stored"]
    kept = spent["store"] - spent["stored"]
    rest = total - work - spent["pictures"] - spent["store"]
    return [
        ("run / (degrade + method + score)", total / work, 1.02),
        ("  of that: pictures / work", pictures / work, 0.01),
        ("  of that: store without pictures / work", kept / work, 0.01),
        ("  of that: the rest of the engine / work", rest / work, 0.01),
    ]


def _quiet(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    show(measure())
