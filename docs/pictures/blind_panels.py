"""Photographs side by side, each with the numbers that metrics give it.

Every pixel is drawn as a whole number of dots: a fine pattern scaled by anything else would show
a pattern that is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from upbench.benchmark.core.contract import Plane

__all__ = ["SHOWN", "Panel", "describe", "draw_panels", "write_panels"]

SHOWN = 160
"""Dots per side of a panel as it is drawn."""

_GAP, _HEAD, _LINE, _DOTS = 10, 24, 17, 100


@dataclass(frozen=True)
class Panel:
    """A picture, and what the metrics say of it."""

    title: str
    picture: Plane
    """``(H, W)`` in grey levels, 0 to 255."""
    numbers: dict[str, float]
    """By the metric's name; decibels, grey levels, or parts of 1."""
    crop: int = 80
    """How many pixels per side are shown, from the middle; divides SHOWN."""


def draw_panels(panels: Sequence[Panel]) -> Figure:
    """Draw panels side by side, each pixel a whole number of dots, the numbers below."""
    from matplotlib.figure import Figure

    lines = max(len(panel.numbers) for panel in panels)
    width = len(panels) * (SHOWN + _GAP) + _GAP
    height = _HEAD + SHOWN + _GAP + lines * _LINE
    figure = Figure(figsize=(width / _DOTS, height / _DOTS), dpi=_DOTS, facecolor="white")
    for number, panel in enumerate(panels):
        left, bottom = _GAP + number * (SHOWN + _GAP), height - _HEAD - SHOWN
        place = left / width, bottom / height, SHOWN / width, SHOWN / height
        axes = figure.add_axes(place)
        axes.imshow(_middle(panel), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axes.set_axis_off()
        axes.set_title(panel.title, fontsize=9, pad=4)
        for line, (name, value) in enumerate(panel.numbers.items()):
            down = (bottom - _LINE * (line + 0.8)) / height
            figure.text(left / width, down, f"{name}  {value:.2f}", fontsize=8, va="center")
    return figure


def _middle(panel: Panel) -> Plane:
    top, left = ((side - panel.crop) // 2 for side in panel.picture.shape)
    return panel.picture[top : top + panel.crop, left : left + panel.crop]


def describe(panel: Panel) -> str:
    """Say a panel's title and numbers in one line."""
    numbers = (f"{name} {value:.2f}" for name, value in panel.numbers.items())
    return f"{panel.title}: {', '.join(numbers)}"


def write_panels(panels: Sequence[Panel], path: Path) -> Path:
    """Draw panels into a PNG file that carries its numbers as text; return the path.

    The text is the file's "Description": one line a panel, as :func:`describe` says it.
    """
    described = "\n".join(map(describe, panels))
    draw_panels(panels).savefig(path, dpi=_DOTS, metadata={"Description": described})
    return path
