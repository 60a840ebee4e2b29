"""From rows to one line per method: frame in, frame out, then Markdown.

Means are unweighted over images.  A row that failed counts in the coverage ("11/12") and in
nothing else, and a method without full coverage is never marked as the best: its mean is over
other images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["COLUMNS", "GROUP", "best_of", "format_value", "groups", "summarise", "to_markdown"]

GROUP = ["dataset", "scale", "protocol"]
"""Rows that differ in one of these are never averaged or ranked together."""

COLUMNS = {
    "psnr_db": ("PSNR dB", ".2f", "higher"),
    "ssim": ("SSIM", ".4f", "higher"),
    "checkerboard_db": ("checkerboard dB", ".1f", "lower"),
    "shift_px": ("shift px", ".2f", "lower"),
    "mpx_per_s": ("Mpx/s", ".1f", "higher"),
}
"""Columns of the tables people read: heading, format, and which direction is better."""

MEANS = ["psnr_db", "ssim", "checkerboard_db", "shift_px", "seconds"]


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per (dataset, scale, protocol, method), the best PSNR first in each group.

    Args:
        rows: A run's rows, as :func:`upbench.benchmark.load` gives them; skipped cells are left
            out, failed ones count in the coverage.

    Returns:
        A frame with the columns dataset, scale, protocol, method, family, images ("12/12"), the
        means of psnr_db, ssim, checkerboard_db, shift_px and seconds, and mpx_per_s: all output
        pixels over all seconds.  A mean over no image is null.  Speeds of other machines than the
        last one are kept in the rows but left out here: they would be ranked beside fresh ones.
    """
    tried = _speeds_of_one_machine(rows[rows["status"] != "skipped"])
    done = tried["status"] == "ok"
    by = [*GROUP, "method", "family"]
    numbers = tried[by].join(tried.loc[done, MEANS])
    summary = numbers.groupby(by, sort=False)[MEANS].mean()
    counts = done.groupby([tried[column] for column in by], sort=False).agg(["sum", "size"])
    summary.insert(0, "images", [f"{ok}/{size}" for ok, size in counts.itertuples(index=False)])
    summary["mpx_per_s"] = _throughput(tried[done], by).reindex(summary.index)
    order = [*GROUP, "psnr_db", "method"]
    return summary.reset_index().sort_values(
        order, ascending=[True, True, True, False, True], ignore_index=True
    )


def _speeds_of_one_machine(rows: pd.DataFrame) -> pd.DataFrame:
    """Blank the speeds that were not measured on the machine of the newest row."""
    newest = rows.sort_values("measured_at")["machine"].tail(1)
    elsewhere = ~rows["machine"].isin(newest)
    speeds = ["seconds", "mpx_per_s"]
    return rows.assign(**{column: rows[column].mask(elsewhere) for column in speeds})


def _throughput(done: pd.DataFrame, by: list[str]) -> pd.Series[float]:
    pixels = done["mpx_per_s"] * done["seconds"]
    work = done[by].assign(pixels=pixels, seconds=done["seconds"])
    totals = work.groupby(by, sort=False).sum(min_count=1)
    return totals["pixels"] / totals["seconds"]


def groups(summary: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each table of a summary with its title: "standard x2, y-classic"."""
    for (dataset, scale, protocol), table in summary.groupby(GROUP, sort=True):
        yield f"{dataset} x{scale}, {protocol}", table


def best_of(table: pd.DataFrame, column: str) -> set[str]:
    """Return the methods that show the best value of a column, among those with full coverage.

    Values that print alike are alike: a difference that the table does not show is no victory.
    """
    _, form, better = COLUMNS[column]
    complete = table[[_is_complete(images) for images in table["images"]]]
    shown = complete.set_index("method")[column].dropna().map(lambda value: f"{value:{form}}")
    if shown.empty:
        return set()
    values = shown.astype(float)
    best = values.max() if better == "higher" else values.min()
    return {str(method) for method in values.index[values == best]}


def format_value(column: str, value: Any) -> str:
    """Return a value as the tables print it; null is a dash."""
    import pandas as pd

    return "–" if pd.isna(value) else f"{value:{COLUMNS[column][1]}}"  # noqa: RUF001


def to_markdown(summary: pd.DataFrame) -> str:
    """Return every table of a summary as Markdown, the best of each column in bold."""
    parts = ["# Summary", "", "Means over images; the best of each column in bold.", ""]
    for title, table in groups(summary):
        parts += [f"## {title}", "", *_markdown_table(table), ""]
    return "\n".join(parts)


def _markdown_table(table: pd.DataFrame) -> Iterator[str]:
    headings = ["method", "images", *(heading for heading, _, _ in COLUMNS.values())]
    yield "| " + " | ".join(headings) + " |"
    yield "| --- | ---: |" + " ---: |" * len(COLUMNS)
    best = {column: best_of(table, column) for column in COLUMNS}
    for row in table.to_dict("records"):
        cells = [
            _bold(format_value(column, row[column]), strong=row["method"] in best[column])
            for column in COLUMNS
        ]
        yield f"| {row['method']} | {row['images']} | " + " | ".join(cells) + " |"


def _bold(text: str, *, strong: bool) -> str:
    return f"**{text}**" if strong else text


def _is_complete(images: str) -> bool:
    done, _, tried = images.partition("/")
    return done == tried
