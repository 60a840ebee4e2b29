"""Cells in worker processes: one by one or side by side, and no cell can harm another.

Each worker runs the methods of one file, batch by batch, and sends every result as it is finished,
so the driver can write it down at once and knows which cell a worker was at.  A cell that hangs,
crashes or takes too much memory costs itself: its worker is killed with everything it started, and
another takes over the rest of the batch.  (A pool of the standard library would lose the whole
batch, and every other one that was under way.)
"""

from __future__ import annotations

import re
import signal
import time
from collections import deque
from dataclasses import replace
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from upbench.benchmark.engine.cell import failure
from upbench.benchmark.engine.worker import (
    Limits,
    Worker,
    current_cell,
    end,
    give,
    received,
    start,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from upbench.benchmark.core.row import Status
    from upbench.benchmark.engine.plan import Batch
    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.engine.workbench import Workbench

__all__ = ["run_in_processes"]


class _Loss(NamedTuple):
    """Why a cell has no result."""

    status: Status
    reason: str


def run_in_processes(
    batches: Iterable[Batch],
    setup: Callable[[], Workbench],
    jobs: int,
    limits: Limits | None = None,
    logs: Path | None = None,
) -> Generator[Result]:
    """Yield the results of all batches, as they are finished.

    Args:
        batches: The work; a worker takes one batch at a time.
        setup: Makes a worker's workbench; must be picklable.
        jobs: How many workers run side by side.
        limits: What a cell may use up.
        logs: A folder for what the workers print; None keeps the last words alone.
    """
    waiting = _Queue(batches)
    limits = limits or Limits()

    def hire(batch: Batch) -> Worker:
        return start(setup, batch, limits, _log_file(logs, batch))

    crew: list[Worker] = []
    try:
        while len(crew) < jobs and (batch := waiting.take(crew)) is not None:
            crew.append(hire(batch))
        while crew:
            _wait_for_news(crew, limits)
            for place in range(len(crew) - 1, -1, -1):
                worker = crew[place]
                yield from received(worker)
                rest = None
                if loss := _loss_of(worker, limits):
                    yield from _failed(worker, loss)
                    rest = _rest_of(worker)
                elif worker.batch is not None:
                    continue
                _relieve(crew, place, rest or waiting.take(crew, worker.origin), hire)
    finally:
        for worker in crew:
            end(worker)


class _Queue:
    """Batches by the file of their methods, so that each file is loaded by few workers."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self._waiting: dict[str, deque[Batch]] = {}
        for batch in batches:
            self._waiting.setdefault(batch.origin, deque()).append(batch)

    def take(self, crew: Sequence[Worker], origin: str = "") -> Batch | None:
        """Take the next batch: of this file, else of one that nobody is at, else of the longest."""
        if not self._waiting:
            return None
        if origin not in self._waiting:
            taken = {worker.origin for worker in crew}
            free = [name for name in self._waiting if name not in taken]
            longest = max(self._waiting, key=lambda name: len(self._waiting[name]))
            origin = free[0] if free else longest
        batch = self._waiting[origin].popleft()
        if not self._waiting[origin]:
            del self._waiting[origin]
        return batch


def _wait_for_news(crew: list[Worker], limits: Limits) -> None:
    """Wait for a result, a print, a death or a deadline, whichever is first."""
    next_deadline = min(worker.since for worker in crew) + limits.timeout
    pipes = [worker.pipe for worker in crew]
    pipes += [worker.prints.pipe for worker in crew if not worker.prints.ended]
    wait(pipes, timeout=max(0.0, next_deadline - time.monotonic()))
    for worker in crew:
        worker.prints.drain()


def _loss_of(worker: Worker, limits: Limits) -> _Loss | None:
    """Say how a worker lost its current cell, if it did."""
    if worker.batch is None:
        return None
    if worker.process.exitcode is not None:
        return _Loss("crash", _cause(worker.process.exitcode))
    if time.monotonic() - worker.since > limits.timeout:
        return _Loss("timeout", f"No result within {limits.timeout:g} s; the worker was killed.")
    return None


def _failed(worker: Worker, loss: _Loss) -> Iterator[Result]:
    cell = current_cell(worker)
    if cell is not None:
        worker.prints.drain()
        yield failure(cell, loss.status, loss.reason + worker.prints.quoted())


def _cause(exitcode: int) -> str:
    if exitcode >= 0:
        return f"The worker process ended with exit code {exitcode}."
    name = signal.Signals(-exitcode).name
    hint = " (out of memory?)" if name == "SIGKILL" else ""
    return f"The worker process was ended by {name}{hint}."


def _rest_of(worker: Worker) -> Batch | None:
    """Return the cells after the one that a worker died at."""
    if worker.batch is None or worker.finished + 1 >= len(worker.batch.cells):
        return None
    return replace(worker.batch, cells=worker.batch.cells[worker.finished + 1 :])


def _relieve(
    crew: list[Worker], place: int, batch: Batch | None, hire: Callable[[Batch], Worker]
) -> None:
    """Give a worker its next batch; one that is lost, or loaded with other methods, is replaced."""
    worker = crew[place]
    alive = worker.batch is None and worker.process.exitcode is None
    if batch is not None and alive and batch.origin == worker.origin:
        give(worker, batch)
        return
    end(worker)
    if batch is None:
        del crew[place]
    else:
        crew[place] = hire(batch)


def _log_file(logs: Path | None, batch: Batch) -> Path | None:
    """Name the log after the file whose methods the worker runs."""
    if logs is None:
        return None
    name = re.sub(r"\W+", "-", Path(batch.origin).stem) or "worker"
    return logs / f"{name}.log"
