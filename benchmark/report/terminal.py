"""What a run says at its end: the tables, then the failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from upbench.benchmark.report.summary import COLUMNS, best_of, format_value, groups

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping
    from typing import Any

    import pandas as pd

__all__ = ["failure_lines", "summary_tables"]

MAX_REASONS = 20
"""How many different failures are listed; the rest are counted."""


def summary_tables(summary: pd.DataFrame) -> Iterator[Table]:
    """Yield one table per dataset, scale and protocol; "*" marks the best of each column."""
    for title, frame in groups(summary):
        table = Table(title=title, title_justify="left", title_style="bold", highlight=False)
        table.add_column("method", no_wrap=True)
        table.add_column("images", justify="right")
        for heading, _, _ in COLUMNS.values():
            table.add_column(heading, justify="right")
        best = {column: best_of(frame, column) for column in COLUMNS}
        for row in frame.to_dict("records"):
            cells = (_cell(column, row, best[column]) for column in COLUMNS)
            table.add_row(row["method"], row["images"], *cells)
        yield table


def _cell(column: str, row: Mapping[Hashable, Any], best: set[str]) -> str:
    text = format_value(column, row[column])
    return f"[bold green]{text}*[/]" if row["method"] in best else f"{text} "


def failure_lines(rows: pd.DataFrame) -> list[str]:
    """Return one line for each different failure: what, why, and how many cells it cost."""
    failed = rows[~rows["status"].isin(["ok", "skipped"])]
    if failed.empty:
        return []
    # A broken image fails alike under every method, a broken method alike on every image: both
    # are one failure to the reader.
    by_image = failed.groupby(["dataset", "image", "status", "reason"], sort=False)
    wide = by_image["method"].transform("nunique") > 1
    lines = [
        f"{dataset}/{image}: {status}: {reason} ({_cells(len(group))})"
        for (dataset, image, status, reason), group in failed[wide].groupby(
            ["dataset", "image", "status", "reason"], sort=False
        )
    ] + [
        f"{method}: {status}: {reason} ({_cells(len(group))}, first {_first(group)})"
        for (method, status, reason), group in failed[~wide].groupby(
            ["method", "status", "reason"], sort=False
        )
    ]
    rest = len(lines) - MAX_REASONS
    return [*lines[:MAX_REASONS], *([f"... and {rest} more"] if rest > 0 else [])]


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _first(group: pd.DataFrame) -> str:
    row = group.iloc[0]
    return f"{row['dataset']}/{row['image']} x{row['scale']} {row['protocol']}"
