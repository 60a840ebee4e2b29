"""Running cells: one after another, or side by side in processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.errors import UnknownNameError, UsageError
from upbench.benchmark.execute.processes import run_in_processes
from upbench.benchmark.execute.serial import run_serial

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from upbench.benchmark.execute.workbench import Workbench
    from upbench.benchmark.plan import Batch
    from upbench.benchmark.row import Result

__all__ = ["EXECUTORS", "execute"]

EXECUTORS = ("serial", "processes")
"""What ``--executor`` takes."""


def execute(
    batches: Iterable[Batch],
    setup: Callable[[], Workbench],
    *,
    jobs: int = 1,
    executor: str | None = None,
) -> Generator[Result]:
    """Run batches of cells and yield each result as it is finished.

    Args:
        batches: The work.
        setup: Makes the workbench of one process; picklable for "processes".
        jobs: How many processes run side by side.
        executor: "serial" or "processes"; by default serial for one job.

    Raises:
        UnknownNameError: There is no such executor.
        UsageError: The number of jobs does not fit.
    """
    if jobs < 1:
        raise UsageError(f"--jobs takes a whole number from 1 up; got {jobs}.")
    chosen = executor or ("serial" if jobs == 1 else "processes")
    if chosen not in EXECUTORS:
        raise UnknownNameError("executor", chosen, EXECUTORS)
    if chosen == "processes":
        return run_in_processes(batches, setup, jobs)
    if jobs > 1:
        raise UsageError(f"--executor serial runs one job; got --jobs {jobs}.")
    return run_serial(batches, setup)
