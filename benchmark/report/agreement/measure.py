"""How far apart the kept crops of some methods are, and how far they are shifted.

Crops have 8 bits, so differences are whole levels of 255, and nothing finer can be seen.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.errors import ImageError, MetricUndefinedError
from upbench.benchmark.report.crops import decode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Image8, Scale

    Floats = NDArray[np.float64]
    Place = Mapping[str, bytes]

BORDER = 4
"""Input pixels (output pixels of an image made smaller) along each side of a crop that do not
count as inside.  The crop may end where the image does, and there edge rules differ: as far as a
kernel reaches, 4 for Lanczos of 4 lobes.  (The B-spline reaches further, with 0.5 % of its
weight.)"""

REGISTERED = 4
"""Crops per group whose shifts are measured: a registration takes a millisecond per method."""


@dataclass(frozen=True)
class Distances:
    """What every pair of some methods differ by: ``(methods, methods)`` arrays, in levels of 255.

    A pair without a common crop has count 0, and nothing else of it means anything.
    """

    count: NDArray[np.int64]
    """Crops that both have."""
    largest: NDArray[np.int64]
    mean: Floats
    """Mean over pixels, then over crops."""
    inside: NDArray[np.int64]
    """The largest, BORDER input pixels or more away from every side of the crop."""


def distances(places: Sequence[Place], methods: Sequence[str], scale: Scale) -> Distances:
    """Measure how far apart methods are.

    Args:
        places: For each image, the PNG of each method's crop of one and the same place.
        methods: The methods to compare, in the order of the arrays.
        scale: s: output pixels per input pixel.
    """
    shape = (len(methods), len(methods))
    count = np.zeros(shape, dtype=np.int64)
    largest, inside, total = np.zeros_like(count), np.zeros_like(count), np.zeros(shape)
    for place in places:
        known, which, pictures = _decoded(place, methods)
        if not known:
            continue
        pairs = np.ix_(known, known)
        of_pair = np.ix_(which, which)
        most, mean, within = (found[of_pair] for found in _compared(pictures, scale))
        count[pairs] += 1
        largest[pairs] = np.maximum(largest[pairs], most)
        inside[pairs] = np.maximum(inside[pairs], within)
        total[pairs] += mean
    return Distances(count, largest, total / np.maximum(count, 1), inside)


def offsets(places: Sequence[Place], methods: Sequence[str], scale: Scale) -> Floats:
    """Measure where each method puts the content of each crop: ``(places, methods, 2)``.

    Each crop is registered with the high-resolution one (``registration_offset``, which is within
    0.03 px on crops of 96 pixels); the shift of one method against another is the difference.

    Returns:
        (down, right) in output pixels against the reference; NaN where that has no value: no
        reference, a crop of under 16 pixels or without texture, or not the same picture.
    """
    found = np.full((len(places), len(methods), 2), np.nan)
    for number, place in enumerate(places):
        known, which, pictures = _decoded(place, ["", *methods])
        if not known or known[0] != 0:
            continue
        moved = [_offset(pictures[0], picture, scale) for picture in pictures]
        for index, picture in zip(known[1:], which[1:], strict=True):
            found[number, index - 1] = moved[picture]
    return found


def spread(places: Sequence[Place], most: int = REGISTERED) -> list[Place]:
    """Choose some of the places, evenly among all."""
    chosen = np.linspace(0, len(places) - 1, min(most, len(places))).round().astype(int)
    return [places[index] for index in chosen]


def _offset(reference: Image8, output: Image8, scale: Scale) -> tuple[float, float]:
    from upbench.benchmark.metrics.shift import registration_offset

    try:
        return registration_offset(reference, output, scale, data_range=255.0)
    except (ImageError, MetricUndefinedError):
        return np.nan, np.nan


def _decoded(
    place: Place, methods: Sequence[str]
) -> tuple[list[int], list[int], NDArray[np.uint8]]:
    """Decode each different PNG of a place once.

    Returns:
        Indices of the methods that have a crop; for each of them the index of its picture;
        the pictures, ``(n, h, w)`` or ``(n, h, w, 3)``.  A crop of another size than most are,
        left by a run on another image of the name, is left out.
    """
    present = [index for index, method in enumerate(methods) if method in place]
    different = {place[methods[index]]: None for index in present}
    read = {png: decode(png, grey=True) for png in different}
    (shape, _), *_ = Counter(picture.shape for picture in read.values()).most_common(1) or [((), 0)]
    usable = {png: picture for png, picture in read.items() if picture.shape == shape}
    numbers = {png: number for number, png in enumerate(usable)}
    known = [index for index in present if place[methods[index]] in usable]
    which = [numbers[place[methods[index]]] for index in known]
    return known, which, np.array([*usable.values()], dtype=np.uint8)


def _compared(
    pictures: NDArray[np.uint8], scale: Scale
) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
    """Return largest, mean and largest inner difference of every pair of pictures."""
    number = len(pictures)
    largest = np.zeros((number, number), dtype=np.int64)
    mean, inside = np.zeros((number, number)), np.zeros_like(largest)
    rows, columns = (_inner(side, scale) for side in pictures.shape[1:3])
    for one in range(number - 1):
        pair = one, slice(one + 1, None)
        high = np.maximum(pictures[one], pictures[one + 1 :])
        apart = high - np.minimum(pictures[one], pictures[one + 1 :])
        axes = tuple(range(1, apart.ndim))
        largest[pair] = apart.max(axis=axes)
        mean[pair] = apart.mean(axis=axes)
        inside[pair] = apart[:, rows, columns].max(axis=axes)
    return largest + largest.T, mean + mean.T, inside + inside.T


def _inner(side: int, scale: Scale) -> slice:
    """Leave out BORDER input pixels at both ends, or a quarter where the crop is too small."""
    rim = min(math.ceil(BORDER * max(scale, 1)), (side - 1) // 4)
    return slice(rim, side - rim)
