"""What the pictures of layers inside networks show: flat areas, phases, gradients, stages.

As in :mod:`scenes`, each takes an example, the output position it highlights and how many outputs
it shows already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.theory.arithmetic.connections import conv_connections
from upbench.benchmark.theory.arithmetic.matrix import convolve, transposed_convolve
from upbench.benchmark.theory.arithmetic.sizes import conv_size
from upbench.benchmark.theory.explain.canvas import Grid, Scene, words
from upbench.benchmark.theory.explain.parts import cells, levels, output_grid, window_at
from upbench.benchmark.theory.layers.overlap import stacked_overlap
from upbench.benchmark.theory.layers.periodic import Shuffle, Transposed
from upbench.benchmark.theory.layers.response import phase_response

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.theory.explain.example import Example

STAGES = 3
"""Upsampling layers in the generator's picture."""


def phase_levels(weights: Floats, stride: int, padding: int = 0) -> Floats:
    """Return what a transposed convolution makes of a flat area of 1, by phase: ``(s, s)``."""
    layer = Transposed(weights[None, None], np.zeros(1), (stride, stride), (padding, padding))
    return phase_response([layer], 1).gains[:, :, 0, 0]


def kernels(example: Example) -> Floats:
    """Return the kernels of a sub-pixel convolution, whole numbers: ``(s, s, k, k)``.

    The first is the example's own.
    """
    shape = (example.stride, example.stride, example.kernel, example.kernel)
    drawn: Floats = np.random.default_rng(example.kernel).integers(1, 5, shape).astype(np.float64)
    drawn[0, 0] = example.weights
    return drawn


def labels(size: int) -> Floats:
    """Return a picture of three classes: a disc (1) and a pole, one pixel wide (2), on 0."""
    rows, columns = np.indices((size, size)) + 0.5
    disc = np.hypot(rows - size * 0.6, columns - size * 0.35) < size * 0.3
    found: Floats = disc.astype(np.float64)
    found[: max(1, size // 2), int(size * 0.7)] = 2
    return found


def coarse_labels(fine: Floats, factor: int) -> Floats:
    """Return the commonest class of each cell, the higher one of equals, at the full size."""
    size = len(fine)
    count = -(-size // factor)
    padded = np.pad(fine, (0, count * factor - size), mode="edge")
    cut = padded.reshape(count, factor, count, factor).swapaxes(1, 2).reshape(count, count, -1)
    votes = np.stack([(cut == one).sum(axis=2) for one in (2, 1, 0)])
    best = 2.0 - votes.argmax(axis=0)
    return np.asarray(best.repeat(factor, axis=0).repeat(factor, axis=1)[:size, :size])


def divided(example: Example) -> tuple[int, int]:
    """Return the next kernel that the stride divides, and the input of as many outputs."""
    outputs = conv_size(example.size, *example.layer)
    kernel = example.stride * -(-example.kernel // example.stride)
    return kernel, (outputs - 1) * example.stride + kernel - 2 * example.padding


def checkerboard(example: Example, position: int, shown: int) -> Scene:
    """Show what a kernel makes of a flat area, and what it makes with a zero-order hold after."""
    flat, stride = np.ones((example.size, example.size)), example.stride
    result = transposed_convolve(flat, example.weights, stride, example.padding)
    held = convolve(result, np.ones((stride, stride)), 1, 0) if len(result) >= stride else result
    board = _shaded("output", result, position, shown)
    row = (Grid.of("flat input", flat), "*ᵀ", Grid.of("kernel", example.weights), "=", board)
    after = Grid(f"then {stride} x {stride} ones: flat inside", words(held), levels(held))
    down, across = divmod(position, len(result))
    caption = (
        f"Output {position + 1} is in phase ({down % stride}, {across % stride}); inside, all "
        "outputs of a phase are alike, and phases differ."
    )
    return Scene((row, (after,)), (caption,))


def pixel_shuffle(example: Example, position: int, shown: int) -> Scene:
    """Show the s x s planes of a sub-pixel convolution, and where each pixel goes."""
    stride, filters = example.stride, kernels(example)
    planes = [
        convolve(example.image, filters[phase], 1, example.padding)
        for phase in np.ndindex(stride, stride)
    ]
    result = _shuffled(planes, stride)
    row, column = divmod(position, len(result))
    chosen = row % stride * stride + column % stride
    grids: list[Grid | str] = []
    for number, plane in enumerate(planes):
        grid = Grid.of(f"channel {number}", plane)
        if number == chosen:
            grid = grid.marked(row // stride, column // stride, "read")
        grids += [" ", grid] if grids else [grid]
    output = output_grid(result, position, shown, "output")
    caption = (
        f"Output ({row}, {column}) is channel {chosen} at ({row // stride}, {column // stride}): "
        f"{result[row, column]:g}."
    )
    first = (*grids, "→", output)
    return Scene((first, (Grid.of("input", example.image),)), (caption,))


def icnr(example: Example, position: int, shown: int) -> Scene:
    """Show a flat area after a kernel for each phase, and after one for all of them."""
    flat, filters = np.ones((example.size, example.size)), kernels(example)
    stride = example.stride
    phases = list(np.ndindex(stride, stride))
    own = [convolve(flat, filters[phase], 1, example.padding) for phase in phases]
    results = [_shuffled(planes, stride) for planes in (own, own[:1] * len(phases))]
    boards = [
        _shaded(title, result, position, shown)
        for title, result in zip(("a kernel per phase", "ICNR: one kernel"), results, strict=True)
    ]
    size = len(results[0])
    padded = np.pad(flat, example.padding)
    down, across = (number // stride for number in divmod(position, size))
    under = window_at(down * (size // stride) + across, example.weights, size // stride, 1)
    image = Grid.of("flat input, padded", padded).marked(*under, "read")
    caption = (
        f"Output {position + 1}: {results[0].flat[position]:g} by its phase's own kernel, "
        f"{results[1].flat[position]:g} after ICNR, as every pixel of its {stride} x {stride} cell."
    )
    return Scene(((image, "→", boards[0], "   ", boards[1]),), (caption,))


def gradients(example: Example, position: int, shown: int) -> Scene:
    """Show how often a strided convolution sends a flat gradient back to each input pixel."""
    rows = [_returned(example.size, example.layer, position, shown)]
    kernel, size = divided(example)
    if kernel != example.kernel and size >= 1:
        rows.append(_returned(size, (kernel, *example.layer[1:]), position, shown))
    caption = (
        f"Output {position + 1} sends its gradient back to the pixels that it has read. Pixels "
        "that several outputs have read get several times as much."
    )
    return Scene(tuple(rows), (caption,))


def generator(example: Example, position: int, shown: int) -> Scene:
    """Show on one axis how overlap compounds from stage to stage, and on both after the last."""
    del shown
    period = example.stride**STAGES
    rows: list[tuple[Grid | str, ...]] = []
    for stage in range(1, STAGES + 1):
        counts = np.array(stacked_overlap([example.layer] * stage).counts, dtype=np.intp)
        repeated = np.tile(counts, period // len(counts))
        title = f"after stage {stage}: period {len(counts)}"
        grid = Grid(title, words(repeated[None]), levels(repeated[None]))
        rows.append((grid.marked(0, position, "write"),))
    square = np.outer(repeated, repeated)
    rows.append((Grid("both axes, after the last", words(square), levels(square)),))
    caption = (
        f"Kernel {example.kernel}, stride {example.stride}, {STAGES} times: paths from the input "
        f"to each output. Output {position + 1} is reached by {repeated[position]}."
    )
    return Scene(tuple(rows), (caption,))


def segmentation(example: Example, position: int, shown: int) -> Scene:
    """Show classes, and what is left of them at 1 / s and 1 / s^2 of the resolution."""
    del shown
    fine, stride = labels(example.size), example.stride
    grids: list[Grid | str] = [
        Grid.of("classes", fine).marked(*cells(position, example.size), "read")
    ]
    for factor in (stride, stride**2):
        coarse = coarse_labels(fine, factor)
        grid, (rows, columns) = Grid.of(f"from 1/{factor}", coarse), np.nonzero(coarse != fine)
        grids += ["   ", grid.marked(rows, columns, "write")]
    caption = (
        "Orange: classes that are wrong although every cell has its commonest one. A layer cannot "
        "restore them from the coarse map alone; a skip connection can."
    )
    return Scene((tuple(grids),), (caption,))


def _shaded(title: str, values: Floats, position: int, shown: int) -> Grid:
    """Return an output as far as it is shown, darker where it is higher."""
    known = values.ravel().copy()
    known[shown:] = np.nan
    grid = Grid(title, words(known.reshape(values.shape)), levels(values))
    hidden, columns = np.arange(shown, values.size), values.shape[1]
    return grid.marked(*cells(hidden, columns), "plain").marked(*cells(position, columns), "write")


def _shuffled(planes: list[Floats], stride: int) -> Floats:
    """Return the pixel shuffle of s x s planes."""
    return np.asarray(Shuffle(stride)(np.stack(planes)[None])[0, 0])


def _returned(
    size: int, layer: tuple[int, int, int], position: int, shown: int
) -> tuple[Grid | str, ...]:
    """Return a row: the outputs' gradients, and what comes back to the input."""
    connected = conv_connections(size, *layer)
    sent = connected.outputs < shown
    counts = np.bincount(connected.inputs[sent], minlength=size * size).reshape(size, size)
    read = connected.inputs[connected.outputs == position]
    flat = Grid.of("gradient of the output", np.ones(connected.output_shape))
    title = f"back through kernel {layer[0]}, stride {layer[1]}"
    grid = Grid(title, words(counts), levels(counts)).marked(*cells(read, size), "read")
    return flat.marked(*cells(position, connected.output_shape[1]), "write"), "→", grid
