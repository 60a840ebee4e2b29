"""Cells on a Dask cluster: one that exists, or a local one of worker processes.

Batches are cut into pieces; a bounded number of them is on the cluster, and results are yielded as
they come.  What a piece does there is in `remote`.  Dask runs the pieces of a lost worker again; a
piece at which workers keep dying becomes rows with status "crash".

The workers of a local cluster read their own images.  On any other cluster the driver reads an
image and sends it as a task that the pieces depend on: it crosses the network once per worker, no
worker needs the file, and what is scored is the very image whose digest was planned.  (A task, not
scattered data: Dask makes it again when the only worker that holds it dies.)
"""

from __future__ import annotations

import logging
from collections import Counter, OrderedDict
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from upbench.benchmark.core.environment import versions
from upbench.benchmark.core.errors import UpbenchError, UsageError, pass_on_ctrl_c
from upbench.benchmark.core.text import describe
from upbench.benchmark.engine.cell import failure
from upbench.benchmark.engine.readers import opened_for
from upbench.benchmark.engine.remote import Job, end_pools, given, scoring_code, unread, work
from upbench.benchmark.engine.supervisor import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from upbench.benchmark.engine.plan import Batch
    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.engine.workbench import Setup

PATIENCE = 10.0
"""Seconds that an address has to answer."""
PIECE = 16
"""Cells that travel together: what a lost worker can cost, and how often results come."""
DEEPEST, SHALLOWEST = 4, 64
"""Pieces on the cluster per thread, and at least on one that may grow by how much waits."""
LARGEST_LOAD = 256 * 2**20
"""Bytes of images that are kept on the cluster."""
TICK = 0.5
"""Seconds between looks at the scheduler."""
PORTS = 1 << 16
"""Ports are below this."""

_OURS = {
    "distributed.admin.large-graph-warning-threshold": "2GB",  # an image is meant to be sent
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.profile.enabled": False,
    "distributed.diagnostics.nvml": False,
}
"""How a local cluster differs from Dask's own defaults."""
NO_DASHBOARD = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
"""The scheduler listens to HTTP even without a dashboard: on any port that is free, because the
usual one belongs to whoever runs Dask on this machine already, and a warning says so."""


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
    setup: Setup,
    *,
    scheduler: str | None,
    jobs: int,
    limits: Limits | None = None,
) -> Generator[Result]:
    """Yield the results of all batches, as they are finished; each cell exactly once.

    The arguments are those of :func:`upbench.benchmark.engine.execute.execute`.  The work is taken
    as workers become free; a local cluster ends with the run.

    Raises:
        UsageError: Nothing answers at the address, or a worker's code or libraries differ from
            this machine's.
        UpbenchError: The scheduler is gone; the results that were yielded stand.
    """
    from distributed.comm.core import CommClosedError

    name, is_local = f"upbench-{uuid4().hex}", scheduler is None
    job = Job(
        *(name, setup, limits or Limits(), versions(), scoring_code(setup)), is_local=is_local
    )
    with _connected(scheduler, jobs) as (client, replace_lost_workers):
        driver = _Driver(client, job, replace_lost_workers)
        try:
            yield from driver.results(pieces(batches))
        except CommClosedError:  # may come before the client itself has noticed
            raise _scheduler_is_gone() from None
        except OSError:
            driver.check_scheduler()
            raise
        finally:
            with suppress(Exception):  # the cluster may be gone; what is left there is idle
                client.run(end_pools, name, on_error="ignore")


def pieces(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Cut batches into pieces of at most PIECE cells."""
    for batch in batches:
        for start in range(0, len(batch.cells), PIECE):
            yield replace(batch, cells=batch.cells[start : start + PIECE])


@dataclass
class _Driver:
    """One run's side of the cluster."""

    client: Any
    """Dask's; most of it has no types."""
    job: Job
    replace_lost_workers: Callable[[], object]
    """Called at every look at the scheduler; does nothing where the cluster is not ours."""
    _under_way: dict[str, tuple[Batch, Any]] = field(default_factory=dict)
    """Pieces and their futures, by key."""
    _finished: SimpleQueue[str] = field(default_factory=SimpleQueue)
    _images: OrderedDict[tuple[str, str], tuple[Any, int]] = field(default_factory=OrderedDict)
    """Images on the cluster and their bytes, the last used last."""

    def results(self, fresh: Iterator[Batch]) -> Iterator[Result]:
        """Keep the cluster filled and yield what comes back, until nothing is left."""
        yield from self._fill(fresh)
        while self._under_way:
            try:
                key = self._finished.get(timeout=TICK)
            except Empty:
                self.check_scheduler()
                self.replace_lost_workers()
            else:
                yield from self._collect(*self._under_way.pop(key))
            yield from self._fill(fresh)

    def check_scheduler(self) -> None:
        """Raise if the connection to the scheduler is lost."""
        if self.client.status != "running":
            raise _scheduler_is_gone()

    def _fill(self, fresh: Iterator[Batch]) -> Iterator[Result]:
        """Send pieces until enough are under way; yield failures of images that cannot be read."""
        threads = sum(self.client.nthreads().values())
        most = max(DEEPEST * threads, 1 if self.job.is_local else SHALLOWEST)
        while len(self._under_way) < most and (piece := next(fresh, None)) is not None:
            try:
                image = None if self.job.is_local else self._sent(piece)
            except BaseException as error:  # noqa: BLE001 - the plugin boundary
                pass_on_ctrl_c(error)
                reason = describe(error)
                yield from (failure(cell, "error", reason) for cell in piece.cells)
                continue
            sent = piece
            if image is not None:
                low = None if piece.item.low is None else unread
                sent = replace(piece, item=replace(piece.item, load=unread, low=low))
            key = f"{self.job.name}-{uuid4().hex}"
            future = self.client.submit(work, self.job, sent, image, key=key)
            self._under_way[key] = (piece, future)
            future.add_done_callback(lambda done: self._finished.put(done.key))

    def _sent(self, piece: Batch) -> Any:
        """Send a piece's image, unless it is there; drop those that were used longest ago."""
        about, item = (piece.cells[0].dataset, piece.item.name), piece.item
        if about not in self._images or self._images[about][0].status == "error":
            pixels = (item.load(), None if item.low is None else item.low())
            future = self.client.submit(given, pixels, pure=False)
            self._images[about] = (future, sum(getattr(one, "nbytes", 0) for one in pixels))
        self._images.move_to_end(about)
        while len(self._images) > 1 and sum(n for _, n in self._images.values()) > LARGEST_LOAD:
            self._images.popitem(last=False)
        return self._images[about][0]

    def _collect(self, piece: Batch, future: Any) -> Iterator[Result]:
        """Yield a finished piece's results, one for each of its cells.

        Raises:
            UpbenchError: A cell has none; those of the others are yielded before.
        """
        from distributed import KilledWorker

        try:
            results = future.result()
        except KilledWorker:
            reason = "Several Dask workers died at this piece; their logs may say more."
            results = [failure(cell, "crash", reason) for cell in piece.cells]
        except CancelledError:
            raise _scheduler_is_gone() from None
        missing = Counter(piece.cells)
        for result in results:
            if missing[result.cell]:  # whatever else comes back was not asked for
                missing[result.cell] -= 1
                yield replace(result, opened={**result.opened, **opened_for(piece.item)})
        if lost := missing.total():
            raise UpbenchError(
                f"A Dask worker sent no result for {lost} of the {len(piece.cells)} cells of "
                f"{piece.item.name}; expected one for each; finished cells are kept, and the same "
                f"command runs the others."
            )


def _scheduler_is_gone() -> UpbenchError:
    return UpbenchError(
        "The Dask scheduler is gone, or dropped cells that were under way; finished cells are "
        "kept; start the scheduler again and the same command resumes."
    )


@contextmanager
def _connected(scheduler: str | None, jobs: int) -> Iterator[tuple[Any, Callable[[], object]]]:
    """Connect to a scheduler, or to a local cluster's own; close what was opened.

    Yields:
        The client, and what replaces lost workers where that is for us to do.
    """
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        if scheduler is not None:
            yield stack.enter_context(_client(scheduler)), lambda: None
        else:
            cluster = stack.enter_context(_local_cluster(jobs))
            # Dask restarts a worker itself, but not one whose nanny is lost too
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
                scheduler_kwargs=NO_DASHBOARD,
                silence_logs=logging.CRITICAL,
            )
        except RuntimeError as error:
            raise UpbenchError(
                f"The local Dask cluster of {jobs} workers cannot start ({error}); expected memory "
                f"for as many processes; free memory or choose a smaller --jobs."
            ) from None
        yield stack.enter_context(cluster)


def check_address(scheduler: str) -> None:
    """Check that an address has a scheme that Dask knows, a host and a port; nothing is asked.

    Raises:
        UsageError: It has not: Dask itself would notice in the middle of connecting.
    """
    from distributed.comm.addressing import get_address_host_port

    try:
        host, port = get_address_host_port(scheduler)
        if not host.strip() or not 0 < port < PORTS:
            raise ValueError(f"expected a host and a port from 1 to {PORTS - 1}")  # noqa: TRY301
    except (ValueError, ImportError, RuntimeError) as error:  # of a scheme that is not installed
        raise _no_answer(scheduler, error) from None


def _client(cluster: Any) -> Any:
    """Connect to a local cluster, or to the scheduler at an address.

    Raises:
        UsageError: Nothing answers there, or Dask is not set up to talk to it.
    """
    from distributed import Client

    if isinstance(cluster, str):
        check_address(cluster)
    client = Client.__new__(Client)  # made in two steps: Dask leaves one open that fails to connect
    try:
        Client.__init__(client, cluster, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError, ImportError, RuntimeError) as error:
        with suppress(Exception):  # it may have been given up before there was anything to close
            client.close()  # type: ignore[no-untyped-call]
        if isinstance(error, OSError | ValueError):
            raise _no_answer(cluster, error) from None
        raise UsageError(
            f"Dask cannot connect to {cluster!r} ({_in_a_line(error)}); expected certificates in "
            f"Dask's configuration (distributed.comm.tls) for a tls:// address, and the versions "
            f"of the scheduler's machine; see https://distributed.dask.org/en/stable/tls.html."
        ) from None
    return client


def _no_answer(cluster: Any, error: Exception) -> UsageError:
    return UsageError(
        f"No Dask scheduler answers at {cluster!r} ({_in_a_line(error)}); "
        f"expected the address that it prints when it starts, like tcp://host:8786; start one "
        f"with 'dask scheduler' or leave --scheduler out for a local cluster."
    )


def _in_a_line(error: Exception) -> str:
    reason = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {reason}"


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
