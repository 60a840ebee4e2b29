"""From the errors of images to the numbers of a set, for every border, range and window at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.protocols.conventions.axes import BORDERS, PSNRS, SSIMS, is_of_channels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.protocols.conventions.measure import Measured


def psnr_table(images: Sequence[Measured]) -> Floats:
    """Return the PSNR of a set of images, ``(borders, PSNRs)``, in the order of ``PSNRS``."""
    squared = [one.squared for one in images]  # (borders, channels) each; grey has one channel
    joint = np.stack([one.mean(axis=1) for one in squared])
    levels = {
        "255": np.full_like(joint, 255.0),
        "1": np.ones_like(joint),
        "max": np.stack([one.highest for one in images]),
        "span": np.stack([one.highest - one.lowest for one in images]),
    }
    columns = []
    for kind in PSNRS:
        level = levels[kind.psnr_range]
        if kind.psnr_mean == "mse":
            columns.append(_decibels(level.mean(axis=0), joint.mean(axis=0)))
        elif kind.psnr_channels == "joint":
            columns.append(_decibels(level, joint).mean(axis=0))
        else:
            each = [
                _decibels(r[:, None], s).mean(axis=1) for r, s in zip(level, squared, strict=True)
            ]
            columns.append(np.stack(each).mean(axis=0))
    return np.stack(columns, axis=1)


def ssim_table(images: Sequence[Measured]) -> Floats:
    """Return the SSIM of a set of images, ``(borders, SSIMs)``; NaN where one has none.

    A window over the channels is that of one channel on a grey image.
    """
    tables = [one.similarity for one in images if one.similarity is not None]
    if len(tables) < len(images):
        return np.full((len(BORDERS), len(SSIMS)), np.nan)
    found = np.stack(tables)
    for number, kind in enumerate(SSIMS):
        own = found[:, :, number]
        if is_of_channels(kind) and np.isfinite(own).any():  # so an image has colour
            alone = found[:, :, SSIMS.index(replace(kind, ssim_channels="mean"))]
            found[:, :, number] = np.where(np.isnan(own), alone, own)
    return np.asarray(found.mean(axis=0))


def _decibels(level: Floats, squared: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(10.0 * np.log10(level**2 / squared))
