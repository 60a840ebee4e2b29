"""Running cells: here, in worker processes, or on a Dask cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.core.threads import usable_cores
from upbench.benchmark.engine.cluster import check_address, require_dask, run_on_dask
from upbench.benchmark.engine.pool import run_in_processes
from upbench.benchmark.engine.workbench import run_serial

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from upbench.benchmark.engine.plan import Batch
    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.engine.supervisor import Limits
    from upbench.benchmark.engine.workbench import Setup

MOST_JOBS = 8
"""By default: each takes some hundred megabytes."""
LEAST_MEMORY = 64 << 20
"""Bytes below which no worker could even start."""
EXECUTORS = ("serial", "processes", "dask")
"""What ``--executor`` takes."""


def execute(
    batches: Iterable[Batch],
    setup: Setup,
    *,
    jobs: int = 1,
    executor: str | None = None,
    scheduler: str | None = None,
    limits: Limits | None = None,
    logs: Path | None = None,
) -> Generator[Result]:
    """Run batches of cells and yield each result as it is finished.

    Args:
        batches: The work.
        setup: What the processes are made of; picklable but for "serial".
        jobs: How many processes compute at the same time.
        executor: "processes" by default; "serial" runs in this process, without limits.
        scheduler: The address of a Dask scheduler, like "tcp://host:8786"; None starts a local
            cluster.
        limits: What a step of a cell may use up before its worker is killed.
        logs: A folder for what workers print; None keeps the last output alone.

    Raises:
        UnknownNameError: There is no such executor.
        UsageError: The number of jobs does not fit.
    """
    chosen = choose_executor(jobs, executor, scheduler)
    if chosen == "serial":
        return run_serial(batches, setup)
    if chosen == "dask":
        return run_on_dask(batches, setup, scheduler=scheduler, jobs=jobs, limits=limits)
    return run_in_processes(batches, setup, jobs, limits, logs)


def default_jobs(executor: str | None = None) -> int:
    """Return how many processes compute side by side: one per core that this one may use."""
    if executor == "serial":
        return 1
    return min(MOST_JOBS, usable_cores())


def choose_executor(jobs: int, executor: str | None = None, scheduler: str | None = None) -> str:
    """Return the executor that runs: the one that was asked for, if it fits the jobs.

    Raises:
        UnknownNameError: There is no such executor.
        UsageError: The options do not fit together, Dask is not installed, or the scheduler's
            address is none.
    """
    import psutil

    if type(jobs) is not int or jobs < 1:
        raise UsageError(f"--jobs takes a whole number from 1 up; got {jobs!r}.")
    if jobs > (most := psutil.virtual_memory().total // LEAST_MEMORY):
        raise UsageError(
            f"--jobs takes a number up to {most} on this machine, whose memory gives each worker "
            f"{LEAST_MEMORY >> 20}M then; got {jobs}."
        )
    chosen = executor or ("processes" if scheduler is None else "dask")
    if chosen not in EXECUTORS:
        raise UnknownNameError("executor", chosen, EXECUTORS)
    if chosen == "serial" and jobs > 1:
        raise UsageError(f"--executor serial runs one job; got --jobs {jobs}.")
    if scheduler is not None and chosen != "dask":
        raise UsageError(f"--scheduler goes with --executor dask; got --executor {chosen}.")
    if chosen == "dask":
        require_dask()
        if scheduler is not None:
            check_address(scheduler)
    return chosen
