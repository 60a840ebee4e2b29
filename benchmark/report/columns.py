"""The columns of a run: its scores, as their metrics state them, and speed.

What a score is called, how many digits it has and which way is better stands in the run's
manifest, because a metric may be a plugin that is not here.  For a manifest of an older upbench
the metrics that come with this one say it.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.metadata import FORMAT
from upbench.benchmark.core.row import score_columns
from upbench.benchmark.core.table import Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from upbench.benchmark.core.table import Better

    Statements = Mapping[str, Any]


def written_speed(value: float) -> str:
    """Write a speed in Mpx/s with one decimal, below 1 with two digits that count.

    >>> written_speed(963.24), written_speed(1.04), written_speed(0.996), written_speed(0.0123)
    ('963.2', '1.0', '1.0', '0.012')
    """
    rounded = float(f"{value:.2g}")
    if not 0 < rounded < 1:
        return f"{value:.1f}"
    return f"{rounded:.{1 - math.floor(math.log10(rounded))}f}"


MAIN = "psnr_db"
"""The score that methods are ordered by, whose statistics every table shows."""
SPEED = Column(
    "mpx_per_s", "Mpx/s", written_speed, "higher", help="median over images; higher is better"
)
RGB_SPEED = Column(
    "rgb8_mpx_per_s",
    "Mpx/s, uint8 RGB",
    written_speed,
    "higher",
    help="8-bit RGB in and out, measured alone, median; higher is better",
)
"""The speed of whole calls, where it was measured."""
LUMA_PROTOCOL = "y-classic"
"""The protocol whose methods get float luma."""
COSTS = ("seconds", SPEED.key)
LONGEST_HEADING = 60
DEFAULT = ".4g"


def columns_of_rows(names: Iterable[str], stated: Statements) -> tuple[Column, ...]:
    """Return the scores among the columns of a row table, in their order.

    Args:
        names: The columns of the table.
        stated: What the run's manifest says of its metrics, by name.
    """
    return tuple(describe_score(name, stated.get(name)) for name in score_columns(names))


def columns_of_summary(
    summary: pd.DataFrame, stated: Statements | None = None
) -> tuple[Column, ...]:
    """Return the scores of a summary and speed: the columns that people compare methods by.

    Args:
        summary: Its scores stand between the column "images" and the costs.
        stated: As for :func:`columns_of_rows`; None is nothing.
    """
    names = [*summary.columns]
    scores = names[names.index("images") + 1 : min(names.index(c) for c in COSTS if c in names)]
    shown = tuple(describe_score(name, (stated or {}).get(name)) for name in scores)
    if speed_of(summary) is SPEED:
        return (*shown, SPEED)
    is_luma = set(summary["protocol"]) == {LUMA_PROTOCOL}
    basis = "float luma" if is_luma else "the protocol's pixels"
    return (*shown, RGB_SPEED, replace(SPEED, heading=f"Mpx/s, {basis}"))


def speed_of(table: pd.DataFrame) -> Column:
    """Return the speed that a summary compares methods by: of whole calls, where it is known."""
    known = RGB_SPEED.key in table and table[RGB_SPEED.key].notna().any()
    return RGB_SPEED if known else SPEED


def describe_score(name: str, stated: object = None) -> Column:
    """Return the column of a score.

    Args:
        name: The name of the metric.
        stated: What the manifest says of it; whatever cannot be used of it is left out.
    """
    said = stated if isinstance(stated, dict) and "format" in stated else own_scores().get(name, {})
    directions: dict[object, Better] = {"higher": "higher", "lower": "lower"}
    better = directions.get(str(said.get("better")), "none")
    unit, form = said.get("unit"), said.get("format")
    return Column(
        key=name,
        heading=str(said.get("heading") or name)[:LONGEST_HEADING],
        format=form if isinstance(form, str) and FORMAT.fullmatch(form) else DEFAULT,
        better=better,
        unit=unit if isinstance(unit, str) and unit != "1" else "",
        limits=_limits(said.get("range")),
        help=str(said.get("summary", "")) if better == "none" else f"{better} is better",
        clean=_clean(said.get("clean", own_scores().get(name, {}).get("clean"))),
    )


def worst_key(column: Column) -> str:
    """Return where a summary has the worst image's value of a fault: "checkerboard_db_max"."""
    return f"{column.key}_max"


def count_key(column: Column) -> str:
    """Return where a summary counts the images that show a fault: "checkerboard_above_1db"."""
    ending = f"_{column.unit.lower()}"
    stem = column.key.removesuffix(ending) if column.unit else column.key
    return f"{stem}_above_{column.clean:g}{column.unit.lower()}"


def fault_columns(column: Column) -> tuple[Column, ...]:
    """Return what tables show of a fault in place of its mean: the worst image, and a count.

    Of a score that is of no fault that is nothing.
    """
    if column.clean is None:
        return ()
    worst = replace(column, key=worst_key(column), heading=f"worst {column.heading}", clean=None)
    above = column.in_unit(column.clean)
    count = Column(
        count_key(column),
        f"images above {above}",
        ".0f",
        help=f"images on which it is {above} or more",
    )
    return replace(worst, help="of the image with most of it"), count


def _clean(stated: object) -> float | None:
    return float(stated) if isinstance(stated, int | float) and math.isfinite(stated) else None


def _limits(stated: object) -> tuple[float, float]:
    found = stated if isinstance(stated, list | tuple) and len(stated) == 2 else (None, None)
    least, most = (float(end) if isinstance(end, int | float) else math.nan for end in found)
    return (-math.inf if math.isnan(least) else least, math.inf if math.isnan(most) else most)


@lru_cache(maxsize=1)
def own_scores() -> Mapping[str, Mapping[str, Any]]:
    """Return what the metrics state that come with upbench, by name."""
    from upbench.benchmark.registry.catalog import own

    found = own(("upbench.benchmark.metrics",)).metrics
    return {name: metric.statement() for name, metric in found.items()}
