"""Learning curves of layers in a role: each column against the step, a line for each layer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from upbench.benchmark.report.style import grid, literal, look
from upbench.benchmark.training.roles import every_role
from upbench.benchmark.training.roles.table import by_conditions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from upbench.benchmark.core.table import Column
    from upbench.benchmark.engine.trainings import StoredTraining

ACROSS = 3
"""Panels side by side."""
LINEAR_BELOW = 10
"""The step below which the axis is linear: it begins at 0."""


def curve_figures(trainings: Sequence[StoredTraining]) -> Iterator[tuple[str, Figure]]:
    """Yield a figure for each role, data, steps and device that has curves, with its title."""
    for title, group in by_conditions(trainings):
        columns = [
            column
            for column in every_role()[group[0].row["role"]].columns
            if len(_steps(group, column)) > 1
        ]
        if columns:
            yield title, _figure(title, columns, group)


def _steps(group: Sequence[StoredTraining], column: Column) -> set[int]:
    """Return the steps at which a column is known: of one that is so at the end alone, one."""
    points = (point for one in group for point in one.curve)
    return {point["step"] for point in points if point.get(column.key) is not None}


def _figure(title: str, columns: Sequence[Column], group: Sequence[StoredTraining]) -> Figure:
    """Draw a panel for each column; the band is from the lowest to the highest seed."""
    from matplotlib.figure import Figure

    down = math.ceil(len(columns) / ACROSS)
    figure = Figure(figsize=(13, 3.2 * down + 0.6), layout="constrained")
    figure.suptitle(literal(title), fontsize=10)
    panels = figure.subplots(down, ACROSS, squeeze=False).flatten()
    for axes, column in zip(panels, columns, strict=False):
        _panel(axes, column, group)
    for axes in panels[len(columns) :]:
        axes.remove()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8)
    return figure


def _panel(axes: Axes, column: Column, group: Sequence[StoredTraining]) -> None:
    layers = dict.fromkeys(one.row["layer"] for one in group)
    for number, layer in enumerate(layers):
        points: dict[int, list[float]] = {}
        for one in group:
            for point in one.curve if one.row["layer"] == layer else ():
                if point.get(column.key) is not None:
                    points.setdefault(point["step"], []).append(point[column.key])
        steps, (colour, marker) = sorted(points), look(number)
        means = [sum(points[step]) / len(points[step]) for step in steps]
        lows, highs = ([end(points[step]) for step in steps] for end in (min, max))
        axes.plot(
            steps, means, color=colour, marker=marker, markersize=3.5, label=literal(str(layer))
        )
        axes.fill_between(steps, lows, highs, color=colour, alpha=0.15, linewidth=0)
    axes.set_xscale("symlog", linthresh=LINEAR_BELOW)
    axes.set(title=literal(column.heading), xlabel="step")
    axes.title.set_fontsize(9)
    grid(axes)
