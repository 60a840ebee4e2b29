"""Cells on a Dask cluster: one that exists, or a local one of worker processes.

The driver cuts batches into pieces, keeps a bounded number of them in flight and yields results as
they come.  A worker says which cell it begins, and waits until the scheduler has heard it.  So when
a worker dies the driver knows at which cell: that one is tried again by itself, the others of its
piece together, and a cell at which workers keep dying becomes a row with status "crash".

Images: the workers of a local cluster read their own, once each.  On any other cluster the driver
reads an image and sends it as a task that the pieces depend on: it crosses the network once per
worker, no worker needs the file, and what is scored is the very image whose digest was planned.  (A
task, not scattered data: Dask makes it again when the only worker that holds it dies.)
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections import Counter, deque
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from upbench.benchmark.cell import failure
from upbench.benchmark.errors import UpbenchError, UsageError, describe
from upbench.benchmark.provenance import code_hash, versions

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from upbench.benchmark.contract import Image
    from upbench.benchmark.execute.workbench import Workbench
    from upbench.benchmark.plan import Batch, Cell, Identity
    from upbench.benchmark.row import Result

__all__ = ["require_dask", "run_on_dask"]

PIECE = 16
"""Cells that travel together: what a lost worker can cost, and how often results come."""
DEEPEST, SHALLOWEST = 4, 64
"""Pieces in flight per thread, and at least on a cluster that may grow by how much waits."""
LARGEST_LOAD = 256 * 2**20
"""Bytes of images that are kept on the cluster, or are in flight; the scheduler holds them."""
SETTING_UP = -1
"""The place in a piece of a worker that is still importing the methods."""
LONGEST_SETUP = 120.0
"""Seconds that this may take beside the first cell's own."""
PATIENCE = 10.0
"""Seconds that an address has to answer."""
TICK, GLANCE = 0.5, 5.0
"""Seconds between looks at deadlines, and at the size of the cluster."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")

_OURS = {
    "distributed.admin.large-graph-warning-threshold": "2GB",  # an image is meant to be sent
    "distributed.scheduler.allowed-failures": 0,  # who is to blame is counted here
    "distributed.worker.daemon": False,  # a method may use a pool of its own
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.profile.enabled": False,
    "distributed.diagnostics.nvml": False,
}
"""How a local cluster differs from Dask's own defaults."""


def require_dask() -> None:
    """Check that Dask is installed.

    Raises:
        UsageError: It is not; the message says how to install it.
    """
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise UsageError(
            "--executor dask needs Dask, which is not installed; "
            "install it with: pip install 'upbench[dask]'."
        ) from None


def run_on_dask(
    batches: Iterable[Batch],
    setup: Callable[[], Workbench],
    *,
    scheduler: str | None,
    jobs: int,
    timeout: float | None = None,
    retries: int = 3,
) -> Generator[Result]:
    """Yield the results of all batches, as they are finished; each cell exactly once.

    Args:
        batches: The work; it is taken as room comes free.
        setup: Makes a worker's workbench; must be picklable.
        scheduler: The address of a running scheduler, like "tcp://host:8786"; None starts a local
            cluster, which ends with the run.
        jobs: How many worker processes a local cluster has.
        timeout: Seconds per cell, loading the method included; None is no limit.
        retries: How many more times a cell is tried at which a worker died.

    Raises:
        UsageError: Dask is not installed, nothing answers at the address, or a worker's code or
            libraries differ from this machine's.
        UpbenchError: The scheduler is gone; the results that were yielded stand.
    """
    require_dask()
    return _run(batches, setup, scheduler, jobs, _Limits(timeout, retries))


@dataclass(frozen=True)
class _Limits:
    timeout: float | None
    retries: int


@dataclass(frozen=True)
class _Job:
    """What a worker must know of the run."""

    topic: str
    """The run's own name, under which workers say where they are."""
    setup: Callable[[], Workbench]
    versions: dict[str, str]
    """Of the libraries on the driver's machine."""
    local: bool


def _run(
    batches: Iterable[Batch],
    setup: Callable[[], Workbench],
    scheduler: str | None,
    jobs: int,
    limits: _Limits,
) -> Generator[Result]:
    job = _Job(f"upbench-{uuid4().hex}", setup, versions(), local=scheduler is None)
    with _connected(scheduler, jobs) as (client, heal):
        driver = _Driver(client, heal, job, limits)
        client.subscribe_topic(job.topic, driver.hear)
        try:
            yield from driver.results(_pieces(batches))
        except OSError:
            driver.check_scheduler()
            raise


@contextmanager
def _connected(scheduler: str | None, jobs: int) -> Iterator[tuple[Any, Callable[[], object]]]:
    """Connect to a scheduler, or to a local cluster's own; close what was opened.

    Yields:
        The client, and what brings lost workers back where that is for us to do.
    """
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        if scheduler is not None:
            yield stack.enter_context(_client(scheduler)), lambda: None
        else:
            cluster = stack.enter_context(_local_cluster(jobs))
            # a nanny whose worker dies while it starts gives up; this replaces such a pair
            yield stack.enter_context(_client(cluster)), partial(cluster.scale, jobs)


@contextmanager
def _local_cluster(jobs: int) -> Iterator[Any]:
    import dask
    from distributed import LocalCluster

    with ExitStack() as stack:
        stack.enter_context(dask.config.set(_OURS))
        try:
            cluster = LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=jobs,
                threads_per_worker=1,
                processes=True,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            )
        except RuntimeError as error:
            raise UpbenchError(
                f"The local Dask cluster of {jobs} workers cannot start ({error}); expected room "
                f"for as many processes; free memory or choose a smaller --jobs."
            ) from None
        yield stack.enter_context(cluster)


def _client(cluster: Any) -> Any:
    """Connect to a local cluster, or to the scheduler at an address."""
    from distributed import Client

    try:
        return Client(cluster, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        reason = str(error).split("
", maxsplit=1)[0]
        raise UsageError(
            f"No Dask scheduler answers at {cluster!r} ({type(error).__name__}: {reason}); "
            f"expected the address that it prints when it starts, like tcp://host:8786; start one "
            f"with 'dask scheduler' or leave --scheduler out for a local cluster."
        ) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's own log off the terminal, where the progress bar is."""
    loggers = [logging.getLogger(name) for name in ("distributed", "tornado", "asyncio")]
    before = [(logger.handlers, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.handlers, logger.propagate = [logging.NullHandler()], False
    try:
        yield
    finally:
        for logger, (handlers, propagate) in zip(loggers, before, strict=True):
            logger.handlers, logger.propagate = handlers, propagate


def _pieces(batches: Iterable[Batch]) -> Iterator[Batch]:
    for batch in batches:
        for start in range(0, len(batch.cells), PIECE):
            yield replace(batch, cells=batch.cells[start : start + PIECE])


# --- the driver's side


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
        """Return the cell that ran last, if any did."""
        return self.piece.cells[max(self.at, 0)] if self.execution else None

    def is_late(self, timeout: float) -> bool:
        """Say whether its cell has run for longer than this."""
        allowed = timeout + (LONGEST_SETUP if self.at == SETTING_UP else 0.0)
        begun = bool(self.execution) and not self.future.done()
        return begun and time.monotonic() - self.since > allowed


@dataclass
class _Driver:
    client: Any
    """Dask's; most of it has no types."""
    heal: Callable[[], object]
    job: _Job
    limits: _Limits
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
            future = self.client.submit(_given, pixels, pure=False)
            sent = _Sent(future, getattr(pixels, "nbytes", 0))
        self.images[about] = sent
        while len(self.images) > 1 and sum(i.size for i in self.images.values()) > LARGEST_LOAD:
            del self.images[next(iter(self.images))]
        return sent

    def _send(self, piece: Batch, image: _Sent | None) -> None:
        number = next(self.numbers)
        future = self.client.submit(
            _work,
            self.job,
            number,
            piece if image is None else replace(piece, item=replace(piece.item, load=_unread)),
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

        flight = self.flights.get(number)
        if flight is None:
            return  # it was cancelled
        try:
            results = flight.future.result(timeout=PATIENCE)
        except TimeoutError:
            if flight.future.status == "error":
                raise
            self._await(number)  # the results died with their worker; Dask makes them again
        except KilledWorker:
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
        """End a worker's process by its nanny, which starts another."""
        with suppress(KeyError, OSError, TypeError, ValueError):  # it is gone, or has no nanny
            self.client.run(_kill_process, workers=[worker], nanny=True, on_error="ignore")


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


# --- the workers' side


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


def _work(job: _Job, number: int, piece: Batch, pixels: Image | None) -> list[Result]:
    """Run a piece on a worker, saying before each cell which one it is."""
    with _ONE_AT_A_TIME:
        say = partial(_say, job.topic, number, uuid4().hex)
        say(SETTING_UP)
        bench = _bench(job)
        _refuse_other_code(bench, piece)
        load = partial(bench.read, piece) if pixels is None else partial(_given, pixels)
        running = bench.workbench.run(replace(piece, item=replace(piece.item, load=load)))
        results = []
        for at in range(len(piece.cells)):
            say(at)
            results.append(next(running))
        return results


def _unread() -> Image:
    raise NotImplementedError  # the pixels come beside the piece


def _given(pixels: Image) -> Image:
    return pixels


def _say(topic: str, number: int, execution: str, at: int) -> None:
    """Tell the driver where this worker is, and wait until the scheduler has it."""
    from distributed import get_worker
    from distributed.utils import sync

    worker = get_worker()
    event = (number, execution, at, worker.address)
    sync(worker.loop, worker.scheduler.log_event, topic=topic, msg=event, callback_timeout=30)  # type: ignore[no-untyped-call]


def _bench(job: _Job) -> _Bench:
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

    for variable in THREADS:
        os.environ.setdefault(variable, "1")
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


def _kill_process(dask_worker: Any) -> None:
    """Run by a nanny: kill its worker without asking; the nanny starts another."""
    if dask_worker.pid:
        os.kill(dask_worker.pid, signal.SIGKILL)
