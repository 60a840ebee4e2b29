"""Methods are timed in processes of their own, one step after another.

A process that hangs or crashes costs the size it was at; another process takes the rest.  After a
time-out the larger sizes of that scale are skipped, since they would take longer still.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from upbench.benchmark.engine.supervisor import Outcome, Worker
from upbench.benchmark.timing.service import measuring_services

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from upbench.benchmark.timing.measure import Effort
    from upbench.benchmark.timing.plan import TimingCell

__all__ = ["measure_in_processes"]


def measure_in_processes(
    cells: Sequence[TimingCell], effort: Effort
) -> Generator[tuple[TimingCell, Outcome]]:
    """Measure cells in one process, method by method, each from its smallest size to its largest.

    Args:
        cells: Of one number of threads; of one method, or of several that may share a process.
        effort: How long to measure each; its timeout ends whatever hangs.

    Yields:
        Each cell with its outcome, whose value holds "load" and "measured" where there are such.
    """
    if not cells:
        return
    origins = dict.fromkeys((cell.origin, cell.method, cell.device) for cell in cells)
    setup = partial(measuring_services, tuple(origins), effort)
    with Worker(setup, effort, cells[0].threads) as worker:
        loaded, load = None, Outcome()
        slow: dict[tuple[Any, ...], TimingCell] = {}
        names = [method for _, method, _ in origins]
        for cell in sorted(cells, key=lambda one: _order(one, names)):
            kind = (cell.method, cell.scale, cell.dtype, cell.channels)
            if kind in slow:
                yield cell, _too_large(slow[kind])
                continue
            if not worker.is_alive or loaded != kind[:2]:
                loaded = kind[:2]
                load = _step(worker, f"loading at x{cell.scale}", cell.scale, cell.method)
            outcome = _measured(worker, cell, load)
            if outcome.status == "timeout":
                slow[kind] = cell
            yield cell, outcome


def _order(cell: TimingCell, names: list[str]) -> tuple[Any, ...]:
    pixels = cell.side * cell.width
    return (names.index(cell.method), cell.scale, cell.dtype, cell.channels, pixels)


def _measured(worker: Worker, cell: TimingCell, load: Outcome) -> Outcome:
    if load.status != "ok":
        return load
    asked = (cell.low_side, cell.channels, cell.low_width, cell.dtype)
    outcome = _step(worker, "measuring", *asked)
    return replace(outcome, value={**load.value, **(outcome.value or {})})


def _step(worker: Worker, what: str, *arguments: Any) -> Outcome:
    """Take one step; say in the reason which one did not end well."""
    outcome = worker.call(("measure" if what == "measuring" else "load", *arguments))
    if outcome.status == "ok":
        answer = outcome.value
        return Outcome(answer, answer["status"], answer["reason"])
    if outcome.status == "timeout":
        limit = worker.limits.timeout
        reason = f"{what.capitalize()} took longer than the limit of {limit:g} s."
        return replace(outcome, reason=reason)
    return replace(outcome, reason=f"While {what}: {outcome.reason}")


def _too_large(slow: TimingCell) -> Outcome:
    reason = f"It was not tried, since x{slow.scale} at {slow.place} timed out."
    return Outcome(None, "skipped", reason)
