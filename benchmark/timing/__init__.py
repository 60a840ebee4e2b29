"""Timing: speed and memory of methods, measured apart from quality.

Imports the engine and what is below it.  One method at a time, alone, each in a fresh process
(where it is to be brief, with those of its library) with a chosen number of threads.  What is
measured is the method's call.  ``plan`` lists the timings, ``measure`` takes the samples,
``conditions`` says which of them can be trusted, ``enough`` which stored ones answer a request.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.text import split_names
from upbench.benchmark.engine.plan import unfinished
from upbench.benchmark.engine.store import JOURNAL, Store, contents
from upbench.benchmark.engine.supervisor import Outcome
from upbench.benchmark.engine.tables import readable
from upbench.benchmark.timing.enough import is_enough, with_effort
from upbench.benchmark.timing.isolated import measure_in_processes
from upbench.benchmark.timing.measure import Effort
from upbench.benchmark.timing.plan import BASES, SIZES, TimingCell, estimate, plan_timing
from upbench.benchmark.timing.table import frame_of, identity_of, row_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from upbench.benchmark.core.contract import Progress
    from upbench.benchmark.timing.plan import Identity

__all__ = [
    "BASES",
    "SIZES",
    "Effort",
    "TimingCell",
    "estimate",
    "measure_cells",
    "plan_timing",
    "read_rows",
    "waiting_cells",
]


def measure_cells(
    store: Store,
    cells: Sequence[TimingCell],
    effort: Effort,
    rerun: str = "failed",
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Measure cells, one after another, into a store; return every row that it then has.

    A cell that was passed over, because a smaller size timed out, keeps the row that it has.

    Args:
        store: Of a run; what it holds already, measured with no less effort, and nothing has
            changed since is not timed again.
        cells: What to time, as :func:`plan_timing` gives it.
        effort: How long to measure each.
        rerun: What to time again: "failed", "unstable" (and failed), "all", or methods' names,
            comma-separated.
        progress: Called with (what, done, total) after each cell.

    Raises:
        StoreError: The folder cannot be written.
    """
    rows = _by_identity(store.timings())
    waiting = waiting_cells(cells, rows, rerun, effort)
    with closing(_outcomes(waiting, effort)) as outcomes:
        for done, (cell, outcome) in enumerate(outcomes, start=1):
            if not _was_passed_over(cell, outcome) or not _is_of(cell, rows.get(cell.identity)):
                rows[cell.identity] = with_effort(asdict(row_of(cell, outcome)), effort)
                store.add_timing(cell.identity, rows[cell.identity])
            if progress:
                progress(f"{cell.method} x{cell.scale} at {cell.place}", done, len(waiting))
    return frame_of(rows.values())


def read_rows(folder: Path) -> dict[Identity, dict[str, Any]]:
    """Return a folder's timings by what they are about; none where it has none.

    Raises:
        StoreError: They cannot be read, or are an older upbench's.
    """
    if not contents(folder).timings:
        return {}
    with Store(folder, reading=True) as store, readable(folder / JOURNAL):
        return _by_identity(store.timings())


def _by_identity(rows: Iterable[dict[str, Any]]) -> dict[Identity, dict[str, Any]]:
    return {identity_of(row): row for row in rows}


def waiting_cells(
    cells: Sequence[TimingCell],
    rows: Mapping[Identity, Mapping[str, Any]],
    rerun: str = "failed",
    effort: Effort | None = None,
) -> tuple[TimingCell, ...]:
    """Return the cells that have to be measured.

    They have no row, a failed one, one of older code, or one of less effort than is asked for;
    without ``effort``, any will do.
    """
    again = {*split_names(rerun)}
    return unfinished(
        cells,
        {
            identity: _key_of(row)
            for identity, row in rows.items()
            if row["status"] == "skipped" or _is_good(row, again, effort)
            if not again & {"all", row["method"]}
        },
    )


def _key_of(row: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Return what a row's numbers depend on, as :attr:`TimingCell.key`."""
    code, weights = row["code_hash"], row.get("weights_hash") or ""
    return (code, row["backend_version"], weights, row.get("reason") or "")


def _is_good(row: Mapping[str, Any], again: set[str], effort: Effort | None) -> bool:
    if row["status"] != "ok" or ("unstable" in again and not row["stable"]):
        return False
    return effort is None or is_enough(row, effort)


def _was_passed_over(cell: TimingCell, outcome: Outcome) -> bool:
    """Say whether nothing was tried, though the method offers the scale."""
    return outcome.status == "skipped" and not cell.skip


def _is_of(cell: TimingCell, row: Mapping[str, Any] | None) -> bool:
    """Say whether a row holds a measurement of the very code and weights of a cell."""
    return row is not None and row["status"] == "ok" and _key_of(row) == cell.key


def _outcomes(cells: Sequence[TimingCell], effort: Effort) -> Generator[tuple[TimingCell, Outcome]]:
    """Yield what becomes of each cell, in a process per method and number of threads.

    Where it is to be brief, our own methods of one library share a process.
    """
    yield from ((cell, Outcome(None, "skipped", cell.skip)) for cell in cells if cell.skip)
    groups: dict[tuple[str, int], list[TimingCell]] = {}
    for cell in cells:
        shared = cell.backend if cell.origin.startswith("upbench.") else cell.origin
        name = shared if effort.brief else cell.method
        groups.setdefault((name, cell.threads), []).append(cell)
    for group in groups.values():
        yield from measure_in_processes([cell for cell in group if not cell.skip], effort)
