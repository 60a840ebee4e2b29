"""One cell after another, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from upbench.benchmark.engine.plan import Batch
    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.engine.workbench import Workbench

__all__ = ["run_serial"]


def run_serial(batches: Iterable[Batch], setup: Callable[[], Workbench]) -> Generator[Result]:
    """Yield the results of all batches, in their order."""
    workbench = setup()
    for batch in batches:
        yield from workbench.run(batch)
