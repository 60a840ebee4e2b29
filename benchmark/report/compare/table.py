"""A comparison as tables of texts: the same for the terminal and for Markdown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.text import counted
from upbench.benchmark.report.compare.wording import (
    NOTHING,
    change_text,
    interval_text,
    place,
    value_text,
)
from upbench.benchmark.statistics import ALPHA, caveats, smallest_p

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    import pandas as pd

    from upbench.benchmark.report.compare.columns import Column
    from upbench.benchmark.report.compare.comparison import Comparison

__all__ = ["Table", "caveats_of", "change_tables", "incomparable_table", "worst_images_table"]

DIRECTIONS = {
    "higher": "higher is better",
    "lower": "lower is better",
    "none": "neither way is better",
}
FIRST = 0.7
"""How much of the room of a table that is cut goes to its beginning, where it is worst."""
WORST_IMAGES = 5
"""How many images are named under a table."""


@dataclass(frozen=True)
class Table:
    """A table of texts."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str
    """What the rows do not say; "" is nothing."""


def change_tables(comparison: Comparison, most: int | None = None) -> Iterator[Table]:
    """Yield a table for each column that is compared.

    Of two runs the worst change comes first; of two methods the lines keep the order of datasets
    and scales unless the table is cut.  Lines in which no image changed are counted under it.

    Args:
        comparison: The comparison.
        most: How many rows a table may have; what is left out of its middle is counted.
    """
    for name, lines in comparison.lines.groupby("column", sort=False):
        column = comparison.columns[str(name)]
        changed = lines[lines["verdict"] != "equal"]
        if not comparison.of_methods or len(changed) > (most or len(changed)):
            changed = changed.sort_values("effect", kind="stable")
        rows = [_row(line, column, comparison) for line in changed.to_dict("records")]
        yield Table(
            title=f"{column.heading}, {DIRECTIONS[column.better]}",
            headings=_headings(column, comparison),
            rows=tuple(_cut(rows, most)),
            note=" ".join(_notes(comparison, column, len(lines) - len(changed), len(lines))),
        )


def _headings(column: Column, comparison: Comparison) -> tuple[str, ...]:
    a, b = comparison.a.name, comparison.b.name
    change = "ratio" if column.is_ratio else f"change {column.unit}".strip()
    first = () if comparison.of_methods else ("method",)
    return (*first, "where", "images", a, b, change, "95 % interval", "verdict", "p",
            "better/same/worse", "worst image")  # fmt: skip


def _row(line: dict[Hashable, Any], column: Column, comparison: Comparison) -> tuple[str, ...]:
    first = () if comparison.of_methods else (line["method"],)
    worst = change_text(column, line["worst_change"])
    return (
        *first,
        place(line),
        f"{line['images']}/{line['of']}",
        value_text(column, line["a"]),
        value_text(column, line["b"]),
        change_text(column, line["change"]),
        interval_text(column, line["low"], line["high"]),
        line["verdict"],
        _p_text(line["p"]),
        f"{line['better']}/{line['same']}/{line['worse']}",
        f"{line['worst_image']} {worst}",
    )


def _cut(rows: list[tuple[str, ...]], most: int | None) -> Iterator[tuple[str, ...]]:
    """Leave out the middle of a long table, where least changed."""
    if most is None or len(rows) <= most:
        yield from rows
        return
    first = round(most * FIRST)
    last = most - first
    yield from rows[:first]
    left = f"... {len(rows) - most} more"
    yield (left, *[""] * (len(rows[0]) - 1))
    yield from rows[len(rows) - last :]


def _notes(comparison: Comparison, column: Column, equal: int, lines: int) -> Iterator[str]:
    """Yield sentences for under a table."""
    if equal:
        what = "line" if equal == lines else "more line"
        yield f"{counted(equal, what)} equal in every image."
    worst = _worst(comparison, column, WORST_IMAGES)
    if len(worst) > 1:
        named = (f"{_image(one, comparison)} {change_text(column, one['change'])}" for one in worst)
        yield f"Worst images: {'; '.join(named)}."


def caveats_of(comparison: Comparison) -> list[str]:
    """Return what the smallest image set of a change cannot show, a sentence each."""
    images = comparison.lines.loc[comparison.lines["verdict"] != "equal", "images"]
    if images.empty:
        return []
    fewest = int(images.min())
    told = caveats(fewest, methods=1)
    if smallest_p(fewest, comparisons=1) > ALPHA:
        told.append(f"No test of {counted(fewest, 'image')} reaches p < {ALPHA:g}.")
    return told


def _worst(comparison: Comparison, column: Column, most: int) -> list[dict[Hashable, Any]]:
    """Return the pairs of a column that lost most, the worst first."""
    pairs = comparison.pairs
    lost = pairs[(pairs["column"] == column.name) & (pairs["effect"] < 0)]
    return lost.sort_values("effect", kind="stable").head(most).to_dict("records")


def worst_images_table(comparison: Comparison, most: int = 10) -> Iterator[Table]:
    """Yield a table of the images that lost most in each column, if any image lost."""
    rows = [
        (
            column.heading,
            _image(one, comparison),
            one["protocol"],
            value_text(column, one["a"]),
            value_text(column, one["b"]),
            change_text(column, one["change"]),
        )
        for column in comparison.columns.values()
        for one in _worst(comparison, column, most)
    ]
    if rows:
        a, b = comparison.a.name, comparison.b.name
        yield Table(
            "Worst images", ("column", "image", "protocol", a, b, "change"), tuple(rows), ""
        )


def _image(pair: dict[Hashable, Any], comparison: Comparison) -> str:
    method = () if comparison.of_methods else (pair["method"],)
    return " ".join([pair["dataset"] + "/" + pair["image"], f"x{pair['scale']}", *method])


def incomparable_table(comparison: Comparison, most: int | None = None) -> Iterator[Table]:
    """Yield a table of what could not be compared, by reason, if there is anything.

    Args:
        comparison: The comparison.
        most: How many reasons are listed; the rest are counted.
    """
    refused = comparison.pairs[comparison.pairs["reason"].notna()]
    by_reason = sorted(refused.groupby(["column", "reason"]), key=lambda found: -len(found[1]))
    rows = [
        (str(len(group)), str(column) or "all", _first_of(group, comparison), str(reason))
        for (column, reason), group in by_reason
    ]
    if rows:
        left = "" if most is None or len(rows) <= most else f"{len(rows) - most} more reasons."
        headings = ("pairs", "column", "the first", "why")
        yield Table("Not comparable", headings, tuple(rows[:most]), left)


def _first_of(pairs: pd.DataFrame, comparison: Comparison) -> str:
    first: dict[Hashable, Any] = pairs.iloc[0].to_dict()
    return f"{_image(first, comparison)} {first['protocol']}"


def _p_text(p: float | None) -> str:
    """Return a p-value as papers print it; null is a dash."""
    if p is None or math.isnan(p):
        return NOTHING
    return "<0.001" if p < 0.001 else f"{p:.3f}"
