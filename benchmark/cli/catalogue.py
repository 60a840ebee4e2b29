"""``upbench list``, ``check`` and ``new-method``: plugins listed, checked and begun."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upbench.benchmark.cli.console import (
    EXIT_FAILED_CELLS,
    cli_errors,
    open_catalog,
    print_problems,
    print_table,
    progress_bar,
    say,
)
from upbench.benchmark.cli.options import Models, Plugins
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.table import table_of
from upbench.benchmark.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from upbench.benchmark.registry.checks import Check


@cli_errors
def list_(
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help="methods, layers, datasets, metrics or protocols.")
    ],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Show this one in full.")] = "",
    family: Annotated[str, typer.Option(help="Only methods of this family.")] = "",
    plugin: Plugins = None,
    names: Annotated[bool, typer.Option("--names", help="Bare names, one a line.")] = False,
) -> None:
    """List methods, layers, datasets, metrics or protocols, or show one of them."""
    from upbench.benchmark.engine.discover import discover
    from upbench.benchmark.registry.listing import FOLDERS, details, listing

    catalog = discover(plugin or (), FOLDERS.get(what, ()))
    table = details(catalog, what, name) if name else listing(catalog, what, family)
    if names:
        sys.stdout.writelines(f"{printable(row[0])}\n" for row in table.written())
    else:
        print_table(table)
    print_problems(catalog)


@cli_errors
def check(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A method, layer, dataset, metric or protocol.")
    ] = "",
    model: Models = None,
    plugin: Plugins = None,
    scales: Annotated[str, typer.Option(help="Scales to check; by default x2, x3, x4.")] = "",
    timeout: Annotated[float, typer.Option(metavar="S", help="Seconds per check.")] = 300.0,
) -> None:
    """Run the contract checks on a method, layer, dataset, metric or protocol, in seconds."""
    from upbench.benchmark.cli.parsing import check_seconds
    from upbench.benchmark.engine.checking import checks_of
    from upbench.benchmark.engine.plan import check_scales

    limit = check_seconds("--timeout", timeout)
    catalog, _ = open_catalog(plugin, model)
    if not name and not model:
        raise UsageError(
            "Name a method, layer, dataset, metric or protocol to check, or give --model."
        )
    models = catalog.asked_methods(()) if model else ()
    named = [catalog.named(name)] if name else []
    asked = named if any(one in models for one in named) else [*named, *models]
    wanted = check_scales(scales) if scales else None
    failed = [
        _any_failed(one.name, checks_of(catalog, one, wanted, timeout=limit)) for one in asked
    ]
    if any(failed):
        raise typer.Exit(EXIT_FAILED_CELLS)


def _any_failed(name: str, checks: "Iterator[Check]") -> bool:
    """Make the checks, print their table; return whether one failed."""
    found = list(_drawn(name, checks))
    words = {"pass": "pass", "fail": "FAIL", "note": "note"}
    rows = [
        (one.name, f"x{one.scale}" if one.scale else "", words[one.status], one.detail)
        for one in found
    ]
    print_table(table_of(("check", "scale", "", "found"), rows))
    failed = sum(one.status == "fail" for one in found)
    say(f"{name}: {failed} of {len(found)} checks failed." if failed else f"{name}: all well.")
    return bool(failed)


def _drawn(name: str, checks: "Iterator[Check]") -> "Iterator[Check]":
    """Draw on a terminal how many checks are made, as they come."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield from checks
        return
    with progress_bar() as bar:  # its import is as long as many checks
        task = bar.add_task(name, total=None)
        for one in checks:
            bar.advance(task)
            yield one


@cli_errors
def new_method(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
) -> None:
    """Write a working plugin to start from."""
    from upbench.benchmark.registry.template import write_method

    name = write_method(file)
    quoted = shlex.quote(str(file))
    say(f"Wrote {file}.  Check it:  upbench check {name} --plugin {quoted}")
    say(f"Then run it:  upbench run --methods {name},bicubic --plugin {quoted}")
