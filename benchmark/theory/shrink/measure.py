"""How much of the detail that a smaller image cannot hold comes out as false patterns.

The zone plate ``1/2 + cos(pi r^2 / N) / 2`` has at (y, x), seen from its middle, the frequency
|y| / N down and |x| / N to the right, in cycles per pixel: every frequency has a place of its own.
An image that is smaller by s holds frequencies up to s / 2 along each axis.  So the plate has a
part that the smaller image can hold, a rectangle in the middle, and a part that it cannot, the
frame around it.  What should come out in the frame is flat grey; what comes out instead has been
folded back:

    aliasing = 10 log10(power in the frame of the output / power in the frame of the plate)

0 dB is all of it.  The frame begins at the very limit, where no short filter is flat yet: MATLAB's
bicubic leaves -17 dB at 1/2 and -21 dB at 1/3.

    detail = 10 log10(power within half the limit in the output / the same in the plate)

is what antialiasing costs: 0 dB is nothing.  Power is the mean square about the plate's mean grey.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.text import plugin_errors
from upbench.benchmark.imaging.embedded import read_embedded
from upbench.benchmark.imaging.resample import resize
from upbench.benchmark.imaging.validation import checked_output
from upbench.benchmark.theory.probe.stimuli import zone_plate

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Floats, Image
    from upbench.benchmark.core.contract import Method, Resizer, Size

SIDE = 512
"""Pixels per side of the zone plate and of the photograph."""
LEAST = 32
"""Pixels per side of the smallest size that coarse rings are measured on."""
RIM = 2
"""Output pixels along each side that do not count: there edge rules act."""
FLOOR_DB = -120.0
"""What is said of no power at all."""
CALLS = 5
"""Calls that are timed, after one that is not."""


@dataclass(frozen=True)
class Shrunk:
    """What one method makes of the zone plate and of a photograph at one size."""

    method: Method
    size: Size
    plate: Floats
    """The zone plate made smaller, ``(H', W')``."""
    aliasing_db: float
    detail_db: float
    photograph: Floats
    """``camera`` made smaller, in levels of 255."""
    from_matlab: float
    """Its largest difference from MATLAB's imresize (bicubic, antialiased), away from the borders,
    in levels of 255."""
    milliseconds: float
    """Of one call on the zone plate, ``(512, 512, 1)`` float32: the fastest of five."""


def shrink(method: Method, size: Size) -> Shrunk:
    """Make the zone plate and a photograph smaller by a method, and measure what comes out.

    Args:
        method: A method of any size.
        size: (height, width) of the output, each from 32 to 512.

    Raises:
        MethodError: The method fails, or gives back what is no image.
        UnsupportedScaleError: It is made for scales, not for sizes.
        UsageError: The size is no smaller one.
    """
    checked_size(size)
    with plugin_errors(f"{method.name} cannot be loaded"):
        resizer = method.load_any_size()
    channels = 3 if method.colour == "rgb" else 1
    plate = _run(method, resizer, zone_plate(SIDE, channels), size)
    seconds = min(_seconds(method, resizer, channels, size) for _ in range(CALLS))
    photograph = np.repeat(read_embedded("camera"), channels, axis=2)
    small = _run(method, resizer, photograph, size) * 255
    inner = tuple(slice(side // 8, side - side // 8) for side in size)
    return Shrunk(
        method,
        size,
        plate,
        aliasing_db(plate),
        detail_db(plate),
        small,
        float(np.abs(small - _matlab(size))[inner].max()),
        seconds * 1000,
    )


def checked_size(size: Size) -> Size:
    """Return a size to shrink to, if it is one.

    Raises:
        UsageError: It is not smaller than the zone plate, or too small to measure anything.
    """
    if not all(LEAST <= side <= SIDE for side in size) or size == (SIDE, SIDE):
        raise UsageError(
            f"A size to shrink to is height x width from {LEAST} to {SIDE} pixels, smaller than "
            f"{SIDE} x {SIDE}; got {size[0]} x {size[1]}."
        )
    return size


def aliasing_db(plate: Floats) -> float:
    """Return how much of what a smaller zone plate cannot hold is in it, in dB; 0 is all.

    Args:
        plate: The zone plate of :data:`SIDE` pixels made smaller, ``(H', W')``.
    """
    return _decibels(plate, lambda share: np.asarray((share > 1.0).any(axis=0)))


def detail_db(plate: Floats) -> float:
    """Return how much of the detail within half the limit is left, in dB; 0 is all."""
    return _decibels(plate, lambda share: np.asarray((share <= 0.5).all(axis=0)))


def _decibels(plate: Floats, of: Callable[[Floats], NDArray[np.bool_]]) -> float:
    """Compare the power of a part of the plate with that of the same part of the original."""
    size = plate.shape
    inside = np.zeros(size, dtype=bool)
    inside[RIM:-RIM, RIM:-RIM] = True
    chosen = of(_share_of_limit(size)) & inside
    if not chosen.any():
        return math.nan
    power = float(np.square(plate - _GREY)[chosen].mean())
    original = float(np.square(_chirp(size) - _GREY)[chosen].mean())
    return max(FLOOR_DB, 10 * math.log10(max(power / original, 1e-30)))


_GREY = 0.5
"""The plate's mean."""


def _share_of_limit(size: tuple[int, ...]) -> Floats:
    """Return each output pixel's frequency over the highest that the output holds: (2, H', W')."""
    axes = []
    for wanted in size:
        place = np.abs((np.arange(wanted) + 0.5) * SIDE / wanted - SIDE / 2)  # in input pixels
        axes.append(place / SIDE / (0.5 * wanted / SIDE))
    return np.stack(np.meshgrid(*axes, indexing="ij"))


def _chirp(size: tuple[int, ...]) -> Floats:
    """Return the plate's own values at the places of the output's pixels."""
    down, right = ((np.arange(wanted) + 0.5) * SIDE / wanted - SIDE / 2 for wanted in size)
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * (down[:, None] ** 2 + right**2) / SIDE))


@lru_cache(maxsize=8)
def _matlab(size: Size) -> Floats:
    scales = (size[0] / SIDE, size[1] / SIDE)
    return resize(read_embedded("camera")[:, :, 0], scales) * 255


def _run(method: Method, resizer: Resizer, image: Image, size: Size) -> Floats:
    with plugin_errors(f"{method.name} fails at {size[0]} x {size[1]}"):
        output = checked_output(resizer(image.copy(), size), image.shape, size)
    return np.asarray(output[:, :, 0], dtype=np.float64)


def _seconds(method: Method, resizer: Resizer, channels: int, size: Size) -> float:
    image = zone_plate(SIDE, channels)
    with plugin_errors(f"{method.name} fails at {size[0]} x {size[1]}"):
        start = time.perf_counter()
        resizer(image, size)
        return time.perf_counter() - start
