"""What runs on the workers of a Dask cluster, and on their nannies.

A worker makes its workbench at the first piece of a run and keeps it warm.  (Not when it starts: a
plugin that ends its process would end every worker there, again and again, and no cell would be to
blame.)
"""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from upbench.benchmark.core.environment import versions
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.hashing import code_hash
from upbench.benchmark.core.threads import use_one_thread_each

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.core.contract import Image
    from upbench.benchmark.engine.plan import Batch
    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.engine.workbench import Workbench

__all__ = ["SETTING_UP", "Job", "given", "kill_process", "unread", "work"]

SETTING_UP = -1
"""The place in a piece of a worker that is still importing the methods."""


@dataclass(frozen=True)
class Job:
    """What a worker must know of the run."""

    topic: str
    """The run's own name, under which workers say where they are."""
    setup: Callable[[], Workbench]
    versions: dict[str, str]
    """Of the libraries on the driver's machine."""
    local: bool


@dataclass
class _Bench:
    """One worker's workbench for one run, and the image that it read last."""

    topic: str
    workbench: Workbench
    checked: set[str] = field(default_factory=set)
    """Methods whose code is the driver's."""
    image: tuple[tuple[str, str], Image] | None = None

    def read(self, piece: Batch) -> Image:
        about = (piece.cells[0].dataset, piece.item.name)
        if self.image is None or self.image[0] != about:
            self.image = None  # before the next one: there may be no room for both
            self.image = (about, piece.item.load())
        return self.image[1]


_BENCH: list[_Bench] = []
"""Of this worker process: the last run's; at most one."""
_ONE_AT_A_TIME = threading.Lock()
"""A cell runs alone in its process, so that it alone is to blame for the process's end."""


def work(job: Job, number: int, piece: Batch, pixels: Image | None) -> list[Result]:
    """Run a piece on a worker, saying before each cell which one it is, and when all are done."""
    with _ONE_AT_A_TIME:
        say = partial(_say, job.topic, number, uuid4().hex)
        say(SETTING_UP)
        bench = _bench(job)
        _refuse_other_code(bench, piece)
        load = partial(bench.read, piece) if pixels is None else partial(given, pixels)
        running = bench.workbench.run(replace(piece, item=replace(piece.item, load=load)))
        results = []
        for at in range(len(piece.cells)):
            say(at)
            results.append(next(running))
        say(len(results))
        return results


def unread() -> Image:
    """Stand for an image's file on workers that need not have it."""
    raise NotImplementedError  # the pixels come beside the piece


def given(pixels: Image) -> Image:
    """Return the image, float32 (H, W, C), as it is: a task that holds it."""
    return pixels


def _say(topic: str, number: int, execution: str, at: int) -> None:
    """Tell the driver where this worker is, and wait until the scheduler has it."""
    from distributed import get_worker
    from distributed.utils import sync

    worker = get_worker()
    event = (number, execution, at, worker.address)
    sync(worker.loop, worker.scheduler.log_event, topic=topic, msg=event)


def _bench(job: Job) -> _Bench:
    """Make this process's workbench at the first piece of a run, and keep it warm."""
    if not _BENCH or _BENCH[0].topic != job.topic:
        _BENCH.clear()
        if job.local:
            _prints_nowhere()
        _refuse_other_libraries(job.versions)
        _use_one_thread()
        _BENCH.append(_Bench(job.topic, job.setup()))
    return _BENCH[0]


def _prints_nowhere() -> None:
    """Keep methods' prints, C code's too, off the driver's terminal."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _use_one_thread() -> None:
    """Limit the libraries that are loaded already, and those that will be."""
    import threadpoolctl

    use_one_thread_each()
    threadpoolctl.threadpool_limits(1)


def _refuse_other_libraries(expected: dict[str, str]) -> None:
    here = versions()
    other = [
        f"{name} {here.get(name, 'missing')} instead of {expected.get(name, 'none')}"
        for name in sorted(here | expected)
        if here.get(name) != expected.get(name)
    ]
    if other:
        raise UsageError(
            f"A Dask worker has other libraries than this machine: {', '.join(other)}; "
            f"the rows would not be comparable; install the same versions on the workers."
        )


def _refuse_other_code(bench: _Bench, piece: Batch) -> None:
    for cell in piece.cells:
        if cell.method in bench.checked:
            continue
        method = bench.workbench.methods.get(cell.method)
        if method is None or code_hash(method.file) != cell.code_hash:
            has = "does not have the method" if method is None else "has other code for"
            raise UsageError(
                f"A Dask worker {has} {cell.method}; expected what this machine has; install the "
                f"same upbench on the workers, and put plugin files at the same path there."
            )
        bench.checked.add(cell.method)


def kill_process(dask_worker: Any) -> None:
    """Kill a worker without asking; run by its nanny, or by itself if it has none."""
    from distributed import Nanny

    pid = dask_worker.pid if isinstance(dask_worker, Nanny) else os.getpid()
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
