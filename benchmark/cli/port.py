"""``upbench port A B``: do two resizes agree, where do they not, and what makes them."""

from typing import TYPE_CHECKING, Annotated

import typer

from upbench.benchmark.cli.console import cli_errors, open_catalog, print_table, say
from upbench.benchmark.cli.options import Plugins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from upbench.benchmark.core.contract import Method
    from upbench.benchmark.registry.catalog import Catalog
    from upbench.benchmark.theory.port.compare import Apart, Port

DIRECTIONS = {("larger", "smaller"): "", ("larger",): "larger", ("smaller",): "smaller"}


@cli_errors
def port(
    a: Annotated[str, typer.Argument(metavar="A", help="The method whose numbers are wanted.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The method that is to give them.")],
    plugin: Plugins = None,
) -> None:
    """Say whether two methods agree, where they do not, and what makes B give A's numbers."""
    from upbench.benchmark.core.table import table_of
    from upbench.benchmark.engine.discover import with_code
    from upbench.benchmark.theory.port.compare import compare_methods

    catalog, _ = open_catalog(plugin)
    wanted, given = (with_code(catalog, _one(catalog, name)) for name in (a, b))
    found = compare_methods(wanted, given)
    typer.echo(f"{_verdict(found)}\n")
    words = {True: "the same", False: "differs", None: "not known"}
    rows = [(one.name, one.a, one.b, words[one.same]) for one in found.properties]
    print_table(table_of({"in what": "", wanted.name: "", f"{given.name} ": "", "": ""}, rows))
    for sentence in found.probed:
        say(sentence)
    typer.echo("\nThe largest difference, in levels of 255:")
    print_table(
        table_of(
            {"from": "", "to": "", "float": "", "inside": "", "8 bits": "", "": ""},
            [_row(one) for one in found.apart],
        )
    )
    for line in _recipe_lines(found):
        typer.echo(line)


def _one(catalog: "Catalog", name: str) -> "Method":
    """Return one method by its name; a pattern that names several is refused."""
    from upbench.benchmark.core.errors import UsageError

    found = catalog.choose_methods([name])
    if len(found) != 1:
        raise UsageError(f"port takes two methods by name; {name!r} names {len(found)}.")
    return found[0]


def _verdict(found: "Port") -> str:
    """Say in one sentence whether the two agree."""
    a, b, agrees = found.a.name, found.b.name, found.agrees
    if not agrees:
        return f"{a} and {b} have no size in common at which they can be compared."
    if all(agrees.values()):
        one_way = "" if len(agrees) == 2 else f" where images are made {next(iter(agrees))}"
        return f"{a} and {b} agree{one_way}: float outputs differ by rounding alone."
    for direction, same in agrees.items():
        if same:
            other = "smaller" if direction == "larger" else "larger"
            return f"{a} and {b} agree where images are made {direction}, not {other}."
    return f"{a} and {b} do not agree."


def _row(one: "Apart") -> tuple[str, ...]:
    sizes = [f"{height} x {width}" for height, width in (one.before, one.after)]
    if one.largest is None or one.inside is None or one.eight_bit is None:
        return (*sizes, "", "", "", one.note)
    return (*sizes, f"{one.largest:.3g}", f"{one.inside:.3g}", f"{one.eight_bit:g}", "")


def _recipe_lines(found: "Port") -> "Iterator[str]":
    """Yield the recipes as a reader sees them."""
    from upbench.benchmark.theory.port.call import LIBRARIES

    a, b = found.a.name, found.b.name
    for one in found.recipes:
        where = DIRECTIONS[one.directions]
        place = f", where images are made {where}" if where else ""
        if one.code:
            caveat = f" ({one.caveat})" if one.caveat else ""
            yield f"\n{a}'s numbers by {LIBRARIES[found.b.backend]}{place}{caveat}:\n\n{one.code}"
        elif all(found.agrees.get(direction) for direction in one.directions):
            yield f"\n{b} gives {a}'s numbers{place} as it is."
        else:
            yield f"\n{a}'s numbers by {b}{place} cannot be had: {one.reason}"
