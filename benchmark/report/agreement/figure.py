"""The agreement matrix as a picture: one heat map per family of kernels.

Methods of one cluster share a row; clusters are ordered by how alike they are, so that groups show
as blocks.  Below the diagonal stands how much two differ, above it why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from upbench.benchmark.report.agreement.clusters import clusters
from upbench.benchmark.report.agreement.kernels import FAMILIES
from upbench.benchmark.report.agreement.reasons import REASONS
from upbench.benchmark.report.style import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

LONGEST_LABEL = 42
_CELL, _LABELS, _HEAD, _FOOT, _TITLE, _NARROWEST = 0.36, 3.0, 0.5, 0.95, 0.35, 9.5  # inches
_DOTS = 100


@dataclass(frozen=True)
class Class:
    """Some largest differences, in levels of 255."""

    most: int | None
    """The upper end; None is none."""
    text: str
    light: str
    """Its colour on white, from pale to dark as differences grow."""
    dark: str
    """Its colour on black, from dim to bright."""


CLASSES = (
    Class(0, "equal after rounding to 8 bits", "#eef3f7", "#1d2a35"),
    Class(1, "1: rounding", "#c9ddee", "#1d4463"),
    Class(2, "2", "#b2d0e8", "#1c5580"),
    Class(7, "3 to 7", "#82b5db", "#2a77ad"),
    Class(15, "8 to 15", "#4a90c4", "#4e9bd0"),
    Class(31, "16 to 31", "#20699f", "#82bbe4"),
    Class(None, "32 and more", "#0b3c63", "#d2e8f8"),
)
"""Equal, rounding, up to 0.01 of full scale, then by doubling."""


def class_of(level: int) -> int:
    """Return the number of the class of a largest difference."""
    return next(
        number for number, one in enumerate(CLASSES) if one.most is None or level <= one.most
    )


class _Panel(NamedTuple):
    """A family's matrix: one row per cluster, whose first method stands for it."""

    family: str
    labels: list[str]
    levels: NDArray[np.int64]
    """The largest difference ``(rows, rows)`` in levels of 255; -1 for not compared."""
    codes: list[list[str]]


def heat_maps(table: pd.DataFrame, title: str) -> Figure:
    """Draw the matrix of every family: the largest on the left, the others on the right.

    Args:
        table: Rows of one dataset, scale and protocol of an agreement table.
        title: What they have in common.
    """
    families = [table[table["kernel"] == family] for family in FAMILIES]
    panels = sorted(map(_panel, filter(len, families)), key=lambda panel: -len(panel.labels))
    columns = [column for column in (panels[:1], panels[1:]) if column]
    widths = [_LABELS + _CELL * max(len(p.labels) for p in column) + 0.3 for column in columns]
    tallest = max(sum(_HEAD + _CELL * len(p.labels) for p in column) for column in columns)
    figure, axes = _sheet(max(sum(widths), _NARROWEST), _TITLE + tallest + _FOOT)
    for column, left in zip(columns, (0.0, widths[0]), strict=False):
        top = _TITLE
        for panel in column:
            top += _HEAD
            _draw(axes, panel, left + _LABELS, top)
            top += _CELL * len(panel.labels)
    _write_around(axes, title, {code for panel in panels for row in panel.codes for code in row})
    return figure


def _sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes over all of it, in inches from the top left corner.

    Axes for each panel, with ticks as labels, look the same and take twice as long to draw.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=_DOTS, facecolor="white")
    axes: Axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return figure, axes


def _panel(rows: pd.DataFrame) -> _Panel:
    """Lay out one family."""
    found = {
        frozenset((row["method_a"], row["method_b"])): (round(row["max_abs"] * 255), row["reason"])
        for row in rows.to_dict("records")
    }
    sets = clusters(rows)
    first = [names[0] for names in sets]
    pairs = [[found.get(frozenset((a, b)), (-1, "")) for b in first] for a in first]
    levels = np.array([[level for level, _ in row] for row in pairs])
    np.fill_diagonal(levels, 0)
    codes = [[REASONS.get(reason, "") for _, reason in row] for row in pairs]
    return _Panel(rows["kernel"].iloc[0], [*map(_label, sets)], levels, codes)


def _label(names: Sequence[str]) -> str:
    """Name the methods of a row: all of them where they fit."""
    together = " = ".join(names)
    if len(together) <= LONGEST_LABEL:
        return together
    others = f" = {len(names) - 1} other{'s' if len(names) > 2 else ''}" if len(names) > 1 else ""
    left = LONGEST_LABEL - len(others)
    return (names[0] if len(names[0]) <= left else f"{names[0][: left - 3]}...") + others


def _draw(axes: Axes, panel: _Panel, left: float, top: float) -> None:
    """Draw one family: colour by level, the level below the diagonal, the sign above."""
    from matplotlib.colors import BoundaryNorm, ListedColormap

    edges = np.arange(len(panel.labels) + 1) * _CELL
    ends = [0, *(one.most + 1 for one in CLASSES if one.most is not None), 256]
    axes.pcolormesh(
        left + edges,
        top + edges,
        np.ma.masked_less(panel.levels, 0),
        cmap=ListedColormap([one.light for one in CLASSES]),
        norm=BoundaryNorm(ends, len(CLASSES)),
        edgecolors="white",
        linewidth=1.5,
    )
    middles = edges[:-1] + _CELL / 2
    axes.text(left, top - 0.3, panel.family, fontsize=10, fontweight="bold", va="center")
    for number, (middle, label) in enumerate(zip(middles, panel.labels, strict=True), start=1):
        axes.text(left + middle, top - 0.1, str(number), fontsize=8, ha="center", va="center")
        named = f"{label}  {number}"
        axes.text(left - 0.06, top + middle, named, fontsize=8, ha="right", va="center")
    for (row, column), level in np.ndenumerate(panel.levels):
        if row != column and level >= 0:
            text = str(level) if row > column else panel.codes[row][column]
            colour = "white" if class_of(int(level)) > 3 else "black"
            x, y = float(left + middles[column]), float(top + middles[row])
            axes.text(x, y, text, fontsize=8, color=colour, ha="center", va="center")


def _write_around(axes: Axes, title: str, codes: set[str]) -> None:
    """Write the title, and what colours and signs mean."""
    from matplotlib.patches import Rectangle

    bottom = axes.get_ylim()[0]
    asked = f"{title}: how far apart are methods that claim the same kernel?"
    axes.text(0.12, 0.2, literal(asked), fontsize=11, va="center")
    what = "largest difference of the kept crops, in levels of 255 (2.55 are 0.01):"
    axes.text(0.12, bottom - 0.55, what, fontsize=8, va="center")
    for number, one in enumerate(CLASSES):
        left = 4.3 + 0.75 * number
        label = one.text.partition(":")[0].partition(" after")[0]
        axes.add_patch(Rectangle((left, bottom - 0.62), 0.14, 0.14, facecolor=one.light))
        axes.text(left + 0.2, bottom - 0.55, label, fontsize=8, va="center")
    signs = "     ".join(f"{code}  {reason}" for reason, code in REASONS.items() if code in codes)
    axes.text(0.12, bottom - 0.25, f"why:     {signs}", fontsize=8, va="center")
