"""Talking to people: sentences, tables and progress bars, and errors without tracebacks."""

import errno
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from upbench.benchmark.cli.ending import received, sentence, signals_raised
from upbench.benchmark.core.errors import UpbenchError
from upbench.benchmark.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from rich.progress import Progress

    from upbench.benchmark.core.table import Table
    from upbench.benchmark.registry.catalog import Catalog
    from upbench.benchmark.report.source import Source

EXIT_FAILED_CELLS, EXIT_GATE, EXIT_INTERRUPTED = 1, 3, 130

SHOWN_AS_TERMINAL = {"COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"}
"""Variables by which rich takes a file or a pipe for a terminal, or knows its width."""


def cli_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Turn an upbench error or Ctrl-C into one sentence and its exit code, without a traceback."""

    @wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> None:
        try:
            with signals_raised():
                command(*args, **kwargs)
        except typer.Exit:
            raise
        except UpbenchError as error:
            say(f"upbench: {error}")
            raise typer.Exit(error.exit_code) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # the reader of a pipe has seen enough: typer ends quietly
            say(f"upbench: the operating system refuses: {error}.")
            raise typer.Exit(UpbenchError.exit_code) from None
        except (KeyboardInterrupt, Exception) as error:
            if (number := received()) is None and not isinstance(error, KeyboardInterrupt):
                raise
            say(sentence(number or signal.SIGINT))
            raise typer.Exit(128 + (number or signal.SIGINT)) from None

    return guarded


def print_summary(source: "Source") -> None:
    """Print one table per dataset, scale and protocol."""
    from upbench.benchmark.report.tables import terminal_tables

    for table in terminal_tables(source.summary, source.stated, published=source.published):
        print_table(table)


def print_losses(rows: "pd.DataFrame") -> bool:
    """List what was skipped and what failed; return whether anything failed."""
    from upbench.benchmark.report.failures import failure_lines, skip_lines

    skipped = rows["status"] == "skipped"
    failed = ~skipped & (rows["status"] != "ok")
    for how, of_them, lines in (
        ("skipped", skipped, skip_lines(rows)),
        ("failed", failed, failure_lines(rows)),
    ):
        if lines:
            say("")
            say(f"{int(of_them.sum())} of {len(rows)} cells {how}:")
        for line in lines:
            say(f"  {line}")
    return bool(failed.any())


def open_catalog(
    plugins: "Sequence[str] | None", models: "Sequence[str] | None" = None
) -> tuple["Catalog", bool]:
    """Collect the catalog, and print its problems and what was found out about models.

    Returns:
        The catalog, and whether a plugin that the user asked for cannot be used.
    """
    from upbench.benchmark.engine.discover import discover

    for model in models or ():
        say(f"Examining {model} ...")
    catalog = discover(plugins or (), models=models or ())
    broken = print_problems(catalog)
    for method in catalog.methods.values():
        for remark in method.remarks:  # what was found out about a --model
            say(f"{method.name}: {remark}")
    return catalog, broken


def print_problems(catalog: "Catalog") -> bool:
    """Name the plugins that cannot be used; return whether the user asked for one of them."""
    for problem in catalog.problems:
        say(f"upbench: plugin left out: {problem.error}")
    return any(problem.asked_for for problem in catalog.problems)


def say(text: str) -> None:
    """Print one line for people, beside the tables; controls are shown, not obeyed."""
    typer.echo(printable(text), err=True)


def write_text(file: str, text: Callable[[], str]) -> None:
    """Write a file that was asked for; "-" is standard output, "" is none."""
    if file == "-":
        sys.stdout.write(text())
    elif file:
        Path(file).write_text(text(), encoding="utf-8")


def print_table(table: "Table") -> None:
    """Print a table: as wide as the terminal; a line for each row where that is not known."""
    from upbench.benchmark.report.render.terminal import to_text

    seen = sys.stdout is not None and sys.stdout.isatty()  # None where it is closed
    if not (seen or SHOWN_AS_TERMINAL & set(os.environ)):
        typer.echo(to_text(table).plain)
        return
    from rich.console import Console  # half of the time that a list takes

    console = Console(highlight=False, markup=False, emoji=False)
    known = console.is_terminal or "COLUMNS" in os.environ
    text = to_text(table, console.width if known else None)
    # nothing is folded or cut here: the renderer has chosen the lines
    console.print(text, soft_wrap=True)


@contextmanager
def others_go_on() -> Iterator[None]:
    """Say what one of a list cannot do; the others follow."""
    try:
        yield
    except UpbenchError as error:
        say(f"upbench: {error}")


@contextmanager
def progress_bar() -> Iterator["Progress"]:
    """Give a progress bar on the error stream, with the time left."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    console = Console(stderr=True)
    shown = console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
        yield bar


def follow(bar: "Progress") -> Callable[[str, int, int], None]:
    """Return a function that draws (what, done, total) as bars, one for each "what"."""
    tasks: dict[str, Any] = {}

    def progress(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done, total=total)

    return progress


def follow_one(bar: "Progress") -> Callable[[str, int, int], None]:
    """Return a function that draws (what, done, total) as one bar, whose "what" may change."""
    task = bar.add_task("", total=None)

    def progress(what: str, done: int, total: int) -> None:
        bar.update(task, description=what, completed=done, total=total)

    return progress


def counter() -> Callable[[str, int, int], None] | None:
    """Return a function that writes one line that changes, drawn only when it is called.

    A bar has a thread that draws it ten times a second, which a timing would feel.
    """
    if not sys.stderr.isatty():
        return None

    def progress(what: str, done: int, total: int) -> None:
        end = "\n" if done == total else ""
        sys.stderr.write(f"\r\x1b[K{done}/{total} {what}{end}")
        sys.stderr.flush()

    return progress
