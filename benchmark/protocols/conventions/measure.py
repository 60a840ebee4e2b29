"""The errors of one output under every border, data range and window, from shared planes.

Cropping a border and filtering with a window commute where the window fits, so that one filtered
plane serves every border; data ranges change two constants of the similarity alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.imaging.windows import GAUSSIAN_SIDE, K1, K2, gaussian_window
from upbench.benchmark.protocols.conventions.axes import BORDERS, SSIMS, border_pixels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from upbench.benchmark.core.arrays import Floats

SIDES = {"gaussian": GAUSSIAN_SIDE, "uniform": 7}
"""Edge of each window, in pixels."""
_STRIP = 64  # rows at a time: the temporaries of a strip stay in the processor's cache


@dataclass(frozen=True)
class Measured:
    """What one image gives, in the order of ``BORDERS``; NaN where the image is too small."""

    squared: Floats
    """Mean squared errors, in grey levels, ``(borders, channels)``."""
    highest: Floats
    """The reference's maximum, ``(borders,)``."""
    lowest: Floats
    """The reference's minimum, ``(borders,)``."""
    similarity: Floats | None
    """In the order of ``SSIMS``, ``(borders, SSIMs)``; NaN also where one is of RGB alone."""


def measure(truth: Floats, image: Floats, scale: int, *, similarity: bool) -> Measured:
    """Measure one image.

    Args:
        truth: The reference's planes in grey levels, ``(C, H, W)``.
        image: The output's, of the same shape.
        scale: The factor s: some borders depend on it.
        similarity: Whether SSIM is wanted.
    """
    channels, height, width = truth.shape
    squared = np.full((len(BORDERS), channels), np.nan)
    extremes = np.full((2, len(BORDERS)), np.nan)
    errors = truth - image
    errors *= errors
    for number, inner in enumerate(_inners(scale)):
        if 2 * inner < min(height, width):
            crop = np.s_[:, inner : height - inner, inner : width - inner]
            squared[number] = errors[crop].mean(axis=(1, 2))
            extremes[:, number] = truth[crop].max(), truth[crop].min()
    found = _similarity(truth, image, scale, extremes) if similarity else None
    return Measured(squared, extremes[0], extremes[1], found)


def _inners(scale: int) -> Iterator[int]:
    return (border_pixels(border, scale) for border in BORDERS)


def _similarity(truth: Floats, image: Floats, scale: int, extremes: Floats) -> Floats:
    """Return the SSIM of each border and kind, ``(borders, SSIMs)``."""
    found = np.full((len(BORDERS), len(SSIMS)), np.nan)
    for window in ("gaussian", "uniform"):
        moments, count = _moments(truth, image, window), SIDES[window] ** 2
        factors = {"population": 1.0, "sample": count / (count - 1)}
        similar_at = cache(partial(_map, moments))
        for border, inner in enumerate(_inners(scale)):
            for number, kind in enumerate(SSIMS):
                if kind.ssim_window == window and np.isfinite(extremes[0, border]):
                    level = _range(kind.ssim_range, *extremes[:, border])
                    similar = similar_at(factors[kind.ssim_covariance], level)
                    found[border, number] = _mean_inside(similar, inner + SIDES[window] // 2)
        if window == "gaussian":
            _add_whole(found, truth, image, scale, moments)
    return found


def _add_whole(found: Floats, truth: Floats, image: Floats, scale: int, moments: Floats) -> None:
    """Add what MATLAB's ssim gives: windows at every pixel, over the channels too for RGB."""
    for number, kind in enumerate(SSIMS):
        joint = kind.ssim_channels == "joint"
        if kind.ssim_window != "gaussian-whole" or (joint and len(truth) != 3):
            continue
        inside = _map(_mixed(moments) if joint else moments, 1.0, 255.0)
        for border, inner in enumerate(_inners(scale)):
            found[border, number] = _whole(truth, image, inner, inside, joint=joint)


def _range(kind: str, highest: float, lowest: float) -> float:
    """Return a data range for values of 0 to 255; 2 on values of 0 to 1 is 510."""
    return {"255": 255.0, "max": highest, "span": highest - lowest, "1": 1.0, "2": 510.0}[kind]


def _map(moments: Floats, factor: float, level: float) -> Floats:
    """Return the similarity at every pixel, ``(C, H, W)``, strip by strip.

    Near the border its windows hold repeated pixels.
    """
    found = np.empty(moments.shape[1:])
    c1, c2 = (K1 * level) ** 2, (K2 * level) ** 2
    for top in range(0, moments.shape[2], _STRIP):
        x, y, xy, both = moments[:, :, top : top + _STRIP]
        product, squares = x * y, x * x + y * y
        above = 2.0 * product + c1
        above *= 2.0 * factor * (xy - product) + c2
        squares_and_both = factor * (both - squares) + c2
        squares += c1
        with np.errstate(divide="ignore", invalid="ignore"):  # a flat image has no range
            above /= squares * squares_and_both
        found[:, top : top + _STRIP] = above
    return found


def _moments(truth: Floats, image: Floats, window: str) -> Floats:
    """Return the windowed means of ``x``, ``y``, ``x y`` and ``x^2 + y^2``.

    Args:
        truth: ``(C, H, W)``.
        image: The same.
        window: "gaussian" or "uniform".

    Returns:
        ``(4, C, H, W)``; beyond the border the edge pixel is repeated.
    """
    moments = np.empty((4, *truth.shape))
    for channel, (x, y) in enumerate(zip(truth, image, strict=True)):
        for number, plane in enumerate((x, y, x * y, x * x + y * y)):
            _windowed(plane, window, moments[number, channel])
    return moments


def _mixed(moments: Floats) -> Floats:
    """Return the means of a window that spans the channels too, the first and last repeated."""
    return np.asarray(np.einsum("kc,pchw->pkhw", _across(moments.shape[1]), moments))


def _windowed(plane: Floats, window: str, out: Floats) -> None:
    import cv2

    if window == "uniform":
        side = (SIDES[window], SIDES[window])
        cv2.blur(plane, side, dst=out, borderType=cv2.BORDER_REPLICATE)
    else:
        weights = gaussian_window()
        cv2.sepFilter2D(plane, -1, weights, weights, dst=out, borderType=cv2.BORDER_REPLICATE)


def _across(channels: int) -> Floats:
    """Return the window's weights across channels, ``(channels, channels)``, edges repeated."""
    weights, half = gaussian_window(), SIDES["gaussian"] // 2
    matrix = np.zeros((channels, channels))
    for channel in range(channels):
        for offset, weight in zip(range(-half, half + 1), weights, strict=True):
            matrix[channel, min(max(channel + offset, 0), channels - 1)] += weight
    return matrix


def _mean_inside(similar: Floats, inner: int) -> float:
    """Return the mean without a border; NaN where nothing is left."""
    _, height, width = similar.shape
    inside = similar[:, inner : height - inner, inner : width - inner]
    return float(inside.mean()) if 2 * inner < min(height, width) else float("nan")


def _whole(truth: Floats, image: Floats, inner: int, inside: Floats, *, joint: bool) -> float:
    """Return the SSIM at every pixel of the cropped images, edge pixels repeated beyond.

    Where a window fits, its similarity is the whole image's; only a frame is filtered again.
    """
    _, height, width = truth.shape
    half = SIDES["gaussian"] // 2
    if min(height, width) - 2 * inner < SIDES["gaussian"]:
        return float("nan")
    crop = np.s_[:, inner : height - inner, inner : width - inner]
    x, y = truth[crop], image[crop]
    kept = inside[crop][:, half:-half, half:-half]
    total, count = float(kept.sum()), x.size
    near, rows = slice(0, 2 * half), slice(half, -half)
    for strip, own in (
        (np.s_[:, near], np.s_[:, :half]),
        (np.s_[:, -2 * half :], np.s_[:, -half:]),
        (np.s_[:, :, near], np.s_[:, rows, :half]),
        (np.s_[:, :, -2 * half :], np.s_[:, rows, -half:]),
    ):
        moments = _moments(x[strip], y[strip], "gaussian")
        total += float(_map(_mixed(moments) if joint else moments, 1.0, 255.0)[own].sum())
    return total / count
