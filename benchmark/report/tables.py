r"""A summary as tables for people: on the terminal, as Markdown, as LaTeX for a paper.

One table per dataset, scale and protocol.  The best of each column is marked among the methods
that scored every image; the statistics of the PSNR stand beside it.  Of a fault that few images
show, the worst image and the count stand there; where no image shows it, a sentence does.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.sizes import TargetSize, as_scale, as_scale_or_size, scale_label
from upbench.benchmark.core.table import Column, Span, Table, unknown
from upbench.benchmark.core.text import distinct
from upbench.benchmark.report.columns import MAIN, columns_of_summary, fault_columns, worst_key
from upbench.benchmark.report.notes import is_left_out, notes
from upbench.benchmark.report.published.numbers import with_published
from upbench.benchmark.report.render import latex, markdown
from upbench.benchmark.report.summary import GROUP, best_of, groups, reference_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    import pandas as pd

    from upbench.benchmark.core.sizes import ScaleOrSize

    Statements = Mapping[str, Any] | None

INTRODUCTION = (
    "Means over images; the best of each column in bold. A rank is a range where the images do not "
    "decide; all ranges of a table, and all intervals of the differences to the best, hold "
    "together with 95 %. Differences to the reference below `detectable` are usually not found. "
    "Median, intervals, differences and rank are those of the PSNR; `summary.csv` has the others, "
    "`docs/statistics.md` what each number means."
)
WIDE = ("median", "interval", "detectable")
"""Columns that only the widest tables have."""
TEXT = "s"
"""The format of a text that stands flush right, as numbers do."""


def summary_tables(
    summary: pd.DataFrame, stated: Statements = None, *, published: bool = False
) -> Iterator[Table]:
    """Yield the tables of a summary, whole.

    Args:
        summary: As :func:`upbench.benchmark.report.summary.summarise` returns it.
        stated: What the run's manifest says of its metrics, by name.
        published: Whether published numbers of each set and scale stand below.
    """
    shown = columns_of_summary(summary, stated)
    for title, frame in groups(summary):
        table = _table(title, frame, shown, notes(frame, shown, tests=False))
        yield _beside(table, frame, published=published)


def _beside(table: Table, frame: pd.DataFrame, *, published: bool) -> Table:
    if not published:
        return table
    return with_published(
        table, str(frame["dataset"].iloc[0]), as_scale_or_size(frame["scale"].iloc[0])
    )


def terminal_tables(
    summary: pd.DataFrame, stated: Statements = None, *, published: bool = False
) -> Iterator[Table]:
    """Yield the tables of a summary for a terminal: of the statistics only the rank."""
    shown = columns_of_summary(summary, stated)
    for title, frame in groups(summary):
        table = _table(title, frame, shown, notes(frame, shown, intervals=False))
        table = _without(table, *WIDE, "difference", "behind")
        yield _beside(table, frame, published=published)


def to_markdown(
    summary: pd.DataFrame, stated: Statements = None, *, published: bool = False
) -> str:
    """Return every table of a summary as Markdown, the best of each column in bold."""
    parts = ["# Summary", "", INTRODUCTION, ""]
    tables = summary_tables(summary, stated, published=published)
    return "\n".join([*parts, *map(markdown.section, tables)])


def to_latex(summary: pd.DataFrame, origin: str = "", stated: Statements = None) -> str:
    r"""Return every table of a summary as LaTeX, so that ``\input{summary.tex}`` sets them all.

    Args:
        summary: As :func:`upbench.benchmark.report.summary.summarise` returns it.
        origin: Where the numbers come from, for a comment at the top.
        stated: What the run's manifest says of its metrics, by name.

    Returns:
        A ``table`` environment per dataset, scale and protocol, in the order of the Markdown.
        Means are over the images that the column "images" counts; the best of each column among
        the methods that scored every image is bold.  The caption says what the images can tell.
    """
    origin = " ".join(origin.split())
    head = [latex.PREAMBLE, *([f"% {origin}"] if origin else []), ""]
    keys = [tuple(table[GROUP].iloc[0]) for _, table in groups(summary)]
    labels = distinct(map(_label, keys))
    tables = [
        latex.environment(
            _without(_without_own_difference(table), *WIDE),
            caption=_caption(table, key),
            label=f"tab:{label}",
        )
        for key, label, table in zip(keys, labels, summary_tables(summary, stated), strict=True)
    ]
    return "\n".join([*head, *tables])


def _table(
    title: str, frame: pd.DataFrame, shown: tuple[Column, ...], said: Iterator[str]
) -> Table:
    main = next(column for column in shown if column.key == MAIN)
    form = main.format if isinstance(main.format, str) else ""
    reference = reference_of(frame) or "reference"
    columns = (
        Column("method", "method"),
        Column("images", "images", TEXT),
        main,
        Column("median", "median", form),
        Column("interval", "95 % interval", form),
        Column("difference", f"minus {reference}", f"+{form}"),
        Column("detectable", "detectable", ".2g"),
        Column("behind", "minus best", f"+{form}"),
        Column("rank", "rank", TEXT),
        *(one for column in shown if column is not main for one in _shown(column, frame)),
    )
    rows = tuple(_row(row) for row in frame.to_dict("records"))
    marked = [column for column in columns if column.key in frame and column.better != "none"]
    best = frozenset(
        (number, column.key)
        for column in marked
        for names in [best_of(frame, column)]
        for number, row in enumerate(rows)
        if row["method"] in names
    )
    return Table(columns, rows, title, tuple(said), best)


def _shown(column: Column, frame: pd.DataFrame) -> tuple[Column, ...]:
    """Return what is shown of a score: of a fault the worst image and a count, or nothing."""
    if column.clean is None or worst_key(column) not in frame:
        return (column,)
    return () if is_left_out(column, frame) else fault_columns(column)


def _row(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    """Return a row of a summary with its statistics as one value each."""
    diff, best, rank = (
        (row.get(f"{MAIN}_{what}_low"), row.get(f"{MAIN}_{what}_high"))
        for what in ("diff", "best", "rank")
    )
    return {str(name): value for name, value in row.items()} | {
        "median": row.get(f"{MAIN}_median"),
        "interval": Span(row.get(f"{MAIN}_low"), row.get(f"{MAIN}_high")),
        "difference": Span(*diff, row.get(f"{MAIN}_diff")),
        "detectable": row.get(f"{MAIN}_resolves"),
        "behind": Span(*best, row.get(f"{MAIN}_best_diff")),
        "rank": written_rank(*rank),
    }


def written_rank(low: Any, high: Any) -> str | None:
    """Write a rank range: "4 to 5", or "1" where there is but one; None where there is none."""
    if unknown(low) or unknown(high):
        return None
    return f"{int(low)}" if low == high else f"{int(low)} to {int(high)}"


def _without(table: Table, *keys: str) -> Table:
    return replace(table, columns=tuple(one for one in table.columns if one.key not in keys))


def _without_own_difference(table: Table) -> Table:
    """Leave out the difference of the reference to itself."""
    rows = tuple(
        row if row["method"] != row["reference"] else {**row, "difference": None}
        for row in table.rows
    )
    return replace(table, rows=rows)


def _caption(table: Table, key: tuple[Any, ...]) -> str:
    dataset, scale, protocol = key
    what = _resampling(as_scale_or_size(scale))
    what, dataset, protocol = map(latex.escape, (what, dataset, protocol))
    means = "means over the images, the best of each column in bold."
    said = [*_of_differences(table), *map(latex.escape, table.notes)]
    return " ".join([f"{what} on {dataset}, protocol {protocol}: {means}", *said])


def _resampling(scale: ScaleOrSize) -> str:
    """Say what is done to an image."""
    if isinstance(scale, TargetSize):
        size = f"{scale.width}x{scale.height} pixels"
        return f"Resizing {'from' if scale.back else 'to'} {size}"
    return f"Upsampling by {scale}" if scale >= 1 else f"Downsampling by {as_scale(1 / scale)}"


def _of_differences(table: Table) -> Iterator[str]:
    """Yield the sentence on intervals and ranks, as far as a table has them."""
    others = [row for row in table.rows if row["method"] != row["reference"]]
    if any(row["rank"] is not None for row in others):
        yield (
            "Differences of PSNR are paired, with 95\\,\\% intervals; those to the best, and the "
            "rank ranges, hold for all methods together."
        )
    elif any(not unknown(row["difference"].low) for row in others):
        yield "Differences of PSNR are paired; those to the reference have 95\\,\\% intervals."


def _label(key: tuple[Any, ...]) -> str:
    dataset, scale, protocol = key
    name = f"{dataset}-{scale_label(scale)}-{protocol}"
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()
