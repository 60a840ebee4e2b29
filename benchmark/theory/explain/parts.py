"""The grids that several teaching pictures share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.theory.arithmetic.zeros import direct_convolution, stretch_and_pad
from upbench.benchmark.theory.explain.canvas import Grid, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.theory.arithmetic.connections import Connections
    from upbench.benchmark.theory.explain.canvas import Words
    from upbench.benchmark.theory.explain.example import Example


def padded_grid(title: str, image: Floats, padding: int) -> Grid:
    """Return an image with its zero padding in grey."""
    grid = Grid.of(f"{title}, padding {padding}" if padding else title, np.pad(image, padding))
    rows, columns = np.nonzero(np.pad(np.zeros(image.shape), padding, constant_values=1))
    return grid.marked(rows, columns, "padding")


def stretched_grid(example: Example) -> Grid:
    """Return what the direct convolution reads, inserted zeros and padding distinguished."""
    values = stretch_and_pad(example.image, *example.layer)
    axis = direct_convolution(example.size, *example.layer)
    place = np.arange(len(values)) - axis.padding
    inside = (place >= 0) & (place < axis.stretched)
    pixel = inside & (place % example.stride == 0)
    kinds = np.where(np.outer(inside, inside), "zero", "padding")
    kinds[np.outer(pixel, pixel)] = "plain"
    around = f"padding: {axis.padding}" if axis.padding >= 0 else f"cut off: {-axis.padding}"
    title = f"zeros between: {example.stride - 1}, {around}"
    return Grid(title, words(values), kinds.astype("<U8"))


def sliding(
    grid: Grid,
    kernel: Floats,
    result: Floats,
    position: int,
    shown: int,
    *,
    stride: int = 1,
    title: str = "kernel",
) -> tuple[tuple[Grid | str, ...], str]:
    """Return the row of a kernel that slides over a grid, and its products at a position in words.

    The grid with the window under the kernel, the kernel's elements in its corners; the kernel;
    the output as far as it is shown.
    """
    under = window_at(position, kernel, result.shape[1], stride)
    corners = np.full(grid.text.shape, "", dtype="<U8")
    corners[under] = np.char.add("x", words(kernel))
    window = replace(grid.marked(*under, "read"), corners=corners)
    row = window, "*", Grid.of(title, kernel), "=", output_grid(result, position, shown)
    terms = zip(grid.text[under].astype(float).flat, kernel.flat, strict=True)
    return row, sum_of(terms, result.flat[position])


def window_at(position: int, kernel: Floats, columns: int, stride: int) -> tuple[slice, slice]:
    """Return the cells under the kernel at an output position."""
    down, across = (number * stride for number in divmod(position, columns))
    return slice(down, down + kernel.shape[0]), slice(across, across + kernel.shape[1])


def output_grid(result: Floats, position: int, shown: int, title: str = "output") -> Grid:
    """Return the output as far as it is shown, one position highlighted."""
    values = result.ravel().copy()
    values[shown:] = np.nan
    grid = Grid.of(title, values.reshape(result.shape))
    return grid.marked(*cells(position, result.shape[1]), "write")


def matrix_grid(title: str, dense: Floats, connected: Connections) -> Grid:
    """Return a matrix whose structural zeros are grey."""
    grid = Grid.of(title, dense, "zero")
    return grid.marked(connected.outputs, connected.inputs, "plain")


def cells(index: ArrayLike, columns: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns of positions counted row after row."""
    rows, places = np.divmod(np.asarray(index, dtype=np.intp), columns)
    return rows, places


def levels(counts: NDArray[Any]) -> Words:
    """Name the lowest, highest and middle numbers, for their brightness."""
    low, high = counts.min(), counts.max()
    names = np.where(counts == low, "low", np.where(counts == high, "high", "middle"))
    return names.astype("<U8")


def sum_of(terms: Iterable[tuple[float, float]], result: float) -> str:
    """Write out products and their sum."""
    products = [f"{value:g}·{weight:g}" for value, weight in terms]
    return f"{' + '.join(products) or '0'} = {result:g}"
