"""Annotated tables of numbers, drawn side by side: what all teaching pictures are made of.

Everything is placed in cells of a fixed printed size, so that text never shrinks or overlaps.
Meaning is carried by brightness and line width as well as by colour: the pictures survive
grey printing and colour blindness.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from upbench.benchmark.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

    Words: TypeAlias = NDArray[np.str_]
    Index: TypeAlias = int | slice | NDArray[np.intp]

MOST_CELLS = 48
"""The longest side of a table that still can be read."""

CELL = 0.46
"""The side of a cell in inches."""
GAP = 0.45
"""The free space around a table, in cells."""
CHARACTER = 0.185
"""How wide a letter of a title or caption is, in cells."""
LINE = 0.62
"""How high a line of caption is, in cells."""
NARROWEST = 14.0
"""The width in cells below which captions would be broken too often."""


@dataclass(frozen=True)
class CellStyle:
    """How a kind of cell looks."""

    fill: str
    text: str = "black"
    edge: str = "#555555"
    width: float = 0.7
    weight: str = "normal"


STYLES = {
    "plain": CellStyle("white"),
    "zero": CellStyle("#ececec", text="#666666", edge="#999999"),
    "padding": CellStyle("#d2d2d2", text="#555555", edge="#999999"),
    "read": CellStyle("#9fd3f5", edge="#00436b", width=2.0, weight="bold"),
    "write": CellStyle("#b34700", text="white", edge="black", width=2.0, weight="bold"),
    "low": CellStyle("#fff3d6"),
    "middle": CellStyle("#f0b95c"),
    "high": CellStyle("#8a3b00", text="white"),
    "blank": CellStyle("none", edge="none"),
}
"""Okabe and Ito's hues, with brightness far enough apart for grey printing."""


@dataclass(frozen=True)
class Grid:
    """A table of cells with a title above."""

    title: str
    """One line; "" for none."""
    text: Words
    """``(rows, columns)``: what is written in the cells."""
    kinds: Words
    """``(rows, columns)``: the names of their styles."""
    corners: Words | None = None
    """``(rows, columns)``: small text at the bottom right of the cells."""

    @classmethod
    def of(cls, title: str, values: ArrayLike, kind: str = "plain") -> Grid:
        """Make a grid of numbers, all cells of one kind."""
        text = words(values)
        return cls(title, text, np.full(text.shape, kind, dtype="<U8"))

    def marked(self, rows: Index, columns: Index, kind: str) -> Grid:
        """Return the grid with some cells of another kind."""
        kinds = self.kinds.copy()
        kinds[rows, columns] = kind
        return replace(self, kinds=kinds)

    @property
    def width(self) -> float:
        """The width it takes in cells, its title's included."""
        return max(float(self.text.shape[1]), CHARACTER * len(self.title))


@dataclass(frozen=True)
class Scene:
    """A picture: rows of grids with signs between them, and a caption."""

    rows: tuple[tuple[Grid | str, ...], ...]
    """From top to bottom, each from left to right."""
    caption: tuple[str, ...] = ()
    """Lines below, broken where they are too long."""
    zoom: float = 1.0
    """The printed size of the cells, 1 is 0.46 inches."""


def words(values: ArrayLike) -> Words:
    """Write numbers shortly: whole ones without a point, NaN as nothing."""
    numbers = np.asarray(values, dtype=np.float64)
    written = ["" if np.isnan(number) else f"{number:.4g}" for number in numbers.flat]
    return np.array(written, dtype="<U8").reshape(numbers.shape)


def draw(scene: Scene) -> Figure:
    """Draw a scene.

    Raises:
        UsageError: A table in it has more cells on a side than can be read.
    """
    from matplotlib.figure import Figure

    _check_size(scene)
    width = max(NARROWEST, *(_width(row) for row in scene.rows))
    caption = [part for line in scene.caption for part in wrap(line, int(width / CHARACTER))]
    heights = [_height(row) for row in scene.rows]
    height = sum(heights) + LINE * len(caption) + 2 * GAP
    cell = CELL * scene.zoom
    figure = Figure(figsize=(cell * width, cell * height), facecolor="white")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    top = 0.0
    for row, high in zip(scene.rows, heights, strict=True):
        _draw_row(axes, row, (width - _width(row)) / 2, top, scene.zoom)
        top += high
    for number, line in enumerate(caption):
        place = GAP, top + GAP + LINE * (number + 0.5)
        axes.text(*place, line, fontsize=10 * scene.zoom, va="center")
    return figure


def _check_size(scene: Scene) -> None:
    grids = [part for row in scene.rows for part in row if isinstance(part, Grid)]
    longest = max(max(grid.text.shape) for grid in grids)
    if longest > MOST_CELLS:
        raise UsageError(
            f"A table of {longest} cells on a side cannot be read in a picture; "
            f"choose an input, kernel or padding so small that none exceeds {MOST_CELLS}."
        )


def _width(row: Sequence[Grid | str]) -> float:
    return sum(_space(part) for part in row) + GAP


def _space(part: Grid | str) -> float:
    """Return the width that a grid or sign takes, free space included."""
    if isinstance(part, Grid):
        return part.width + GAP
    return 1.6 * CHARACTER * len(part) + GAP


def _height(row: Sequence[Grid | str]) -> float:
    grids = [part for part in row if isinstance(part, Grid)]
    title = 0.9 if any(grid.title for grid in grids) else 0.0
    return max(len(grid.text) for grid in grids) + title + GAP


def _draw_row(axes: Any, row: Sequence[Grid | str], left: float, top: float, zoom: float) -> None:
    """Draw grids and signs from left to right, centred on one line."""
    height = _height(row)
    grids = [part for part in row if isinstance(part, Grid)]
    tallest = max(len(grid.text) for grid in grids)
    middle = top + height - tallest / 2
    left += GAP
    for part in row:
        space = _space(part) - GAP
        if isinstance(part, Grid):
            rows, columns = part.text.shape
            _draw_grid(axes, part, left + (space - columns) / 2, middle - rows / 2, zoom)
        else:
            axes.text(left + space / 2, middle, part, fontsize=16 * zoom, ha="center", va="center")
        left += space + GAP


def _draw_grid(axes: Any, grid: Grid, left: float, top: float, zoom: float) -> None:
    # Emphasised cells last, so that no neighbour's line covers their thick ones.
    order = sorted(np.ndindex(grid.text.shape), key=lambda cell: _style(grid, cell).width)
    for row, column in order:
        _draw_cell(axes, grid, (row, column), (left + column, top + row), zoom)
    middle, size = left + grid.text.shape[1] / 2, 10 * zoom
    axes.text(middle, top - 0.42, grid.title, fontsize=size, ha="center", va="center")


def _style(grid: Grid, cell: tuple[int, ...]) -> CellStyle:
    return STYLES[str(grid.kinds[cell])]


def _draw_cell(
    axes: Any, grid: Grid, cell: tuple[int, int], place: tuple[float, float], zoom: float
) -> None:
    from matplotlib.patches import Rectangle

    style, text = _style(grid, cell), str(grid.text[cell])
    box = Rectangle(place, 1, 1, facecolor=style.fill, edgecolor=style.edge)
    box.set_linewidth(style.width * zoom)
    axes.add_patch(box)
    corner = "" if grid.corners is None else str(grid.corners[cell])
    if text:
        size = min(12.0, 40.0 / len(text)) * zoom
        x, y = place[0] + (0.4 if corner else 0.5), place[1] + (0.4 if corner else 0.52)
        looks = {"fontsize": size, "color": style.text, "fontweight": style.weight}
        axes.text(x, y, text, ha="center", va="center", **looks)
    if corner:
        x, y = place[0] + 0.93, place[1] + 0.8
        axes.text(x, y, corner, fontsize=7.5 * zoom, color=style.text, ha="right", va="center")
