"""What Dask costs per cell, and whether a run survives workers that are killed all the time.

``python results/perf/cluster_speed.py`` prints both.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from measuring import show

from upbench.benchmark.core.threads import use_one_thread_each

use_one_thread_each()  # as on a worker; read when the libraries are imported

if TYPE_CHECKING:
    from collections.abc import Iterable

    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.engine.runner import Plan

PLUGIN = """
import time
from upbench.benchmark.core.contract import method

def _zeros(image, scale):
    import numpy as np
    height, width, channels = image.shape
    return np.zeros((height * scale, width * scale, channels), np.float32)

for _number in range(10):
    def _empty(image, scale):
        return _zeros(image, scale)
    globals()[f"empty_{_number}"] = method(f"empty-{_number}", family="test")(_empty)

@method("slow", family="test")
def slow(image, scale):
    time.sleep(0.2)
    return image.repeat(scale, axis=0).repeat(scale, axis=1)
"""

QUALITY = ("status", "reason", "psnr_db", "ssim", "checkerboard_db", "shift_px")


def measure() -> list[tuple[str, float, float]]:
    """Return (what, milliseconds per cell, target): 600 cells of empty methods, no metrics."""
    from upbench.benchmark.engine.cluster import run_on_dask
    from upbench.benchmark.engine.plan import batches
    from upbench.benchmark.engine.runner import make_setup
    from upbench.benchmark.engine.workbench import run_serial

    with tempfile.TemporaryDirectory() as name:
        plan = _plan(Path(name), "empty-*", images=20)
        setup = replace(make_setup(plan), scoring=_unscored)
        serial = _seconds_per_cell(run_serial(batches(plan.cells, plan.images), setup))
        work = batches(plan.cells, plan.images)
        dask = _seconds_per_cell(run_on_dask(work, setup, scheduler=None, jobs=1))
    return [
        ("ms per cell of an empty method, serial", 1e3 * serial, 5.0),
        ("ms per cell of an empty method, Dask - serial", 1e3 * (dask - serial), 15.0),
    ]


def endure(every: float = 3.0, jobs: int = 2) -> str:
    """Run 2,000 cells while a worker is killed every few seconds; say what came of it."""
    from upbench.benchmark.engine.cluster import run_on_dask
    from upbench.benchmark.engine.plan import batches
    from upbench.benchmark.engine.runner import make_setup
    from upbench.benchmark.engine.workbench import run_serial

    with tempfile.TemporaryDirectory() as name:
        plan = _plan(Path(name), "empty-[1-9],slow", images=67)
        cells = plan.cells[:2000]
        setup = make_setup(plan)
        expected = list(run_serial(batches(cells, plan.images), setup))
        start = time.perf_counter()
        with _Killer(every) as killer:
            work = batches(cells, plan.images)
            done = list(run_on_dask(work, setup, scheduler=None, jobs=jobs))
        seconds = time.perf_counter() - start
    equal = sorted(map(_quality, done)) == sorted(map(_quality, expected))
    return (
        f"{len(done)} rows of {len(cells)} cells in {seconds:.0f} s with {killer.killed} workers "
        f"killed: {'equal to' if equal else 'DIFFERENT FROM'} the serial run"
    )


class _Killer(threading.Thread):
    """Kills a worker process of this process every few seconds."""

    def __init__(self, every: float) -> None:
        super().__init__(daemon=True)
        self.every, self.killed, self.over = every, 0, threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.join()

    def run(self) -> None:
        import psutil

        chosen = random.Random(0)  # noqa: S311 - no secret
        while not self.over.wait(self.every):
            family = psutil.Process().children(recursive=True)
            workers = [one for one in family if "spawn_main" in " ".join(one.cmdline())]
            if workers:
                chosen.choice(workers).kill()
                self.killed += 1


def _plan(folder: Path, methods: str, images: int) -> Plan:
    """Return a plan on random pictures of 32 x 32 pixels at x2, x3 and x4."""
    import numpy as np
    from PIL import Image

    from upbench.benchmark.engine.runner import Request, make_plan

    plugin = folder / "empty.py"
    plugin.write_text(PLUGIN, encoding="utf-8")
    random_pixels = np.random.default_rng(0)
    for number in range(images):
        pixels = random_pixels.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:03}.png")
    return make_plan(Request(methods, f"folder:{folder}", "2,3,4", plugins=(str(plugin),)))


def _unscored(_part: object) -> Any:
    from upbench.benchmark.engine.workbench import Scoring
    from upbench.benchmark.registry.catalog import built_in_protocols

    return Scoring((), built_in_protocols())


def _seconds_per_cell(results: Iterable[Result]) -> float:
    """Time from the third image's worth of results on: start-up is not a cell's overhead."""
    number, start, skipped = 0, 0.0, 60
    for number, _ in enumerate(results, start=1):
        if number == skipped:
            start = time.perf_counter()
    return (time.perf_counter() - start) / (number - skipped)


def _quality(result: Result) -> tuple[str, ...]:
    from upbench.benchmark.core.row import record

    values = (record(result.row).get(name) for name in QUALITY)
    return (repr(result.cell.identity), *map(repr, values))


if __name__ == "__main__":
    show(measure())
    sys.stdout.write(f"{endure()}\n")
