"""The answer: which upsampler to use, and what it costs, in three choices.

The first screen of the page: choices and quality against speed of one group.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from upbench.benchmark.report.columns import MAIN, describe_score
from upbench.benchmark.report.page.section import Section
from upbench.benchmark.report.page.sections.answer.plot import speed_plot
from upbench.benchmark.report.summary import best_of, is_complete
from upbench.benchmark.report.tables import notes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from upbench.benchmark.report.page.run import Group

__all__ = ["CLEAN_DB", "SECTION", "Choice", "checkerboard_sentence", "choices", "tied_with_best"]

CLEAN_DB = 1.0
"""Below this a checkerboard level is none that can be seen (docs/checkerboards.md)."""
MAX_NAMES = 3
"""How many methods a sentence names; the rest are counted."""


@dataclass(frozen=True)
class Choice:
    """One method to consider, and why."""

    title: str
    """What it is the best at."""
    method: str
    remarks: tuple[str, ...]
    """What it costs against the others: sentences without a full stop."""


def choices(table: pd.DataFrame) -> tuple[Choice, ...]:
    """Return up to three methods to choose among, none twice.

    The best; the best of those that need no training, if that one did; and the fastest.  A method
    without full coverage is no choice: its mean is over other images.

    Args:
        table: One group of a summary.
    """
    complete = table[[is_complete(images) for images in table["images"]]].dropna(subset=["psnr_db"])
    if complete.empty:
        return ()
    best = _best(complete)
    tied = complete[complete["method"].isin(tied_with_best(table) - {best["method"]})]
    found = [Choice("Highest quality", best["method"], _rivals(tied))]
    plain = complete[complete["family"] == "interpolation"]
    if best["family"] != "interpolation" and len(plain):
        top = _best(plain)
        found.append(Choice("Best without training", top["method"], _against(top, best)))
    fastest = _fastest(complete)
    if fastest["method"] not in {choice.method for choice in found}:
        found.append(Choice("Fastest", fastest["method"], _against(fastest, best)))
    return tuple(found)


def tied_with_best(table: pd.DataFrame) -> set[str]:
    """Return the methods that the images cannot tell from the best PSNR, the best among them.

    By the tie column of the statistics; without one, those whose means print alike.
    """
    if "psnr_db_tie" in table:
        tied = set(table.loc[table["psnr_db_tie"] == 1, "method"])
        if tied:
            return tied
    return best_of(table, describe_score(MAIN))


def checkerboard_sentence(table: pd.DataFrame) -> str:
    """Say which methods leave a checkerboard that can be seen."""
    known = table.dropna(subset=["checkerboard_db"])
    if known.empty:
        return "No checkerboard level was measured."
    loud = known[known["checkerboard_db"] >= CLEAN_DB].sort_values(
        "checkerboard_db", ascending=False
    )
    if loud.empty:
        return f"No method leaves a visible checkerboard: all are below {CLEAN_DB:g} dB."
    each = [f"{row.method} ({row.checkerboard_db:.1f} dB)" for row in loud.itertuples()]
    return f"Visible checkerboards, {CLEAN_DB:g} dB and above: {_names(each)}."


def _best(table: pd.DataFrame) -> dict[str, Any]:
    """Return the row with the best mean; of several that print alike the fastest."""
    printed = table["psnr_db"].map("{:.2f}".format).astype(float)
    return _fastest(table[printed == printed.max()])


def _fastest(table: pd.DataFrame) -> dict[str, Any]:
    """Return the fastest row; where no speed is known, the best."""
    order = ["mpx_per_s", "psnr_db", "method"]
    ordered = table.sort_values(order, ascending=[False, False, True])
    return {str(column): value for column, value in ordered.iloc[0].items()}


def _rivals(tied: pd.DataFrame) -> tuple[str, ...]:
    """Say which methods the images cannot tell from the best."""
    if tied.empty:
        return ("no other method comes as near to the originals",)
    names = [str(name) for name in tied["method"]]
    remark = f"these images cannot tell it from {_names(names)}"
    fastest = _fastest(tied)
    if len(names) > 1 and math.isfinite(fastest["mpx_per_s"]):
        remark += f"; the fastest of those is {fastest['method']}"
    return (remark,)


def _against(one: Mapping[str, Any], best: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what one costs against the best, and what it gains."""
    parts = []
    loss = float(best["psnr_db"]) - float(one["psnr_db"])
    if math.isfinite(loss):
        parts.append(f"{loss:.2f} dB below the best")
    ratio = float(one["mpx_per_s"]) / float(best["mpx_per_s"])
    if math.isfinite(ratio) and ratio > 0:
        word = "faster" if ratio >= 1 else "slower"
        parts.append(f"{_times(max(ratio, 1 / ratio))} times {word}")
    return (", ".join(parts),) if parts else ()


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"


def _names(names: list[str]) -> str:
    rest = len(names) - MAX_NAMES
    shown = ", ".join(names[:MAX_NAMES])
    return f"{shown} and {rest} more" if rest > 0 else shown


def _group(group: Group) -> dict[str, Any]:
    said = notes(group.table, group.run.source.columns, intervals=False)
    return {
        "choices": [asdict(choice) for choice in choices(group.table)],
        "lead": [checkerboard_sentence(group.table), *said],
    }


SECTION = Section("Answer", 10, data=lambda _: {"speed_plot": speed_plot()}, group=_group)
