"""``upbench list`` and ``upbench check``: what there is, and whether it keeps the contract."""

import sys
from typing import Annotated

import typer

from upbench.benchmark.cli.console import EXIT_FAILED_CELLS, print_table, say, tell_problems, told
from upbench.benchmark.cli.options import Plugins

__all__ = ["check", "list_"]


@told
def list_(
    what: Annotated[str, typer.Argument(help="methods, datasets, metrics or protocols.")],
    family: Annotated[str, typer.Option(help="Only methods of this family.")] = "",
    plugin: Plugins = None,
    names: Annotated[bool, typer.Option("--names", help="Bare names, one a line.")] = False,
) -> None:
    """List methods, datasets, metrics or protocols."""
    from upbench.benchmark.engine.discover import discover
    from upbench.benchmark.registry.listing import ROOMS, listing

    catalog = discover(plugin or (), ROOMS.get(what, ()))
    table = listing(catalog, what, family)
    if names:
        sys.stdout.writelines(f"{row[0]}\n" for row in table.rows)
    else:
        print_table(table.headings, table.rows)
    tell_problems(catalog)


@told
def check(
    name: Annotated[str, typer.Argument(help="A method's name.")],
    plugin: Plugins = None,
    scales: Annotated[str, typer.Option(help="Scales to check; by default x2, x3, x4.")] = "",
) -> None:
    """Run the public contract checks on one method, in seconds."""
    from rich.text import Text

    from upbench.benchmark.engine.discover import discover, with_code
    from upbench.benchmark.engine.plan import check_scales
    from upbench.benchmark.registry.checks import check_method

    catalog = discover(plugin or ())
    tell_problems(catalog)
    method = with_code(catalog, catalog.method(name))
    found = list(check_method(method, check_scales(scales) if scales else None))
    words = {"pass": ("pass", "green"), "fail": ("FAIL", "bold red"), "note": ("note", "cyan")}
    rows = [(one.name, f"x{one.scale}", Text(*words[one.status]), one.detail) for one in found]
    print_table(("check", "scale", "", "found"), rows)
    failed = sum(one.status == "fail" for one in found)
    say(f"{name}: {failed} of {len(found)} checks failed." if failed else f"{name}: all well.")
    if failed:
        raise typer.Exit(EXIT_FAILED_CELLS)
