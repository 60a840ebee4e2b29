"""Animated GIFs from figures."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from matplotlib.figure import Figure
    from PIL import Image as PillowImage

__all__ = ["animate"]

DOTS = 80
"""Pixels per inch."""
SECONDS = 0.9
"""How long a frame is shown."""
PAUSE = 2.0
"""How long the last one is shown before the animation starts again."""


def animate(figures: Iterable[Figure], path: Path) -> None:
    """Write figures as an endless animation, one frame each.

    Args:
        figures: At least one; all are padded to the size of the largest.
        path: The GIF file to write.
    """
    pictures = [_rendered(figure) for figure in figures]
    size = max(one.width for one in pictures), max(one.height for one in pictures)
    paletted = [_on_canvas(one, size) for one in pictures]
    last = len(paletted) - 1
    times = [round(1000 * (PAUSE if number == last else SECONDS)) for number in range(last + 1)]
    paletted[0].save(path, "GIF", save_all=True, append_images=paletted[1:], duration=times, loop=0)


def _rendered(figure: Figure) -> PillowImage.Image:
    from PIL import Image

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DOTS)
    return Image.open(buffer).convert("RGB")


def _on_canvas(picture: PillowImage.Image, size: tuple[int, int]) -> PillowImage.Image:
    """Put a picture on white of the common size, in at most 64 colours."""
    from PIL import Image

    canvas = Image.new("RGB", size, "white")
    canvas.paste(picture)
    return canvas.quantize(64, dither=Image.Dither.NONE)
