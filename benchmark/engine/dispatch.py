"""The driver of a Dask cluster: what is sent, what comes back, who is to blame for a death.

Batches are cut into pieces; a bounded number of them is in flight, and results are yielded as they
come.  A worker says which cell it begins, and waits until the scheduler has heard it.  So when a
worker dies the driver knows at which cell: that one is tried again by itself, the others of its
piece together, and a cell at which workers keep dying becomes a row with status "crash".

Images: the workers of a local cluster read their own.  On any other cluster the driver reads an
image and sends it as a task that the pieces depend on: it crosses the network once per worker, no
worker needs the file, and what is scored is the very image whose digest was planned.  (A task, not
scattered data: Dask makes it again when the only worker that holds it dies.)
"""

from __future__ import annotations

import time
from collections import Counter, deque
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import count
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import UpbenchError
from upbench.benchmark.core.text import describe
from upbench.benchmark.engine.cell import failure
from upbench.benchmark.engine.remote import SETTING_UP, given, kill_process, unread, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from upbench.benchmark.engine.plan import Batch, Cell, Identity
    from upbench.benchmark.engine.remote import Job
    from upbench.benchmark.engine.result import Result

__all__ = ["Driver", "Limits", "pieces"]

PIECE = 16
"""Cells that travel together: what a lost worker can cost, and how often results come."""
DEEPEST, SHALLOWEST = 4, 64
"""Pieces in flight per thread, and at least on a cluster that may grow by how much waits."""
LARGEST_LOAD = 256 * 2**20
"""Bytes of images that are kept on the cluster, or are in flight; the scheduler holds them."""
LONGEST_SETUP = 120.0
"""Seconds that a worker may take to import the methods, beside the first cell's own."""
ANSWER = 10.0
"""Seconds to wait for results that a worker has announced."""
TICK, GLANCE = 0.5, 5.0
"""Seconds between looks at deadlines, and at the size of the cluster."""


@dataclass(frozen=True)
class Limits:
    """What a cell may use up."""

    timeout: float | None
    """Seconds; None is no limit."""
    retries: int
    """How many more times it is tried after a worker died at it."""


def pieces(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Cut batches into pieces of at most PIECE cells."""
    for batch in batches:
        for start in range(0, len(batch.cells), PIECE):
            yield replace(batch, cells=batch.cells[start : start + PIECE])


@dataclass(frozen=True)
class _Sent:
    """An image on the cluster; it is dropped there when nothing refers to this any more."""

    future: Any
    size: int


@dataclass
class _Flight:
    """A piece on the cluster, and what its worker has said."""

    piece: Batch
    image: _Sent | None
    future: Any
    execution: str = ""
    """Which of the attempts at it spoke last; "" while none has begun."""
    at: int = SETTING_UP
    """The cell that it is at."""
    since: float = 0.0
    worker: str = ""

    @property
    def suspect(self) -> Cell | None:
        """Return the cell that it is at, if it is at any: a piece that is done is not to blame.

        Its results lie on the worker until they are fetched.  If that dies meanwhile, at another
        piece's cell, Dask makes them again.
        """
        begun = bool(self.execution) and self.at < len(self.piece.cells)
        return self.piece.cells[max(self.at, 0)] if begun else None

    def is_late(self, timeout: float) -> bool:
        """Say whether its cell has run for longer than this."""
        if self.suspect is None or self.future.done():
            return False
        allowed = timeout + (LONGEST_SETUP if self.at == SETTING_UP else 0.0)
        return time.monotonic() - self.since > allowed


@dataclass
class Driver:
    """One run's side of the cluster."""

    client: Any
    """Dask's; most of it has no types."""
    heal: Callable[[], object]
    """Called now and then; brings lost workers back where that is for us to do."""
    job: Job
    limits: Limits
    again: deque[Batch] = field(default_factory=deque)
    """Pieces that come before new ones: their worker died."""
    flights: dict[int, _Flight] = field(default_factory=dict)
    landed: SimpleQueue[int] = field(default_factory=SimpleQueue)
    deaths: Counter[Identity] = field(default_factory=Counter)
    """How often a worker died at a cell."""
    numbers: Iterator[int] = field(default_factory=count)
    images: dict[tuple[str, str], _Sent] = field(default_factory=dict)
    """What is on the cluster, the last used last."""
    room: int = 0
    looked: float = float("-inf")
    glanced: float = float("-inf")

    def results(self, fresh: Iterator[Batch]) -> Iterator[Result]:
        """Keep the cluster filled and yield what comes back, until nothing is left."""
        yield from self._fill(fresh)
        while self.flights:
            with suppress(Empty):
                yield from self._land(self.landed.get(timeout=TICK))
            if time.monotonic() - self.looked > TICK:
                self.looked = time.monotonic()
                self.check_scheduler()
                yield from self._end_overdue()
            yield from self._fill(fresh)

    def hear(self, event: tuple[float, tuple[int, str, int, str]]) -> None:
        """Note where a worker is; Dask calls this in its own thread, in the order of events."""
        number, execution, at, worker = event[1]
        flight = self.flights.get(number)
        if flight is None:
            return
        if flight.suspect is not None and flight.execution != execution:
            self.deaths[flight.suspect.identity] += 1  # Dask has begun the piece anew
        flight.at, flight.since, flight.worker = at, time.monotonic(), worker
        flight.execution = execution

    def check_scheduler(self) -> None:
        """Raise if the connection to the scheduler is lost."""
        if self.client.status != "running":
            raise _scheduler_is_gone()

    def _fill(self, fresh: Iterator[Batch]) -> Iterator[Result]:
        """Send pieces while there is room; yield the failures of images that cannot be read."""
        while len(self.flights) < self._room() and self._load() < LARGEST_LOAD:
            piece = self.again.popleft() if self.again else next(fresh, None)
            if piece is None:
                return
            try:
                image = None if self.job.local else self._sent(piece)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin boundary
                reason = describe(error)
                yield from (failure(cell, "error", reason) for cell in piece.cells)
            else:
                self._send(piece, image)

    def _room(self) -> int:
        """Return how many pieces may be in flight; the cluster may have grown since."""
        if time.monotonic() - self.glanced > GLANCE:
            self.glanced = time.monotonic()
            self.heal()
            threads = sum(self.client.nthreads().values())
            self.room = max(DEEPEST * threads, 1 if self.job.local else SHALLOWEST)
        return self.room

    def _load(self) -> int:
        images = {flight.image for flight in self.flights.values() if flight.image is not None}
        return sum(image.size for image in images)

    def _sent(self, piece: Batch) -> _Sent:
        """Send a piece's image, unless it is there; drop those that were used longest ago."""
        about = (piece.cells[0].dataset, piece.item.name)
        sent = self.images.pop(about, None)
        if sent is None or sent.future.status == "error":
            pixels = piece.item.load()
            future = self.client.submit(given, pixels, pure=False)
            sent = _Sent(future, getattr(pixels, "nbytes", 0))
        self.images[about] = sent
        while len(self.images) > 1 and sum(i.size for i in self.images.values()) > LARGEST_LOAD:
            del self.images[next(iter(self.images))]
        return sent

    def _send(self, piece: Batch, image: _Sent | None) -> None:
        number = next(self.numbers)
        future = self.client.submit(
            work,
            self.job,
            number,
            piece if image is None else replace(piece, item=replace(piece.item, load=unread)),
            image and image.future,
            key=(self.job.topic, number),
        )
        self.flights[number] = _Flight(piece, image, future)
        self._await(number)

    def _await(self, number: int) -> None:
        landed = self.landed
        self.flights[number].future.add_done_callback(lambda _: landed.put(number))

    def _land(self, number: int) -> Iterator[Result]:
        from distributed import KilledWorker
        from distributed.comm.core import CommClosedError

        flight = self.flights.get(number)
        if flight is None:
            return  # it was cancelled
        try:
            results = flight.future.result(timeout=ANSWER)
        except TimeoutError:
            if flight.future.status == "error":
                raise
            self._await(number)  # the results died with their worker; Dask makes them again
        except (KilledWorker, CommClosedError):  # the second, if a worker was cut off
            self.check_scheduler()
            del self.flights[number]
            yield from self._lost(flight)
        except CancelledError:
            raise _scheduler_is_gone() from None
        else:
            del self.flights[number]
            yield from results

    def _lost(self, flight: _Flight) -> Iterator[Result]:
        """Give up the cell that the worker died at, or try it again by itself."""
        suspect = flight.suspect
        if suspect is None:
            self.again.append(flight.piece)  # it only waited for a worker that died
            return
        self.deaths[suspect.identity] += 1
        deaths = self.deaths[suspect.identity]
        if deaths > self.limits.retries:
            yield failure(suspect, "crash", _died(deaths))
        else:
            self.again.append(replace(flight.piece, cells=(suspect,)))
        self._requeue_others(flight, suspect)

    def _requeue_others(self, flight: _Flight, suspect: Cell) -> None:
        others = tuple(cell for cell in flight.piece.cells if cell != suspect)
        if others:
            self.again.append(replace(flight.piece, cells=others))

    def _end_overdue(self) -> Iterator[Result]:
        """Kill the workers whose cell is past its deadline; the others of the piece run again."""
        timeout = self.limits.timeout
        if timeout is None:
            return
        for number, flight in list(self.flights.items()):
            suspect = flight.suspect
            if suspect is None or not flight.is_late(timeout):
                continue
            del self.flights[number]
            flight.future.cancel()
            self._kill(flight.worker)
            yield failure(suspect, "timeout", f"The cell took longer than {timeout:g} s.")
            self._requeue_others(flight, suspect)

    def _kill(self, worker: str) -> None:
        """End a worker's process: by its nanny, which starts another, or by itself for good."""
        known = self.client.scheduler_info(n_workers=-1)["workers"].get(worker)
        if known is not None:
            nanny = known.get("nanny") is not None
            with suppress(OSError, KeyError):  # it is gone meanwhile
                self.client.run(kill_process, workers=[worker], nanny=nanny, on_error="ignore")


def _scheduler_is_gone() -> UpbenchError:
    return UpbenchError(
        "The Dask scheduler is gone, or dropped cells that were under way; finished cells are "
        "kept; start the scheduler again and the same command resumes."
    )


def _died(deaths: int) -> str:
    return (
        f"The worker process died at this cell {deaths} times (a crash, os._exit or too little "
        f"memory); its log on the cluster may say more."
    )
