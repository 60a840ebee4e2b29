"""``upbench run`` as a person sees it: the quality lane's bar, the timing lane's table."""

from collections import Counter
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from upbench.benchmark.console import (
    counter,
    follow,
    print_summary,
    print_table,
    progress_bar,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from upbench.benchmark.catalog import Catalog
    from upbench.benchmark.contract import Method
    from upbench.benchmark.plan import Cell
    from upbench.benchmark.runner import Plan, Request
    from upbench.benchmark.store import Store

PROBE_COLUMNS = (
    "scale",
    "ripple_db",
    "gain_ripple",
    "image_db_32",
    "order",
    "shift_down_px",
    "linearity_error",
    "shift_error",
    "edge_rise_px",
    "mtf50",
)
"""What the terminal shows of the probe; ``probe.csv`` has the rest."""

__all__ = [
    "TimingRequest",
    "rows_of",
    "run_cells",
    "run_probe",
    "run_timing_lane",
    "tell_plan",
    "write_and_print",
]


class TimingRequest(NamedTuple):
    """What was asked of the timing lane."""

    request: "Request"
    sizes: tuple[int, ...]
    threads: int
    budget: float
    dry_run: bool


def run_timing_lane(lane: TimingRequest, catalog: "Catalog", out: Path) -> bool:
    """Measure speed and memory, print the table; return whether anything failed."""
    from upbench.benchmark.plan import check_scales, split_names
    from upbench.benchmark.timing import estimate, plan_timing, run_timing, waiting_cells
    from upbench.benchmark.timing.journal import read_rows
    from upbench.benchmark.timing.table import to_markdown

    request, sizes, threads, budget, dry_run = lane
    methods = catalog.choose_methods(split_names(request.methods) or ("*",))
    scales, rerun = check_scales(request.scales), request.rerun or "failed"
    cells = plan_timing(methods, scales, sizes, threads=threads)
    waiting = waiting_cells(cells, read_rows(out), rerun)
    say(f"{len(waiting)} of {len(cells)} timings, about {estimate(waiting, budget=budget):.0f} s.")
    if dry_run:
        return False
    rows = run_timing(
        methods,
        scales,
        sizes,
        out=out,
        threads=threads,
        budget=budget,
        timeout=request.timeout,
        plugins=request.plugins,
        rerun=rerun,
        progress=counter(),
    )
    asked = rows[rows["method"].isin([m.name for m in methods]) & rows["scale"].isin(scales)]
    typer.echo(to_markdown(asked))
    say(f"Tables and figures are in {out}.")
    return bool((~asked["status"].isin(["ok", "skipped"])).any())


def run_probe(
    methods: "Sequence[Method]", scales: "Sequence[int]", out: Path, *, figures: bool
) -> bool:
    """Probe methods, write table and figures, print the ranking; return whether one failed."""
    from upbench.benchmark.probe.result import ProbeFailure
    from upbench.benchmark.probe.run import probe_methods, write_probe_table
    from upbench.benchmark.report.probe_figure import write_probe_figure
    from upbench.benchmark.store import make_folder

    make_folder(out)
    with progress_bar() as bar:
        found = list(probe_methods(methods, scales, follow(bar)))
    table = write_probe_table(found, out)
    records = table.to_dict("records")
    rows = [[row["method"], *(_shown(row[column]) for column in PROBE_COLUMNS)] for row in records]
    print_table(("method", *PROBE_COLUMNS), rows)
    failures = [one for one in found if isinstance(one, ProbeFailure)]
    for one in found:
        if isinstance(one, ProbeFailure):
            say(one.reason)
        elif figures:
            say(f"wrote {write_probe_figure(one, out)}")
    say(f"The table is {out / 'probe.csv'}.")
    return bool(failures)


def _shown(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def tell_plan(plan: "Plan", out: Path) -> None:
    """Show the cells by method, what is finished, and how long the rest will take."""
    from upbench.benchmark.runner import estimate, waiting
    from upbench.benchmark.store import JOURNAL, Store

    # a dry run leaves nothing behind, not even an empty folder
    with TemporaryDirectory() as nowhere:
        known = out if (out / JOURNAL).is_file() else Path(nowhere)
        with Store(known) as store:
            cells = waiting(plan, store)
            seconds = estimate(plan, store, cells)
    total, ahead = Counter(c.method for c in plan.cells), Counter(c.method for c in cells)
    rows = [
        (method, str(count), str(count - ahead[method]), str(ahead[method]))
        for method, count in total.items()
    ]
    print_table(("method", "cells", "finished", "to run"), rows)
    time = "unknown: nothing has been measured here yet" if seconds is None else f"{seconds:.0f} s"
    say(f"{len(cells)} of {len(plan.cells)} cells would run; estimated time {time}.")


def run_cells(plan: "Plan", store: "Store", cells: "Sequence[Cell]") -> bool:
    """Run some cells behind a progress bar; return whether it was interrupted."""
    from upbench.benchmark.runner import fit, limits, results

    total = len(plan.cells)
    if reused := total - len(cells):
        say(f"{reused} of {total} cells are finished already and used again.")
    if not cells:
        return False
    with progress_bar() as bar:
        fit(plan, cells, follow(bar))
    if plan.request.executor != "serial":
        say(f"{len(cells)} cells to run; each may take {limits(plan)}.")
    with progress_bar() as bar, closing(results(plan, store, cells)) as finished:
        task = bar.add_task("cells", total=total, completed=reused)
        try:
            for result in finished:
                about = f"{result.cell.image} x{result.cell.scale} {result.cell.method}"
                bar.update(task, advance=1, description=about)
        except KeyboardInterrupt:
            return True
    return False


def write_and_print(plan: "Plan", store: "Store") -> "pd.DataFrame":
    """Write the tables and pictures, print the summary, and return the rows."""
    from upbench.benchmark.runner import finish

    with progress_bar() as bar:
        rows, summary = finish(plan, store, follow(bar))
    print_summary(summary)
    say(f"Tables and figures are in {store.folder}.")
    return rows


def rows_of(rows: "pd.DataFrame", planned: set[Any]) -> "pd.DataFrame":
    """Return the rows of this command's cells; the folder may hold those of others."""
    places = zip(
        *(rows[c] for c in ("method", "dataset", "image", "scale", "protocol")), strict=True
    )
    return rows.loc[[place in planned for place in places]]
