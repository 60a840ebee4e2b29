"""The topics that ``upbench explain`` knows: their numbers, their facts, their pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from upbench.benchmark.theory.arithmetic.connections import conv_connections
from upbench.benchmark.theory.arithmetic.guide import conv_relationship, transposed_relationship
from upbench.benchmark.theory.arithmetic.sizes import conv_size, transposed_size
from upbench.benchmark.theory.arithmetic.zeros import direct_convolution, multiplications
from upbench.benchmark.theory.explain import network_facts, network_scenes, scenes
from upbench.benchmark.theory.explain.example import Example
from upbench.benchmark.theory.layers.overlap import matching_padding, stacked_overlap
from upbench.benchmark.theory.layers.overlap import overlap as overlap_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from upbench.benchmark.theory.arithmetic.guide import Relationship
    from upbench.benchmark.theory.explain.canvas import Scene
    from upbench.benchmark.theory.layers.overlap import Overlap


@dataclass(frozen=True)
class Topic:
    """Something about convolutions that a picture explains."""

    defaults: Example
    """The layer that is shown by default."""
    output: Callable[[Example], int]
    """The output size."""
    facts: Callable[[Example], Iterator[str]]
    """Its numbers, one sentence a line."""
    scene: Callable[[Example, int, int], Scene]
    """Its picture, of :mod:`scenes`."""
    axes: int = 2
    """How many axes its output positions have."""

    def positions(self, example: Example) -> int:
        """Count the output positions, which are the frames of the animation.

        Raises:
            UsageError: The layer does not exist.
        """
        return int(self.output(example) ** self.axes)

    def middle(self, example: Example) -> int:
        """Return the output position in the middle."""
        output = self.output(example)
        return int(sum((output - 1) // 2 * output**axis for axis in range(self.axes)))


def _conv_output(example: Example) -> int:
    return conv_size(example.size, *example.layer)


def _transposed_output(example: Example) -> int:
    return transposed_size(example.size, *example.layer)


def _resize_output(example: Example) -> int:
    conv_size(example.size, 1, example.stride)  # refuses what is no size or factor
    return conv_size(example.size * example.stride, example.kernel, 1, example.padding)


def _shuffled_output(example: Example) -> int:
    conv_size(example.size, 1, example.stride)  # refuses what is no factor
    return conv_size(example.size, example.kernel, 1, example.padding) * example.stride


def _generated_period(example: Example) -> int:
    transposed_size(example.size, *example.layer)  # refuses what is no layer
    return int(example.stride**network_scenes.STAGES)


def _restored_output(example: Example) -> int:
    conv_size(conv_size(example.size, *example.layer), *example.layer)
    return example.size


def _conv_facts(example: Example) -> Iterator[str]:
    output = _conv_output(example)
    yield _layer_line(example, "", output)
    yield _relationship_line(conv_relationship(*example.layer))
    connected = conv_connections(example.size, *example.layer)
    yield (
        f"Multiplications: {len(connected.taps)}; with those by the zeros of the padding "
        f"{(output * example.kernel) ** 2}; by the matrix with its zeros "
        f"{(output * example.size) ** 2}."
    )


def _transposed_facts(example: Example) -> Iterator[str]:
    yield _layer_line(example, "transposed ", _transposed_output(example))
    yield _relationship_line(transposed_relationship(*example.layer))
    around = direct_convolution(example.size, *example.layer).padding
    padding = f"padding {around}" if around >= 0 else f"{-around} px cut off either side"
    yield (
        f"The same by zero insertion: zeros between pixels {example.stride - 1}, "
        f"{padding}, kernel turned by 180 degrees, stride 1."
    )
    counts = multiplications(example.size, *example.layer)
    # none is needed where the padding cuts off every pixel that an input writes to
    more = f", {counts.with_zeros / counts.needed:.1f} times as many" if counts.needed else ""
    yield (
        f"Multiplications: {counts.needed}; by zero insertion {counts.with_zeros}{more}; by the "
        f"matrix with its zeros {counts.dense}."
    )
    yield from _overlap_lines(example)


def _overlap_facts(example: Example) -> Iterator[str]:
    yield _layer_line(example, "transposed ", _transposed_output(example))
    yield from _overlap_lines(example)
    padding, extra = matching_padding(example.kernel, example.stride)
    yield (
        f"For an output of exactly {example.stride} times the input: padding {padding}, "
        f"output padding {extra}."
    )


def _resize_facts(example: Example) -> Iterator[str]:
    output = _resize_output(example)
    yield (
        f"Input {_square(example.size)}, nearest x{example.stride}, kernel "
        f"{_square(example.kernel)}, padding {example.padding}: output {_square(output)}."
    )
    yield _relationship_line(conv_relationship(example.kernel, 1, example.padding))
    yield (
        f"Multiplications: {(output * example.kernel) ** 2}, those by the zeros of the "
        f"padding included."
    )
    yield (
        f"Every output pixel gets all {example.kernel**2} kernel elements: even, whatever "
        f"the factor, and a flat area stays flat whatever the weights."
    )
    # Nearest neighbour keeps the grid; the convolution is the transposed one of padding k - 1 - p.
    kernel, _, padding = example.layer
    yield _centre_line(stacked_overlap([(kernel, 1, kernel - 1 - padding)]))


def _layer_line(example: Example, kind: str, output: int) -> str:
    return (
        f"Input {_square(example.size)}, {kind}kernel {_square(example.kernel)}, stride "
        f"{example.stride}, padding {example.padding}: output {_square(output)}."
    )


def _square(size: int) -> str:
    return f"{size} x {size}"


def _relationship_line(relationship: Relationship) -> str:
    return (
        f"Relationship {relationship.number} of the guide ({relationship.name}): "
        f"{relationship.formula}."
    )


def _overlap_lines(example: Example) -> Iterator[str]:
    found = overlap_of(*example.layer)
    counts = ", ".join(map(str, found.counts))
    yield f"Overlap along an axis, by phase: {counts}: {network_facts.evenness(found)}."
    yield _centre_line(found)


def _centre_line(found: Overlap) -> str:
    """Say whether the output keeps the half-pixel grid, and where it lies if not."""
    if found.centred:
        return "Centred: the output keeps the half-pixel grid."
    return (
        f"Not centred: the output lies {abs(found.offset):g} output px to the "
        f"{'bottom and right' if found.offset > 0 else 'top and left'} of the half-pixel grid."
    )


TOPICS = {
    "conv": Topic(Example(3, 1, 0, 4), _conv_output, _conv_facts, scenes.conv),
    "transposed-conv": Topic(
        Example(3, 1, 0, 2), _transposed_output, _transposed_facts, scenes.transposed_conv
    ),
    "matrix": Topic(Example(3, 1, 0, 4), _conv_output, _conv_facts, scenes.matrix),
    "zero-insertion": Topic(
        Example(3, 2, 0, 2), _transposed_output, _transposed_facts, scenes.zero_insertion
    ),
    "overlap": Topic(
        Example(3, 2, 0, 4), _transposed_output, _overlap_facts, scenes.overlap, axes=1
    ),
    "resize-conv": Topic(Example(3, 2, 1, 3), _resize_output, _resize_facts, scenes.resize_conv),
    "checkerboard": Topic(
        Example(3, 2, 0, 3),
        _transposed_output,
        network_facts.checkerboard,
        network_scenes.checkerboard,
    ),
    "pixel-shuffle": Topic(
        Example(3, 2, 1, 3),
        _shuffled_output,
        network_facts.pixel_shuffle,
        network_scenes.pixel_shuffle,
    ),
    "icnr": Topic(Example(3, 2, 0, 5), _shuffled_output, network_facts.icnr, network_scenes.icnr),
    "gradients": Topic(
        Example(3, 2, 0, 9), _conv_output, network_facts.gradients, network_scenes.gradients
    ),
    "generator": Topic(
        Example(5, 2, 2, 4),
        _generated_period,
        network_facts.generator,
        network_scenes.generator,
        axes=1,
    ),
    "segmentation": Topic(
        Example(3, 2, 1, 6),
        _restored_output,
        network_facts.segmentation,
        network_scenes.segmentation,
    ),
}
"""The topics by name; the numbers of an example are kernel, stride, padding and input size."""
