"""A comparison as Markdown: whole, for a pull request's comment or a CI summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.text import counted
from upbench.benchmark.report.compare.differences import describe_sides, differences
from upbench.benchmark.report.compare.table import (
    caveats_of,
    change_tables,
    incomparable_table,
    worst_images_table,
)
from upbench.benchmark.report.render.markdown import escape, section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from upbench.benchmark.report.compare.comparison import Comparison
    from upbench.benchmark.report.compare.gates import Judgement

__all__ = ["to_markdown"]

READING = (
    "Paired per image. A change is B minus A, or B / A where it is a ratio; its 95 % interval is "
    "that of the mean over the images, its p Wilcoxon's signed-rank test after Holm's correction "
    "over the lines of the column. A line is better or worse where every image of six or more "
    "changed the same way, or the interval excludes no change and the test agrees (p < 0.05)."
)


def to_markdown(comparison: Comparison, judgement: Judgement | None = None) -> str:
    """Return a comparison as Markdown, every changed line of it.

    Args:
        comparison: The comparison.
        judgement: What it says to the gates; that comes first.
    """
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
