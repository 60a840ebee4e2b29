"""The ``upbench`` command.  It reads options, draws bars and prints; the work is elsewhere.

Heavy imports stand inside the commands, so that ``--help`` and ``list`` answer at once.
"""

import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from upbench.benchmark.errors import UpbenchError, UsageError

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.progress import Progress

    from upbench.benchmark.catalog import Catalog
    from upbench.benchmark.runner import Plan
    from upbench.benchmark.store import Store

__all__ = ["app", "main"]

EXIT_FAILED_CELLS, EXIT_INTERRUPTED = 1, 130

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENCV_FOR_THREADS_NUM",
)
"""Libraries read these as they are imported: one thread each, so that speeds compare like with
like, whatever a library's default is.  A value that is set already is respected."""

app = typer.Typer(
    name="upbench",
    help="Which way of making an image larger should I use, and what does it cost me?",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
data_app = typer.Typer(help="Download the public datasets, or see which are here.")
app.add_typer(data_app, name="data", no_args_is_help=True)

Plugins = Annotated[
    list[str] | None,
    typer.Option("--plugin", metavar="FILE", help="A Python file with more methods; repeatable."),
]


class Listed(StrEnum):
    """What ``upbench list`` lists."""

    methods = "methods"
    datasets = "datasets"
    metrics = "metrics"
    protocols = "protocols"


def main() -> None:
    """Run the command line; the entry point of the ``upbench`` script."""
    for variable in THREAD_VARIABLES:
        os.environ.setdefault(variable, "1")
    app()


def _told(command: Callable[..., None]) -> Callable[..., None]:
    """Turn an upbench error into one sentence and its exit code, without a traceback."""

    @wraps(command)
    def told(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except UpbenchError as error:
            _say(f"upbench: {error}")
            raise typer.Exit(error.exit_code) from None

    return told


@app.command()
@_told
def run(
    methods: Annotated[
        str, typer.Option(help="Names or patterns, like bicubic,opencv-*; all by default.")
    ] = "",
    datasets: Annotated[
        str, typer.Option(help="Names, or folder:PATH for any folder of images.")
    ] = "standard",
    scales: Annotated[str, typer.Option(help="Whole factors from 2 to 16.")] = "2,3,4",
    protocol: Annotated[str, typer.Option(help="One or several, comma-separated.")] = "y-classic",
    plugin: Plugins = None,
    out: Annotated[Path, typer.Option(help="The run's folder.")] = Path("upbench-run"),
    jobs: Annotated[int, typer.Option(help="Processes side by side.")] = 1,
    executor: Annotated[
        str | None, typer.Option(help="serial or processes; chosen by --jobs by default.")
    ] = None,
) -> None:
    """Run methods on images; write tables and pictures.  The same command resumes."""
    from upbench.benchmark.runner import Request, make_plan
    from upbench.benchmark.store import Store

    request = Request(
        methods, datasets, scales, protocol, tuple(plugin or ()), jobs=jobs, executor=executor
    )
    plan = make_plan(request)
    broken = _tell_problems(plan.catalog)
    with Store(out) as store:
        interrupted = _run_cells(plan, store)
        rows = _write_and_print(plan, store)
    planned = {cell.identity for cell in plan.cells}
    failed = _tell_failures(_rows_of(rows, planned))
    if interrupted:
        _say(f"Interrupted: finished cells are kept; resume with: {_this_command()}")
        raise typer.Exit(EXIT_INTERRUPTED)
    if failed or broken:
        raise typer.Exit(EXIT_FAILED_CELLS)


@app.command("list")
@_told
def list_(
    what: Annotated[Listed, typer.Argument(help="What to list.")],
    family: Annotated[str, typer.Option(help="Only methods of this family.")] = "",
    plugin: Plugins = None,
    names: Annotated[bool, typer.Option("--names", help="Bare names, one a line.")] = False,
) -> None:
    """List methods, datasets, metrics or protocols."""
    from upbench.benchmark.catalog import collect
    from upbench.benchmark.listing import listing

    catalog = collect(plugin or ())
    table = listing(catalog, what.value, family)
    if names:
        sys.stdout.writelines(f"{row[0]}\n" for row in table.rows)
    else:
        _print_table(table.headings, table.rows)
    _tell_problems(catalog)


@app.command()
@_told
def check(
    name: Annotated[str, typer.Argument(help="A method's name.")],
    plugin: Plugins = None,
    scales: Annotated[str, typer.Option(help="Scales to check; by default x2, x3, x4.")] = "",
) -> None:
    """Run the public contract checks on one method, in seconds."""
    from upbench.benchmark.catalog import collect
    from upbench.benchmark.checks import check_method
    from upbench.benchmark.plan import check_scales

    catalog = collect(plugin or ())
    _tell_problems(catalog)
    method = catalog.method(name)
    found = list(check_method(method, check_scales(scales) if scales else None))
    colours = {"pass": "[green]pass[/]", "fail": "[bold red]FAIL[/]", "note": "[cyan]note[/]"}
    rows = [(one.name, f"x{one.scale}", colours[one.status], one.detail) for one in found]
    _print_table(("check", "scale", "", "found"), rows)
    failed = sum(one.status == "fail" for one in found)
    _say(f"{name}: {failed} of {len(found)} checks failed." if failed else f"{name}: all well.")
    if failed:
        raise typer.Exit(EXIT_FAILED_CELLS)


@app.command()
@_told
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run.")],
) -> None:
    """Rebuild tables and figures from the stored rows; nothing is run."""
    from upbench.benchmark.report import rebuild

    with _bar() as bar:
        rows, summary = rebuild(folder, _follow(bar))
    _print_summary(summary)
    _say(f"Tables and figures are in {folder}.")
    _tell_failures(rows)


@app.command()
@_told
def train(
    methods: Annotated[str, typer.Option(help="Names or patterns; all learned ones.")] = "*",
    scales: Annotated[str, typer.Option(help="Whole factors.")] = "2,3,4",
    plugin: Plugins = None,
) -> None:
    """Fit the learned methods; their weights are kept in the cache folder."""
    from upbench.benchmark.catalog import collect
    from upbench.benchmark.plan import check_scales, split_names

    chosen = collect(plugin or ()).choose_methods(split_names(methods))
    trainable = [method for method in chosen if hasattr(method.target, "fit")]
    if not trainable:
        raise UsageError(f"--methods {methods} names no method that is trained; nothing to do.")
    for method in trainable:
        for scale in filter(method.offers, check_scales(scales)):
            with _bar() as bar:
                weights = method.target.fit(scale, progress=_follow(bar))  # type: ignore[attr-defined]
            _say(f"{method.name} x{scale}: {weights}")


@app.command("new-method")
@_told
def new_method(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
) -> None:
    """Write a working plugin to start from."""
    from upbench.benchmark.template import write_method

    name = write_method(file)
    quoted = shlex.quote(str(file))
    _say(f"Wrote {file}.  Check it:  upbench check {name} --plugin {quoted}")
    _say(f"Then run it:  upbench run --methods {name},bicubic --plugin {quoted}")


@data_app.command("list")
@_told
def data_list() -> None:
    """Show the public datasets and how much of each is on this machine."""
    from upbench.datasets import public

    rows = [
        (status.name, f"{status.present}/{status.total}", status.place)
        for status in map(public.local_status, public.NAMES)
    ]
    _print_table(("dataset", "images here", "where"), rows)


@data_app.command("fetch")
@_told
def data_fetch(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Public datasets.")],
) -> None:
    """Download public datasets into the cache, verified by their checksums."""
    from upbench.datasets import public

    for name in names:
        with _bar() as bar:
            folder = public.fetch_all(name, _follow(bar))
        _say(f"{name}: {folder}")


def _run_cells(plan: "Plan", store: "Store") -> bool:
    """Run what is missing behind a progress bar; return whether it was interrupted."""
    from upbench.benchmark.runner import results

    reused = len(store.valid(plan.cells))
    total = len(plan.cells)
    if reused:
        _say(f"{reused} of {total} cells are finished already and used again.")
    if reused == total:
        return False
    with _bar() as bar, closing(results(plan, store)) as finished:
        task = bar.add_task("cells", total=total, completed=reused)
        try:
            for result in finished:
                about = f"{result.cell.image} x{result.cell.scale} {result.cell.method}"
                bar.update(task, advance=1, description=about)
        except KeyboardInterrupt:
            return True
    return False


def _write_and_print(plan: "Plan", store: "Store") -> "pd.DataFrame":
    from upbench.benchmark.runner import finish

    with _bar() as bar:
        rows, summary = finish(plan, store, _follow(bar))
    _print_summary(summary)
    _say(f"Tables and figures are in {store.folder}.")
    return rows


def _rows_of(rows: "pd.DataFrame", planned: set[Any]) -> "pd.DataFrame":
    """Return the rows of this command's cells; the folder may hold those of others."""
    places = zip(
        *(rows[c] for c in ("method", "dataset", "image", "scale", "protocol")), strict=True
    )
    return rows[[place in planned for place in places]]


def _print_summary(summary: "pd.DataFrame") -> None:
    from upbench.benchmark.report.terminal import summary_tables

    console = _console()
    for table in summary_tables(summary):
        console.print(table)


def _tell_failures(rows: "pd.DataFrame") -> bool:
    """List what failed and how to try it again; return whether anything did."""
    from upbench.benchmark.report.terminal import failure_lines

    lines = failure_lines(rows)
    if lines:
        failed = int((~rows["status"].isin(["ok", "skipped"])).sum())
        _say(f"\n{failed} of {len(rows)} cells failed:")
        for line in lines:
            _say(f"  {line}")
        _say(f"The same command tries just those again: {_this_command()}")
    return bool(lines)


def _tell_problems(catalog: "Catalog") -> bool:
    """Name the plugins that cannot be used; return whether the user asked for one of them."""
    for problem in catalog.problems:
        _say(f"upbench: plugin left out: {problem.error}")
    return any(problem.asked_for for problem in catalog.problems)


def _this_command() -> str:
    return shlex.join(["upbench", *sys.argv[1:]])


def _say(text: str) -> None:
    """Print a line for people, beside the tables and not in them."""
    typer.echo(text, err=True)


def _console() -> "Console":
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else 180)


def _print_table(headings: tuple[str, ...], rows: Any) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, highlight=False, pad_edge=False)
    *first, last = headings
    for heading in first:
        table.add_column(heading, no_wrap=True)
    table.add_column(last, overflow="fold", min_width=24)
    for row in rows:
        table.add_row(*row)
    _console().print(table)


@contextmanager
def _bar() -> Iterator["Progress"]:
    """Give a progress bar on the error stream, with the time left."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield bar


def _follow(bar: "Progress") -> Callable[[str, int, int], None]:
    """Return a function that draws (what, done, total) as bars, one for each "what"."""
    tasks: dict[str, Any] = {}

    def progress(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done, total=total)

    return progress
