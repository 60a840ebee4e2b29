"""``upbench run``: its options, and what its exit code says."""

from pathlib import Path
from typing import Annotated

import typer

from upbench.benchmark.cli.console import (
    EXIT_FAILED_CELLS,
    cli_errors,
    print_problems,
    print_remarks,
    say,
)
from upbench.benchmark.cli.options import Models, Names, Plugins, joined
from upbench.benchmark.imaging.decode import MAX_PIXELS

LEAST_MEMORY = 64 << 20
"""Bytes below which no worker could even start."""


@cli_errors
def run(
    methods: Annotated[
        Names,
        typer.Option(
            help="Names or patterns, like bicubic,opencv-*; 'all' adds extras to the default."
        ),
    ] = None,
    datasets: Annotated[
        Names,
        typer.Option(help=r"Names, or folder:PATH (a comma in it is \,); standard by default."),
    ] = None,
    scales: Annotated[
        Names, typer.Option(help="Factors, like 2 or 1.5,8/3,0.5; 2,3,4 by default.")
    ] = None,
    protocol: Annotated[
        Names, typer.Option(help="Names, comma-separated; y-classic by default.")
    ] = None,
    metrics: Annotated[
        Names, typer.Option(help="More metrics, like blockiness_db; 'list metrics' shows them.")
    ] = None,
    model: Models = None,
    plugin: Plugins = None,
    out: Annotated[Path, typer.Option(help="The run's folder.")] = Path("upbench-run"),
    jobs: Annotated[
        str, typer.Option(metavar="N", help="Processes side by side; one per core by default.")
    ] = "",
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
    device: Annotated[
        str, typer.Option(help="Where learned methods run: cpu, cuda or auto.")
    ] = "cpu",
    crop: Annotated[
        list[str] | None,
        typer.Option(metavar="IMAGE:X,Y", help="Where an image's crop is; repeatable."),
    ] = None,
    rerun: Annotated[
        Names, typer.Option(help="Run again: failed, all, or methods by name or pattern.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would run, and for how long.")
    ] = False,
    speed: Annotated[
        str,
        typer.Option(
            metavar="SIZE",
            help="Measure speed after quality, alone: 8-bit RGB at an output size like 960x540.",
        ),
    ] = "",
    timing: Annotated[
        bool, typer.Option("--timing", help="Measure speed and memory instead, one at a time.")
    ] = False,
    sizes: Annotated[
        str, typer.Option(help="With --timing: sides of the output, or sizes like 1920x1080.")
    ] = "256,512,1024,2048,4096",
    threads: Annotated[
        str, typer.Option(help="With --timing: threads of a method: numbers, all, or 1,all.")
    ] = "1",
    basis: Annotated[
        Names,
        typer.Option(
            help="With --timing: what goes in and out: uint8-rgb (the default), float-luma, float."
        ),
    ] = None,
    budget: Annotated[float, typer.Option(help="With --timing: seconds for a size.")] = 2.0,
) -> None:
    """Run methods on images; write tables and pictures.  The same command resumes."""
    from upbench.benchmark.cli.parsing import read_jobs, read_size, read_sizes, read_threads
    from upbench.benchmark.cli.quality import print_plan, run_plan
    from upbench.benchmark.cli.speed import TimingRequest, run_timing_command
    from upbench.benchmark.core.text import split_names
    from upbench.benchmark.core.weights import notes
    from upbench.benchmark.engine.discover import discover
    from upbench.benchmark.engine.execute import default_jobs
    from upbench.benchmark.engine.runner import Request, make_plan
    from upbench.benchmark.timing.plan import check_request

    request = Request(
        methods=joined(methods),
        datasets=joined(datasets, "standard"),
        scales=joined(scales, "2,3,4"),
        protocols=joined(protocol, "y-classic"),
        metrics=joined(metrics),
        plugins=tuple(plugin or ()),
        models=tuple(model or ()),
        jobs=read_jobs(jobs) if jobs else default_jobs(executor),
        executor=executor,
        scheduler=scheduler,
        timeout=timeout,
        memory=read_size("--memory", memory, LEAST_MEMORY),
        max_pixels=max_pixels,
        device=device,
        crops=tuple(crop or ()),
        rerun=joined(rerun),
    )
    catalog = discover(request.plugins, models=request.models)
    broken = print_problems(catalog)
    print_remarks(catalog)
    if timing:
        asked = TimingRequest(
            *(request, read_sizes("--sizes", sizes), read_threads(threads), budget, dry_run),
            bases=split_names(joined(basis, "uint8-rgb")),
        )
        failed = run_timing_command(asked, catalog, out)
        raise typer.Exit(EXIT_FAILED_CELLS if failed or broken else 0)
    size = read_sizes("--speed", speed)[0] if speed else None
    if size is not None:
        check_request([size], 1)
    plan = make_plan(request, catalog)
    for note in notes(catalog.methods[name] for name in {cell.method: None for cell in plan.cells}):
        say(note)
    if dry_run:
        print_plan(plan, out)
        return
    code = run_plan(plan, out, size)
    raise typer.Exit(code or (EXIT_FAILED_CELLS if broken else 0))
