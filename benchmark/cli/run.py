"""``upbench run``: its options, and what its exit code says."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upbench.benchmark.cli.console import EXIT_FAILED_CELLS, cli_errors, open_catalog, say
from upbench.benchmark.cli.options import Device, Memory, Models, Names, Plugins, joined, named
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.sizes import MAX_PIXELS

if TYPE_CHECKING:
    from upbench.benchmark.engine.runner import Request
    from upbench.benchmark.registry.catalog import Catalog

Methods = Annotated[
    Names,
    typer.Option(
        help="Names or patterns, like bicubic,opencv-*; 'all' adds extras to the default."
    ),
]
Datasets = Annotated[
    Names, typer.Option(help=r"Names, or folder:PATH (a comma in it is \,); standard by default.")
]
Scales = Annotated[Names, typer.Option(help="Factors, like 2 or 1.5,8/3,0.5; 2,3,4 by default.")]
Protocols = Annotated[Names, typer.Option(help="Names, comma-separated; y-classic by default.")]
Metrics = Annotated[
    Names, typer.Option(help="More metrics, like blockiness_db; 'list metrics' shows them.")
]
Out = Annotated[Path, typer.Option(help="The run's folder.")]
Jobs = Annotated[
    str, typer.Option(metavar="N", help="Processes side by side; one per core by default.")
]
Executor = Annotated[
    str | None, typer.Option(help="processes, dask, or serial: in this process, without limits.")
]
Scheduler = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="A Dask cluster's; else a local one.")
]
Timeout = Annotated[float, typer.Option(metavar="S", help="Seconds per cell.")]
MaxPixels = Annotated[
    int, typer.Option(metavar="N", help="Larger images of a folder are refused unread.")
]
Crops = Annotated[
    list[str] | None,
    typer.Option(
        metavar="IMAGE:X,Y", help="Centre of an image's crop, moved inside the image; repeatable."
    ),
]
Rerun = Annotated[
    Names, typer.Option(help="Run again: failed, all, or methods by name or pattern.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would run, and for how long.")]
Speed = Annotated[
    str,
    typer.Option(
        metavar="SIZE",
        help="Then measure speed alone: 8-bit RGB at an output size like 960x540.",
    ),
]
Timing = Annotated[
    bool, typer.Option("--timing", help="Measure speed and memory instead, one at a time.")
]
Sizes = Annotated[
    str | None,
    typer.Option(
        metavar="WxH,...",
        help="Instead of --scales: sizes to resize to, width x height, by methods of any size; "
        "300x448, or from-300x448 for the way back.  With --timing: sides of the output, or "
        "sizes (256,512,1024,2048,4096 by default).",
    ),
]
TIMED_SIZES = "256,512,1024,2048,4096"
Threads = Annotated[
    str, typer.Option(help="With --timing: threads of a method: numbers, all, or 1,all.")
]
Basis = Annotated[
    Names,
    typer.Option(
        help="With --timing: what goes in and out: uint8-rgb (the default), float-luma, float."
    ),
]
Budget = Annotated[float, typer.Option(help="With --timing: seconds for a size.")]


@cli_errors
def run(
    methods: Methods = None,
    datasets: Datasets = None,
    scales: Scales = None,
    protocol: Protocols = None,
    metrics: Metrics = None,
    model: Models = None,
    plugin: Plugins = None,
    out: Out = Path("upbench-run"),
    jobs: Jobs = "",
    executor: Executor = None,
    scheduler: Scheduler = None,
    timeout: Timeout = 300.0,
    memory: Memory = "",
    max_pixels: MaxPixels = MAX_PIXELS,
    device: Device = "cpu",
    crop: Crops = None,
    rerun: Rerun = None,
    dry_run: DryRun = False,
    speed: Speed = "",
    timing: Timing = False,
    sizes: Sizes = None,
    threads: Threads = "1",
    basis: Basis = None,
    budget: Budget = 2.0,
) -> None:
    """Run methods on images; write tables and pictures.  The same command resumes."""
    from upbench.benchmark.cli.parsing import read_jobs, read_size, read_sizes, read_threads
    from upbench.benchmark.cli.speed import run_timing_command
    from upbench.benchmark.core.text import split_names
    from upbench.benchmark.engine.execute import LEAST_MEMORY, default_jobs
    from upbench.benchmark.engine.runner import Request

    request = Request(
        methods=named("--methods", methods),
        datasets=joined(datasets, "standard"),
        scales=joined(scales, "2,3,4" if sizes is None or timing else ""),
        sizes=None if timing else sizes,
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
    catalog, broken = open_catalog(request.plugins, request.models)
    if timing:
        failed = run_timing_command(
            request,
            catalog,
            out,
            sizes=read_sizes("--sizes", TIMED_SIZES if sizes is None else sizes),
            threads=read_threads(threads),
            bases=split_names(named("--basis", basis, "float") or "uint8-rgb"),
            budget=budget,
            dry_run=dry_run,
            unused=[option for option, given in (("--jobs", jobs), ("--speed", speed)) if given],
        )
        code = EXIT_FAILED_CELLS if failed else 0
    else:
        timed = (("--threads", threads != "1"), ("--basis", basis), ("--budget", budget != 2.0))
        if ignored := [option for option, given in timed if given]:
            say(f"Only --timing uses {', '.join(ignored)}.")
        code = _run_quality(request, catalog, out, speed, dry_run=dry_run)
    raise typer.Exit(code or (EXIT_FAILED_CELLS if broken else 0))


def _run_quality(
    request: "Request", catalog: "Catalog", out: Path, speed: str, *, dry_run: bool
) -> int:
    """Run the cells, or show what would run; return the exit code."""
    from upbench.benchmark.cli.parsing import read_sizes
    from upbench.benchmark.cli.quality import print_plan, run_plan
    from upbench.benchmark.core.weights import notes
    from upbench.benchmark.engine.manifest import not_installed
    from upbench.benchmark.engine.runner import make_plan
    from upbench.benchmark.timing.plan import check_request

    measured = read_sizes("--speed", speed) if speed else ()
    if len(measured) > 1:
        raise UsageError(f"--speed takes one size, like 960x540; got {speed!r}.")
    size = next(iter(measured), None)
    if size is not None:
        check_request([size], 1)
    plan = make_plan(request, catalog)
    for note in notes(catalog.methods[name] for name in {cell.method: None for cell in plan.cells}):
        say(note)
    for note in not_installed(plan):
        say(note)
    if dry_run:
        print_plan(plan, out)
        raise typer.Exit
    return run_plan(plan, out, size)
