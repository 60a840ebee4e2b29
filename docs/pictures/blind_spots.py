"""What the checkerboard metrics see and what they do not, in pictures with their numbers.

``docs/checkerboards.md`` shows these pictures; this script makes them again.  Each is a row of
panels; under a panel stands what the metrics say of it.  All start from one photograph that ships
inside scikit-image's wheel, or from formulas, so that anybody gets the same numbers.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from blind_panels import Panel, write_panels

from upbench.benchmark.imaging.colour import luma
from upbench.benchmark.imaging.degrade import matlab_bicubic
from upbench.benchmark.imaging.embedded import read_embedded
from upbench.benchmark.imaging.resample import BICUBIC, NEAREST, resize
from upbench.benchmark.metrics.blockiness import blockiness
from upbench.benchmark.metrics.checkerboard import lattice_score
from upbench.benchmark.theory.layers.periodic import Convolution, Shuffle
from upbench.benchmark.theory.layers.response import PhaseResponse, icnr_weight, phase_response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from upbench.benchmark.core.contract import Plane
    from upbench.benchmark.imaging.resample import Kernel

__all__ = ["BLIND_SPOTS", "write_blind_spots"]

PHOTO = "camera"
"""Of the dataset ``standard``."""
SIDE = 320
"""Pixels per side of the crop that is measured."""

# ------------------------------------------------------------------ what they all start from


def _photo() -> Plane:
    """Return the photograph's luma, ``(320, 320)`` whole grey levels."""
    image = np.rint(read_embedded(PHOTO) * 255).astype(np.uint8)
    middle = (image.shape[1] - SIDE) // 2
    return np.rint(luma(image[:SIDE, middle : middle + SIDE]))


def _enlarged(high: Plane, scale: int, kernel: Kernel) -> Plane:
    """Reduce by bicubic, enlarge by a kernel; grey levels, not rounded."""
    low = matlab_bicubic(high[:, :, None].astype(np.uint8), scale).astype(np.float32)
    return resize(low, scale, kernel)[:, :, 0].astype(np.float64) * 255


def _checker() -> Plane:
    """Return +1 and -1 in turns, ``(320, 320)``."""
    i, j = np.indices((SIDE, SIDE))
    return np.where((i + j) % 2, 1.0, -1.0)


def _rounded(picture: Plane) -> Plane:
    return np.clip(np.rint(picture), 0, 255)


def _numbers(picture: Plane, high: Plane, scale: int) -> dict[str, float]:
    """Return what the family says of a picture with its true image."""
    score = lattice_score(picture, scale, high, data_range=255, border=scale)
    return {
        "checkerboard dB": score.level_db,
        "amplitude gl": score.amplitude,
        "staircase dB": score.staircase_db,
        "blockiness dB": blockiness(high, picture, scale, data_range=255),
    }


def _panel(title: str, picture: Plane, high: Plane, scale: int, *names: str) -> Panel:
    rounded = _rounded(picture)
    numbers = _numbers(rounded, high, scale)
    return Panel(title, rounded, {name: numbers[name] for name in names})


# ------------------------------------------------------------------ the pictures


def levels() -> Iterator[Panel]:
    """Show the scale: a checkerboard of growing amplitude on a bicubic enlargement, x2."""
    high, pattern = _photo(), _checker()
    clean = _enlarged(high, 2, BICUBIC)
    for amplitude in (0.5, 1, 2, 4, 8):
        title, picture = f"{amplitude:g} gl", clean + amplitude * pattern
        yield _panel(title, picture, high, 2, "checkerboard dB", "amplitude gl")


def blocks() -> Iterator[Panel]:
    """Show that blocks are no checkerboard: each has its own number, x4."""
    high = _photo()
    i, j = (axis % 4 for axis in np.indices(high.shape))
    uneven = (1.0 + (i == 0)) * (1.0 + (j == 0))  # kernel 5, stride 4: one phase has two elements
    pattern = (uneven - uneven.mean()) / uneven.std()
    bicubic, nearest = (_enlarged(high, 4, kernel) for kernel in (BICUBIC, NEAREST))
    cases = {"bicubic": bicubic, "nearest": nearest, "bicubic + overlap": bicubic + 4 * pattern}
    for title, picture in cases.items():
        names = "checkerboard dB", "staircase dB", "blockiness dB"
        yield _panel(title, picture, high, 4, *names)


def sign_changes() -> Iterator[Panel]:
    """Show that a pattern which changes its sign quickly is no line: 4 gl, x2."""
    high, pattern = _photo(), _checker()
    clean = _enlarged(high, 2, BICUBIC)
    for every in (None, 32, 16, 8, 4):
        sign = 1.0 if every is None else _squares(2 * every)
        title = "never" if every is None else f"every {every} LR pixels"
        picture = clean + 4 * sign * pattern
        yield _panel(title, picture, high, 2, "checkerboard dB", "amplitude gl")


def _squares(side: int) -> Plane:
    """Return +1 and -1 in squares."""
    i, j = np.indices((SIDE, SIDE)) // side
    return np.where((i + j) % 2, -1.0, 1.0)


def small_patches() -> Iterator[Panel]:
    """Show how much of the energy of a checkerboard in a small square is found: 8 gl, x2."""
    high, pattern = _photo(), _checker()
    clean = _enlarged(high, 2, BICUBIC)
    for width in (4, 8, 16, 32):
        inside = slice(SIDE // 2 - width, SIDE // 2 + width)
        patch = np.zeros_like(high)
        patch[inside, inside] = 8 * pattern[inside, inside]
        picture = _rounded(clean + patch)
        numbers = _numbers(picture, high, 2)
        energy = np.square(patch[2:-2, 2:-2]).mean()  # what is measured leaves a cell on each side
        found = numbers["amplitude gl"] ** 2 / float(energy)
        yield Panel(
            f"{width} x {width} LR pixels",
            picture,
            {"checkerboard dB": numbers["checkerboard dB"], "energy found": found},
        )


def one_slope() -> Iterator[Panel]:
    """Show nearest on a ramp of 1 gl per pixel, a fixed pattern there, and on a round wave."""
    rows, columns = (axis - 127.5 for axis in np.ogrid[:256, :256])
    ramp = np.broadcast_to(columns + 127.5, (256, 256))
    wave = 127.5 + 100 * np.cos(2 * np.pi * np.hypot(rows, columns) / 200)
    for name, high, scale in (
        ("ramp", ramp, 2),
        ("ramp", ramp, 4),
        ("ramp", ramp, 8),
        ("wave", wave, 4),
        ("wave", wave, 8),
    ):
        mean = high.reshape(256 // scale, scale, 256 // scale, scale).mean(axis=(1, 3))
        picture = mean.repeat(scale, axis=0).repeat(scale, axis=1)
        title = f"{name}, nearest x{scale}"
        names = "checkerboard dB", "staircase dB"
        yield replace(_panel(title, picture, np.rint(high), scale, *names), crop=160)


def true_texture() -> Iterator[Panel]:
    """Show stripes that are really there, of the lattice's own period: x4, 12 gl."""
    high = _photo()
    stripes = 12 * np.cos(2 * np.pi * np.arange(SIDE) / 4)[None, :]
    real = _rounded(high + stripes)
    clean = _enlarged(high, 4, BICUBIC)
    for title, strength, truth in (
        ("true image", None, real),
        ("half of it kept", 0.5, real),
        ("all of it kept", 1.0, real),
        ("made stronger, 1.5", 1.5, real),
        ("invented, 1", 1.0, high),
    ):
        picture = real if strength is None else _rounded(clean + strength * stripes)
        alone = lattice_score(picture, 4, data_range=255, border=4).level_db
        numbers = _numbers(picture, truth, 4)
        level = numbers["checkerboard dB"]
        said = {"checkerboard dB": level, "no reference dB": alone}
        yield Panel(title, picture, said, crop=40)


def shuffle_bias() -> Iterator[Panel]:
    """Show ICNR weights in front of a pixel shuffle with three biases: x2, 16 to 1 channels."""
    high = _photo()
    smooth = np.full((1, 16, 3, 3), 1 / 144)  # the mean of 3 x 3 pixels, of 16 equal channels
    bound = 1 / np.sqrt(smooth[0].size)  # PyTorch's default for a bias
    drawn = np.random.default_rng(0).uniform(-bound, bound, 4)
    low = matlab_bicubic(high[:, :, None].astype(np.uint8), 2)[:, :, 0]
    for title, bias in (
        ("no bias", np.zeros(4)),
        ("default bias", drawn),
        ("one bias for all", np.repeat(drawn[0], 4)),
    ):
        response = phase_response([Convolution(icnr_weight(smooth, 2), bias), Shuffle(2)], 16)
        picture = _rounded(255 * _shuffled(low, response))
        level = _numbers(picture, high, 2)["checkerboard dB"]
        numbers = {"gain ripple": response.ripple, "checkerboard dB": level}
        yield Panel(title, picture, numbers)


def _shuffled(low: Plane, response: PhaseResponse) -> Plane:
    """Put an image through ICNR weights that average 3 x 3 pixels, and the biases."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(low, 1, mode="edge"), (3, 3))
    mean: Plane = windows.mean(axis=(2, 3)).repeat(2, axis=0).repeat(2, axis=1)
    return mean + np.tile(response.bias[:, :, 0], low.shape)


BLIND_SPOTS: dict[str, Callable[[], Iterator[Panel]]] = {
    "levels": levels,
    "blocks": blocks,
    "sign-changes": sign_changes,
    "small-patches": small_patches,
    "one-slope": one_slope,
    "true-texture": true_texture,
    "shuffle-bias": shuffle_bias,
}
"""The pictures by the names of their files."""


def write_blind_spots(folder: Path) -> tuple[Path, ...]:
    """Write every picture as ``NAME.png`` into a folder that exists; return the files."""
    return tuple(
        write_panels(list(panels()), folder / f"{name}.png") for name, panels in BLIND_SPOTS.items()
    )


if __name__ == "__main__":
    write_blind_spots(Path(__file__).parent)
