r"""A summary as tables for people: on the terminal, as Markdown, as LaTeX for a paper.

One table per dataset, scale and protocol.  The best of each column is marked among the methods
that scored every image; the statistics of the PSNR stand beside it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.sizes import scale_text
from upbench.benchmark.core.table import Column, Span, Table
from upbench.benchmark.core.text import counted, listed
from upbench.benchmark.report.columns import MAIN, columns_of_summary
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

    Statements = Mapping[str, Any] | None

__all__ = ["notes", "summary_tables", "terminal_tables", "to_latex", "to_markdown"]

INTRODUCTION = (
    "Means over images; the best of each column in bold. The images do not tell the methods of one "
    "tie group apart, and those of group 1 not from the best. Interval, difference and tie are "
    "those of the PSNR; `summary.csv` has the others, `docs/statistics.md` what each number means."
)
TEXT = "s"
"""The format of a text that stands flush right, as numbers do."""


def summary_tables(summary: pd.DataFrame, stated: Statements = None) -> Iterator[Table]:
    """Yield the tables of a summary, whole.

    Args:
        summary: As :func:`upbench.benchmark.report.summary.summarise` returns it.
        stated: What the run's manifest says of its metrics, by name.
    """
    shown = columns_of_summary(summary, stated)
    for title, frame in groups(summary):
        yield _table(title, frame, shown)


def terminal_tables(summary: pd.DataFrame, stated: Statements = None) -> Iterator[Table]:
    """Yield the tables of a summary for a terminal: of the statistics only the tie group."""
    shown = columns_of_summary(summary, stated)
    for title, frame in groups(summary):
        table = _without(_table(title, frame, shown), "interval", "difference")
        yield replace(table, notes=tuple(notes(frame, shown, intervals=False)))


def to_markdown(summary: pd.DataFrame, stated: Statements = None) -> str:
    """Return every table of a summary as Markdown, the best of each column in bold."""
    parts = ["# Summary", "", INTRODUCTION, ""]
    return "\n".join([*parts, *map(markdown.section, summary_tables(summary, stated))])


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
    tables = [
        latex.environment(
            _without(_without_own_difference(table), "interval"),
            caption=_caption(table, key),
            label=_label(key),
        )
        for key, table in zip(keys, summary_tables(summary, stated), strict=True)
    ]
    return "\n".join([*head, *tables])


def _table(title: str, frame: pd.DataFrame, shown: tuple[Column, ...]) -> Table:
    main = next(column for column in shown if column.key == MAIN)
    form = main.format if isinstance(main.format, str) else ""
    reference = reference_of(frame) or "reference"
    columns = (
        Column("method", "method"),
        Column("images", "images", TEXT),
        main,
        Column("interval", "95 % interval", form),
        Column("difference", f"minus {reference}", f"+{form}"),
        Column("tie", "tie", ".0f"),
        *(column for column in shown if column is not main),
    )
    rows = tuple(_row(row) for row in frame.to_dict("records"))
    best = frozenset(
        (number, column.key)
        for column in shown
        for names in [best_of(frame, column)]
        for number, row in enumerate(rows)
        if row["method"] in names
    )
    return Table(columns, rows, title, tuple(notes(frame, shown)), best)


def _row(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    """Return a row of a summary with its statistics as one value each."""
    low, high, mean = (row.get(f"{MAIN}_diff{end}") for end in ("_low", "_high", ""))
    return {str(name): value for name, value in row.items()} | {
        "interval": Span(row.get(f"{MAIN}_low"), row.get(f"{MAIN}_high")),
        "difference": Span(low, high, mean),
        "tie": row.get(f"{MAIN}_tie"),
    }


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
    dataset, number, protocol = key
    dataset, scale, protocol = map(latex.escape, (dataset, scale_text(number), protocol))
    said = " ".join(["", *map(latex.escape, table.notes)])
    return (
        f"Upsampling by {scale} on {dataset}, protocol {protocol}: means over the images, "
        "the best of each column in bold. Differences of PSNR are paired, with 95\\,\\% intervals; "
        f"the images do not tell the methods of one tie group apart.{said}"
    )


def _label(key: tuple[Any, ...]) -> str:
    dataset, scale, protocol = key
    name = f"{dataset}-x{scale_text(scale)}-{protocol}"
    return "tab:" + re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()


# ------------------------------------------------------------------ what the images can tell


def notes(
    frame: pd.DataFrame, shown: tuple[Column, ...], *, intervals: bool = True
) -> Iterator[str]:
    """Yield what the images of one table can tell and what not, a sentence each.

    Args:
        frame: One group of a summary.
        shown: The columns that people compare by.
        intervals: Whether the reader sees intervals, and must know where they fall short.
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
    yield from _infinite(frame)
    resolved = [
        f"{value:.2g} {f'{column.unit} of {name}' if column.unit else f'of {name}'}"
        for column in shown
        for name in [column.heading.removesuffix(f" {column.unit}")]
        for value in complete.get(f"{column.key}_resolves", frame["images"].iloc[:0]).dropna()[:1]
    ]
    if resolved:
        yield f"{images} images usually resolve mean differences of {listed(resolved)}."
    main = next(column for column in shown if column.key == MAIN)
    methods = complete[MAIN].dropna().map(main.write)
    yield from caveats(images, methods.nunique(), intervals=intervals)


def _set_aside(frame: pd.DataFrame, images: int) -> Iterator[str]:
    """Name the images that no method could use."""
    for names in frame.get("set_aside", frame["images"].iloc[:0]).dropna()[:1]:
        left = names.split(SEPARATOR)
        yield f"{images} of {images + len(left)} images used; no method could use {_some(left)}."


def _coverage_of_scores(
    complete: pd.DataFrame, shown: tuple[Column, ...], images: int
) -> Iterator[str]:
    """Say which scores exist of fewer images than were upsampled."""
    for column in shown:
        counts = complete.get(f"{column.key}_images")
        if counts is not None and len(counts) and 0 < counts.min() < images:
            least, most = int(counts.min()), int(counts.max())
            number = f"{least}" if least == most else f"{least} to {most}"
            yield f"{column.heading} has a value on {number} of {images} images."


def _infinite(frame: pd.DataFrame) -> Iterator[str]:
    """Name the images that make a mean infinite."""
    found = frame.get("infinite", frame["images"].iloc[:0]).dropna()
    if len(found):
        images = sorted({name for names in found for name in names.split(SEPARATOR)})
        yield (
            f"The PSNR of {counted(len(found), 'method')} is infinite: their output equals the "
            f"original on {_some(images)}."
        )


def _some(names: list[str], most: int = 5) -> str:
    more = [f"{len(names) - most} more"] if len(names) > most else []
    return listed([*names[:most], *more])
