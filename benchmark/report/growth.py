"""The growth of time and memory with work: both against megapixels of output, per method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.report.style import grid, literal, look

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def growth(table: pd.DataFrame, title: str) -> Figure:
    """Draw time and peak memory against megapixels of output, all on logarithmic axes.

    A slope of 1 is time in proportion to the output; less is a fixed cost that still shows, more
    is work that grows faster than the picture, or a picture that has outgrown the caches.

    Args:
        table: Rows of one scale and one machine, with columns method, device, height, width,
            seconds, stable and peak_mb; failures are left out.
        title: What the rows have in common.

    Returns:
        A figure with two panels; points that are not stable are hollow.
    """
    from matplotlib.figure import Figure

    shown = table.assign(mpx=table["height"] * table["width"] / 1e6, name=_names(table))
    shown = shown.dropna(subset=["seconds"])
    figure = Figure(figsize=(14, 7.5), layout="constrained")
    figure.suptitle(literal(title), fontsize=10)
    time, memory = figure.subplots(1, 2)
    for index, (name, points) in enumerate(shown.groupby("name")):
        _draw_line(time, points, "seconds", _label(str(name), points), index)
        _draw_line(memory, points[points["peak_mb"] > 0], "peak_mb", None, index)
    _dress(time, "time of the call, s (down is better)")
    _dress(memory, "memory that the call adds at its peak, MB (down is better)")
    if len(shown):
        figure.legend(loc="outside right upper", fontsize=7, title="method: slope of time")
    return figure


def slope(table: pd.DataFrame) -> float | None:
    """Return the exponent p of ``seconds ~ megapixels ** p``, by least squares of the logarithms.

    Args:
        table: One method's rows, with columns height, width and seconds.

    Returns:
        The exponent; None with fewer than two sizes.
    """
    import numpy as np

    known = table[table["seconds"] > 0]
    work = np.log((known["height"] * known["width"]).to_numpy(dtype=float))
    if len(np.unique(work)) < 2:
        return None
    return float(np.polyfit(work, np.log(known["seconds"].to_numpy(dtype=float)), 1)[0])


def _names(table: pd.DataFrame) -> list[str]:
    pairs = zip(table["method"], table["device"], strict=True)
    return [method if device == "cpu" else f"{method} on {device}" for method, device in pairs]


def _label(name: str, points: pd.DataFrame) -> str:
    exponent = slope(points)
    return literal(name) if exponent is None else f"{literal(name)}: {exponent:.2f}"


def _draw_line(axes: Axes, table: pd.DataFrame, column: str, label: str | None, index: int) -> None:
    points = table.sort_values("mpx")
    colour, marker = look(index)
    axes.plot(points["mpx"], points[column], color=colour, marker=marker, linewidth=1, label=label)
    hollow = points[~points["stable"].astype("boolean").fillna(value=False)]
    axes.plot(hollow["mpx"], hollow[column], color=colour, marker=marker, linestyle="", mfc="white")


def _dress(axes: Axes, ylabel: str) -> None:
    import numpy as np

    # a run's --speed measures no memory, and a logarithmic axis takes no empty panel
    kind = "log" if any(np.size(line.get_xdata()) for line in axes.lines) else "linear"
    axes.set(xscale=kind, yscale=kind, xlabel="output, Mpx (hollow: not stable)", ylabel=ylabel)
    grid(axes)
