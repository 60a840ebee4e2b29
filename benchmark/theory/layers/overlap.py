"""How unevenly the kernels of transposed convolutions overlap, and how stacking compounds it.

A. Odena, V. Dumoulin and C. Olah, "Deconvolution and Checkerboard Artifacts", Distill 2016, doi
10.23915/distill.00003: where the stride does not divide the kernel, some output pixels get more
kernel elements than their neighbours.  Their argument as numbers.  Even overlap is not enough to
be free of checkerboards: random or learned weights can be uneven by themselves (``response``).

All functions raise UsageError for what is no whole number in its range.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import TYPE_CHECKING

from upbench.benchmark.theory.arithmetic.sizes import check_transposed, span, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd


@dataclass(frozen=True)
class Overlap:
    """How many kernel elements reach each output phase, and where the kernel's centre lies."""

    counts: tuple[int, ...]
    """Along one axis, for output positions 0 to s - 1 modulo the stride s; in 2-D, for a square
    layer, phase (p, q) gets ``counts[p] * counts[q]``."""
    offset: float
    """Where the kernel's centre lies, in output pixels from the half-pixel centre of its input
    pixel; above 0 is to the bottom and right."""
    excess: int
    """The output size minus s times the input size."""

    @property
    def even(self) -> bool:
        """Whether every output pixel gets equally many kernel elements."""
        return min(self.counts) == max(self.counts)

    @property
    def centred(self) -> bool:
        """Whether the layer keeps the half-pixel grid: no shift, whatever its symmetric weights."""
        return self.offset == 0

    @property
    def cv(self) -> float:
        """The 2-D counts' standard deviation over their mean; 0 is even."""
        mean = sum(self.counts) / len(self.counts)
        square = sum(count * count for count in self.counts) / len(self.counts)
        return sqrt((square * square - mean**4) / mean**4)

    @property
    def max_over_min(self) -> float:
        """The largest 2-D count over the smallest: 1 is even; infinite where pixels get nothing."""
        least = min(self.counts)
        return (max(self.counts) / least) ** 2 if least else inf


def overlap(
    kernel: int, stride: int, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> Overlap:
    """Return the overlap of a transposed convolution inside the image border.

    Output position o is reached by the elements t with (o + p - d t) mod s = 0.

    Args:
        kernel: The kernel size k.
        stride: The stride s.
        padding: The padding p.
        output_padding: The output padding a; it changes the size only.
        dilation: The dilation d.
    """
    whole_number("padding", padding, 0)
    return stacked_overlap([(kernel, stride, padding, output_padding, dilation)])


def stacked_overlap(layers: Iterable[Sequence[int]]) -> Overlap:
    """Return the overlap of transposed convolutions one after another.

    Unevenness compounds: the paths from the input to an output pixel are counted, and the counts
    of one layer are what the next one spreads.

    Args:
        layers: For each, (kernel, stride) and, if they are not 0, 0 and 1, padding, output
            padding and dilation.  A convolution of stride 1 counts as (k, 1, k - 1 - p), even
            where that padding is below 0.

    Returns:
        The counts over the product of the strides.
    """
    found = Overlap(counts=(1,), offset=0.0, excess=0)
    for layer in layers:
        found = _spread(found, *layer)
    return found


def matching_padding(kernel: int, stride: int) -> tuple[int, int]:
    """Return the (padding, output padding) whose output is exactly s times the input.

    The output padding is 0 where kernel and stride are both even or both odd, and the layer then
    keeps the half-pixel grid; otherwise 1, and it is half an output pixel off.  A kernel
    smaller than its stride needs s - k.
    """
    wider = whole_number("kernel", kernel, 1) - whole_number("stride", stride, 1)
    padding = max(0, (wider + 1) // 2)
    return padding, 2 * padding - wider


def overlap_table(kernels: Iterable[int], strides: Iterable[int]) -> pd.DataFrame:
    """Return the overlap of every kernel with every stride, with the matching padding.

    Returns:
        One row each: kernel, stride, padding, output_padding, counts (per axis), cv, max_over_min,
        even, centred, offset (output px).
    """
    import pandas as pd

    sizes = list(kernels)
    return pd.DataFrame([_row(kernel, stride) for stride in strides for kernel in sizes])


def _row(kernel: int, stride: int) -> dict[str, object]:
    padding, output_padding = matching_padding(kernel, stride)
    found = overlap(kernel, stride, padding, output_padding)
    layer = {"kernel": kernel, "stride": stride, "padding": padding}
    shown = "counts", "cv", "max_over_min", "even", "centred", "offset"
    return layer | {"output_padding": output_padding} | {key: getattr(found, key) for key in shown}


def _spread(
    before: Overlap,
    kernel: int,
    stride: int,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> Overlap:
    """Put one more transposed convolution behind a stack."""
    cut = max(0, padding)
    # An input so large that some output is left: its size does not matter here.
    check_transposed(1 + 2 * cut, kernel, stride, cut, output_padding, dilation)
    wider = span(kernel, dilation) - stride
    counts = [0] * (len(before.counts) * stride)
    for position, count in enumerate(before.counts):
        for tap in range(kernel):
            counts[(position * stride - padding + tap * dilation) % len(counts)] += count
    return Overlap(
        counts=tuple(counts),
        offset=before.offset * stride + wider / 2 - padding,
        excess=before.excess * stride + wider - 2 * padding + output_padding,
    )
