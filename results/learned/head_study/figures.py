"""The plots of the study's tables, for the width of a README and colour-blind readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from head_study.curves import VISIBLE_DB
from head_study.names import LONGER, rank, short
from head_study.scores import REFERENCE
from head_study.table import dataset_title, lead_dataset
from upbench.benchmark.report.style import COLOURS, MARKERS, look

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 10.0
"""Inches, of 100 dots each: what a README shows without making it smaller."""
COLUMNS = 4
"""Panels beside each other."""
FIRST_STEP = 300
"""Before it a network is learning to be bicubic."""
MEASURES = {
    "checkerboard_db": ("checkerboard on validation images", "-"),
    "ripple_db": ("ripple on a flat field", "--"),
}


def draw_curves(curves: pd.DataFrame) -> Figure:
    """Draw checkerboard and ripple along training, a panel for each method.

    A line is the median over the seeds, the band around it reaches from the least to the most.
    """
    from matplotlib.figure import Figure

    names = _ordered(curves["method"])
    rows = -(-len(names) // COLUMNS)
    figure = Figure(figsize=(WIDTH, 1.9 * rows + 0.9), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, squeeze=False, sharex=True, sharey=True).ravel()
    scales = sorted(curves["scale"].unique())
    for panel, name in zip(panels, names, strict=False):
        panel.set_title(short(name), fontsize=8)
        for index, scale in enumerate(scales):
            records = curves[(curves["method"] == name) & (curves["scale"] == scale)]
            if len(records):
                _draw_convergence(panel, records, COLOURS[index])
        panel.axhline(VISIBLE_DB, color="#777777", linewidth=0.8, linestyle=":")
        panel.set_xscale("symlog", linthresh=10, linscale=0.5)
        panel.set_xticks([0, 10, 100, 1000, 10_000], ["0", "10", "100", "1000", "10 000"])
        panel.set_xlim(-1, 1.3 * curves["step"].max())
        panel.set_yscale("symlog", linthresh=1, linscale=0.6)
        panel.set_yticks([0, 1, 10, 50], ["0", "1", "10", "50"])
        panel.set_ylim(-0.15, 90)
        panel.grid(visible=True, alpha=0.25)
        panel.tick_params(labelsize=7)
    for panel in panels[len(names) :]:
        panel.set_axis_off()
    for panel in panels[max(len(names) - COLUMNS, 0) : len(names)]:
        panel.tick_params(labelbottom=True)  # also above a panel that is off
    figure.supxlabel("steps of training", fontsize=9)
    figure.supylabel("dB above none (down is better; dotted: 1 dB)", fontsize=9)
    figure.legend(handles=_curve_keys(scales), loc="outside upper center", ncols=5, fontsize=8)
    return figure


def draw_longer(curves: pd.DataFrame) -> Figure | None:
    """Draw the PSNR of the longer trained networks along training, a panel for each scale.

    Returns:
        The figure; None where none of them is there.
    """
    from matplotlib.figure import Figure

    shown = curves[curves["method"].isin(LONGER) & (curves["step"] >= FIRST_STEP)]
    if shown.empty:
        return None
    scales = sorted(shown["scale"].unique())
    figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
    panels = figure.subplots(1, len(scales), squeeze=False, sharex=True)[0]
    for panel, scale in zip(panels, scales, strict=True):
        for index, name in enumerate(LONGER):
            rows = shown[(shown["method"] == name) & (shown["scale"] == scale)]
            colour, marker = look(index)
            for _, records in rows.groupby("seed"):
                panel.plot(records["step"], records["psnr_db"], color=colour, marker=marker, ms=4)
        panel.set_title(f"x{scale}", fontsize=9)
        panel.set_xscale("log")
        panel.grid(visible=True, which="both", alpha=0.25)
        panel.tick_params(labelsize=8, which="both")
    panels[0].set_ylabel("PSNR on validation images, dB", fontsize=9)
    figure.supxlabel("steps of training", fontsize=9)
    keys = [_key(short(name), *look(index), linestyle="-") for index, name in enumerate(LONGER)]
    figure.legend(handles=keys, loc="outside upper center", ncols=len(LONGER), fontsize=8)
    return figure


def draw_beginnings(frame: pd.DataFrame) -> Figure:
    """Draw every random seed of every untrained head, a panel for each scale."""
    from matplotlib.figure import Figure

    names = _ordered(frame["method"])
    scales = sorted(frame["scale"].unique())
    figure = Figure(figsize=(WIDTH, 0.34 * len(names) + 1.3), layout="constrained")
    panels = figure.subplots(1, len(scales), squeeze=False, sharex=True, sharey=True)[0]
    for panel, scale in zip(panels, scales, strict=True):
        for line, name in enumerate(names):
            rows = frame[(frame["method"] == name) & (frame["scale"] == scale)]
            _draw_strip(panel, line - 0.17, rows["ripple_db"], COLOURS[0], MARKERS[0])
            _draw_strip(panel, line + 0.17, rows["checkerboard_db"], COLOURS[1], MARKERS[3])
        for limit in (1, 4):
            panel.axvline(limit, color="#777777", linewidth=0.8, linestyle=":")
        panel.set_title(f"x{scale}", fontsize=9)
        panel.set_xscale("symlog", linthresh=1, linscale=0.35)
        panel.set_xticks([0, 1, 4, 10, 40], ["0", "1", "4", "10", "40"])
        panel.set_xlim(-0.15, 90)
        panel.grid(visible=True, axis="x", alpha=0.25)
        panel.tick_params(labelsize=8)
    panels[0].set_yticks(range(len(names)), [short(name) for name in names])
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    figure.supxlabel("dB before training, one mark per random seed (bar: median)", fontsize=9)
    keys = [("ripple on flat fields", 0, 0), ("checkerboard on images", 1, 3)]
    figure.legend(
        handles=[_key(label, COLOURS[c], marker=MARKERS[m]) for label, c, m in keys],
        loc="outside upper center",
        ncols=2,
        fontsize=8,
    )
    return figure


def draw_speed(heads: pd.DataFrame) -> Figure | None:
    """Draw PSNR against the time for a megapixel of output, a panel for each scale.

    Filled is the form that runs, hollow the layer as it is defined; the bar reaches from the least
    to the most of the seeds.

    Returns:
        The figure; None without times.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter

    lead = lead_dataset(heads)
    shown = heads[heads["dataset"] == lead]
    if "ms_per_mpx" not in shown or shown["ms_per_mpx"].isna().all():
        return None
    names = _ordered(shown.loc[shown["ms_per_mpx"].notna(), "method"])
    scales = sorted(shown["scale"].unique())
    figure = Figure(figsize=(WIDTH, 4.6), layout="constrained")
    panels = figure.subplots(1, len(scales), squeeze=False)[0]
    for panel, scale in zip(panels, scales, strict=True):
        rows = shown[shown["scale"] == scale]
        for index, name in enumerate(names):
            _draw_point(panel, rows[rows["method"] == name], index)
        panel.set_title(f"x{scale}", fontsize=9)
        panel.set_xscale("log")
        panel.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panel.xaxis.set_major_formatter("{x:g}")
        panel.xaxis.set_minor_formatter(NullFormatter())
        panel.grid(visible=True, which="both", alpha=0.25)
        panel.tick_params(labelsize=8, which="both")
    panels[0].set_ylabel(f"PSNR on {dataset_title(lead).strip('`')}, dB (up is better)", fontsize=9)
    figure.supxlabel("ms per megapixel of output, 1 thread (left is faster)", fontsize=9)
    keys = [_key(short(name), *look(index)) for index, name in enumerate(names)]
    figure.legend(handles=keys, loc="outside upper center", ncols=4, fontsize=8)
    return figure


def _draw_convergence(axes: Axes, records: pd.DataFrame, colour: str) -> None:
    for measure, (_, style) in MEASURES.items():
        found = records.groupby("step")[measure].agg(["median", "min", "max"])
        axes.plot(found.index, found["median"], style, color=colour, linewidth=1.3)
        axes.fill_between(found.index, found["min"], found["max"], color=colour, alpha=0.2, lw=0)


def _curve_keys(scales: Iterable[int]) -> list[Any]:
    keys = [_key(label, "black", linestyle=style) for label, style in MEASURES.values()]
    return keys + [_key(f"x{s}", COLOURS[i], linestyle="-") for i, s in enumerate(scales)]


def _draw_strip(axes: Axes, line: float, values: pd.Series[Any], colour: str, marker: str) -> None:
    axes.plot(
        values,
        [line] * len(values),
        linestyle="",
        marker=marker,
        markersize=4,
        color=colour,
        alpha=0.45,
        markeredgewidth=0,
        clip_on=False,
    )
    if len(values):
        axes.plot([values.median()] * 2, [line - 0.17, line + 0.17], color=colour, linewidth=2)


def _draw_point(axes: Axes, rows: pd.DataFrame, index: int) -> None:
    times = rows["ms_per_mpx"].dropna()
    if times.empty:
        return
    quality, (colour, marker) = rows["psnr_db"], look(index)
    middle = quality.mean()
    slower = rows["ms_per_mpx_unfolded"].dropna()
    if len(slower):
        axes.plot([times.iloc[0], slower.iloc[0]], [middle] * 2, color=colour, lw=0.6, alpha=0.6)
        axes.plot(slower.iloc[0], middle, marker, color=colour, mfc="white", markersize=5)
    spread = [[middle - quality.min()], [quality.max() - middle]]
    axes.errorbar(times.iloc[0], middle, spread, color=colour, marker=marker, markersize=6, lw=1)


def _key(label: str, colour: str, marker: str = "", linestyle: str = "") -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, marker=marker, linestyle=linestyle, label=label)


def _ordered(names: pd.Series[Any]) -> list[str]:
    return sorted({str(name) for name in names} - {REFERENCE}, key=rank)
