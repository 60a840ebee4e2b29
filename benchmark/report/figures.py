"""Plots of the summary: quality against speed, one figure per dataset, scale and protocol."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.report.columns import speed_of
from upbench.benchmark.report.speeds import basis_of
from upbench.benchmark.report.style import GREY, grid, literal, look
from upbench.benchmark.report.summary import INFINITE, is_complete, standings

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABEL = (95, 11)
"""Width and height in points that a method's name takes."""


def quality_against_speed(table: pd.DataFrame, title: str) -> Figure:
    """Plot mean PSNR against throughput of one group of a summary.

    The methods that nothing beats in both are named.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6), layout="constrained")
    axes = figure.add_subplot()
    speed = speed_of(table)
    shown = _finite(table).dropna(subset=["psnr_db", speed.key])
    for index, (kind, points) in enumerate(shown.groupby(kinds(shown), sort=False)):
        colour, marker = look(index)
        axes.scatter(
            points[speed.key],
            points["psnr_db"],
            s=42,
            color=colour,
            marker=marker,
            label=literal(str(kind)),
        )
    front = _finite(pareto(table))
    _draw_intervals(axes, front)
    axes.plot(front[speed.key], front["psnr_db"], color=GREY, linewidth=1, zorder=0)
    axes.margins(x=0.2, y=0.08)
    axes.set(
        xscale="log",
        xlabel=f"speed, Mpx of output per second (right is faster): {basis_of(table)}",
        ylabel=f"mean PSNR, dB (up is better){_bars(front)}",
        title=f"{literal(title)}: on the line, the methods that none beats in both",
    )
    _name(axes, front)
    grid(axes)
    if len(shown):
        axes.legend(fontsize=8)
    return figure


def _name(axes: Axes, front: pd.DataFrame) -> None:
    """Name the methods of the front, the best first, where no better one's name stands already."""
    named: list[tuple[float, float]] = []
    speed = speed_of(front).key
    fastest = front[speed].max()
    for point in front.sort_values("psnr_db", ascending=False).to_dict("records"):
        place = (point[speed], point["psnr_db"])
        x, y = axes.transData.transform(place) * 72 / axes.figure.dpi
        if any(abs(x - a) < LABEL[0] and abs(y - b) < LABEL[1] for a, b in named):
            continue
        named.append((x, y))
        to_the_left = point[speed] == fastest and len(front) > 1
        axes.annotate(
            literal(point["method"]),
            place,
            textcoords="offset points",
            xytext=(-7 if to_the_left else 7, 4),
            horizontalalignment="right" if to_the_left else "left",
            fontsize=8,
        )


def _draw_intervals(axes: Axes, front: pd.DataFrame) -> None:
    """Draw how sure each difference to the reference is.

    The interval of the mean itself would tell how unlike the images are, and hide the methods.
    """
    if not _bars(front):
        return
    known = front.dropna(subset=["psnr_db_diff", "psnr_db_diff_low"])
    below = known["psnr_db_diff"] - known["psnr_db_diff_low"]
    above = known["psnr_db_diff_high"] - known["psnr_db_diff"]
    axes.errorbar(
        known[speed_of(front).key],
        known["psnr_db"],
        yerr=(below, above),
        fmt="none",
        ecolor="#999999",
        elinewidth=1,
        capsize=3,
        zorder=0,
    )


def _bars(front: pd.DataFrame) -> str:
    """Say what the bars are, where there are any."""
    if "psnr_db_diff_low" not in front or front["psnr_db_diff_low"].isna().all():
        return ""
    return f"; bars: 95 % of the difference to {literal(front['reference'].dropna().iloc[0])}"


def pareto(table: pd.DataFrame) -> pd.DataFrame:
    """Return the methods that no other beats in both speed and PSNR, the fastest first.

    A method without a speed or a PSNR is not among them, nor one whose mean is over other images
    than the others'.

    Args:
        table: One group of a summary, in its order.
    """
    speed = speed_of(table).key
    known = table.dropna(subset=[speed, "psnr_db"])
    whole = known[known["images"].map(is_complete).astype(bool)]
    order = np.lexsort((-_quality(whole), -whole[speed]))
    ordered, quality = whole.iloc[order], _quality(whole).iloc[order]
    return ordered[quality > quality.cummax().shift(fill_value=-math.inf)]


def _quality(whole: pd.DataFrame) -> pd.Series[float]:
    """Return what methods are compared by: PSNR, or their standing where one is infinite."""
    if not whole["psnr_db"].isin(INFINITE).any():
        return whole["psnr_db"]
    return -whole["method"].map(standings(whole)).astype(float)


def _finite(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out the methods of an infinite PSNR: no axis has a place for them."""
    return table[~table["psnr_db"].isin(INFINITE)]


def kinds(table: pd.DataFrame) -> list[str]:
    """Colour by library: the first word of the name where several methods share it."""
    first = table["method"].str.split("-").str[0]
    shared = first.map(first.value_counts()) > 1
    return list(first.where(shared & (first != table["method"]), table["family"]))
