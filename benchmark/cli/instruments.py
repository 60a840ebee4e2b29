"""``upbench probe`` and ``upbench explain``: what a method does, and how convolution counts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upbench.benchmark.cli.console import (
    EXIT_FAILED_CELLS,
    cli_errors,
    follow,
    open_catalog,
    print_table,
    progress_bar,
    say,
)
from upbench.benchmark.cli.options import Models, Names, Plugins, joined
from upbench.benchmark.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.core.contract import Method

EXPLAINED = (
    "conv, transposed-conv, matrix, zero-insertion, overlap, resize-conv, checkerboard, "
    "pixel-shuffle, icnr, gradients, generator or segmentation."
)

SHOWN = (
    "method",
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
    "gradient_ripple",
    "gradient_ripple_smaller",
)
"""What the terminal shows of the probe; ``probe.csv`` has the rest."""


@cli_errors
def probe(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="Methods, by name or pattern.")
    ] = None,
    scale: Annotated[
        Names, typer.Option("--scale", "--scales", help="Whole numbers, like 2,3; 2 by default.")
    ] = None,
    model: Models = None,
    plugin: Plugins = None,
    every: Annotated[bool, typer.Option("--all", help="Every default method, ranked.")] = False,
    out: Annotated[Path, typer.Option(help="Where table and figures go.")] = Path("upbench-probe"),
) -> None:
    """Measure what a method does to simple test images.

    A constant, tones, an impulse, an edge, a zone plate and a star.
    """
    from upbench.benchmark.cli.parsing import check_each_scale
    from upbench.benchmark.engine.discover import with_code

    if not names and not model and not every:
        raise UsageError("Name a method to probe, like bicubic, or give --all for every one.")
    catalog, broken = open_catalog(plugin, model)
    chosen = catalog.default_methods() if every else catalog.asked_methods(names or ())
    methods = [with_code(catalog, one) for one in chosen]
    failed = _run_probe(
        methods, check_each_scale(joined(scale, "2").split(",")), out, figures=not every
    )
    if failed or broken:
        raise typer.Exit(EXIT_FAILED_CELLS)


def _run_probe(
    methods: "Sequence[Method]", scales: "Sequence[int]", out: Path, *, figures: bool
) -> bool:
    """Probe methods, write table and figures, print the ranking; return whether one failed."""
    from upbench.benchmark.core.files import make_folder
    from upbench.benchmark.core.table import Table
    from upbench.benchmark.theory.probe.figure import write_probe_figure
    from upbench.benchmark.theory.probe.result import ProbeFailure, probe_table
    from upbench.benchmark.theory.probe.run import probe_methods, write_probe_table

    make_folder(out)
    with progress_bar() as bar:
        found = list(probe_methods(methods, scales, follow(bar)))
    table = probe_table(found)
    print_table(Table(tuple(one for one in table.columns if one.key in SHOWN), table.rows))
    for one in found:
        if isinstance(one, ProbeFailure):
            say(one.reason)
        elif figures:
            say(f"wrote {write_probe_figure(one, out)}")
    say(f"The table is {write_probe_table(table, out)}.")
    return any(isinstance(one, ProbeFailure) for one in found)


@cli_errors
def explain(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help=EXPLAINED)],
    kernel: Annotated[str | None, typer.Option(help="Side of the kernel.")] = None,
    stride: Annotated[str | None, typer.Option(help="Stride.")] = None,
    padding: Annotated[str | None, typer.Option(help="Padding.")] = None,
    size: Annotated[str | None, typer.Option("--input", help="Side of the input.")] = None,
    out: Annotated[Path, typer.Option(help="Where the pictures go.")] = Path("upbench-explain"),
) -> None:
    """Explain convolution arithmetic in numbers and pictures."""
    from upbench.benchmark.cli.parsing import read_whole
    from upbench.benchmark.theory.explain import explain as explained

    found = explained(
        topic,
        kernel=read_whole("--kernel", kernel),
        stride=read_whole("--stride", stride),
        padding=read_whole("--padding", padding),
        size=read_whole("--input", size),
        folder=out,
    )
    for line in found.lines:
        typer.echo(line)
    for file in found.files:
        say(f"wrote {file}")
