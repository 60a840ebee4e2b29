"""``upbench compare``: two runs, or two methods of one run, image by image, with gates for CI."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upbench.benchmark.cli.console import EXIT_GATE, cli_errors, print_table, say, write_text
from upbench.benchmark.core.csv import to_csv
from upbench.benchmark.core.errors import DataError, UsageError
from upbench.benchmark.core.text import counted, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.report.compare import Comparison, Judgement

MOST_ROWS = 12
"""The longest table on the terminal; the Markdown has every line."""
MOST_SENTENCES = 10


@cli_errors
def compare(
    a: Annotated[Path, typer.Argument(metavar="DIR_A", help="The old run's folder.")],
    b: Annotated[
        Path | None,
        typer.Argument(metavar="DIR_B", help="The new run's; without it, give two --methods."),
    ] = None,
    methods: Annotated[
        str, typer.Option(help="Names or patterns; of one run, the old and the new: a,b.")
    ] = "",
    metrics: Annotated[
        str, typer.Option(help="Columns to compare, like psnr_db,mpx_per_s; all by default.")
    ] = "",
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GATE",
            help="Exit with 3 if so: 'psnr_db < -0.05' (new - old), 'any ssim < -0.01' "
            "(a single image), 'mpx_per_s < 0.9' (new / old); repeatable.",
        ),
    ] = None,
    markdown: Annotated[
        str, typer.Option(metavar="FILE", help="Write it all as Markdown; - is standard output.")
    ] = "",
    csv: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="Write every pair, compared or not; - is standard output."
        ),
    ] = "",
) -> None:
    """Compare two runs, or two methods of one, image by image; gates for CI."""
    from upbench.benchmark.report.compare import judge, parse_gate, to_markdown

    if markdown == csv == "-":
        raise UsageError("Standard output takes --markdown - or --csv -, not both.")
    found = _compared(a, b, methods, metrics)
    gates = [parse_gate(text, found.columns) for text in fail_if or ()]
    judgement = judge(gates, found)
    write_text(markdown, lambda: to_markdown(found, judgement))
    write_text(csv, lambda: to_csv(found.pairs))
    if "-" not in (markdown, csv):
        _print(found)
    _end(found, judgement)


def _compared(a: Path, b: Path | None, methods: str, metrics: str) -> "Comparison":
    """Compare two runs, or two methods of one.

    Raises:
        UsageError: There is one run, and no methods are named.
    """
    from upbench.benchmark.report.compare import compare_methods, compare_runs

    if b is not None:
        return compare_runs(a, b, methods, metrics)
    if not methods:
        raise UsageError(
            "'upbench compare' takes two folders, or one and the two --methods to compare in it, "
            "like --methods bicubic,opencv-cubic."
        )
    return compare_methods(a, methods, metrics)


def _print(found: "Comparison") -> None:
    """Print the tables, long ones cut short."""
    from upbench.benchmark.report.compare.comparison import describe_sides, differences
    from upbench.benchmark.report.compare.table import caveats_of, change_tables, incomparable_table

    for line in describe_sides(found):
        typer.echo(printable(line))
    for line in differences(found):
        typer.echo(f"  {printable(line)}")
    for table in (*change_tables(found, MOST_ROWS), *incomparable_table(found, MOST_ROWS)):
        typer.echo()
        print_table(table)
    for line in caveats_of(found):
        typer.echo(printable(line))


def _end(found: "Comparison", judgement: "Judgement") -> None:
    """Say what the gates say, and end with the exit code that they ask for."""
    _say_each("Gates broken", judgement.lost)
    for verdict in judgement.verdicts:
        _say_each(f"Gate broken: {verdict.gate.text}", verdict.broken)
        _say_each(f"Gate not judged: {verdict.gate.text}", verdict.open)
        if not (verdict.broken or verdict.open or judgement.lost):
            say(f"Gate holds: {verdict.gate.text} ({counted(verdict.lines, 'line')}).")
    if judgement.unseen:
        pairs = counted(judgement.unseen, "pair")
        say(f"Gates say nothing of {pairs} that cannot be compared; the list above says why.")
    if judgement.is_broken:
        raise typer.Exit(EXIT_GATE)
    if found.lines.empty:
        raise DataError(f"Nothing can be compared: {_most_frequent_reason(found)}.")
    if judgement.is_open:
        raise DataError("A gate that cannot be judged does not hold; the reasons are above.")


def _say_each(what: str, sentences: "Sequence[str]") -> None:
    for sentence in sentences[:MOST_SENTENCES]:
        say(f"{what}: {sentence}")
    if len(sentences) > MOST_SENTENCES:
        say(f"{what}: ... and {len(sentences) - MOST_SENTENCES} more")


def _most_frequent_reason(found: "Comparison") -> str:
    reasons = found.pairs["reason"].dropna()
    return str(reasons.mode().iloc[0]) if len(reasons) else "neither side has a row"
