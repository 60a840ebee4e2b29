"""The ``upbench`` command.  It reads options, draws bars and prints; the work is elsewhere.

Heavy imports stand inside the commands, so that ``--help`` and ``list`` answer at once.
"""

import shlex
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from upbench.benchmark.console import (
    EXIT_FAILED_CELLS,
    EXIT_INTERRUPTED,
    follow,
    print_summary,
    print_table,
    progress_bar,
    say,
    tell_failures,
    tell_problems,
    this_command,
    told,
)
from upbench.benchmark.errors import UsageError
from upbench.benchmark.imagefile import MAX_PIXELS
from upbench.benchmark.threads import use_one_thread_each

__all__ = ["app", "main"]

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

EXPLAINED = "conv, transposed-conv, matrix, zero-insertion, overlap or resize-conv."

Plugins = Annotated[
    list[str] | None,
    typer.Option("--plugin", metavar="FILE", help="A Python file with more methods; repeatable."),
]


def main() -> None:
    """Run the command line; the entry point of the ``upbench`` script."""
    use_one_thread_each()
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal that cannot show a name still shows it
        sys.stdout.reconfigure(errors="backslashreplace")
    app()


@app.command()
@told
def run(
    methods: Annotated[
        str, typer.Option(help="Names or patterns, like bicubic,opencv-*; all by default.")
    ] = "",
    datasets: Annotated[
        str, typer.Option(help="Names, or folder:PATH for any folder of images.")
    ] = "standard",
    scales: Annotated[str, typer.Option(help="Whole factors from 2 to 16.")] = "2,3,4",
    protocol: Annotated[str, typer.Option(help="One or several, comma-separated.")] = "y-classic",
    metrics: Annotated[
        str, typer.Option(help="More metrics, like blockiness_db; 'list metrics' shows them.")
    ] = "",
    plugin: Plugins = None,
    out: Annotated[Path, typer.Option(help="The run's folder.")] = Path("upbench-run"),
    jobs: Annotated[str, typer.Option(metavar="N", help="Processes side by side.")] = "1",
    executor: Annotated[
        str | None, typer.Option(help="processes, dask, or serial: here, without limits.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask cluster's; else a local one.")
    ] = None,
    timeout: Annotated[float, typer.Option(metavar="S", help="Seconds per cell.")] = 300.0,
    memory: Annotated[
        str, typer.Option(metavar="SIZE", help="Per worker, like 4G; the machine's by default.")
    ] = "",
    max_pixels: Annotated[
        int, typer.Option(metavar="N", help="Larger images of a folder are refused unread.")
    ] = MAX_PIXELS,
    rerun: Annotated[
        str, typer.Option(help="Run again: failed, all, or methods by name or pattern.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would run, and for how long.")
    ] = False,
    timing: Annotated[
        bool, typer.Option("--timing", help="Measure speed and memory instead, one at a time.")
    ] = False,
    sizes: Annotated[
        str, typer.Option(help="With --timing: sides of the output.")
    ] = "256,512,1024,2048,4096",
    threads: Annotated[int, typer.Option(help="With --timing: threads of a method.")] = 1,
    budget: Annotated[float, typer.Option(help="With --timing: seconds for a size.")] = 2.0,
) -> None:
    """Run methods on images; write tables and pictures.  The same command resumes."""
    from upbench.benchmark.catalog import collect
    from upbench.benchmark.lanes import (
        TimingRequest,
        rows_of,
        run_cells,
        run_timing_lane,
        tell_plan,
        write_and_print,
    )
    from upbench.benchmark.options import read_jobs, read_numbers, read_size
    from upbench.benchmark.runner import Request, bring, make_plan, waiting
    from upbench.benchmark.store import Store

    request = Request(
        methods=methods,
        datasets=datasets,
        scales=scales,
        protocols=protocol,
        metrics=metrics,
        plugins=tuple(plugin or ()),
        jobs=read_jobs(jobs),
        executor=executor,
        scheduler=scheduler,
        timeout=timeout,
        memory=read_size("--memory", memory),
        max_pixels=max_pixels,
        rerun=rerun,
    )
    catalog = collect(request.plugins)
    broken = tell_problems(catalog)
    if timing:
        lane = TimingRequest(request, read_numbers("--sizes", sizes), threads, budget, dry_run)
        failed = run_timing_lane(lane, catalog, out)
        raise typer.Exit(EXIT_FAILED_CELLS if failed or broken else 0)
    plan = make_plan(request, catalog)
    if dry_run:
        tell_plan(plan, out)
        return
    with Store(out) as store, store.claimed():
        with progress_bar() as bar:
            bring(plan, follow(bar))
        interrupted = run_cells(plan, store, waiting(plan, store))
        rows = write_and_print(plan, store)
    planned = {cell.identity for cell in plan.cells}
    failed = tell_failures(rows_of(rows, planned))
    if failed:
        say(f"The same command tries just those again: {this_command()}")
    if interrupted:
        say(f"Interrupted: finished cells are kept; resume with: {this_command()}")
        raise typer.Exit(EXIT_INTERRUPTED)
    if failed or broken:
        raise typer.Exit(EXIT_FAILED_CELLS)


@app.command("list")
@told
def list_(
    what: Annotated[str, typer.Argument(help="methods, datasets, metrics or protocols.")],
    family: Annotated[str, typer.Option(help="Only methods of this family.")] = "",
    plugin: Plugins = None,
    names: Annotated[bool, typer.Option("--names", help="Bare names, one a line.")] = False,
) -> None:
    """List methods, datasets, metrics or protocols."""
    from upbench.benchmark.catalog import collect
    from upbench.benchmark.listing import ROOMS, listing

    catalog = collect(plugin or (), ROOMS.get(what, ()))
    table = listing(catalog, what, family)
    if names:
        sys.stdout.writelines(f"{row[0]}\n" for row in table.rows)
    else:
        print_table(table.headings, table.rows)
    tell_problems(catalog)


@app.command()
@told
def check(
    name: Annotated[str, typer.Argument(help="A method's name.")],
    plugin: Plugins = None,
    scales: Annotated[str, typer.Option(help="Scales to check; by default x2, x3, x4.")] = "",
) -> None:
    """Run the public contract checks on one method, in seconds."""
    from rich.text import Text

    from upbench.benchmark.catalog import collect
    from upbench.benchmark.checks import check_method
    from upbench.benchmark.plan import check_scales

    catalog = collect(plugin or ())
    tell_problems(catalog)
    method = catalog.method(name)
    found = list(check_method(method, check_scales(scales) if scales else None))
    words = {"pass": ("pass", "green"), "fail": ("FAIL", "bold red"), "note": ("note", "cyan")}
    rows = [(one.name, f"x{one.scale}", Text(*words[one.status]), one.detail) for one in found]
    print_table(("check", "scale", "", "found"), rows)
    failed = sum(one.status == "fail" for one in found)
    say(f"{name}: {failed} of {len(found)} checks failed." if failed else f"{name}: all well.")
    if failed:
        raise typer.Exit(EXIT_FAILED_CELLS)


@app.command()
@told
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run.")],
) -> None:
    """Rebuild tables and figures from the stored rows; nothing is run."""
    from upbench.benchmark import timing
    from upbench.benchmark.report import rebuild
    from upbench.benchmark.store import JOURNAL

    if (folder / timing.JOURNAL).is_file():
        timing.rebuild_timing(folder)
        say(f"The timing tables and figures are in {folder}.")
        if not (folder / JOURNAL).is_file():
            return
    with progress_bar() as bar:
        rows, summary = rebuild(folder, follow(bar))
    print_summary(summary)
    say(f"Tables and figures are in {folder}.")
    tell_failures(rows)


@app.command()
@told
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
            with progress_bar() as bar:
                weights = method.target.fit(scale, progress=follow(bar))  # type: ignore[attr-defined]
            say(f"{method.name} x{scale}: {weights}")


@app.command()
@told
def probe(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="Methods, by name or pattern.")
    ] = None,
    scale: Annotated[list[int] | None, typer.Option(help="Repeatable; x2 by default.")] = None,
    plugin: Plugins = None,
    every: Annotated[bool, typer.Option("--all", help="Every method, ranked.")] = False,
    out: Annotated[Path, typer.Option(help="Where table and figures go.")] = Path("upbench-probe"),
) -> None:
    """Show what a method does to a constant, an impulse, tones, an edge and a zone plate."""
    from upbench.benchmark.catalog import collect
    from upbench.benchmark.lanes import run_probe
    from upbench.benchmark.options import check_each_scale

    if not names and not every:
        raise UsageError("Name a method to probe, like bicubic, or give --all for every one.")
    catalog = collect(plugin or ())
    broken = tell_problems(catalog)
    methods = catalog.choose_methods(names or ["*"])
    failed = run_probe(methods, check_each_scale(scale or [2]), out, figures=not every)
    if failed or broken:
        raise typer.Exit(EXIT_FAILED_CELLS)


@app.command("explain")
@told
def explain_(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help=EXPLAINED)],
    kernel: Annotated[int | None, typer.Option(help="Side of the kernel.")] = None,
    stride: Annotated[int | None, typer.Option(help="Stride.")] = None,
    padding: Annotated[int | None, typer.Option(help="Padding.")] = None,
    size: Annotated[int | None, typer.Option("--input", help="Side of the input.")] = None,
    out: Annotated[Path, typer.Option(help="Where the pictures go.")] = Path("upbench-explain"),
) -> None:
    """Explain convolution arithmetic in numbers and pictures (PNG, SVG, GIF)."""
    from upbench.benchmark.report.explain import explain

    found = explain(topic, kernel=kernel, stride=stride, padding=padding, size=size, folder=out)
    for line in found.lines:
        typer.echo(line)
    for file in found.files:
        say(f"wrote {file}")


@app.command("new-method")
@told
def new_method(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
) -> None:
    """Write a working plugin to start from."""
    from upbench.benchmark.template import write_method

    name = write_method(file)
    quoted = shlex.quote(str(file))
    say(f"Wrote {file}.  Check it:  upbench check {name} --plugin {quoted}")
    say(f"Then run it:  upbench run --methods {name},bicubic --plugin {quoted}")


@data_app.command("list")
@told
def data_list() -> None:
    """Show the public datasets and how much of each is on this machine."""
    from upbench.benchmark.catalog import collect

    found = [(name, d.status()) for name, d in collect().datasets.items() if d.status is not None]
    rows = [
        (name, f"{here.present}/{here.total}", f"{here.bytes / 1e6:.1f} MB", here.place)
        for name, here in found
    ]
    print_table(("dataset", "images here", "download", "where"), rows)


@data_app.command("fetch")
@told
def data_fetch(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Public datasets.")],
) -> None:
    """Download public datasets into the cache, verified by their checksums."""
    from upbench.benchmark.catalog import collect

    catalog = collect()
    for dataset in [catalog.dataset(name) for name in names]:
        if dataset.fetch is None:
            raise UsageError(f"{dataset.name} is not downloaded: it is always here.")
        with progress_bar() as bar:
            folder = dataset.fetch(follow(bar))
        say(f"{dataset.name}: {folder}")
