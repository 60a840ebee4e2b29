"""The picture of the study of layers.

A scale and way of beginning has a column.  Above stands the mean PSNR of each seed, below the way
there: each layer's PSNR on the validation images less the mean of all layers at that step, since
the layers' own curves would lie on each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layer_study.study import AS_BUILT, IMAGES
from upbench.benchmark.report.style import GREY, grid, look

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, PANEL, LINE = 10.0, 3.0, 0.24
"""Inches: of the figure, of a panel of curves, of a layer's line."""
DOTS = 100
"""Per inch."""
FIRST_STEP = 1000
"""Before it layers are too far apart to be seen beside those that follow."""
LINEAR_WITHIN = 0.1
"""Decibels within which the axis of the curves is linear."""
VALIDATION = "psnr_validation_db"
ABOVE = "Mean PSNR of all test images: a mark for each seed, a bar at their mean"
"""What stands over the picture; under each of four columns there is no place for it."""


def draw(rows: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """Draw a column of two panels for each scale and way of beginning."""
    from matplotlib.figure import Figure

    done = rows[rows["status"] == "ok"]
    layers, tasks = [*dict.fromkeys(done["layer"])], sorted(set(done["data"]))
    above = LINE * len(layers) + 0.6
    figure = Figure(figsize=(WIDTH, above + PANEL + 0.9), layout="constrained")
    panels = figure.subplots(
        2, len(tasks), squeeze=False, sharey="row", height_ratios=(above, PANEL)
    )
    for (top, bottom), task in zip(panels.T, tasks, strict=True):
        _draw_seeds(top, final(done[done["data"] == task], curves), layers)
        top.set_title(task, fontsize=9)
        _draw_curves(bottom, curves[curves["data"] == task], layers)
    _share_axes(panels[0], tasks)
    figure.suptitle(ABOVE, fontsize=8)
    panels[1, 0].set_ylabel("validation PSNR less the mean\nof all layers, dB", fontsize=8)
    figure.legend(
        *panels[1, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=8
    )
    return figure


def final(rows: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """Return the mean PSNR of all test images of each training, in the column "psnr"."""
    place = ["data", "layer", "seed"]
    last = curves.assign(psnr=curves.filter(regex=IMAGES).mean(axis=1)).dropna(subset=["psnr"])
    return rows[place].merge(last[[*place, "psnr"]], on=place)


def _draw_seeds(axes: Axes, rows: pd.DataFrame, layers: Sequence[str]) -> None:
    """Draw a line for each layer: a mark for each seed, a bar at their mean."""
    for line, layer in enumerate(layers):
        (colour, marker), values = look(line), rows.loc[rows["layer"] == layer, "psnr"]
        if len(values):
            axes.plot(values, [line] * len(values), marker, color=colour, markersize=4, alpha=0.6)
            axes.plot([values.mean()] * 2, [line - 0.35, line + 0.35], color=colour, linewidth=2)
    axes.set_yticks(range(len(layers)), layers)
    axes.set_ylim(len(layers) - 0.5, -0.5)
    axes.set_xlabel("mean PSNR, dB", fontsize=8)
    axes.locator_params(axis="x", nbins=4)  # of scales side by side no labels touch
    axes.tick_params(labelsize=8)
    grid(axes)


def _share_axes(panels: Iterable[Axes], tasks: Sequence[str]) -> None:
    """Give both ways of beginning at a scale one range, so that seeds can be compared by eye."""
    by_scale: dict[str, list[Axes]] = {}
    for axes, task in zip(panels, tasks, strict=True):
        by_scale.setdefault(task.removesuffix(AS_BUILT), []).append(axes)
    for alike in by_scale.values():
        ends = [end for axes in alike for end in axes.get_xlim()]
        for axes in alike:
            axes.set_xlim(min(ends), max(ends))


def _draw_curves(axes: Axes, curves: pd.DataFrame, layers: Sequence[str]) -> None:
    """Draw each layer's mean over the seeds against the step."""
    first = min(FIRST_STEP, curves["step"].max())
    late = curves[(curves["step"] >= first) & curves["layer"].isin(layers)]
    means = late.pivot_table(index="step", columns="layer", values=VALIDATION)
    apart = means.sub(means.mean(axis=1), axis=0)
    axes.axhline(0, color=GREY, linewidth=0.8)
    for number, layer in enumerate(layers):
        colour, marker = look(number)
        if layer in apart:
            axes.plot(apart.index, apart[layer], marker + "-", color=colour, ms=4, label=layer)
    axes.set_xscale("log")
    axes.set_xticks(means.index, [f"{step / 1000:g}" for step in means.index])
    axes.set_xticks([], minor=True)
    axes.set_yscale("symlog", linthresh=LINEAR_WITHIN)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("thousand steps", fontsize=8)
    axes.tick_params(labelsize=8)
    grid(axes)
