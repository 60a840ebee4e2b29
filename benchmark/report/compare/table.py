"""A comparison for people: tables for the terminal and for Markdown, and the whole as Markdown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.sizes import scale_label
from upbench.benchmark.core.table import Column, Span, Table, table_of
from upbench.benchmark.core.text import counted
from upbench.benchmark.report.compare.comparison import describe_sides, differences
from upbench.benchmark.report.compare.lines import place, records
from upbench.benchmark.report.render import DASH
from upbench.benchmark.report.render.markdown import escape, section
from upbench.benchmark.statistics import ALPHA, caveats, smallest_p

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from upbench.benchmark.report.compare.columns import Compared
    from upbench.benchmark.report.compare.comparison import Comparison
    from upbench.benchmark.report.compare.gates import Judgement

DIRECTIONS = {
    "higher": "higher is better",
    "lower": "lower is better",
    "none": "neither way is better",
}
FIRST = 0.7
"""How much of a table that is cut goes to its beginning, where it is worst."""
WORST_IMAGES = 5
"""How many images are named under a table."""
READING = (
    "Paired per image. A change is B minus A, or B / A where it is a ratio; its 95 % interval is "
    "that of the mean over the images, its p Wilcoxon's signed-rank test after Holm's correction "
    "over the lines of the column. A line is better or worse where every image of six or more "
    "changed the same way, or the interval excludes no change and the test agrees (p < 0.05)."
)


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
        shown = _columns(column, comparison)
        rows = [_row(line, column) for line in records(changed)]
        yield Table(
            columns=shown,
            rows=tuple(_cut(rows, most, shown)),
            title=f"{column.heading}, {DIRECTIONS[column.better]}",
            notes=tuple(_notes(comparison, column, len(lines) - len(changed), len(lines))),
        )


def _columns(column: Compared, comparison: Comparison) -> tuple[Column, ...]:
    change = "ratio" if column.is_ratio else f"change {column.unit}".strip()
    every = (
        Column("method", "method"),
        Column("where", "where"),
        Column("images", "images", "s"),
        Column("a", comparison.a.name, column.format),
        Column("b", comparison.b.name, column.format),
        Column("change", change, column.write_change),
        Column("interval", "95 % interval", column.write_change),
        Column("verdict", "verdict"),
        Column("p", "p", _p_text),
        Column("counts", "better/same/worse", "s"),
        Column("worst", "worst image"),
    )
    return every[1:] if comparison.of_methods else every


def _row(line: dict[Hashable, Any], column: Compared) -> dict[str, Any]:
    low, high = line["low"], line["high"]
    worst = column.write_change(line["worst_change"])
    return {str(name): value for name, value in line.items()} | {
        "where": place(line),
        "images": f"{line['images']}/{line['of']}",
        "interval": None if low == high else Span(low, high),
        "counts": _counts(line, column),
        "worst": f"{line['worst_image']} {worst}",
    }


def _counts(line: dict[Hashable, Any], column: Compared) -> str:
    """Say how many images changed in which way; where no way is better, how many did at all."""
    if column.better == "none":
        return f"{DASH}/{line['same']}/{DASH}"
    return f"{line['better']}/{line['same']}/{line['worse']}"


def _cut(
    rows: list[dict[str, Any]], most: int | None, columns: tuple[Column, ...]
) -> Iterator[dict[str, Any]]:
    """Leave out the middle of a long table, where least changed."""
    if most is None or len(rows) <= most:
        yield from rows
        return
    first = round(most * FIRST)
    yield from rows[:first]
    nothing = {column.key: " " for column in columns}
    yield nothing | {columns[0].key: f"... {len(rows) - most} more"}
    yield from rows[len(rows) - (most - first) :]


def _notes(comparison: Comparison, column: Compared, equal: int, lines: int) -> Iterator[str]:
    """Yield sentences for under a table."""
    if equal:
        what = "line" if equal == lines else "more line"
        yield f"{counted(equal, what)} equal in every image."
    worst = _worst(comparison, column, WORST_IMAGES)
    if len(worst) > 1:
        # of two protocols the same image is there twice
        name = _under_protocol if len(set(comparison.pairs["protocol"])) > 1 else _image
        named = (f"{name(one, comparison)} {column.write_change(one['change'])}" for one in worst)
        yield f"Worst images: {'; '.join(named)}."


def caveats_of(comparison: Comparison) -> list[str]:
    """Return what the smallest image set of a change cannot show, a sentence each."""
    images = comparison.lines.loc[comparison.lines["verdict"] != "equal", "images"]
    if images.empty:
        return []
    fewest = int(images.min())
    said = caveats(fewest, methods=1)
    if smallest_p(fewest, comparisons=1) > ALPHA:
        said.append(f"No test of {counted(fewest, 'image')} reaches p < {ALPHA:g}.")
    return said


def _worst(comparison: Comparison, column: Compared, most: int) -> list[dict[Hashable, Any]]:
    """Return the pairs of a column that lost most, the worst first."""
    pairs = comparison.pairs
    lost = pairs[(pairs["column"] == column.key) & (pairs["effect"] < 0)]
    return records(lost.sort_values("effect", kind="stable").head(most))


def worst_images_table(comparison: Comparison, most: int = 10) -> Iterator[Table]:
    """Yield a table of the images that lost most in each column, if any image lost."""
    a, b = comparison.a.name, comparison.b.name
    rows = [
        (
            column.heading,
            _image(one, comparison),
            one["protocol"],
            column.write(one["a"]),
            column.write(one["b"]),
            column.write_change(one["change"]),
        )
        for column in comparison.columns.values()
        for one in _worst(comparison, column, most)
    ]
    if rows:
        headings = {"column": "", "image": "", "protocol": "", a: "s", b: "s", "change": "s"}
        yield replace(table_of(headings, rows), title="Worst images")


def _image(pair: dict[Hashable, Any], comparison: Comparison) -> str:
    method = () if comparison.of_methods else (pair["method"],)
    image, scale = f"{pair['dataset']}/{pair['image']}", scale_label(pair["scale"])
    return " ".join([image, scale, *method])


def incomparable_table(comparison: Comparison, most: int | None = None) -> Iterator[Table]:
    """Yield a table of what could not be compared, by reason; it counts reasons beyond the most."""
    refused = comparison.pairs[comparison.pairs["reason"].notna()]
    by_reason = sorted(refused.groupby(["column", "reason"]), key=lambda found: -len(found[1]))
    rows = [
        (str(len(group)), str(column) or "all", _under_protocol(first, comparison), str(reason))
        for (column, reason), group in by_reason
        for first in records(group.head(1))
    ]
    if rows:
        left = "" if most is None or len(rows) <= most else f"{len(rows) - most} more reasons."
        headings = {"pairs": "s", "column": "", "the first": "", "why": ""}
        found = table_of(headings, rows[:most])
        yield replace(found, title="Not comparable", notes=(left,) if left else ())


def _under_protocol(pair: dict[Hashable, Any], comparison: Comparison) -> str:
    return f"{_image(pair, comparison)} {pair['protocol']}"


def _p_text(p: float) -> str:
    """Return a p-value as papers print it."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


# ------------------------------------------------------------------ the whole as Markdown


def to_markdown(comparison: Comparison, judgement: Judgement | None = None) -> str:
    """Return a comparison as Markdown: what it says to the gates, then every changed line."""
    lines = ["# Comparison", "", *_bullets(describe_sides(comparison)), ""]
    if judgement is not None and judgement.verdicts:
        lines += ["## Gates", "", *_gates(judgement), ""]
    said = list(differences(comparison))
    if said:
        lines += ["## What else differs", "", *_bullets(said), ""]
    tables = [*change_tables(comparison), *worst_images_table(comparison)]
    lines += map(section, (*tables, *incomparable_table(comparison)))
    return "\n".join([*lines, " ".join([READING, *caveats_of(comparison)]), ""])


def _gates(judgement: Judgement) -> Iterator[str]:
    yield from (f"- **broken**: {escape(said)}" for said in judgement.lost)
    for verdict in judgement.verdicts:
        word = "**broken**" if verdict.broken else "**not judged**" if verdict.open else "holds"
        yield f"- `{verdict.gate.text}`: {word} ({counted(verdict.lines, 'line')})"
        yield from (f"  - {escape(said)}" for said in verdict.broken)
        yield from (f"  - not judged: {escape(said)}" for said in verdict.open)
    if judgement.unseen:
        pairs = counted(judgement.unseen, "pair")
        yield f"- they say nothing of {pairs} that cannot be compared"


def _bullets(texts: Iterable[str]) -> list[str]:
    return [f"- {escape(text)}" for text in texts]
