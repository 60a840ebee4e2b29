"""Find an earlier enlargement: repeated pixels, a period of interpolation, a band limit.

- *Repeated pixels* are exact: blocks of k x k equal pixels, rows that equal the one above.
- *A period*: interpolated pixels lie at a few fractions between the old ones, and are smoother at
  some than at others.  So the differences of neighbours vary with a period of whole pixels
  (A. Gallagher, "Detection of linear and cubic interpolation in JPEG compressed images", CRV 2005,
  doi 10.1109/CRV.2005.33).
- *A band limit*: a photograph's power falls as 1 / f^2.  Times f^2 it is level up to the highest
  frequency, and it ends early after an enlargement, or where a picture is out of focus.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey: TypeAlias = NDArray[np.float64]
    Levels: TypeAlias = NDArray[Any]

_LEAST = 48
"""Pixels along an axis under which a spectrum says nothing."""
_STRONG = 10.0
"""A peak along both axes that is no chance: photographs without a period stay under 8."""


def doubled(plane: Levels, factor: int) -> float:
    """Return the share of equal aligned blocks beyond flat areas, 0 to 1; ``(H, W)`` levels.

    Flat areas are equal at every offset, so the least of all offsets is taken off.
    """
    offsets = [(y, x) for y in range(factor) for x in range(factor)]
    shares = [_equal_blocks(plane[y:, x:], factor) for y, x in offsets]
    flat = min(shares)
    return (max(shares) - flat) / (1 - flat) if flat < 1 else 0.0


def _equal_blocks(plane: Levels, factor: int) -> float:
    height, width = (side // factor for side in plane.shape)
    if not height or not width:
        return 0.0
    whole = plane[: height * factor, : width * factor]
    blocks = whole.reshape(height, factor, width, factor)
    return float(np.mean(blocks.max(axis=(1, 3)) == blocks.min(axis=(1, 3))))


def repeated_lines(plane: Levels) -> tuple[float, float]:
    """Return the shares of rows and of columns that equal the one before, 0 to 1 - 1 / factor.

    Rows of one level, as in margins, are not counted.
    """
    return _repeated(plane), _repeated(plane.T)


def _repeated(plane: Levels) -> float:
    varied = np.ptp(plane, axis=1) > 0
    pairs = varied[1:] & varied[:-1]
    if pairs.sum() < 16:
        return 0.0
    return float(np.mean(np.all(plane[1:] == plane[:-1], axis=1)[pairs]))


def bandwidth(grey: Grey) -> float | None:
    """Return the share of the frequencies that holds 98 % of the detail, along the poorer axis.

    Detail is the power above that of 8-bit rounding, times f^2; f from 5 % of the highest.

    Returns:
        0.9 to 1 in sharp photographs, about 0.7 after bicubic x2; None without any detail.
    """
    known = [_share(plane) for plane in (grey, grey.T) if plane.shape[1] >= _LEAST]
    return min((share for share in known if share is not None), default=None)


def _share(plane: Grey) -> float | None:
    window = np.hanning(plane.shape[1])
    centred = (plane - plane.mean(axis=1, keepdims=True)) * window
    power = (np.abs(np.fft.rfft(centred, axis=1)) ** 2).mean(axis=0) / (window**2).sum()
    frequency = np.linspace(0, 1, len(power))
    detail = np.where(frequency > 0.05, np.maximum(power - 1 / 12, 0) * frequency**2, 0)
    if not detail.sum():
        return None
    return float(frequency[np.searchsorted(detail.cumsum(), 0.98 * detail.sum())])


def period(grey: Grey) -> float | None:
    """Return after how many pixels the smoothness repeats itself along both axes, or None.

    An enlargement by s has a period of s, or of s / (s - 1) where s is below 2: 3 for 1.5 and 3.
    The period of 8 pixels of JPEG, and its parts, are left out.
    """
    if min(grey.shape) < _LEAST:
        return None
    found = [
        [_peak(plane, order) for plane in (grey, grey.T)] for order in (1, 2)
    ]  # bilinear x3 shows in second differences alone, x2 in first ones alone
    same = [
        (min(strength_x, strength_y), frequency_x)
        for (frequency_x, strength_x), (frequency_y, strength_y) in found
        if abs(frequency_x - frequency_y) < 0.01
    ]
    strength, frequency = max(same, default=(0.0, 0.0))
    return float(1 / frequency) if strength > _STRONG else None


def _peak(plane: Grey, order: int) -> tuple[float, float]:
    """Return the frequency of the clearest period, and its strength over the median."""
    means = np.log(np.abs(np.diff(plane, n=order, axis=1)).mean(axis=0) + 0.1)
    trend = np.convolve(np.pad(means, 8, mode="reflect"), np.ones(17) / 17, "valid")
    strength = np.abs(np.fft.rfft((means - trend) * np.hanning(len(means))))
    strength /= max(float(np.median(strength)), 1e-9)
    frequency = np.arange(len(strength)) / len(means)
    place = int(np.where(frequency > 0.15, strength, 0).argmax())
    blocks = max(strength[abs(frequency - f) < 0.01].max() for f in (1 / 8, 3 / 8))
    of_blocks = abs(frequency[place] * 8 - round(frequency[place] * 8)) < 0.06
    if of_blocks and strength[place] < 3 * blocks:
        return float(frequency[place]), 0.0
    return float(frequency[place]), float(strength[place])
