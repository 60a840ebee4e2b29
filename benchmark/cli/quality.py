"""Quality by ``upbench run``, as a person sees it: the plan, the bar, the tables."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from upbench.benchmark.cli.console import (
    EXIT_FAILED_CELLS,
    EXIT_INTERRUPTED,
    follow,
    print_losses,
    print_summary,
    print_table,
    progress_bar,
    say,
)
from upbench.benchmark.cli.data import say_notes
from upbench.benchmark.cli.ending import Terminated, this_command
from upbench.benchmark.core.device import choose_device
from upbench.benchmark.core.row import identities
from upbench.benchmark.core.sizes import TargetSize, as_scale_or_size, scale_label
from upbench.benchmark.core.table import table_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from upbench.benchmark.engine.plan import Cell
    from upbench.benchmark.engine.runner import Plan
    from upbench.benchmark.engine.store import Store
    from upbench.benchmark.timing.plan import OutputSize

BRIEF = 0.1
"""Seconds to sample the speed of one method at one scale in a run."""


def print_plan(plan: Plan, out: Path) -> None:
    """Show the cells by method, what is finished, and how long the rest will take."""
    from upbench.benchmark.engine.runner import estimate, reused, waiting
    from upbench.benchmark.engine.store import JOURNAL, Store

    say_notes(plan.datasets)
    # a dry run leaves nothing behind, not even an empty folder
    with TemporaryDirectory() as nowhere:
        known = out if (out / JOURNAL).is_file() else Path(nowhere)
        with Store(known) as store:
            cells = waiting(plan, store)
            seconds = estimate(plan, store, cells)
            kept = reused(plan, store, cells)
    total, done, ahead = (Counter(c.method for c in some) for some in (plan.cells, kept, cells))
    rows = [(method, count, done[method], ahead[method]) for method, count in total.items()]
    print_table(table_of({"method": "", "cells": "d", "finished": "d", "to run": "d"}, rows))
    time = "unknown: nothing has been measured here yet" if seconds is None else f"{seconds:.0f} s"
    say(f"{len(cells)} of {len(plan.cells)} cells would run; estimated time {time}.")


def run_plan(plan: Plan, out: Path, speed: OutputSize | None = None) -> int:
    """Run what is not finished, write and print everything; return the exit code.

    Args:
        plan: What is run.
        out: The run's folder.
        speed: The output size at which speed is measured after it, alone; None is not at all.

    Raises:
        StoreError: The folder cannot be written, or another run is writing there.
        FetchError: A dataset cannot be downloaded.
    """
    from upbench.benchmark.engine.registration import shift_summary
    from upbench.benchmark.engine.runner import ensure_datasets, waiting
    from upbench.benchmark.engine.store import Store

    with Store(out) as store, store.lock():
        store.list_images(plan.images)
        say_notes(plan.datasets)
        with progress_bar() as bar:
            ensure_datasets(plan, follow(bar))
            for note in shift_summary(plan.images, follow(bar)):
                say(note)
        cells = waiting(plan, store)
        interrupted = _run_cells(plan, store, cells)
        if speed is not None and not interrupted:
            interrupted = _measure_speed(plan, store, speed)
        rows = _write_and_print(plan, store)
    failed = print_losses(_rows_of(rows, {cell.identity for cell in plan.cells}))
    if failed:
        how = "The" if not plan.request.rerun else "Without --rerun the"
        say(f"{how} same command tries just those again: {this_command('--rerun')}")
    if interrupted:
        say(f"Interrupted: finished cells are kept; resume with: {this_command()}")
        return EXIT_INTERRUPTED
    asked = {cell.identity for cell in cells}
    if lost := len(asked) - len(_rows_of(rows, asked)):
        say(f"{lost} cells have no row; this command runs them: {this_command('--rerun')}")
    return EXIT_FAILED_CELLS if failed or lost else 0


def _run_cells(plan: Plan, store: Store, cells: Sequence[Cell]) -> bool:
    """Run some cells behind a progress bar; return whether it was interrupted."""
    from upbench.benchmark.engine.runner import fit, limits, results, reused

    if kept := len(reused(plan, store, cells)):
        say(f"{kept} of {len(plan.cells)} cells are finished already and used again.")
    if not cells:
        return False
    with progress_bar() as bar:
        fit(plan, cells, follow(bar))
    if plan.request.executor != "serial":
        say(f"{len(cells)} cells to run; each may take {limits(plan)}.")
    with progress_bar() as bar, closing(results(plan, store, cells)) as finished:
        task = bar.add_task("cells", total=kept + len(cells), completed=kept)
        try:
            for result in finished:
                about = f"{result.cell.image} {scale_label(result.cell.scale)} {result.cell.method}"
                bar.update(task, advance=1, description=about)
        except Terminated:
            raise
        except KeyboardInterrupt:
            return True
    return False


def _measure_speed(plan: Plan, store: Store, size: OutputSize) -> bool:
    """Measure whole calls on 8-bit RGB, one method at a time; return whether it was interrupted.

    Only methods with a score are measured: one that hung would hang again.
    """
    from upbench.benchmark.cli.speed import timed_again
    from upbench.benchmark.report.timing import write_timing_tables
    from upbench.benchmark.timing import Effort, measure_cells, plan_timing

    rows = store.frame()
    scored = rows[rows["status"] == "ok"]
    known = map(as_scale_or_size, scored["scale"])
    pairs = set(zip(scored["method"], known, strict=True))
    methods = [plan.catalog.methods[name] for name in dict.fromkeys(c.method for c in plan.cells)]
    cells = plan_timing(
        methods,
        [*dict.fromkeys(c.scale for c in plan.cells if not isinstance(c.scale, TargetSize))],
        [size],
        device=choose_device(plan.request.device),
        sources=plan.catalog.sources,
        bases=("uint8-rgb",),
    )
    asked = [one for one in cells if (one.method, one.scale) in pairs and not one.skip]
    timeout, memory = max(plan.request.timeout, 2 * BRIEF), plan.request.memory
    effort = Effort(timeout, memory, budget=BRIEF, brief=True)
    rerun = timed_again(plan.request.rerun, plan.catalog)
    try:
        with progress_bar() as bar:
            timings = measure_cells(store, asked, effort, rerun, follow(bar))
    except Terminated:
        raise
    except KeyboardInterrupt:
        return True
    write_timing_tables(store.folder, timings)
    return False


def _write_and_print(plan: Plan, store: Store) -> pd.DataFrame:
    """Write the tables and pictures, print the summary, and return the rows."""
    from upbench.benchmark.report.folder import finish
    from upbench.benchmark.report.page import PAGE

    with progress_bar() as bar:
        source = finish(plan, store, follow(bar))
    print_summary(source)
    say(f"Tables and figures are in {store.folder}, the page is {store.folder / PAGE}.")
    return source.rows


def _rows_of(rows: pd.DataFrame, planned: set[Any]) -> pd.DataFrame:
    """Return the rows of this command's cells; the folder may hold those of others."""
    return rows.loc[[place in planned for place in identities(rows)]]
