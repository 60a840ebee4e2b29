"""The numbers of the topics on layers inside networks, one sentence a line."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.theory.arithmetic.matrix import transposed_convolve
from upbench.benchmark.theory.arithmetic.sizes import conv_size, transposed_size
from upbench.benchmark.theory.explain.network_scenes import (
    STAGES,
    coarse_labels,
    divided,
    kernels,
    labels,
    phase_levels,
)
from upbench.benchmark.theory.layers.overlap import matching_padding, overlap, stacked_overlap
from upbench.benchmark.theory.layers.response import gain_ripple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.theory.explain.example import Example
    from upbench.benchmark.theory.layers.overlap import Overlap


def checkerboard(example: Example) -> Iterator[str]:
    """Say what a transposed convolution makes of a flat area, and why."""
    kernel, stride, padding = example.layer
    gains = phase_levels(example.weights, stride, padding)
    yield (
        f"Transposed convolution, kernel {kernel} x {kernel}, stride {stride}, padding {padding}: "
        f"a flat area of 1 becomes {_listed(gains)}, by phase."
    )
    yield _ripple_line(gains)
    yield _overlap_line("Cause 1, overlap:", overlap(*example.layer))
    counts = phase_levels(np.ones_like(example.weights), stride, padding)
    means = np.divide(gains, counts, out=np.full_like(gains, np.nan), where=counts > 0)
    yield (
        f"Cause 2, weights: the mean of a phase's elements is {_listed(means.round(3))}; times "
        f"their number, {_listed(counts)}, it is the phase's level."
    )
    # the weights with s x s ones after them: the full convolution of both
    held = phase_levels(transposed_convolve(example.weights, np.ones((stride, stride))), stride)
    yield (
        f"With {stride} x {stride} ones after it (zero-order hold; Sugawara, Shiota and Kiya, "
        f"arXiv:1806.02658) the phases are {_listed(held)}: they differ by {gain_ripple(held):.3f}."
    )


def pixel_shuffle(example: Example) -> Iterator[str]:
    """Say what a sub-pixel convolution is."""
    size, stride = conv_size(example.size, example.kernel, 1, example.padding), example.stride
    channels = stride**2
    yield (
        f"Input {example.size} x {example.size}, kernel {example.kernel} x {example.kernel} to "
        f"{channels} channels of {size} x {size}, shuffled to {size * stride} x {size * stride}."
    )
    side = example.kernel * stride
    yield (
        f"Channel i s + j is phase (i, j): the same map as a transposed convolution of stride "
        f"{stride} with a kernel of {side} x {side}, whose overlap is even "
        f"({', '.join(map(str, overlap(side, stride).counts))})."
    )
    yield (
        f"Multiplications: {(size * example.kernel) ** 2 * channels}, as many as a kernel of "
        f"{example.kernel} x {example.kernel} needs on the large grid."
    )
    yield _ripple_line(_sums(example))


def icnr(example: Example) -> Iterator[str]:
    """Say what the initialisation ICNR changes."""
    gains = _sums(example)
    yield (
        f"A kernel for each of {example.stride**2} phases: a flat area of 1 becomes "
        f"{_listed(gains)}, by phase."
    )
    yield _ripple_line(gains)
    first = np.full_like(gains, gains[0, 0])
    yield (
        f"ICNR (Aitken et al., arXiv:1707.02937) begins with one kernel for all: {_listed(first)}: "
        f"the phases differ by {gain_ripple(first):.3f}."
    )
    yield (
        "It begins as a convolution with nearest-neighbour enlargement after it; training may make "
        "the phases differ again."
    )


def gradients(example: Example) -> Iterator[str]:
    """Say how unevenly a strided convolution sends gradients back."""
    kernel, stride, padding = example.layer
    output = conv_size(example.size, *example.layer)
    yield (
        f"Input {example.size} x {example.size}, kernel {kernel} x {kernel}, stride {stride}, "
        f"padding {padding}: output {output} x {output}."
    )
    yield "Backwards it is the transposed convolution of the same kernel, stride and padding."
    yield _overlap_line("Pixels get gradients from", overlap(*example.layer))
    even, _ = divided(example)
    if even != kernel:
        yield _overlap_line(f"With kernel {even}:", overlap(even, stride, padding))
    stacked = stacked_overlap([example.layer] * STAGES)
    yield _overlap_line(f"{STAGES} such layers, as in a discriminator", stacked, short=True)
    yield (
        "A transposed convolution is the other way round: its output may have a checkerboard, but "
        "a flat gradient comes back to its input evenly."
    )


def generator(example: Example) -> Iterator[str]:
    """Say how large each stage of a generator is, and what overlap its patterns have."""
    kernel, stride, padding = example.layer
    sizes = _enlarged(example.size, *example.layer, times=STAGES)
    yield (
        f"{STAGES} transposed convolutions, kernel {kernel}, stride {stride}, padding {padding}: "
        f"{_arrows(sizes)} pixels a side."
    )
    matching, extra = matching_padding(kernel, stride)
    yield f"For exactly {stride} times at each stage: padding {matching}, output padding {extra}."
    for stage in range(1, STAGES + 1):
        found = stacked_overlap([example.layer] * stage)
        yield _overlap_line(
            f"After stage {stage}, period {len(found.counts)} px", found, short=True
        )
    yield (
        f"A pattern that stage n makes has a period of {stride}^({STAGES} - n + 1) px in the "
        f"output when the stages after it only enlarge it: 1 gives {stride**STAGES} px, "
        f"{STAGES} gives {stride} px."
    )


def segmentation(example: Example) -> Iterator[str]:
    """Say which sizes an encoder and a decoder have, and what a coarse map cannot hold."""
    down = [example.size]
    for _ in range(2):
        down.append(conv_size(down[-1], *example.layer))
    up = _enlarged(down[-1], *example.layer)
    kernel, stride, padding = example.layer
    yield (
        f"Kernel {kernel}, stride {stride}, padding {padding}: the encoder makes "
        f"{_arrows(down)}, the decoder with the same numbers {_arrows(up)}."
    )
    if up[-1] == example.size:
        yield "The decoder comes back to the size of the input."
    else:
        yield f"{up[-1]} is not {example.size}: {'; '.join(_ways_back(example, down))}."
    fine = labels(example.size)
    for factor in (stride, stride**2):
        coarse = coarse_labels(fine, factor)
        yield (
            f"From 1/{factor} of the resolution, with every cell right: pixel accuracy "
            f"{float((coarse == fine).mean()):.3f}, mean IoU {_mean_iou(coarse, fine):.3f}."
        )


def _ways_back(example: Example, down: list[int]) -> Iterator[str]:
    """Say what makes a decoder of two layers come back to the encoder's input.

    Args:
        example: The encoder's layer.
        down: Its three sizes, the input's first.
    """
    # What each stride left over, at most s - 1 pixels, is the output padding that gives it back.
    extra = [size - transposed_size(less, *example.layer) for size, less in pairwise(down)]
    yield (
        f"with output padding {extra[1]}, then {extra[0]}, the decoder makes {_arrows(down[::-1])}"
    )
    stride = example.stride
    side = stride * (2 + stride % 2)  # even overlap and centred, see the table of kernels
    padding, _ = matching_padding(side, stride)
    up = _enlarged(down[-1], side, stride, padding)
    if up[-1] >= example.size:
        crop = "" if up[-1] == example.size else f", to be cropped to {example.size}"
        yield f"with kernel {side} and padding {padding} it makes {_arrows(up)}{crop}"


def _enlarged(size: int, kernel: int, stride: int, padding: int, times: int = 2) -> list[int]:
    """Return an input's size and those after each of equal transposed convolutions."""
    sizes = [size]
    for _ in range(times):
        sizes.append(transposed_size(sizes[-1], kernel, stride, padding))
    return sizes


def _arrows(sizes: Iterable[int]) -> str:
    return " -> ".join(map(str, sizes))


def _sums(example: Example) -> Floats:
    """Return the DC gains of a sub-pixel convolution's phases."""
    return np.asarray(kernels(example).sum(axis=(2, 3)))


def _mean_iou(found: Floats, truth: Floats) -> float:
    """Return the mean over the truth's classes of intersection over union."""
    parts = []
    for one in np.unique(truth):
        both, either = (found == one) & (truth == one), (found == one) | (truth == one)
        parts.append(both.sum() / either.sum())
    return float(np.mean(parts))


def _listed(levels: Floats) -> str:
    return ", ".join("none" if np.isnan(value) else f"{value:g}" for value in levels.ravel())


def _ripple_line(gains: Floats) -> str:
    return (
        f"The phases differ by {gain_ripple(gains):.3f}, standard deviation over mean: "
        f"{'flat stays flat' if np.ptp(gains) == 0 else 'a checkerboard'}."
    )


def _overlap_line(what: str, found: Overlap, *, short: bool = False) -> str:
    """Say how even an overlap is, with the counts of each phase unless that is too long."""
    counts = "" if short else f" {', '.join(map(str, found.counts))} along an axis, by phase"
    return f"{what}{counts}: {evenness(found)}."


def evenness(found: Overlap) -> str:
    """Say how even an overlap is, without its counts."""
    if found.even:
        return "even"
    ratio = f"{found.max_over_min:.4g} to 1," if min(found.counts) else "with"
    none = "" if min(found.counts) else ", some pixels get none"
    deviation = f"standard deviation over mean {found.cv:.3f}"
    return f"uneven{none}, in two dimensions {ratio} {deviation}"
