"""Cells side by side in worker processes.

Each worker has a pipe of its own: it takes a batch and sends every result as it is finished, so the
driver can write it down at once and knows at which cell a worker died.  A worker that dies costs
that cell; another takes over the rest of its batch.  (A pool of the standard library would lose
the whole batch, and every other one that was under way.)
"""

from __future__ import annotations

import multiprocessing
import signal
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from upbench.benchmark.cell import failure
from upbench.benchmark.plan import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from upbench.benchmark.execute.workbench import Workbench
    from upbench.benchmark.plan import Cell
    from upbench.benchmark.row import Result

__all__ = ["run_in_processes"]


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    batch: Batch | None = None
    """What it is working on."""
    finished: int = 0
    """How many cells of that it has sent."""


def run_in_processes(
    batches: Iterable[Batch], setup: Callable[[], Workbench], jobs: int
) -> Generator[Result]:
    """Yield the results of all batches, as they are finished.

    Args:
        batches: The work; a worker takes one batch at a time.
        setup: Makes a worker's workbench; must be picklable.
        jobs: How many workers run side by side.
    """
    waiting = iter(batches)
    workers = [_started(setup) for _ in range(jobs)]
    try:
        for worker in workers:
            _give(worker, next(waiting, None))
        while busy := [worker for worker in workers if worker.batch is not None]:
            for pipe in wait([worker.pipe for worker in busy]):
                worker = next(one for one in busy if one.pipe is pipe)
                yield from _received(worker)
                if worker.batch is None:
                    _give(worker, next(waiting, None))
                elif worker.process.exitcode is not None:
                    yield _crash(worker)
                    workers[workers.index(worker)] = _replaced(worker, setup, waiting)
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join()
            worker.pipe.close()


def _started(setup: Callable[[], Workbench]) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, setup), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _work(pipe: Connection, setup: Callable[[], Workbench]) -> None:
    """Take batches and send results until the driver closes the pipe: the worker's whole life."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver ends its workers itself
    workbench = setup()
    while True:
        try:
            batch = pipe.recv()
        except EOFError:
            return
        for result in workbench.run(batch):
            pipe.send(result)


def _give(worker: _Worker, batch: Batch | None) -> None:
    worker.batch, worker.finished = batch, 0
    if batch is not None:
        worker.pipe.send(batch)


def _received(worker: _Worker) -> Iterator[Result]:
    """Yield what the worker has sent; afterwards its batch is None if that was all of it."""
    try:
        while worker.batch is not None and worker.pipe.poll():
            yield worker.pipe.recv()
            worker.finished += 1
            if worker.finished == len(worker.batch.cells):
                worker.batch = None
    except (EOFError, ConnectionResetError):
        worker.process.join()


def _crash(worker: _Worker) -> Result:
    return failure(_current(worker), "crash", _cause(worker.process.exitcode))


def _cause(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return f"The worker process was ended by {signal.Signals(-exitcode).name}."
    return f"The worker process ended with exit code {exitcode}."


def _current(worker: _Worker) -> Cell:
    cells = worker.batch.cells if worker.batch else ()
    return cells[worker.finished]


def _replaced(worker: _Worker, setup: Callable[[], Workbench], waiting: Iterator[Batch]) -> _Worker:
    """Start another worker with the cells after the one that its forerunner died at."""
    worker.pipe.close()
    fresh = _started(setup)
    rest = worker.batch.cells[worker.finished + 1 :] if worker.batch else ()
    if worker.batch is not None and rest:
        _give(fresh, Batch(worker.batch.item, rest))
    else:
        _give(fresh, next(waiting, None))
    return fresh
