"""How far the images of real pairs are shifted against one another, measured before anything runs.

A constant shift costs every method PSNR, and more than methods differ.  It is measured, not
taken back.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.errors import DataError, MetricUndefinedError
from upbench.benchmark.core.text import counted
from upbench.benchmark.imaging.resample import resize
from upbench.benchmark.metrics.shift import registration_offset

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.core.contract import ImageItem, Progress
    from upbench.benchmark.core.sizes import Scale

    Pixels = NDArray[Any]


def pair_offset(low: Pixels, high: Pixels, scale: Scale) -> tuple[float, float] | None:
    """Return how far the low-resolution image lies further down and right, in pixels of the other.

    Args:
        low: ``(h, w, C)``: float32 in [0, 1], or uint8.
        high: ``(h * s, w * s, C)``, either.
        scale: The factor s.

    Returns:
        (down, right), sub-pixel; None where no translation aligns the two.
    """
    larger = resize(_grey(low), float(scale)).clip(0, 1)
    truth = _grey(high)
    height, width = (min(sides) for sides in zip(larger.shape[:2], truth.shape[:2], strict=True))
    try:
        return registration_offset(truth[:height, :width], larger[:height, :width], int(scale))
    except MetricUndefinedError:
        return None


def _grey(pixels: Pixels) -> Floats:
    levels = 255.0 if pixels.dtype == np.uint8 else 1.0
    return np.asarray(pixels.mean(axis=2, keepdims=True, dtype=np.float64)) / levels


def shift_note(offset: tuple[float, float] | None) -> str:
    """Say one pair's shift in a sentence.

    >>> shift_note((0.5, -0.254))
    'The pair is shifted by 0.50 px down and -0.25 px right.'
    """
    if offset is None:
        return "The shift of the pair cannot be measured."
    return f"The pair is shifted by {_px(offset[0])} down and {_px(offset[1])} right."


def _px(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f} px"  # without the sign of a zero


def shift_summary(
    images: Iterable[tuple[str, ImageItem]], progress: Progress | None = None
) -> list[str]:
    """Say, for each dataset of real pairs, how far they are shifted on average."""
    pairs = [(name, item) for name, item in images if item.low is not None]
    found: dict[str, list[tuple[float, float]]] = {}
    for done, (name, item) in enumerate(pairs, start=1):
        offset = _offset_of(item)
        if offset is not None:
            found.setdefault(name, []).append(offset)
        if progress:
            progress("shift of the pairs", done, len(pairs))
    return [_summary(name, offsets) for name, offsets in found.items()]


def _offset_of(item: ImageItem) -> tuple[float, float] | None:
    """Read a pair and measure it; None where it cannot be read: its rows will say why."""
    if item.low is None or item.scale is None:
        return None
    try:
        return pair_offset(item.low(), item.load(), item.scale)
    except DataError:
        return None


def _summary(name: str, offsets: Sequence[tuple[float, float]]) -> str:
    down, right = (statistics.fmean(values) for values in zip(*offsets, strict=True))
    farthest = max(math.hypot(*offset) for offset in offsets)
    return (
        f"{name}: {counted(len(offsets), 'pair')} measured, shifted by {_px(down)} down and "
        f"{_px(right)} right on average, {_px(farthest)} at most; each row says its own."
    )
