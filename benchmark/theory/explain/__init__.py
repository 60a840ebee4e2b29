"""Convolution arithmetic in pictures: one topic, drawn with its numbers.

``explain`` is what ``upbench explain`` calls; ``picture``, ``strip`` and ``frames`` are its parts,
for a notebook.  The pictures show whole numbers, the worked example of the tutorial by default.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import StoreError, UnknownNameError, UsageError
from upbench.benchmark.theory.explain.animation import animate
from upbench.benchmark.theory.explain.canvas import MOST_CELLS, Scene, draw
from upbench.benchmark.theory.explain.topics import TOPICS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from matplotlib.figure import Figure

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


@dataclass(frozen=True)
class Explanation:
    """What was worked out about a layer, and the pictures that show it."""

    lines: tuple[str, ...]
    """The numbers, one sentence a line."""
    files: tuple[Path, ...]
    """The pictures that were written."""


def explain(
    topic: str,
    *,
    folder: Path,
    kernel: int | None = None,
    stride: int | None = None,
    padding: int | None = None,
    size: int | None = None,
) -> Explanation:
    """Work out a layer's numbers and draw it.

    Args:
        topic: A name in :data:`TOPICS`.
        folder: Where the pictures go; made if it is not there.
        kernel: The kernel size; None is the topic's own.
        stride: The stride, or the factor of a resize-convolution.
        padding: The zero padding.
        size: The input size.

    Returns:
        The numbers, and the files: the picture and a frame strip as PNG and SVG, and an animation
        with one frame for each output position as GIF.

    Raises:
        UnknownNameError: There is no such topic.
        UsageError: The layer does not exist, or is too large for a picture.
        StoreError: The folder cannot be written.
    """
    example = example_of(topic, kernel=kernel, stride=stride, padding=padding, size=size)
    chosen = TOPICS[topic]
    lines = tuple(chosen.facts(example))
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


def example_of(
    topic: str,
    *,
    kernel: int | None = None,
    stride: int | None = None,
    padding: int | None = None,
    size: int | None = None,
) -> Example:
    """Return a topic's example, with some of its numbers changed.

    Raises:
        UnknownNameError: There is no such topic.
        UsageError: The layer does not exist, or is too large for a picture.
    """
    if topic not in TOPICS:
        raise UnknownNameError("topic", topic, TOPICS)
    chosen = TOPICS[topic]
    example = chosen.example(kernel, stride, padding, size)
    count = chosen.positions(example)
    if count > MOST_FRAMES:
        raise UsageError(
            f"The output would have {count} positions, more than the {MOST_FRAMES} that an "
            f"animation shows; choose a smaller input."
        )
    return example


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
    path = folder / f"{topic}.gif"
    animate(frames(topic, example), path)
    return path
