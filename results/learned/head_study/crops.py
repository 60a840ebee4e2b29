"""One picture of crops: every head on a smooth gradient and on a texture, untrained and trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from head_study.names import short
from head_study.scores import REFERENCE
from upbench.benchmark.engine.cell import prepare
from upbench.benchmark.registry.catalog import built_in_protocols

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL import Image as PillowImage

    from head_study.subjects import Subject
    from upbench.benchmark.core.contract import Image, Image8, Upsampler
    from upbench.benchmark.engine.cell import Prepared
    from upbench.benchmark.registry.catalog import Catalog

PLACES = (("probes", "ramp-x", "gradient"), ("standard", "grass", "texture"))
"""Dataset, image and what its middle shows."""
SIDE, ZOOM = 30, 4
"""Side of a crop in output pixels (a multiple of 2 and 3), and of each of them in the picture."""
COLUMNS = 7
"""Columns of a row of the picture, the first of which repeats."""
GAP, LABEL, TITLE = 6, 74, 34


@dataclass(frozen=True)
class Column:
    """One head's crops, from top to bottom."""

    title: str
    crops: tuple[Image8, ...]
    """uint8 (SIDE, SIDE): gradient before and after training, texture before and after."""


def crops(subjects: Iterable[Subject], catalog: Catalog, scale: int) -> tuple[Column, ...]:
    """Cut the middle out of every network's outputs.

    Args:
        subjects: The networks of one scale.
        catalog: Where the images and the reference are found.
        scale: Their scale.

    Returns:
        First the true image and bicubic interpolation, in place of before and after.
    """
    images = [_prepared(catalog, *place[:2], scale) for place in PLACES]
    bicubic = catalog.method(REFERENCE).load(scale)
    truth = [_middle((image.high / 255).astype(np.float32)) for image in images]
    columns = [_column("true image / bicubic", truth, _outputs(bicubic, images))]
    for one in subjects:
        before, after = (_outputs(run, images) for run in (one.untrained(), one.trained()))
        columns.append(_column(short(one.method.name), before, after))
    return tuple(columns)


def stretched(crop: Image) -> Image8:
    """Return a crop ``(h, w)`` from its darkest pixel, black, to its brightest, white."""
    low, high = float(crop.min()), float(crop.max())
    grey = (crop - low) / (high - low) if high > low else np.full_like(crop, 0.5)
    return np.rint(grey * 255).astype(np.uint8)


def draw_crops(columns: Sequence[Column]) -> PillowImage.Image:
    """Lay the columns out, the first one at the left of every row; no pixel is smoothed."""
    from PIL import Image

    first, others = columns[0], columns[1:]
    each = COLUMNS - 1
    lines = [(first, *others[start : start + each]) for start in range(0, len(others), each)]
    tall = TITLE + len(first.crops) * (SIDE * ZOOM + GAP)
    width = LABEL + COLUMNS * (SIDE * ZOOM + GAP)
    canvas = Image.new("L", (width, len(lines) * tall), 255)
    for number, line in enumerate(lines):
        _draw_line(canvas, number * tall, line)
    return canvas


def _prepared(catalog: Catalog, dataset: str, name: str, scale: int) -> Prepared:
    items = {item.name: item for item in catalog.dataset(dataset).items()}
    return prepare(items[name].load(), scale, built_in_protocols()["y-classic"])


def _outputs(run: Upsampler, images: Iterable[Prepared]) -> list[Image]:
    return [_middle(run(image.low)) for image in images]


def _middle(image: Image) -> Image:
    """Cut a square whose corner is a cell's at x2 and x3."""
    top, left = ((side - SIDE) // 2 // 6 * 6 for side in image.shape[:2])
    return image[top : top + SIDE, left : left + SIDE, 0]


def _column(title: str, before: Sequence[Image], after: Sequence[Image]) -> Column:
    pairs = zip(before, after, strict=True)
    return Column(title, tuple(stretched(crop) for pair in pairs for crop in pair))


def _draw_line(canvas: PillowImage.Image, top: int, line: Sequence[Column]) -> None:
    from PIL import Image, ImageDraw, ImageFont

    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(11)
    side = SIDE * ZOOM
    stages = [f"{what},\n{when}" for *_, what in PLACES for when in ("untrained", "trained")]
    for row, label in enumerate(stages):
        draw.text((4, top + TITLE + row * (side + GAP) + side // 3), label, fill=0, font=font)
    for number, column in enumerate(line):
        left = LABEL + number * (side + GAP)
        draw.text((left, top + 4), _broken(column.title), fill=0, font=font)
        for row, crop in enumerate(column.crops):
            large = Image.fromarray(np.kron(crop, np.ones((ZOOM, ZOOM), np.uint8)))
            down = top + TITLE + row * (side + GAP)
            canvas.paste(large, (left, down))
            draw.rectangle((left - 1, down - 1, left + side, down + side), outline=128)


def _broken(title: str) -> str:
    """Break a title that is wider than its column at a hyphen or a blank in its middle."""
    if len(title) <= 20:
        return title
    places = [n + 1 for n, letter in enumerate(title) if letter in "- "]
    best = min(places, key=lambda place: abs(place - len(title) / 2))
    return f"{title[:best].rstrip()}\n{title[best:]}"
