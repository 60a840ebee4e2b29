"""Audit of reference images: what a picture went through before, and which show the same thing.

A reference that was enlarged, compressed hard or clipped rewards the wrong method; two images of
one scene count twice, and one of them in training spoils a test.  Each measure is a number with a
bound; beyond it the image gets a finding in words.

- *doubled*: the share of aligned k x k blocks (k = 2, 3, 4) of equal pixels, beyond those of flat
  areas, which are equal at every offset: 1 after an enlargement by repeated pixels.
- *grid*: how well the coefficients of an 8 x 8 DCT keep to multiples of one number at the best
  offset of the blocks, above the median offset: near 1 after JPEG with coarse quantisation, under
  0.1 without (a comb in the histogram, as in Z. Fan and R. de Queiroz, "Identification of bitmap
  compression history", 2003, doi 10.1109/TIP.2002.807361).
- *fine detail*: the power above 3/4 of the highest frequency over that of 0.3 to 0.45 of it, along
  the poorer axis: -5 to -18 dB in photographs, around -20 dB after an enlargement by 1.5 or 2.
- *clipped*: the share of values at 0 or 255.
- *same as*: the image with the most features (ORB) at consistent places, if there are enough.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from upbench.benchmark.core.errors import DataError
from upbench.benchmark.core.table import Column, Table
from upbench.benchmark.core.text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import ImageItem, Progress

    Grey: TypeAlias = NDArray[np.float64]

__all__ = ["audit", "clipped", "dct_grid", "doubled", "fine_detail"]

TINY = 128
"""Shortest side in pixels under which several metrics have no value at x4."""
DOUBLED, GRID, DETAIL, CLIPPED = 0.5, 0.3, -18.5, 0.25
"""The bounds: a share, a share, decibels, a share."""
SAME = 24
"""Features at consistent places that make two images the same scene."""

_REGION = 256
"""Side of the part, in the middle, that the DCT grid is looked for in."""
_STEPS = range(3, 31)
"""Quantisation steps that are tried; rounding to 8 bits hides smaller ones."""
_LARGE = 512
"""Side of the part, at the top left, that repeated pixels are looked for in."""
_FEATURES, _MOST_DETAILED = 600, 800


COLUMNS = (
    Column("image", "image"),
    Column("size", "size"),
    Column("doubled", "doubled", ".2f", help="Share of equal aligned blocks"),
    Column("grid", "8 x 8 grid", ".2f", help="How well DCT coefficients keep to a comb"),
    Column("detail", "fine detail dB", ".1f", help="Power near the highest frequency"),
    Column("clipped", "clipped", ".1%", help="Share of values at 0 or 255"),
    Column("findings", "findings"),
)


def audit(images: Sequence[tuple[str, ImageItem]], progress: Progress | None = None) -> Table:
    """Measure images of one or several datasets, and look for the same scene among all of them.

    Args:
        images: (dataset's name, image) pairs.
        progress: Called with (what, done, total) after each image.

    Returns:
        A row for each image, in order; a note with the number of images that have a finding.
    """
    rows: list[dict[str, Any]] = []
    features: list[tuple[Any, Any] | None] = []
    for number, (dataset, item) in enumerate(images, start=1):
        row: dict[str, Any] = {"image": f"{dataset} {item.name}"}
        found = None
        try:
            levels = np.rint(item.load().astype(np.float64) * 255)
        except DataError as error:
            row["findings"] = str(error)
        else:
            row, found = row | _measured(levels), _features(levels)
        rows.append(row)
        features.append(found)
        if progress:
            progress("audit", number, len(images))
    for row, twin in zip(rows, _same_scenes(features), strict=True):
        if twin is not None:
            row["findings"] = [*row["findings"], f"same scene as {rows[twin]['image']}"]
        if isinstance(row["findings"], list):
            row["findings"] = ", ".join(row["findings"])
    suspects = sum(bool(row["findings"]) for row in rows)
    note = f"{counted(suspects, 'image')} of {len(rows)} with findings."
    return Table(COLUMNS, tuple(rows), notes=(note,))


def _measured(levels: Grey) -> dict[str, Any]:
    """Return the columns of one image, with the findings beyond the bounds as a list."""
    grey, plane = _grey(levels), levels[:_LARGE, :_LARGE, 0]
    height, width = grey.shape
    repeated = max(doubled(plane, factor) for factor in (2, 3, 4))
    grid, detail, ends = dct_grid(grey), fine_detail(grey), clipped(levels)
    blocks = min(height, width, _REGION) ** 2 / 64
    found = [
        ("tiny", min(height, width) < TINY),
        ("enlarged by repeated pixels", repeated > DOUBLED),
        # few blocks fit any step by chance
        ("JPEG grid", grid > max(GRID, 4.5 / blocks**0.5)),
        ("soft: enlarged?", detail is not None and detail < DETAIL),
        ("clipped", ends > CLIPPED),
    ]
    return {
        "size": f"{width} x {height}",
        "doubled": repeated,
        "grid": grid,
        "detail": detail,
        "clipped": ends,
        "findings": [words for words, is_so in found if is_so],
    }


def _grey(levels: Grey) -> Grey:
    """Return JPEG's own luma, full range: ``(H, W, C)`` -> ``(H, W)`` grey levels."""
    return levels[..., 0] if levels.shape[2] == 1 else levels @ np.array([0.299, 0.587, 0.114])


def doubled(plane: Grey, factor: int) -> float:
    """Return the share of equal aligned blocks, 0 to 1; ``(H, W)`` grey levels."""
    offsets = [(y, x) for y in range(factor) for x in range(factor)]
    shares = [_equal_blocks(plane[y:, x:], factor) for y, x in offsets]
    flat = min(shares)  # blocks that are equal wherever they begin
    return (max(shares) - flat) / (1 - flat) if flat < 1 else 0.0


def _equal_blocks(plane: Grey, factor: int) -> float:
    height, width = (side // factor for side in plane.shape)
    if not height or not width:
        return 0.0
    whole = plane[: height * factor, : width * factor]
    blocks = whole.reshape(height, factor, width, factor)
    return float(np.mean(blocks.max(axis=(1, 3)) == blocks.min(axis=(1, 3))))


def dct_grid(grey: Grey) -> float:
    """Return how clearly an 8 x 8 DCT grid was quantised, 0 to 1; ``(H, W)`` grey levels."""
    top, left = (max(0, (side - _REGION) // 2) for side in grey.shape)
    part = grey[top : top + _REGION, left : left + _REGION]
    if min(part.shape) < 16:
        return 0.0
    return float(np.median([_comb(_coefficients(part, *uv)) for uv in ((0, 1), (1, 0), (1, 1))]))


def _coefficients(grey: Grey, u: int, v: int) -> NDArray[np.float32]:
    """Return one orthonormal DCT coefficient of the 8 x 8 block at every offset."""
    window = np.lib.stride_tricks.sliding_window_view
    down = window(grey, 8, axis=0) @ _cosine(u)
    return np.asarray(window(down, 8, axis=1) @ _cosine(v), dtype=np.float32)


def _cosine(frequency: int) -> Grey:
    wave = np.cos((2 * np.arange(8) + 1) * frequency * np.pi / 16)
    return np.asarray(wave * np.sqrt((1 if frequency == 0 else 2) / 8))


def _comb(values: NDArray[np.float32]) -> float:
    """Return the best mean of cos(2 pi value / step) of one offset, above the median offset."""
    height, width = (side // 8 * 8 for side in values.shape)
    best = 0.0
    for step in _STEPS:
        waves = np.cos(values[:height, :width] * np.float32(2 * np.pi / step))
        means = waves.reshape(height // 8, 8, width // 8, 8).mean(axis=(0, 2))
        best = max(best, float(means.max() - np.median(means)))
    return best


def fine_detail(grey: Grey) -> float | None:
    """Return the share of fine detail in dB; None for an image without any, or of a few pixels."""
    shares = [_detail_along_rows(plane) for plane in (grey, grey.T) if plane.shape[1] >= 32]
    known = [share for share in shares if share is not None]
    return min(known, default=None)


def _detail_along_rows(plane: Grey) -> float | None:
    width = plane.shape[1]
    centred = (plane - plane.mean(axis=1, keepdims=True)) * np.hanning(width)
    power = (np.abs(np.fft.rfft(centred, axis=1)) ** 2).mean(axis=0)
    frequency = np.linspace(0, 1, len(power))
    fine, middle = (
        power[frequency > 0.75].mean(),
        power[(frequency > 0.3) & (frequency < 0.45)].mean(),
    )
    return float(10 * np.log10(fine / middle)) if fine > 0 and middle > 0 else None


def clipped(levels: Grey) -> float:
    """Return the share of values at 0 or 255, 0 to 1."""
    return float(np.mean((levels == 0) | (levels == 255)))


# The same scene in two images


def _features(levels: Grey) -> tuple[Any, Any] | None:
    """Return ORB's points, float32 (N, 2), and descriptors, uint8 (N, 32); None for too few."""
    import cv2

    grey = _grey(levels).clip(0, 255).astype(np.uint8)
    shrink = min(1.0, _MOST_DETAILED / max(grey.shape))
    if shrink < 1:
        grey = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    points, descriptors = cv2.ORB.create(_FEATURES).detectAndCompute(grey, None)
    if len(points) < SAME:
        return None
    return np.array([point.pt for point in points], dtype=np.float32), descriptors


def _same_scenes(features: Sequence[tuple[Any, Any] | None]) -> list[int | None]:
    """Return for each image the number of the one that shares most of it, or None."""
    best: list[tuple[int, int | None]] = [(SAME - 1, None)] * len(features)
    known = (number for number, found in enumerate(features) if found is not None)
    for one, other in combinations(known, 2):
        shared = _shared(features[one], features[other])
        for here, there in ((one, other), (other, one)):
            if shared > best[here][0]:
                best[here] = (shared, there)
    return [twin for _, twin in best]


def _shared(one: Any, other: Any) -> int:
    """Count the features of two images that one shift, rotation and scale align."""
    import cv2

    (from_points, from_words), (to_points, to_words) = one, other
    matches = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(from_words, to_words)
    near = [match for match in matches if match.distance < 48]
    if len(near) < SAME:
        return 0
    start = from_points[[match.queryIdx for match in near]]
    end = to_points[[match.trainIdx for match in near]]
    cv2.setRNGSeed(0)
    _, kept = cv2.estimateAffinePartial2D(start, end, ransacReprojThreshold=3)
    return 0 if kept is None else int(kept.sum())
