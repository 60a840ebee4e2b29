"""What each teaching picture shows at one output position.

Every scene takes an example, the output position it highlights (row after row), and how many
outputs it shows already: all of them in a still, those up to the position in an animation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.theory.arithmetic.connections import conv_connections, transposed_connections
from upbench.benchmark.theory.arithmetic.matrix import column, convolve, transposed_convolve
from upbench.benchmark.theory.explain.canvas import Grid, Scene, words
from upbench.benchmark.theory.explain.example import small_image
from upbench.benchmark.theory.explain.parts import (
    cells,
    levels,
    matrix_grid,
    output_grid,
    padded_grid,
    sliding,
    stretched_grid,
    sum_of,
    window_at,
)

if TYPE_CHECKING:
    from upbench.benchmark.theory.arithmetic.connections import Connections
    from upbench.benchmark.theory.explain.example import Example


STAMPS = 4
"""How many kernels of a transposed convolution are drawn one by one."""


def conv(example: Example, position: int, shown: int) -> Scene:
    """Show the kernel over its window of the padded input, and the output it makes."""
    result = convolve(example.image, example.weights, *example.layer[1:])
    padded = padded_grid("input", example.image, example.padding)
    row, caption = sliding(padded, example.weights, result, position, shown, stride=example.stride)
    return Scene((row,), (caption,))


def transposed_conv(example: Example, position: int, shown: int) -> Scene:
    """Show which inputs reach an output through which kernel elements, and the kernels' sum."""
    result = transposed_convolve(example.image, example.weights, *example.layer[1:])
    connected = transposed_connections(example.size, *example.layer)
    chosen = connected.outputs == position
    inputs, taps = connected.inputs[chosen], connected.taps[chosen]
    pixels, weights = example.image.ravel(), example.weights.ravel()
    image = Grid.of("input", example.image).marked(*cells(inputs, example.size), "read")
    kernel = Grid.of("kernel", example.weights)
    used = kernel.marked(*cells(taps, example.kernel), "read")
    gathered = (image, "*ᵀ", used, "=", output_grid(result, position, shown))
    terms = zip(pixels[inputs], weights[taps], strict=True)
    rows = gathered, *_stamps(example, connected, position)
    return Scene(rows, (sum_of(terms, result.flat[position]),))


def matrix(example: Example, position: int, shown: int) -> Scene:
    """Show C x = y with one row of C, and C^T v with the same elements as a column."""
    connected = conv_connections(example.size, *example.layer)
    dense = connected.matrix(example.weights).toarray()
    reads = connected.inputs[connected.outputs == position]
    outputs = dense @ column(example.image)
    vector = column(small_image(connected.output_shape[0]))
    back = dense.T @ vector
    forward = (
        matrix_grid("C", dense, connected).marked(position, reads, "read"),
        "·",
        Grid.of("x", column(example.image)).marked(reads, 0, "read"),
        "=",
        output_grid(outputs, position, shown, "y"),
    )
    turned = connected.reversed()
    backward = (
        matrix_grid("Cᵀ", dense.T, turned).marked(reads, position, "read"),
        "·",
        Grid.of("v", vector).marked(position, 0, "read"),
        "=",
        Grid.of("Cᵀv", back).marked(reads, 0, "write"),
        "→",
        Grid.of("as image", back.reshape(example.image.shape)).marked(
            *cells(reads, example.size), "write"
        ),
    )
    caption = (
        "x is the input as a column vector, y the output. Row "
        f"{position + 1} of C holds the kernel where output {position + 1} reads the input; "
        f"column {position + 1} of Cᵀ writes it there."
    )
    return Scene(((*forward, "   ", *backward),), (caption,), zoom=0.75)


def zero_insertion(example: Example, position: int, shown: int) -> Scene:
    """Show the turned kernel over the input with zeros between and around its pixels."""
    result = transposed_convolve(example.image, example.weights, *example.layer[1:])
    stretched, turned = stretched_grid(example), example.weights[::-1, ::-1]
    row, total = sliding(stretched, turned, result, position, shown, title="kernel, turned")
    under = window_at(position, turned, result.shape[1], 1)
    wasted = int((stretched.kinds[under] != "plain").sum())
    caption = f"{wasted} of these {turned.size} products are with a zero that was put in."
    return Scene(((Grid.of("input", example.image), "→", *row),), (total, caption))


def overlap(example: Example, position: int, shown: int) -> Scene:
    """Show on one axis where each input's kernel writes, and how often each output is hit."""
    del shown
    image, kernel, stride = ((1, one) for one in (example.size, example.kernel, example.stride))
    connected = transposed_connections(image, kernel, stride, (0, example.padding))
    text = np.full((example.size + 2, connected.output_shape[1]), "", dtype="<U8")
    kinds = np.full(text.shape, "blank", dtype="<U8")
    text[connected.inputs, connected.outputs] = [f"w{tap}" for tap in connected.taps]
    kinds[connected.inputs, connected.outputs] = "plain"
    counts = np.bincount(connected.outputs, minlength=connected.output_shape[1])
    text[-1], kinds[-1] = words(counts), levels(counts)
    reach = connected.inputs[connected.outputs == position]
    grid = Grid("one axis: the kernel of each input, and their count", text, kinds)
    one_axis = grid.marked(reach, position, "read").marked(-1, position, "write")
    square = np.outer(counts, counts)
    two_axes = Grid("both axes: the count", words(square), levels(square))
    names = [f"w{tap}" for tap in connected.taps[connected.outputs == position]]
    caption = f"Output {position + 1} is reached by {len(names)}: {', '.join(names) or 'none'}."
    return Scene(((one_axis,), (two_axes,)), (caption,))


def resize_conv(example: Example, position: int, shown: int) -> Scene:
    """Show the kernel over the enlarged input: each output reads equally many elements."""
    large = example.image.repeat(example.stride, axis=0).repeat(example.stride, axis=1)
    result = convolve(large, example.weights, 1, example.padding)
    padded = padded_grid(f"nearest x{example.stride}", large, example.padding)
    row, caption = sliding(padded, example.weights, result, position, shown)
    under = window_at(position, example.weights, result.shape[1], 1)
    places = np.nonzero(padded.kinds[under] == "plain")
    down, across = (
        (place + part.start - example.padding) // example.stride
        for place, part in zip(places, under, strict=True)
    )
    image = Grid.of("input", example.image).marked(down, across, "read")
    return Scene(((image, "→", *row),), (caption,))


def _stamps(
    example: Example, connected: Connections, position: int
) -> tuple[tuple[Grid | str, ...], ...]:
    """Draw the kernels, times their inputs, that add up at a position; none if too many."""
    parts: list[Grid | str] = []
    for source in connected.inputs[connected.outputs == position]:
        chosen = connected.inputs == source
        places = cells(connected.outputs[chosen], connected.output_shape[1])
        pixel = example.image.flat[source]
        stamp = np.full(connected.output_shape, np.nan)
        stamp[places] = pixel * example.weights.flat[connected.taps[chosen]]
        grid = Grid.of(f"{pixel:g} x kernel", stamp).marked(*places, "zero")
        parts += ["+", grid.marked(*cells(position, connected.output_shape[1]), "read")]
    return (tuple(parts[1:]),) if 0 < len(parts) <= 2 * STAMPS else ()
