"""``upbench shrink``: who antialiases when images are made smaller, who agrees, how fast."""

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
from upbench.benchmark.cli.options import Plugins
from upbench.benchmark.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.core.contract import Method, Size
    from upbench.benchmark.registry.catalog import Catalog


@cli_errors
def shrink(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME...", help="Methods, by name or pattern; all of any size."),
    ] = None,
    to: Annotated[
        str,
        typer.Option(
            metavar="SCALE|HxW,...",
            help="Scales below 1, or sizes as height x width (run --sizes takes width x height).",
        ),
    ] = "1/2,1/3,0.3,300x448",
    plugin: Plugins = None,
    out: Annotated[Path, typer.Option(help="Where table and pictures go.")] = Path(
        "upbench-shrink"
    ),
) -> None:
    """Make a zone plate and a photograph smaller: aliasing, detail, agreement, speed."""
    from upbench.benchmark.core.text import split_names
    from upbench.benchmark.engine.discover import with_code
    from upbench.benchmark.theory.shrink.result import read_target

    sizes = tuple(dict.fromkeys(map(read_target, split_names(to))))
    if not sizes:
        raise UsageError(
            "--to is empty; expected scales below 1, or sizes as height x width, like 1/2,300x448."
        )
    catalog, broken = open_catalog(plugin)
    chosen = _chosen(catalog, names)
    failed = _measure([with_code(catalog, one) for one in chosen], sizes, out, named=bool(names))
    if failed or broken:
        raise typer.Exit(EXIT_FAILED_CELLS)


def _chosen(catalog: "Catalog", names: "Sequence[str] | None") -> "list[Method]":
    """Return the methods of any size among those named; all of them where none is."""
    found = catalog.choose_methods(names) if names else catalog.default_methods()
    able = [one for one in found if one.any_size]
    others = [one.name for one in found if not one.any_size]
    if names and others:
        say(f"Left out, since they make whole scales alone: {', '.join(others)}.")
    if not able:
        raise UsageError("None of the methods named makes images smaller (any_size=True).")
    return able


def _measure(
    methods: "Sequence[Method]", sizes: "Sequence[Size]", out: Path, *, named: bool
) -> bool:
    """Measure, write table and pictures, print; return whether a method failed."""
    from upbench.benchmark.core.files import make_folder
    from upbench.benchmark.theory.shrink.figure import DEFAULTS, MOST, write_shrink_figure
    from upbench.benchmark.theory.shrink.measure import Shrunk
    from upbench.benchmark.theory.shrink.result import (
        Failure,
        shrink_all,
        shrink_tables,
        write_shrink_table,
    )

    make_folder(out)
    with progress_bar() as bar:
        found = list(shrink_all(methods, sizes, follow(bar)))
    for table in shrink_tables(found):
        print_table(table)
        typer.echo()
    for size in sizes:
        shown = [one for one in found if isinstance(one, Shrunk) and one.size == size]
        if not named:  # the library's defaults: the picture of the trap
            shown = [one for name in DEFAULTS for one in shown if one.method.name == name]
        if shown:
            say(f"wrote {write_shrink_figure(shown[:MOST], out)}")
    failures = [one for one in found if isinstance(one, Failure)]
    for reason in dict.fromkeys(one.reason for one in failures):
        say(reason)
    say(f"The table is {write_shrink_table(found, out)}.")
    return bool(failures)
