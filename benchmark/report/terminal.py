"""What a run says at its end: the tables, then the failures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from upbench.benchmark.report.summary import COLUMNS, best_of, format_value, groups

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    import pandas as pd

__all__ = ["failure_lines", "summary_tables"]

MAX_REASONS = 20
"""How many different failures are listed; the rest are counted."""


def summary_tables(summary: pd.DataFrame) -> Iterator[Table]:
    """Yield one table per dataset, scale and protocol; "*" marks the best of each column."""
    for title, frame in groups(summary):
        table = Table(title=Text(title, "bold"), title_justify="left", highlight=False)
        table.add_column("method", no_wrap=True)
        table.add_column("images", justify="right")
        for heading, _, _ in COLUMNS.values():
            table.add_column(heading, justify="right")
        best = {column: best_of(frame, column) for column in COLUMNS}
        for row in frame.to_dict("records"):
            cells = (_cell(column, row, best[column]) for column in COLUMNS)
            table.add_row(row["method"], row["images"], *cells)
        yield table


def _cell(column: str, row: Mapping[Hashable, Any], best: set[str]) -> Text:
    text = format_value(column, row[column])
    return Text(f"{text}*", "bold green") if row["method"] in best else Text(f"{text} ")


def failure_lines(rows: pd.DataFrame) -> list[str]:
    """Return one line for each different failure: what, why, and how many cells it cost."""
    failed = rows[~rows["status"].isin(["ok", "skipped"])]
    # Reasons that differ in numbers alone ("shape (9, 9, 1)") are one failure to the reader.
    kind = failed["reason"].str.replace(r"0x[0-9a-f]+|\d+", "#", regex=True)
    # A cell whose image could not be read or prepared is an error without a size.
    of_image = failed["height"].isna() & (failed["status"] == "error")
    lines = [
        f"{first.dataset}/{first.image}: {first.status}: {first.reason} ({count})"
        for first, count in _first_of_each(failed[of_image], ["dataset", "image", kind])
    ] + [
        f"{first.method}: {first.status}: {first.reason} ({count}, first "
        f"{first.dataset}/{first.image} x{first.scale} {first.protocol})"
        for first, count in _first_of_each(failed[~of_image], ["method", "status", kind])
    ]
    rest = len(lines) - MAX_REASONS
    return [*lines[:MAX_REASONS], *([f"... and {rest} more"] if rest > 0 else [])]


def _first_of_each(failed: pd.DataFrame, by: list[Any]) -> Iterator[tuple[Any, str]]:
    """Yield the first row of each group, and how many cells are in it."""
    for _, group in failed.groupby(by, sort=False):
        yield next(group.itertuples()), "1 cell" if len(group) == 1 else f"{len(group)} cells"
