"""``upbench report``: tables and figures again, from the stored rows."""

from pathlib import Path
from typing import Annotated

import typer

from upbench.benchmark.cli.console import (
    cli_errors,
    follow,
    print_losses,
    print_summary,
    progress_bar,
    say,
)


@cli_errors
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a run.")],
    formats: Annotated[
        str,
        typer.Option(
            "--format", help="Only these: markdown, latex, csv, parquet, html; comma-separated."
        ),
    ] = "",
    crops: Annotated[
        str, typer.Option(metavar="SIZE", help="What the pictures of the page may take.")
    ] = "30M",
    reference: Annotated[
        str, typer.Option(metavar="METHOD", help="Differences are to it; to bicubic by default.")
    ] = "",
    published: Annotated[
        bool,
        typer.Option(
            "--published", help="Networks of the literature below, and all as one LaTeX table."
        ),
    ] = False,
) -> None:
    """Rebuild tables, figures and the page from the stored rows; nothing is run."""
    from upbench.benchmark.cli.parsing import read_size
    from upbench.benchmark.engine.store import contents
    from upbench.benchmark.report.exports import choose_formats, write_exports
    from upbench.benchmark.report.folder import rebuild
    from upbench.benchmark.report.page import DEFAULT_LIMIT, PAGE
    from upbench.benchmark.report.timing import rebuild_timing

    limit, to = read_size("--crops", crops) or DEFAULT_LIMIT, reference or None
    if formats:
        written = write_exports(
            folder, choose_formats(formats), crops=limit, reference=to, published=published
        )
        for file in written:
            say(f"wrote {file}")
        return
    has_scores, has_timings = contents(folder)
    if has_timings:
        rebuild_timing(folder)
        say(f"The timing tables and figures are in {folder}.")
        if not has_scores:
            return
    with progress_bar() as bar:
        source = rebuild(folder, follow(bar), crops=limit, reference=to, published=published)
    print_summary(source)
    say(f"Tables and figures are in {folder}, the page is {folder / PAGE}.")
    if published:
        say(
            f"All as one LaTeX table: {folder / 'paper.tex'}, its papers in {folder / 'paper.bib'}."
        )
    print_losses(source.rows)
