"""The rows of all forms as one picture: time, memory, and what the zeros cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from form_study.kinds import FORMS, MATRICES
from form_study.table import ZEROS
from upbench.benchmark.core.text import counted
from upbench.benchmark.report.style import COLOURS, MARKERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw(frame: pd.DataFrame) -> Figure:
    """Draw a row of three panels for each number of channels, over the output's pixels.

    Time and memory are those of the first layer (the smallest stride and its largest kernel); the
    panel of ratios has zero insertion in every layer.  Points that are not stable are hollow.
    """
    from matplotlib.figure import Figure

    measured = frame[frame["status"] == "ok"].assign(pixels=frame["height"] * frame["width"])
    numbers = sorted(measured["channels"].unique())
    figure = Figure(figsize=(20, 5.5 * len(numbers)), layout="constrained")
    figure.suptitle(str(measured["machine"].iloc[0]).replace("$", r"\$") + ", 1 thread", fontsize=9)
    grid = figure.subplots(len(numbers), 3, squeeze=False)
    for panels, channels in zip(grid, numbers, strict=True):
        _panels(panels, measured[measured["channels"] == channels], counted(channels, "channel"))
    return figure


def _panels(panels: Sequence[Axes], rows: pd.DataFrame, channels: str) -> None:
    time, memory, ratio = panels
    stride = rows["stride"].min()
    kernel = rows.loc[rows["stride"] == stride, "kernel"].max()
    layer = rows[(rows["stride"] == stride) & (rows["kernel"] == kernel)]
    what = f"{channels}, stride {stride}, kernel {kernel}"
    time.set_title(what)
    _forms(time, layer, "seconds", "time of a call, s")
    memory.set_title(f"{what}; dotted: held between calls")
    _forms(memory, layer, "peak_mb", "memory that a call adds at its peak, MB")
    _held(memory, layer)
    ratio.set_title(f"{channels}: what the zeros cost")
    _ratios(ratio, rows)


def _forms(axes: Axes, rows: pd.DataFrame, column: str, label: str) -> None:
    for index, form in enumerate(FORMS):
        points = rows[(rows["form"] == form.name) & (rows[column] > 0)]
        _line(axes, points, column, form.name, COLOURS[index], MARKERS[index])
    _dress(axes, f"{label} (down is better)")


def _held(axes: Axes, rows: pd.DataFrame) -> None:
    for index, form in enumerate(FORMS):
        points = rows[rows["form"] == form.name]
        if form.name in MATRICES:
            axes.plot(points["pixels"], points["held_mb"], color=COLOURS[index], linestyle=":")


def _ratios(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the measured ratios, and as a dotted line the one that counting predicts."""
    zeros = rows[rows["form"] == ZEROS]
    for index, ((stride, kernel), points) in enumerate(zeros.groupby(["stride", "kernel"])):
        colour, layer = COLOURS[index % len(COLOURS)], f"stride {stride}, kernel {kernel}"
        _line(axes, points, "over_native", f"{layer}: / native", colour, "o")
        _line(axes, points, "over_sub_pixel", f"{layer}: / sub-pixel", colour, "s", "--")
        axes.plot(points["pixels"], points["counted_over_native"], color=colour, linestyle=":")
    axes.axhline(1, color="black", linewidth=0.8)
    _dress(axes, "time of zero insertion / time of the other (dotted: multiplications)")
    axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.01, 1))  # lines fill the panel


def _line(  # noqa: PLR0917 - what a line is
    axes: Axes,
    points: pd.DataFrame,
    column: str,
    label: str,
    colour: str,
    marker: str,
    style: str = "-",
) -> None:
    axes.plot(
        points["pixels"],
        points[column],
        color=colour,
        marker=marker,
        linestyle=style,
        linewidth=1,
        label=label,
    )
    hollow = points[~points["stable"]]
    axes.plot(
        hollow["pixels"], hollow[column], color=colour, marker=marker, linestyle="", mfc="white"
    )


def _dress(axes: Axes, label: str) -> None:
    axes.set(xscale="log", yscale="log", xlabel="pixels of the output", ylabel=label)
    axes.grid(visible=True, which="both", alpha=0.25)
    axes.legend(fontsize=7)
