"""From rows to one line per method: frame in, frame out, then Markdown.

Means are unweighted over images.  A row that failed counts in the coverage ("11/12") and in
nothing else, and a method without full coverage is never marked as the best: its mean is over
other images.  How sure the means are is told by :mod:`upbench.benchmark.statistics`.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.statistics.columns import statistics_by_group
from upbench.benchmark.statistics.resolution import caveats

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    import pandas as pd

__all__ = [
    "COLUMNS",
    "GROUP",
    "best_of",
    "format_tie",
    "format_value",
    "groups",
    "is_complete",
    "notes",
    "reference_of",
    "summarise",
    "to_markdown",
]

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

DASH = "\N{EN DASH}"
"""What stands where nothing is known."""

INTRODUCTION = (
    "Means over images; the best of each column in bold. The images do not tell the methods of one "
    "tie group apart, and those of group 1 not from the best. Interval, difference and tie are "
    "those of the PSNR; `summary.csv` has the others, `docs/statistics.md` what each number means."
)

MEANS = ["psnr_db", "ssim", "checkerboard_db", "shift_px", "seconds"]


def summarise(rows: pd.DataFrame, reference: str | None = None) -> pd.DataFrame:
    """Return one row per (dataset, scale, protocol, method), the best PSNR first in each group.

    Args:
        rows: A run's rows, as :func:`upbench.benchmark.load` gives them; skipped cells are left
            out, failed ones count in the coverage.
        reference: The method that the others are compared with.  By default bicubic in each
            group that has it, else the group's best method of full coverage.

    Returns:
        A frame with the columns dataset, scale, protocol, method, family, images ("12/12": of
        all images of the group), the means of psnr_db, ssim, checkerboard_db, shift_px and
        seconds, mpx_per_s: all output pixels over all seconds, and the statistics
        (:data:`upbench.benchmark.statistics.columns.COLUMNS`; ``docs/statistics.md`` explains
        each).  A mean over no image is null.  Speeds of other machines than the last one are
        kept in the rows but left out here: they would be ranked beside fresh ones.

    Raises:
        UsageError: No rows are of the reference.
    """
    tried = _speeds_of_one_machine(rows[rows["status"] != "skipped"])
    _check_reference(tried, reference)
    done = tried["status"] == "ok"
    by = [*GROUP, "method", "family"]
    numbers = tried[by].join(tried.loc[done, MEANS])
    summary = numbers.groupby(by, sort=False)[MEANS].mean()
    counts = tried["image"].where(done).groupby([tried[name] for name in by], sort=False).nunique()
    images = tried.groupby(GROUP, sort=False)["image"].nunique()
    summary.insert(0, "images", [f"{counts[key]}/{images[key[:3]]}" for key in summary.index])
    summary["mpx_per_s"] = _throughput(tried[done], by).reindex(summary.index)
    order = [*GROUP, "psnr_db", "method"]
    summary = summary.reset_index().sort_values(
        order, ascending=[True, True, True, False, True], ignore_index=True
    )
    whole = summary[summary["images"].map(is_complete).astype(bool)]
    complete = whole.groupby(GROUP, sort=False)["method"].agg(set).to_dict()
    statistics = statistics_by_group(tried[done], GROUP, complete, reference)
    return summary.join(statistics, on=[*GROUP, "method"])


def _check_reference(rows: pd.DataFrame, reference: str | None) -> None:
    known = sorted(set(rows["method"]))
    if reference is not None and reference not in known:
        close = get_close_matches(reference, known, n=1)
        more = f" and {len(known) - 8} more" if len(known) > 8 else ""
        hint = (
            f"did you mean {close[0]!r}?" if close else f"they are of {', '.join(known[:8])}{more}."
        )
        raise UsageError(f"No rows are of the reference method {reference!r}; {hint}")


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
    complete = table[[is_complete(images) for images in table["images"]]]
    shown = complete.set_index("method")[column].dropna().map(lambda value: f"{value:{form}}")
    if shown.empty:
        return set()
    values = shown.astype(float)
    best = values.max() if better == "higher" else values.min()
    return {str(method) for method in values.index[values == best]}


def format_value(column: str, value: Any) -> str:
    """Return a value as the tables print it; null is a dash."""
    import pandas as pd

    return DASH if pd.isna(value) else f"{value:{COLUMNS[column][1]}}"


def notes(table: pd.DataFrame, *, intervals: bool = True) -> list[str]:
    """Return what the images of one table can tell and what not, a sentence each.

    Args:
        table: One group of a summary.
        intervals: Whether the reader sees intervals, and must know where they fall short.
    """
    images = int(str(table["images"].iloc[0]).partition("/")[2])
    complete = table[[is_complete(images) for images in table["images"]]]
    resolved = [
        f"{value:.2g} {what}"
        for column, what in (("psnr_db", "dB of PSNR"), ("ssim", "of SSIM"))
        for value in complete[f"{column}_resolves"].dropna().head(1)
    ]
    methods = complete["psnr_db"].dropna().map(lambda value: format_value("psnr_db", value))
    told = f"{images} images usually resolve mean differences of {' and '.join(resolved)}."
    return [*([told] if resolved else []), *caveats(images, methods.nunique(), intervals=intervals)]


def to_markdown(summary: pd.DataFrame) -> str:
    """Return every table of a summary as Markdown, the best of each column in bold."""
    parts = ["# Summary", "", INTRODUCTION, ""]
    for title, table in groups(summary):
        parts += [f"## {title}", "", *_markdown_table(table), "", *notes(table), ""]
    return "\n".join(parts)


def _markdown_table(table: pd.DataFrame) -> Iterator[str]:
    headings = [heading for heading, _, _ in COLUMNS.values()]
    headings[1:1] = ["95 % interval", f"minus {reference_of(table) or 'reference'}", "tie"]
    yield "| method | images | " + " | ".join(headings) + " |"
    yield "| --- |" + " ---: |" * (len(headings) + 1)
    best = {column: best_of(table, column) for column in COLUMNS}
    for row in table.to_dict("records"):
        cells = [
            _bold(format_value(column, row[column]), strong=row["method"] in best[column])
            for column in COLUMNS
        ]
        cells[1:1] = [_interval(row, "psnr_db", ".2f"), _difference(row), format_tie(row)]
        yield f"| {row['method']} | {row['images']} | " + " | ".join(cells) + " |"


def reference_of(table: pd.DataFrame) -> str | None:
    """Return the method that a table's differences are to; None where it has none."""
    named = table["reference"].dropna()
    return str(named.iloc[0]) if len(named) else None


def format_tie(row: Mapping[Hashable, Any], column: str = "psnr_db") -> str:
    """Return a row's tie group as the tables print it."""
    import pandas as pd

    tie = row[f"{column}_tie"]
    return DASH if pd.isna(tie) else str(int(tie))


def _difference(row: Mapping[Hashable, Any]) -> str:
    import pandas as pd

    difference, ends = row["psnr_db_diff"], _interval(row, "psnr_db_diff", "+.2f")
    if pd.isna(difference):
        return DASH
    return f"{difference:+.2f}" if ends == DASH else f"{difference:+.2f} ({ends})"


def _interval(row: Mapping[Hashable, Any], column: str, form: str) -> str:
    import pandas as pd

    low, high = row[f"{column}_low"], row[f"{column}_high"]
    return DASH if pd.isna(low) else f"{low:{form}} to {high:{form}}"


def _bold(text: str, *, strong: bool) -> str:
    return f"**{text}**" if strong else text


def is_complete(images: str) -> bool:
    """Say whether a coverage like "12/12" is full."""
    done, _, tried = images.partition("/")
    return done == tried
