"""Cells on a Dask cluster: one that exists, or a local one of worker processes.

This is the door: it finds or starts the cluster and closes what it opened.  What is sent there and
what becomes of it when a worker dies is in `dispatch`; what runs on a worker is in `remote`.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from upbench.benchmark.core.environment import versions
from upbench.benchmark.core.errors import UpbenchError, UsageError
from upbench.benchmark.engine.dispatch import Driver, Limits, pieces
from upbench.benchmark.engine.remote import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from upbench.benchmark.engine.plan import Batch
    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.engine.workbench import Workbench

__all__ = ["require_dask", "run_on_dask"]

PATIENCE = 10.0
"""Seconds that an address has to answer."""

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
    return _run(batches, setup, scheduler, jobs, Limits(timeout, retries))


def _run(
    batches: Iterable[Batch],
    setup: Callable[[], Workbench],
    scheduler: str | None,
    jobs: int,
    limits: Limits,
) -> Generator[Result]:
    job = Job(f"upbench-{uuid4().hex}", setup, versions(), local=scheduler is None)
    with _connected(scheduler, jobs) as (client, heal):
        driver = Driver(client, heal, job, limits)
        client.subscribe_topic(job.topic, driver.hear)
        try:
            yield from driver.results(pieces(batches))
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
            # a worker whose nanny is lost too is replaced, 15 s later, when this is called
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
        reason = str(error).partition("\n")[0]
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
