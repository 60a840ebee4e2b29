"""Cells in worker processes: no cell can harm another, and no method sees a reference.

Two kinds of workers: method workers run the methods of one file each, scoring workers hold images,
references and metrics.  A cell goes from one to the other: a scoring worker degrades the image, a
method worker enlarges it, a scoring worker scores the output.  At any time at most ``jobs`` workers
are computing, so that methods and scoring overlap and the seconds of a call mean something.

A worker that is lost costs the cell that it was at; another one takes the rest.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.row import Row
from upbench.benchmark.engine.cell import failure, skipped
from upbench.benchmark.engine.method import Answer, Low
from upbench.benchmark.engine.result import Result, View
from upbench.benchmark.engine.supervisor import Limits, Outcome, Worker, wait
from upbench.benchmark.engine.workbench import merged
from upbench.benchmark.registry.importing import ORIGIN

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    from upbench.benchmark.core.sizes import ScaleOrSize
    from upbench.benchmark.engine.plan import Batch, Cell
    from upbench.benchmark.engine.workbench import Part, Setup

MOST_UNSCORED = 2
"""Outputs of one method worker that wait to be scored: each holds an image."""

LONGEST_NAME = 80
"""Characters of a log's name."""


class StoppedError(Exception):
    """The run that a pool works for is over; its other cells are not run."""

    def __init__(self) -> None:
        super().__init__("The run that these cells belong to is over.")


def run_in_processes(
    batches: Iterable[Batch],
    setup: Setup,
    jobs: int,
    limits: Limits | None = None,
    logs: Path | None = None,
) -> Generator[Result]:
    """Yield the results of all batches, as they are finished; arguments as for ``execute``."""
    pool = Pool(setup, jobs, limits or Limits(), logs)
    try:
        yield from pool.results(batches)
    finally:
        pool.end()


@dataclass
class _Stream:
    """One method worker and the batch that it is at."""

    worker: Worker
    origin: str
    batch: Batch
    cells: deque[Cell]
    """Those whose methods have not run yet."""
    low: Low | None = None
    """The image of the first of them; None until a scoring worker has sent it."""
    size: tuple[int, int, int] | None = None
    conditions: tuple[ScaleOrSize, str] | None = None
    """The scale and protocol of the image that is here, or under way."""
    has_low: bool = False
    """Whether the worker holds the image."""
    unscored: int = 0
    begun: float = 0.0


@dataclass
class _Step:
    """Something for a scoring worker: degrade for a stream, or score one of its cells."""

    stream: _Stream
    parts: Sequence[Part]
    """What is to score, the next first."""
    request: tuple[Any, ...]
    cell: Cell | None = None
    size: tuple[int, int, int] | None = None
    elapsed: float = 0.0
    """Seconds of the steps before."""
    begun: float = 0.0
    result: Result | None = None
    """What the parts before have made of it."""
    opened: Mapping[str, str] = field(default_factory=dict)
    """Files that the method opened."""


@dataclass
class Pool:
    """The workers of a run; they stay from one call of :meth:`results` to the next."""

    setup: Setup
    jobs: int
    limits: Limits
    logs: Path | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    """Set by other threads, which touch nothing else here: the pool is its own thread's."""
    _streams: list[_Stream] = field(default_factory=list)
    _scorers: list[tuple[Part, Worker]] = field(default_factory=list)
    _steps: deque[_Step] = field(default_factory=deque)
    _at: dict[int, _Step] = field(default_factory=dict)
    """What each busy scoring worker is at, by its id."""

    def results(self, batches: Iterable[Batch]) -> Iterator[Result]:
        """Yield the result of each cell of the batches, as it is finished.

        Raises:
            StoppedError: Another thread has set ``stop``; the caller ends the pool.
        """
        waiting = _Queue(batches)
        while not self.stop.is_set():
            yield from self._assign(waiting)
            self._give_work()
            busy = [worker for worker in self._workers() if worker.is_busy]
            if not busy and waiting:
                continue  # what was assigned had nothing to run: skipped, or without an image
            if not busy:
                return
            wait(busy)
            for stream in [*self._streams]:
                yield from self._method_news(stream)
            for _, scorer in self._scorers:
                yield from self._scoring_news(scorer)
        raise StoppedError

    def end(self) -> None:
        """End every worker."""
        for worker in self._workers():
            worker.end()

    def _workers(self) -> list[Worker]:
        return [one.worker for one in self._streams] + [scorer for _, scorer in self._scorers]

    def _assign(self, waiting: _Queue) -> Iterator[Result]:
        """Give each idle stream its next batch; a worker runs the methods of one file."""
        for idle in [stream for stream in self._streams if not stream.cells]:
            batch = waiting.take([other.origin for other in self._streams], idle.origin)
            if batch is None:
                continue
            if batch.origin == idle.origin:
                idle.batch, idle.cells, idle.conditions = batch, deque(batch.cells), None
            else:
                idle.worker.end()
                self._streams.remove(idle)
                self._new_stream(batch)
        while len(self._streams) < self.jobs and (
            batch := waiting.take([other.origin for other in self._streams])
        ):
            self._new_stream(batch)
        for stream in self._streams:
            while stream.cells and stream.cells[0].skip:
                yield skipped(stream.cells.popleft())
            if stream.cells and stream.conditions != _conditions(stream.cells[0]):
                stream.conditions = _conditions(stream.cells[0])
                stream.low, stream.has_low = None, False
                request = ("low", stream.cells[0], stream.batch.item)
                parts = self.setup.parts_of(stream.cells[0])[:1]
                self._steps.appendleft(_Step(stream, parts, request))

    def _new_stream(self, batch: Batch) -> _Stream:
        setup = partial(self.setup.method_service, batch.origin)
        worker = Worker(setup, self.limits, log=_log_file(self.logs, _title(batch)))
        stream = _Stream(worker, batch.origin, batch, deque(batch.cells))
        self._streams.append(stream)
        return stream

    def _give_work(self) -> None:
        """Let idle workers compute, as many as there are jobs: what is scored frees memory."""
        for _ in range(self.jobs - sum(worker.is_busy for worker in self._workers())):
            if self._steps:
                step = self._steps.popleft()
                scorer = self._idle_scorer(step.parts[0])
                step.begun = time.monotonic()
                self._at[id(scorer)] = step
                scorer.ask(step.request)
            elif ready := [stream for stream in self._streams if _is_ready(stream)]:
                self._call(ready[0])
            else:
                return

    def _idle_scorer(self, part: Part) -> Worker:
        for its_part, scorer in self._scorers:
            if its_part == part and not scorer.is_busy:
                return scorer
        log = _log_file(self.logs, "scoring")
        worker = Worker(partial(self.setup.scoring_service, part), self.limits, log=log)
        self._scorers.append((part, worker))
        return worker

    def _call(self, stream: _Stream) -> None:
        """Run the next cell's method; its worker may hold the image already."""
        stream.has_low = stream.has_low and stream.worker.is_alive
        stream.begun = time.monotonic()
        stream.worker.ask((stream.cells[0].method, None if stream.has_low else stream.low))
        stream.has_low = True

    def _method_news(self, stream: _Stream) -> Iterator[Result]:
        outcome = stream.worker.poll()
        if outcome is None:
            return
        cell, elapsed = stream.cells.popleft(), time.monotonic() - stream.begun
        answer = Answer(**(outcome.value or {"status": outcome.status, "reason": outcome.reason}))
        if answer.status != "ok":
            failed = failure(cell, answer.status, answer.reason or "", stream.size)
            yield replace(failed, elapsed=elapsed)
            return
        stream.unscored += 1
        request = ("score", cell, stream.batch.item, answer._replace(opened={}))
        parts = self.setup.parts_of(cell)
        step = _Step(stream, parts, request, cell, stream.size, elapsed, opened=answer.opened)
        self._steps.append(step)

    def _scoring_news(self, scorer: Worker) -> Iterator[Result]:
        outcome = scorer.poll()
        if outcome is None:
            return
        step = self._at.pop(id(scorer))
        if step.cell is None:
            yield from self._degraded(step.stream, outcome)
            return
        elapsed = step.elapsed + time.monotonic() - step.begun
        result = _scored(step, step.cell, outcome)
        opened = {**step.opened, **result.opened}
        result = replace(result, elapsed=elapsed, opened=opened)
        if len(step.parts) > 1 and result.row.status == "ok":
            self._steps.appendleft(
                replace(step, parts=step.parts[1:], elapsed=elapsed, result=result)
            )
            return
        step.stream.unscored -= 1
        yield result

    def _degraded(self, stream: _Stream, outcome: Outcome) -> Iterator[Result]:
        """Take a stream's image; where there is none, its cells fail with the reason."""
        if outcome.status == "ok":
            found = outcome.value
            asked: Any = stream.cells[0].scale if found["asked"] is None else tuple(found["asked"])
            stream.low = Low(asked, found["low"], found["low_8bit"])
            stream.size = tuple(found["size"])
            return
        while stream.cells and _conditions(stream.cells[0]) == stream.conditions:
            cell = stream.cells.popleft()
            yield skipped(cell) if cell.skip else _failed(cell, outcome, None)


class _Queue:
    """Batches by the file of their methods, so that each file is loaded by few workers."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self._waiting: dict[str, deque[Batch]] = {}
        for batch in batches:
            self._waiting.setdefault(batch.origin, deque()).append(batch)

    def __bool__(self) -> bool:
        """Say whether a batch is waiting."""
        return bool(self._waiting)

    def take(self, taken: list[str], origin: str = "") -> Batch | None:
        """Take the next batch: of this file, else of one without a worker, else of the longest."""
        if not self._waiting:
            return None
        if origin not in self._waiting:
            free = [name for name in self._waiting if name not in taken]
            longest = max(self._waiting, key=lambda name: len(self._waiting[name]))
            origin = free[0] if free else longest
        batch = self._waiting[origin].popleft()
        if not self._waiting[origin]:
            del self._waiting[origin]
        return batch


def _conditions(cell: Cell) -> tuple[ScaleOrSize, str]:
    return (cell.scale, cell.protocol)


def _is_ready(stream: _Stream) -> bool:
    """Say whether a stream's next method can run now."""
    is_free = not stream.worker.is_busy and stream.unscored < MOST_UNSCORED
    return bool(is_free and stream.cells and stream.low is not None)


def _scored(step: _Step, cell: Cell, outcome: Outcome) -> Result:
    """Return what a scoring worker made of a cell, beside what others did before."""
    if outcome.status == "ok":
        row = Row(**outcome.value["row"])
        if step.result is not None:
            return merged(step.result, row.scores, row.reason, outcome.value["opened"])
        found, png = outcome.value, outcome.value["png"]
        made = Result(cell, row, found["crop"], found["reference_crop"])
        views = tuple(
            View(str(one["method"]), str(one["view"]), float(one["loss"]), one["picture"].tobytes())
            for one in found["views"]
        )
        png = None if png is None else png.tobytes()
        return replace(made, png=png, views=views, opened=found["opened"])
    if step.result is None:
        return _failed(cell, outcome, step.size, "While scoring: ")
    names = step.parts[0].metrics
    return merged(step.result, dict.fromkeys(names), f"{', '.join(names)}: {outcome.reason}")


def _failed(
    cell: Cell, outcome: Outcome, size: tuple[int, int, int] | None, before: str = ""
) -> Result:
    return failure(cell, outcome.status, before + outcome.reason, size)


def _title(batch: Batch) -> str:
    """Return what a worker's log is named after: the file of its methods, or its ``--model``."""
    is_model = batch.origin.startswith(ORIGIN)
    return batch.cells[0].method if is_model else Path(batch.origin).stem


def _log_file(logs: Path | None, title: str) -> Path | None:
    if logs is None:
        return None
    name = re.sub(r"\W+", "-", title)[:LONGEST_NAME] or "worker"
    return logs / f"{name}.log"
