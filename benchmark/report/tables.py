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
from upbench.benchmark.core.text import counted, distinct, some_of
from upbench.benchmark.report.columns import MAIN, columns_of_summary, fault_columns, worst_key
from upbench.benchmark.report.published.numbers import with_published
from upbench.benchmark.report.reasons import is_of, lines_of, why
from upbench.benchmark.report.render import latex, markdown
from upbench.benchmark.report.summary import (
    GROUP,
    SEPARATOR,
    best_of,
    groups,
    is_complete,
    reference_of,
)
from upbench.benchmark.statistics.resolution import caveats

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
NAMED = 5
"""How many images a sentence names."""


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
    keys = [key for key, _ in summary.groupby(GROUP, sort=True)]
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


def is_left_out(column: Column, frame: pd.DataFrame) -> bool:
    """Say whether a fault's columns are left out: no image shows it, or no image has a value."""
    return is_clean(column, frame) or (column.clean is not None and bool(why(frame, column.key)))


def is_clean(column: Column, frame: pd.DataFrame) -> bool:
    """Say whether a score is of a fault that no image shows, by a value of each complete method."""
    if not _is_below(column, frame):
        return False
    complete = frame[frame["images"].map(is_complete).astype(bool)]
    return bool(complete[worst_key(column)].notna().all())


def _is_below(column: Column, frame: pd.DataFrame) -> bool:
    """Say whether a score is of a fault that no image shows of those that have a value."""
    worst = frame.get(worst_key(column))
    return column.clean is not None and worst is not None and worst.max() < column.clean


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


# ------------------------------------------------------------------ what the images can tell


def notes(
    frame: pd.DataFrame,
    shown: tuple[Column, ...],
    *,
    intervals: bool = True,
    tests: bool = True,
) -> Iterator[str]:
    """Yield what the images of one table can tell and what not, a sentence each.

    Args:
        frame: One group of a summary.
        shown: The columns that people compare by.
        intervals: Whether the reader sees intervals, and must know where they fall short.
        tests: Whether the reader sees p beside the intervals, and must know how low it can be.
    """
    images = int(str(frame["images"].iloc[0]).partition("/")[2])
    whole = frame["images"].map(is_complete).astype(bool)
    complete = frame[whole]
    yield from _set_aside(frame, images)
    if len(complete) < len(frame) and len(complete):
        yield (
            f"Methods without all {images} images stand below: their means are over other images."
        )
    yield from _coverage_of_scores(complete, shown, images)
    scores = {column.key for column in shown}
    yield from (line for line in lines_of(frame) if not is_of(line, scores))
    yield from _infinite(frame)
    main = next(column for column in shown if column.key == MAIN)
    yield from _clean_faults(frame, shown)
    yield from _decided_by_one(complete, main)
    yield from _detectable(complete, images, main)
    methods = complete[MAIN].dropna().map(main.write)
    yield from caveats(
        images,
        methods.nunique(),
        tests=_tests(frame) if intervals and tests else 0,
        intervals=intervals and _has_intervals(frame),
    )


def _tests(frame: pd.DataFrame) -> int:
    """Return for how many tests the p of a table is corrected; 0 where it has none."""
    known = frame.get(f"{MAIN}_tests", frame["images"].iloc[:0]).dropna()
    return int(known.max()) if len(known) else 0


def _has_intervals(frame: pd.DataFrame) -> bool:
    known = frame.get(f"{MAIN}_low")
    return known is not None and bool(known.notna().any())


def _set_aside(frame: pd.DataFrame, images: int) -> Iterator[str]:
    """Name the images that no method could use."""
    for names in frame.get("set_aside", frame["images"].iloc[:0]).dropna()[:1]:
        left = names.split(SEPARATOR)
        named = some_of(left, NAMED)
        yield f"{images} of {images + len(left)} images used; no method could use {named}."


def _coverage_of_scores(
    complete: pd.DataFrame, shown: tuple[Column, ...], images: int
) -> Iterator[str]:
    """Say which scores exist of fewer images than were upsampled, and why those of none do not."""
    for column in shown:
        counts = complete.get(f"{column.key}_images")
        if counts is None or not len(counts) or counts.min() == images:
            continue
        least, most = int(counts.min()), int(counts.max())
        if most:
            number = f"{least}" if least == most else f"{least} to {most}"
            yield f"{column.heading} has a value on {number} of {images} images."
        elif reason := why(complete, column.key):
            yield f"{column.heading} has no value: it {reason}"
        else:
            yield f"{column.heading} has no value; the reason of each row says why."


def _clean_faults(frame: pd.DataFrame, shown: tuple[Column, ...]) -> Iterator[str]:
    """Say which faults no image shows; their columns are left out where every method has values."""
    for column in shown:
        if _is_below(column, frame):
            known = frame.dropna(subset=[worst_key(column)])
            worst = known.sort_values(worst_key(column)).iloc[-1]
            name = column.heading.removesuffix(f" {column.unit}")
            unit = column.unit if column.factor == 1 else ""  # a percent's format writes its sign
            level = f"{column.write(worst[worst_key(column)])} {unit}".strip()
            clean = column.in_unit(column.clean or 0.0)
            of = f" ({worst['method']})" if worst[worst_key(column)] else ""
            if is_clean(column, frame):
                yield (
                    f"No method leaves a visible {name}: the worst image of all is at {level}{of}, "
                    f"and below {clean} is clean. The column is left out here; summary.csv has it."
                )
            else:
                yield (
                    f"No method of those measured leaves a visible {name}: the worst image is at "
                    f"{level}{of}, and below {clean} is clean."
                )


def _decided_by_one(complete: pd.DataFrame, main: Column) -> Iterator[str]:
    """Name the images that decide the order alone, and what holds without each."""
    nothing = complete["images"].iloc[:0]
    lead = complete[complete.get(f"{MAIN}_led_by", nothing).reindex(complete.index).notna()]
    for row in lead.to_dict("records"):
        yield (
            f"One image decides the best: without {row[f'{MAIN}_led_by']} it is "
            f"{row[f'{MAIN}_next_best']}, not {row['method']}."
        )
    turned = complete.get(f"{MAIN}_turned_by", nothing)
    for image, methods in complete.groupby(turned.reindex(complete.index)):
        first, *rest = methods.to_dict("records")
        more = f" ({counted(len(rest), 'more method')} likewise)" if rest else ""
        without = replace(main, format=f"+{main.format}").write(first[f"{MAIN}_diff_without"])
        now = replace(main, format=f"+{main.format}").write(first[f"{MAIN}_diff"])
        yield (
            f"One image decides the sign of a difference: {first['method']} minus "
            f"{first['reference']} is {now} {main.unit}, and {without} {main.unit} without "
            f"{image}{more}."
        )


def _detectable(complete: pd.DataFrame, images: int, main: Column) -> Iterator[str]:
    """Say from what difference on the images usually show one, by method."""
    needed = complete.get(f"{MAIN}_resolves", complete["images"].iloc[:0]).dropna().sort_values()
    needed = needed[needed > 0]  # a difference that does not vary is found however small
    if needed.empty:
        return
    names = complete["method"].reindex(needed.index)
    ends = [f"{value:.2g} {main.unit} ({name})" for value, name in zip(needed, names, strict=True)]
    span = ends[0] if len(ends) == 1 else f"{ends[0]} to {ends[-1]}, by method,"
    yield (
        f"With {images} images, differences to {reference_of(complete)} below about {span} are "
        "usually not detectable."
    )


def _infinite(frame: pd.DataFrame) -> Iterator[str]:
    """Name the images that make a mean infinite, and say what it counts as."""
    found = frame.get("infinite", frame["images"].iloc[:0]).dropna()
    if len(found):
        images = sorted({name for names in found for name in names.split(SEPARATOR)})
        output = "its output equals" if len(found) == 1 else "their output equals"
        yield (
            f"The PSNR of {counted(len(found), 'method')} is infinite: {output} the reference on "
            f"{some_of(images, NAMED)}. In the order and the ranks an infinite PSNR counts as the "
            "best finite one of its image plus the largest difference of two methods on any image."
        )
