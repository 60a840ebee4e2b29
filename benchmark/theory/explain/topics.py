"""The topics that ``upbench explain`` knows: their numbers, their facts, their pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from upbench.benchmark.theory.arithmetic.connections import conv_connections
from upbench.benchmark.theory.arithmetic.guide import conv_relationship, transposed_relationship
from upbench.benchmark.theory.arithmetic.sizes import conv_size, transposed_size
from upbench.benchmark.theory.arithmetic.zeros import direct_convolution, multiplications
from upbench.benchmark.theory.explain import scenes
from upbench.benchmark.theory.explain.example import Example
from upbench.benchmark.theory.layers.overlap import matching_padding
from upbench.benchmark.theory.layers.overlap import overlap as overlap_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from upbench.benchmark.theory.arithmetic.guide import Relationship
    from upbench.benchmark.theory.explain.canvas import Scene

    Facts: TypeAlias = Callable[[Example], Iterator[str]]

__all__ = ["TOPICS", "Topic"]


@dataclass(frozen=True)
class Topic:
    """Something about convolutions that a picture explains."""

    name: str
    """What it is called on the command line."""
    summary: str
    """One line for the help."""
    defaults: Example
    """The layer that is shown unless another is asked for."""
    output: Callable[[Example], int]
    """The output size."""
    axes: int
    """How many axes its output positions have."""
    facts: Facts
    """Its numbers, one sentence a line."""
    scene: Callable[[Example, int, int], Scene]
    """Its picture, of :mod:`scenes`."""

    def example(
        self, kernel: int | None, stride: int | None, padding: int | None, size: int | None
    ) -> Example:
        """Return the default layer with the numbers that are given."""
        given = kernel, stride, padding, size
        default = self.defaults
        usual = default.kernel_size, default.stride, default.padding, default.size
        return Example(
            *(old if new is None else new for new, old in zip(given, usual, strict=True))
        )

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
    return conv_size(example.size, example.kernel_size, example.stride, example.padding)


def _transposed_output(example: Example) -> int:
    return transposed_size(example.size, example.kernel_size, example.stride, example.padding)


def _resize_output(example: Example) -> int:
    conv_size(example.size, 1, example.stride)  # refuses what is no size or factor
    return conv_size(example.size * example.stride, example.kernel_size, 1, example.padding)


def _conv_facts(example: Example) -> Iterator[str]:
    output = _conv_output(example)
    yield _layer_line(example, "", output)
    yield _relationship_line(
        conv_relationship(example.kernel_size, example.stride, example.padding)
    )
    connected = conv_connections(example.size, example.kernel_size, example.stride, example.padding)
    yield (
        f"Multiplications: {len(connected.taps)}; with those by the zeros of the padding "
        f"{(output * example.kernel_size) ** 2}; by the matrix with its zeros "
        f"{(output * example.size) ** 2}."
    )


def _transposed_facts(example: Example) -> Iterator[str]:
    layer = example.kernel_size, example.stride, example.padding
    yield _layer_line(example, "transposed ", _transposed_output(example))
    yield _relationship_line(transposed_relationship(*layer))
    around = direct_convolution(example.size, *layer).padding
    padding = f"padding {around}" if around >= 0 else f"{-around} px cut off either side"
    yield (
        f"The same by zero insertion: zeros between pixels {example.stride - 1}, "
        f"{padding}, kernel turned by 180 degrees, stride 1."
    )
    counts = multiplications(example.size, *layer)
    yield (
        f"Multiplications: {counts.needed}; by zero insertion {counts.with_zeros}, "
        f"{counts.with_zeros / counts.needed:.1f} times as many; by the matrix with its zeros "
        f"{counts.dense}."
    )
    yield from _overlap_lines(example)


def _overlap_facts(example: Example) -> Iterator[str]:
    yield _layer_line(example, "transposed ", _transposed_output(example))
    yield from _overlap_lines(example)
    padding, extra = matching_padding(example.kernel_size, example.stride)
    yield (
        f"For an output of exactly {example.stride} times the input: padding {padding}, "
        f"output padding {extra}."
    )


def _resize_facts(example: Example) -> Iterator[str]:
    output = _resize_output(example)
    yield (
        f"Input {_square(example.size)}, nearest x{example.stride}, kernel "
        f"{_square(example.kernel_size)}, padding {example.padding}: output {_square(output)}."
    )
    yield _relationship_line(conv_relationship(example.kernel_size, 1, example.padding))
    yield (
        f"Multiplications: {(output * example.kernel_size) ** 2}, those by the zeros of the "
        f"padding included."
    )
    yield (
        f"Every output pixel gets all {example.kernel_size**2} kernel elements: even, whatever "
        f"the factor, and a flat area stays flat whatever the weights."
    )


def _layer_line(example: Example, kind: str, output: int) -> str:
    return (
        f"Input {_square(example.size)}, {kind}kernel {_square(example.kernel_size)}, stride "
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
    found = overlap_of(example.kernel_size, example.stride, example.padding)
    counts = ", ".join(map(str, found.counts))
    if found.even:
        yield f"Overlap along an axis, by phase: {counts}: even."
    else:
        ratio = f"{found.max_over_min:.4g} to 1" if min(found.counts) else "some pixels get none"
        yield (
            f"Overlap along an axis, by phase: {counts}: uneven, in two dimensions "
            f"{ratio}, standard deviation over mean {found.cv:.3f}."
        )
    if found.centred:
        yield "Centred: the output keeps the half-pixel grid."
    else:
        yield (
            f"Not centred: the output lies {abs(found.offset):g} px of its own to the "
            f"{'bottom and right' if found.offset > 0 else 'top and left'} of the half-pixel grid."
        )


TOPICS = {
    topic.name: topic
    for topic in (
        Topic(
            "conv",
            "a kernel that slides over an image",
            Example(kernel_size=3, stride=1, padding=0, size=4),
            _conv_output,
            2,
            _conv_facts,
            scenes.conv,
        ),
        Topic(
            "transposed-conv",
            "kernels written where they were read, and added up",
            Example(kernel_size=3, stride=1, padding=0, size=2),
            _transposed_output,
            2,
            _transposed_facts,
            scenes.transposed_conv,
        ),
        Topic(
            "matrix",
            "the convolution as a matrix, and its transpose",
            Example(kernel_size=3, stride=1, padding=0, size=4),
            _conv_output,
            2,
            _conv_facts,
            scenes.matrix,
        ),
        Topic(
            "zero-insertion",
            "the transposed convolution as a direct one over many zeros",
            Example(kernel_size=3, stride=2, padding=0, size=2),
            _transposed_output,
            2,
            _transposed_facts,
            scenes.zero_insertion,
        ),
        Topic(
            "overlap",
            "why transposed convolutions make checkerboards",
            Example(kernel_size=3, stride=2, padding=0, size=4),
            _transposed_output,
            1,
            _overlap_facts,
            scenes.overlap,
        ),
        Topic(
            "resize-conv",
            "nearest-neighbour enlargement, then a convolution",
            Example(kernel_size=3, stride=2, padding=1, size=3),
            _resize_output,
            2,
            _resize_facts,
            scenes.resize_conv,
        ),
    )
}
"""The topics by name."""
