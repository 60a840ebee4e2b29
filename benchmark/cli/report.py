"""``upbench report``: tables and figures again, from the stored rows."""

from pathlib import Path
from typing import Annotated, TypedDict

import typer

from upbench.benchmark.cli.console import (
    cli_errors,
    follow,
    print_losses,
    print_summary,
    progress_bar,
    say,
)
from upbench.benchmark.core.errors import UsageError

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run.")]
Formats = Annotated[
    str,
    typer.Option(
        "--format", help="Only these: markdown, latex, csv, parquet, html; comma-separated."
    ),
]
Crops = Annotated[
    str, typer.Option(metavar="SIZE", help="Most bytes that the page's pictures take.")
]
Reference = Annotated[
    str, typer.Option(metavar="METHOD", help="Compare the others with it; bicubic by default.")
]
Published = Annotated[
    bool,
    typer.Option("--published", help="Add published networks, and write all as one LaTeX table."),
]


class Choices(TypedDict):
    """What the options choose of the tables and the page."""

    crops: int
    reference: str | None
    published: bool


@cli_errors
def report(
    folder: Folder,
    formats: Formats = "",
    crops: Crops = "30M",
    reference: Reference = "",
    published: Published = False,
) -> None:
    """Rebuild tables, figures and the page from the stored rows; nothing is run."""
    from upbench.benchmark.cli.parsing import read_size
    from upbench.benchmark.engine.store import contents
    from upbench.benchmark.report.page import DEFAULT_LIMIT
    from upbench.benchmark.report.roles import write_roles
    from upbench.benchmark.report.timing import rebuild_timing

    chosen: Choices = {
        "crops": read_size("--crops", crops) or DEFAULT_LIMIT,
        "reference": reference or None,
        "published": published,
    }
    held = contents(folder)
    if formats:
        if not held.cells and (held.timings or held.trainings):
            raise UsageError(
                f"{folder} holds no scores, which --format is for; leave it out to write the "
                "tables of what is there."
            )
        _write_formats(folder, formats, chosen)
        return
    if held.timings:
        rebuild_timing(folder)
        say(f"The timing tables and figures are in {folder}.")
    if held.trainings:
        write_roles(folder, chosen["crops"])
        say(f"Tables, curves and pictures of layers in their roles are in {folder}.")
    if held.cells or not (held.timings or held.trainings):
        _rebuild(folder, chosen)


def _write_formats(folder: Path, formats: str, chosen: Choices) -> None:
    """Write the files of some formats alone."""
    from upbench.benchmark.report.exports import choose_formats, write_exports

    for file in write_exports(folder, choose_formats(formats), **chosen):
        say(f"wrote {file}")


def _rebuild(folder: Path, chosen: Choices) -> None:
    """Write everything of a run's scores, and print the summary."""
    from upbench.benchmark.report.folder import rebuild
    from upbench.benchmark.report.page import PAGE

    with progress_bar() as bar:
        source = rebuild(folder, follow(bar), **chosen)
    print_summary(source)
    say(f"Tables and figures are in {folder}, the page is {folder / PAGE}.")
    if chosen["published"]:
        say(
            f"All as one LaTeX table: {folder / 'paper.tex'}, its papers in {folder / 'paper.bib'}."
        )
    print_losses(source.rows)
