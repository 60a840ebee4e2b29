"""What a run says at its end: the tables, then the failures."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any, TypeVar

from rich import box
from rich.table import Table
from rich.text import Text

from upbench.benchmark.core.text import counted
from upbench.benchmark.report.failures import failures
from upbench.benchmark.report.summary import (
    COLUMNS,
    best_of,
    format_tie,
    format_value,
    groups,
    notes,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    import pandas as pd

    from upbench.benchmark.report.failures import Failure

__all__ = ["failure_lines", "skip_lines", "summary_tables"]

T = TypeVar("T")

MAX_REASONS = 20
"""How many different failures, or reasons to skip, are listed; the rest are counted."""


def summary_tables(summary: pd.DataFrame) -> Iterator[Table]:
    """Yield one table per dataset, scale and protocol; "*" marks the best of each column.

    Beside the PSNR stands the tie group, below the table what its images can tell.  Names fold
    where the terminal is narrow, numbers never do.
    """
    for title, frame in groups(summary):
        table = Table(
            title=Text(title, "bold"),
            title_justify="left",
            caption=Text(" ".join(notes(frame, intervals=False)), "not italic"),
            caption_justify="left",
            box=box.SIMPLE_HEAD,
            collapse_padding=True,
            pad_edge=False,
            highlight=False,
        )
        table.add_column("method", overflow="fold", min_width=12)
        for heading in ("images", *_with_tie([text for text, _, _ in COLUMNS.values()], "tie")):
            table.add_column(_narrow(heading), justify="right", no_wrap=True)
        best = {column: best_of(frame, column) for column in COLUMNS}
        for row in frame.to_dict("records"):
            cells = [_cell(column, row, best[column]) for column in COLUMNS]
            table.add_row(row["method"], row["images"], *_with_tie(cells, Text(format_tie(row))))
        yield table


def _with_tie(cells: list[T], tie: T) -> list[T]:
    """Put the tie group behind the PSNR, which is the first."""
    return [cells[0], tie, *cells[1:]]


def _narrow(heading: str) -> str:
    """Break a heading over lines, so that the numbers below set the width."""
    words = heading.replace("checkerboard", "checker-board")
    return "\n".join(wrap(words, 8 if len(words) > 8 else 1, break_long_words=False))


def _cell(column: str, row: Mapping[Hashable, Any], best: set[str]) -> Text:
    text = format_value(column, row[column])
    return Text(f"{text}*", "bold green") if row["method"] in best else Text(f"{text} ")


def failure_lines(rows: pd.DataFrame) -> list[str]:
    """Return one line for each different failure: what, why, and how many cells it cost."""
    return _first_of([_line(one) for one in failures(rows)])


def skip_lines(rows: pd.DataFrame) -> list[str]:
    """Return one line for each reason why cells were not run, and how many there were."""
    reasons = rows.loc[rows["status"] == "skipped", "reason"]
    counts = reasons.groupby(reasons, sort=False).size()
    return _first_of([f"{reason} ({counted(number, 'cell')})" for reason, number in counts.items()])


def _first_of(lines: list[str]) -> list[str]:
    rest = len(lines) - MAX_REASONS
    return [*lines[:MAX_REASONS], *([f"... and {rest} more"] if rest > 0 else [])]


def _line(failure: Failure) -> str:
    place = "" if failure.of_image else f", first {failure.first}"
    count = counted(failure.cells, "cell")
    return f"{failure.what}: {failure.status}: {failure.reason} ({count}{place})"
