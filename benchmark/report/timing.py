"""The tables and figures of timings: what each method takes, and how that grows with work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.csv import write_csv
from upbench.benchmark.core.files import write_atomically, write_text
from upbench.benchmark.core.sizes import scale_text
from upbench.benchmark.core.text import counted
from upbench.benchmark.report.drawings import FIGURES
from upbench.benchmark.report.render.markdown import section
from upbench.benchmark.report.style import grid, literal, look
from upbench.benchmark.timing import read_rows
from upbench.benchmark.timing.table import frame_of, overview, timing_tables

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEADING = """# Timings

Time of the method's call alone: median of the samples, interquartile range, 95 % confidence
interval of the median (order statistics).  Mpx/s counts pixels of the output.  Memory is what the
call adds to the process; loading is apart.  Unstable rows are marked with * and explained.
"""


def to_markdown(frame: pd.DataFrame) -> str:
    """Write the timings for a reader: a table per conditions, scale and size, fastest first."""
    if frame.empty:
        return "Nothing has been timed yet.\n"
    return "\n".join([HEADING, *map(section, (*overview(frame), *timing_tables(frame)))])


def rebuild_timing(out: Path) -> pd.DataFrame:
    """Write the tables and figures again from a folder's journal; return the rows.

    Raises:
        StoreError: The folder cannot be read or written.
    """
    frame = frame_of(read_rows(out).values())
    write_timing(out, frame)
    return frame


def write_timing(out: Path, frame: pd.DataFrame) -> None:
    """Write ``timing.csv``, ``timing.parquet``, ``timing.md`` and the figures.

    Raises:
        StoreError: The folder cannot be written.
    """
    write_timing_tables(out, frame)
    _draw(out / FIGURES, frame)


def write_timing_tables(out: Path, frame: pd.DataFrame) -> None:
    """Write ``timing.csv``, ``timing.parquet`` and ``timing.md``.

    Raises:
        StoreError: The folder cannot be written.
    """
    write_csv(frame, out / "timing.csv")
    with write_atomically(out / "timing.parquet") as file:
        frame.to_parquet(file, index=False)
    write_text(out / "timing.md", to_markdown(frame))


def _draw(folder: Path, frame: pd.DataFrame) -> None:
    """Draw one figure per scale, of the latest conditions: other machines' rows are not beside."""
    measured = frame[frame["status"] == "ok"]
    if measured.empty:
        return
    folder.mkdir(exist_ok=True)
    latest = measured.sort_values("measured_at").to_dict("records")[-1]
    where, threads = latest["machine"], latest["threads"]
    pixels, kind = latest["dtype"], latest["channels"]
    shown = measured[
        (measured["machine"] == where)
        & (measured["threads"] == threads)
        & (measured["dtype"] == pixels)
        & ((measured["channels"] == kind) | (pixels != "uint8"))
    ]
    for scale, table in shown.groupby("scale"):
        title = f"x{scale_text(scale)}, {counted(threads, 'thread')}, {where}"
        name = f"growth-x{scale_text(scale).replace('/', '-')}.png"
        with write_atomically(folder / name) as file:
            growth(table, title).savefig(file, format="png", dpi=120)


# ------------------------------------------------------------------ growth with work


def growth(table: pd.DataFrame, title: str) -> Figure:
    """Draw time and peak memory against megapixels of output, all on logarithmic axes.

    A slope of 1 is time in proportion to the output; less is a fixed cost that still shows, more
    is work that grows faster than the picture, or a picture that has outgrown the caches.

    Points that are not stable are hollow.

    Args:
        table: Rows of one scale and one machine, with columns method, device, height, width,
            seconds, stable and peak_mb; failures are left out.
        title: What the rows have in common.
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
