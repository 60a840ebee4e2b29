"""Methods are timed in processes of their own: one per method, one step after another.

A process that hangs or crashes costs the size it was at; another process takes the rest.  After a
time-out the larger sizes of that scale are skipped, since they would take longer still.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from upbench.benchmark.engine.supervisor import Limits, Outcome, Worker
from upbench.benchmark.timing.service import measuring_service

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from upbench.benchmark.core.sizes import Scale
    from upbench.benchmark.timing.measure import Effort
    from upbench.benchmark.timing.plan import TimingCell

__all__ = ["measure_in_processes"]


def measure_in_processes(
    cells: Sequence[TimingCell], effort: Effort
) -> Generator[tuple[TimingCell, Outcome]]:
    """Measure the cells of one method, each scale from its smallest size to its largest.

    Args:
        cells: Cells of one method, number of threads and device.
        effort: How long to measure each; its limit ends whatever hangs.

    Yields:
        Each cell with its outcome, whose value holds "load" and "measured" where there are such.
    """
    if not cells:
        return
    first = cells[0]
    setup = partial(measuring_service, first.origin, first.method, first.device, effort)
    with Worker(setup, Limits(effort.limit), first.threads) as worker:
        loaded, load = None, Outcome()
        slow: dict[Scale, TimingCell] = {}
        for cell in sorted(cells, key=lambda cell: (cell.scale, cell.size)):
            if cell.scale in slow:
                yield cell, _too_large(slow[cell.scale])
                continue
            if not worker.is_alive or loaded != cell.scale:
                loaded, load = cell.scale, _step(worker, f"loading at x{cell.scale}", cell.scale)
            outcome = _measured(worker, cell, load)
            if outcome.status == "timeout":
                slow[cell.scale] = cell
            yield cell, outcome


def _measured(worker: Worker, cell: TimingCell, load: Outcome) -> Outcome:
    if load.status != "ok":
        return load
    outcome = _step(worker, "measuring", cell.low_side, cell.channels)
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
    reason = f"It was not tried, since x{slow.scale} at {slow.size} px timed out."
    return Outcome(None, "skipped", reason)
