"""Convolution arithmetic in pictures: one topic, drawn with its numbers.

``explain`` is what ``upbench explain`` calls; ``picture``, ``strip`` and ``frames`` are its parts,
for a notebook.  The pictures show whole numbers, the worked example of the tutorial by default.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import StoreError, UnknownNameError, UsageError
from upbench.benchmark.theory.explain.canvas import MOST_CELLS, Scene, draw
from upbench.benchmark.theory.explain.topics import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.figure import Figure
    from PIL import Image as PillowImage

    from upbench.benchmark.theory.explain.example import Example

__all__ = [
    "MOST_FRAMES",
    "TOPICS",
    "Explanation",
    "example_of",
    "explain",
    "frames",
    "picture",
    "save",
    "strip",
]

MOST_FRAMES = 144
"""The longest animation that is made."""
STRIP = 6
"""How many moments a frame strip shows at most."""
DOTS = 80
"""Pixels per inch of an animation."""
SECONDS, PAUSE = 0.9, 2.0
"""How long a frame of it is shown, and the last one."""


@dataclass(frozen=True)
class Explanation:
    """What was worked out about a layer, and the pictures that show it."""

    lines: tuple[str, ...]
    """The numbers, one sentence a line."""
    files: tuple[Path, ...]
    """The pictures that were written."""


def explain(topic: str, *, folder: Path, **changes: int | None) -> Explanation:
    """Work out a layer's numbers and draw it.

    Args:
        topic: A name in :data:`TOPICS`.
        folder: Where the pictures go; made if it is not there.
        changes: The layer's numbers, as for :func:`example_of`.

    Returns:
        The numbers, and the files: the picture and a frame strip as PNG and SVG, and an animation
        with one frame for each output position as GIF.

    Raises:
        UnknownNameError: There is no such topic.
        UsageError: The layer does not exist, or is too large for a picture.
        StoreError: The folder cannot be written.
    """
    example = example_of(topic, **changes)
    lines = tuple(TOPICS[topic].facts(example))
    figures = {topic: picture(topic, example), f"{topic}-strip": strip(topic, example)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = (*_stills(figures, folder), _film(topic, example, folder))
    except OSError as error:
        raise StoreError(
            f"The pictures cannot be written to {folder}: {error.strerror or error}; "
            f"choose another folder."
        ) from None
    return Explanation(lines, files)


def example_of(topic: str, **changes: int | None) -> Example:
    """Return a topic's example, with some of its numbers changed.

    Args:
        topic: A name in :data:`TOPICS`.
        changes: ``kernel``, ``stride`` (the factor of a resize-convolution), ``padding`` and
            ``size``, the input's; None is the topic's own.

    Raises:
        UnknownNameError: There is no such topic.
        UsageError: The layer does not exist, or is too large for a picture.
    """
    if topic not in TOPICS:
        raise UnknownNameError("topic", topic, TOPICS)
    chosen = TOPICS[topic]
    given = {name: value for name, value in changes.items() if value is not None}
    example = replace(chosen.defaults, **given)
    count = chosen.positions(example)
    if count > MOST_FRAMES:
        raise UsageError(
            f"The output would have {count} positions, more than the {MOST_FRAMES} that an "
            f"animation shows; choose a smaller input."
        )
    _check_numbers(example)
    return example


def _check_numbers(example: Example) -> None:
    """Refuse a layer that no picture can show, before anything of its size is made."""
    numbers = {"input": example.size, "kernel": example.kernel}
    for what, number in (numbers | {"padding": example.padding, "stride": example.stride}).items():
        if number > MOST_CELLS:
            raise UsageError(
                f"The {what} must be at most {MOST_CELLS}, so that a picture can be read; got "
                f"{number}: choose a smaller one."
            )


def picture(topic: str, example: Example, position: int | None = None) -> Figure:
    """Draw a topic with all its outputs, one of them highlighted with what it reads.

    Args:
        topic: A name in :data:`TOPICS`.
        example: The layer.
        position: Which output, row after row; None is the one in the middle.

    Raises:
        UsageError: The layer is too large for a picture, or has no such output.
    """
    topical = TOPICS[topic]
    count = topical.positions(example)
    chosen = topical.middle(example) if position is None else position
    if not 0 <= chosen < count:
        raise UsageError(f"The position must be from 0 to {count - 1}; got {position!r}.")
    return draw(topical.scene(example, chosen, count))


def strip(topic: str, example: Example) -> Figure:
    """Draw the sliding kernel at up to six positions, one below another.

    Raises:
        UsageError: The layer is too large for a picture.
    """
    topical = TOPICS[topic]
    count = topical.positions(example)
    first = topical.scene(example, 0, 1)
    tallest = max(len(part.text) for part in first.rows[0] if not isinstance(part, str))
    wanted = min(STRIP, count, max(2, MOST_CELLS // tallest))
    moments = [round(number * (count - 1) / max(1, wanted - 1)) for number in range(wanted)]
    rows = [topical.scene(example, moment, moment + 1).rows[0] for moment in moments]
    return draw(Scene(tuple(rows), zoom=first.zoom))


def frames(topic: str, example: Example) -> Iterator[Figure]:
    """Draw the sliding kernel, one figure for each output position.

    Raises:
        UsageError: The layer is too large for a picture.
    """
    for position in range(TOPICS[topic].positions(example)):
        scene = TOPICS[topic].scene(example, position, position + 1)
        yield draw(replace(scene, rows=scene.rows[:1]))


def save(figure: Figure, path: Path) -> None:
    """Write a figure in the format of the path's suffix (PNG, SVG), the same bytes every time."""
    from matplotlib import rc_context

    undated = {"Date": None} if path.suffix == ".svg" else {}
    with rc_context({"svg.hashsalt": "upbench"}):
        figure.savefig(path, dpi=144, metadata=undated)


def _stills(figures: dict[str, Figure], folder: Path) -> Iterator[Path]:
    for name, figure in figures.items():
        for suffix in (".png", ".svg"):
            path = folder / f"{name}{suffix}"
            save(figure, path)
            yield path


def _film(topic: str, example: Example, folder: Path) -> Path:
    """Write the frames as an endless animation, all padded to the size of the largest."""
    path = folder / f"{topic}.gif"
    pictures = [_rendered(figure) for figure in frames(topic, example)]
    size = max(one.width for one in pictures), max(one.height for one in pictures)
    first, *others = (_on_canvas(one, size) for one in pictures)
    times = [round(1000 * SECONDS)] * len(others) + [round(1000 * PAUSE)]
    first.save(path, "GIF", save_all=True, append_images=others, duration=times, loop=0)
    return path


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
