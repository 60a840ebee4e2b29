"""The choices between an image and its PSNR, one axis each, the most common value first.

A :class:`Convention` is one value on every axis.  The values, and where each was seen, are in
``conventions.toml``.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

STATED: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("conventions.toml").read_text(encoding="utf-8")
)
AXES: dict[str, dict[str, str]] = STATED["axes"]
"""By axis: its values, the most common first, each in words."""
HEADINGS: dict[str, str] = STATED["headings"]
"""What stands above an axis in a table."""
SHORT: dict[str, str] = STATED["short"]
"""Values in a table, where they are not written as they are."""

_STEPS = {"psnr_mean": 3, "psnr_channels": 2, "psnr_range": 2, "ssim_range": 2}
"""How unusual it is to leave the first value of an axis, where that is more than 1."""
BORDERS = tuple(AXES["border"])


@dataclass(frozen=True)
class Low:
    """How the low-resolution image is made, and what of it the method gets."""

    shrink: str
    depth: str
    given: str
    grey: str
    """"" where no image is grey."""


@dataclass(frozen=True)
class View:
    """What of an output is compared with what of the reference."""

    pixels: str
    colour: str


@dataclass(frozen=True)
class Psnr:
    """How errors become one number of decibels."""

    psnr_mean: str
    psnr_channels: str
    psnr_range: str


@dataclass(frozen=True)
class Ssim:
    """Which SSIM."""

    ssim_window: str
    ssim_covariance: str
    ssim_channels: str
    ssim_range: str


def is_of_channels(kind: Psnr | Ssim) -> bool:
    """Say whether it differs from another on several channels alone."""
    return {"psnr_channels": "mean", "ssim_channels": "joint"}.items() & vars(kind).items() != set()


@dataclass(frozen=True)
class Convention:
    """One value on every axis; a number that was not asked for has no axes."""

    low: Low
    view: View
    border: str
    psnr: Psnr | None
    ssim: Ssim | None

    @property
    def choices(self) -> dict[str, str]:
        """The value on each axis that counts, by the axis's name."""
        found = {**vars(self.low), **vars(self.view), "border": self.border}
        for part in (self.psnr, self.ssim):
            found |= vars(part) if part is not None else {}
        counts = self.view.colour == "rgb"
        return {a: v for a, v in found.items() if v and (counts or not a.endswith("_channels"))}


def border_pixels(border: str, scale: int) -> int:
    """Return how many pixels a border has at a scale.

    >>> [border_pixels(border, 4) for border in BORDERS]
    [4, 0, 10, 6]
    """
    return {"s": scale, "0": 0, "s+6": scale + 6, "6": 6}[border]


def lows(*, own_8bit: bool, has_grey: bool, shrinkers: tuple[str, ...]) -> Iterator[Low]:
    """Yield every way of making the low-resolution image.

    Args:
        own_8bit: Whether the method has an 8-bit path of its own, which 8-bit images take.
        has_grey: Whether an image is grey: else turning it into RGB is no choice.
        shrinkers: Those that are tried.
    """
    depths = [depth for depth in AXES["depth"] if own_8bit or depth != "8 bits, float path"]
    greys = tuple(AXES["grey"]) if has_grey else ("",)
    yield from (Low(*one) for one in product(shrinkers, depths, AXES["given"], greys))


def views(low: Low, *, own_8bit: bool) -> Iterator[View]:
    """Yield what can be compared of the outputs: luma has no other colour to be turned into.

    Args:
        low: What the method gets.
        own_8bit: Whether it has an 8-bit path of its own, which gives no floats.
    """
    depths = ("8 bits",) if own_8bit and low.depth == "8 bits" else tuple(AXES["pixels"])
    for pixels in depths:
        if low.given == "rgb":
            kinds = [c for c in AXES["colour"] if pixels == "8 bits" or c not in EIGHT_BIT_ONLY]
        elif low.given == "y":
            kinds = ["y-rounded" if pixels == "8 bits" else "y"]
        else:
            kinds = ["y-pillow" if pixels == "8 bits" else "y-full"]
        yield from (View(pixels, colour) for colour in kinds)


EIGHT_BIT_ONLY = frozenset({"y-opencv", "y-pillow"})
"""Colours that are a library's 8-bit conversion."""

PSNRS = tuple(
    Psnr(*one)
    for one in product(AXES["psnr_mean"], AXES["psnr_channels"], AXES["psnr_range"])
    # one error of all images has one range, and MSEs are averaged over channels in any case
    if one[0] == "psnr" or (one[1] == "joint" and one[2] in {"255", "1"})
)
SSIMS = (
    *(
        Ssim(window, covariance, "mean", level)
        for window, covariance, level in product(
            ("gaussian", "uniform"), AXES["ssim_covariance"], AXES["ssim_range"]
        )
    ),
    *(Ssim("gaussian-whole", "population", channels, "255") for channels in AXES["ssim_channels"]),
)


def cost(convention: Convention) -> int:
    """Return how unusual a convention is: 0 has the most common value on every axis."""
    total = 0
    for axis, value in convention.choices.items():
        place = [*AXES[axis]].index(value)
        total += place + (_STEPS.get(axis, 1) - 1) * (place > 0)
    return total


def words(values: dict[str, str]) -> str:
    """Say a convention in words.

    >>> words({"border": "s", "colour": "rgb"})
    'scored on RGB; a border of s pixels is cropped'
    """
    return "; ".join(said[values[axis]] for axis, said in AXES.items() if axis in values)
