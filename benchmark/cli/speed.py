"""Timing by ``upbench run``, as a person sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from upbench.benchmark.cli.console import counter, print_table, say
from upbench.benchmark.cli.data import say_notes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from upbench.benchmark.engine.runner import Request
    from upbench.benchmark.registry.catalog import Catalog
    from upbench.benchmark.timing.plan import OutputSize, TimingCell


QUALITY_ALONE = (
    ("--protocol", "protocols"),
    ("--metrics", "metrics"),
    ("--executor", "executor"),
    ("--scheduler", "scheduler"),
    ("--crop", "crops"),
    ("--max-pixels", "max_pixels"),
)
"""Options that timing has no use for, and the request's fields."""


def run_timing_command(
    request: Request,
    catalog: Catalog,
    out: Path,
    *,
    sizes: Sequence[OutputSize],
    threads: Sequence[int],
    bases: Sequence[str],
    budget: float,
    dry_run: bool,
    unused: Sequence[str] = (),
) -> bool:
    """Measure speed and memory, print the table; return whether anything failed."""
    from upbench.benchmark.core.device import choose_device
    from upbench.benchmark.core.text import split_names
    from upbench.benchmark.engine.plan import check_scales
    from upbench.benchmark.engine.store import Store
    from upbench.benchmark.report.timing import write_timing
    from upbench.benchmark.timing import (
        Effort,
        estimate,
        measure_cells,
        plan_timing,
        read_rows,
        waiting_cells,
    )

    _say_what_is_unused(request, catalog, unused)
    device = choose_device(request.device)
    methods = catalog.asked_methods(split_names(request.methods))
    scales, rerun = check_scales(request.scales), timed_again(request.rerun, catalog)
    cells = plan_timing(
        *(methods, scales, sizes),
        threads=threads,
        device=device,
        sources=catalog.sources,
        bases=bases,
    )
    effort = Effort(request.timeout, request.memory, budget=budget)
    waiting = waiting_cells(cells, read_rows(out), rerun, effort)
    say(f"{len(waiting)} of {len(cells)} timings, about {estimate(waiting, budget=budget):.0f} s.")
    if dry_run:
        return False
    with Store(out) as store, store.lock():
        rows = measure_cells(store, cells, effort, rerun, counter())
    write_timing(out, rows)
    shown = print_asked(rows, cells)
    say(f"Tables and figures are in {out}.")
    return bool((~shown["status"].isin(["ok", "skipped"])).any())


def print_asked(rows: pd.DataFrame, cells: Sequence[TimingCell]) -> pd.DataFrame:
    """Print the tables of what was asked for, and return its rows; the folder may hold others."""
    from upbench.benchmark.timing.table import identity_of, timing_tables

    asked = {cell.identity for cell in cells}
    shown = rows.loc[[identity_of(row) in asked for row in rows.to_dict("records")]]
    for table in timing_tables(shown):
        print_table(table)
        typer.echo()
    return shown


def timed_again(rerun: str, catalog: Catalog) -> str:
    """Return what ``--rerun`` means to timing: a word of its own, or methods' names.

    Raises:
        UnknownNameError: A name is no method's.
    """
    from upbench.benchmark.engine.runner import rerun_methods

    if rerun == "unstable":
        return rerun
    return ",".join(rerun_methods(catalog, rerun)) or rerun or "failed"


def _say_what_is_unused(request: Request, catalog: Catalog, others: Sequence[str]) -> None:
    """Say what named datasets have to say, that they are not timed, and what else is not used.

    ``others`` are options of no request that were given.

    Raises:
        UsageError: A name is no dataset's.
    """
    from upbench.benchmark.engine.runner import Request, chosen_datasets

    if request.datasets != Request.datasets:
        say_notes(chosen_datasets(request, catalog))
        say(
            "--timing measures on pictures of its own in each size; no image of --datasets is read."
        )
    unused = [
        option for option, key in QUALITY_ALONE if getattr(request, key) != getattr(Request, key)
    ]
    if unused := [*unused, *others]:
        say(f"--timing does not use {', '.join(unused)}.")
