"""Write what the published segmentation tables say: ``python results/roles/segment_page.py [RUN]``.

``segment.md`` is made from ``segment.csv`` and ``segment-curves.csv``, which ``publish.py`` wrote:
a table, and sentences that follow from its numbers.  With RUN, the folder of the run,
``segment.png`` is drawn from its pictures: the layers' predictions of one test image, and some
layers' probability maps.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from upbench.benchmark.core.table import Column, Table, mean_and_range
from upbench.benchmark.core.text import listed
from upbench.benchmark.report.render.markdown import grid
from upbench.benchmark.statistics import significant_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FOLDER = Path(__file__).parent
ROWS, CURVES, TEXT, PICTURE = "segment.csv", "segment-curves.csv", "segment.md", "segment.png"
VISIBLE, CLEAN = 6.0, 1.0
"""Decibels from which a pattern shows in flat areas, and below which there is none."""
LATTICE = Column("lattice_2_db", "2 px, after", ".1f")
SHOWN = (
    Column("mean_iou", "mean IoU", ".3f"),
    Column("boundary_f", "boundary F", ".3f"),
    Column("pixel_accuracy", "pixel accuracy", ".3f"),
    Column("lattice_2_db_initial", "2 px, before", ".1f"),
    LATTICE,
    Column("lattice_4_db", "4 px, after", ".1f"),
    Column("parameters", "weights", ",.0f"),
    Column("mega_macs", "MMAC", ".0f"),
)
CAPTION = (
    "Above, what each layer's network takes for the classes of one test image, beside the truth. "
    "Below, the probability map of one class before and after training, each from black to white."
)
MAPPED = ("transposed-conv-uneven", "transposed-conv-even", "subpixel-conv", "subpixel-conv-icnr")
"""Layers whose maps the picture shows, if they are there."""


def main() -> None:
    """Write the page, and the picture of the run that the command line names."""
    rows, curves = (pd.read_csv(FOLDER / name) for name in (ROWS, CURVES))
    if len(sys.argv) > 1:
        draw(Path(sys.argv[1]) / "figures", layers_of(rows))
    (FOLDER / TEXT).write_text(text(rows, curves), encoding="utf-8")


def layers_of(rows: pd.DataFrame) -> list[str]:
    """Return the layers in the order of the rows."""
    return list(dict.fromkeys(rows["layer"]))


# ------------------------------------------------------------------ the text


def text(rows: pd.DataFrame, curves: pd.DataFrame) -> str:
    """Return the page: what was run, the table, and sentences that follow from the numbers."""
    steps, seeds, layers = rows["steps"].iloc[0], rows["seed"].nunique(), layers_of(rows)
    about = (
        f"{len(layers)} layers, {seeds} seeds each, {steps} steps on CamVid at half size: means, "
        "with the lowest and the highest seed.  Lattice energy is that of the probability maps of "
        f"validation images, in dB: below {CLEAN:g} there is none, from {VISIBLE:g} it shows."
    )
    picture = f"![{CAPTION}]({PICTURE})"
    found = [f"- {sentence}" for sentence in sentences(rows, curves)]
    parts = [["### What came out"], [about], grid(table(rows)), [picture], [CAPTION], found]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def table(rows: pd.DataFrame) -> Table:
    """Return a row per layer: means, with the lowest and the highest seed."""
    lines = []
    for layer in layers_of(rows):
        own = rows[rows["layer"] == layer]
        known = {one.key: mean_and_range(own[one.key], one) for one in SHOWN}
        lines.append({"layer": layer} | known)
    return Table((Column("layer", "layer"), *SHOWN), tuple(lines))


def sentences(rows: pd.DataFrame, curves: pd.DataFrame) -> Iterable[str]:
    """Yield what the numbers support, and what they do not."""
    yield beginning(rows)
    yield end(rows)
    yield apart(rows)
    yield growth(rows, curves)


def beginning(rows: pd.DataFrame) -> str:
    """Say which layers begin with a checkerboard, over all seeds."""
    means = rows.groupby("layer", sort=False)["lattice_2_db_initial"]
    dirty = [layer for layer, values in means if values.min() >= VISIBLE]
    clean = [layer for layer, values in means if values.max() < CLEAN]
    return (
        f"Before training, the maps of {joined(dirty)} have a visible pattern of 2 px in every "
        f"seed; those of {joined(clean)} have none in any."
    )


def end(rows: pd.DataFrame) -> str:
    """Say where the checkerboard is still there after training."""
    kept, clean = [], []
    for layer, values in rows.groupby("layer", sort=False)["lattice_2_db"]:
        if values.min() >= CLEAN:
            kept.append(f"{layer} ({LATTICE.write(mean_and_range(values, LATTICE))} dB)")
        elif values.max() < CLEAN:
            clean.append(layer)
    return (
        f"After {rows['steps'].iloc[0]} steps the pattern of 2 px is still there in every seed "
        f"with {joined(kept)}; there is none in any seed with {joined(clean)}."
    )


def apart(rows: pd.DataFrame) -> str:
    """Say how many pairs of layers differ significantly by mean IoU."""
    layers = rows.groupby("layer", sort=False)["mean_iou"]
    means, pairs = layers.mean(), significant_pairs([*layers.apply(list)], "layers")
    best, worst = means.idxmax(), means.idxmin()
    return (
        f"By mean IoU the best mean is {best}'s ({means[best]:.3f}), the lowest {worst}'s "
        f"({means[worst]:.3f}); {pairs}."
    )


def growth(rows: pd.DataFrame, curves: pd.DataFrame) -> str:
    """Say how far training is from its end."""
    points = curves.groupby("step")["validation_iou"].mean()
    last = list(points.index)[-2:]
    grown = " and ".join(f"{points[step]:.3f} after {step}" for step in last)
    return (
        f"Mean IoU on validation images, over all layers and seeds, is {grown} steps of the "
        f"{rows['steps'].iloc[0]}; the role's own number of steps is 6000."
    )


def joined(names: Sequence[str]) -> str:
    """Write a list of layers, or that there is none."""
    return listed(names) if names else "no layer"


# ------------------------------------------------------------------ the picture


def draw(figures: Path, layers: Sequence[str]) -> None:
    """Lay out one image's truth and predictions, and the maps of some layers."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt
    from PIL import Image

    sheets = {
        layer: Image.open(figures / f"segment-{layer}-predictions.png").convert("RGB")
        for layer in layers
    }
    some = next(iter(sheets.values()))
    width = (some.width - 8) // 3  # image, truth and prediction, with lines of 4 pixels between
    height = (some.height - 12) // 4
    tiles = [("truth", some.crop((width + 4, 2 * (height + 4), 2 * width + 4, 3 * height + 8)))]
    for layer, sheet in sheets.items():
        place = (2 * (width + 4), 2 * (height + 4), sheet.width, 3 * height + 8)
        tiles.append((layer, sheet.crop(place)))
    shown = [layer for layer in MAPPED if layer in layers]
    maps = [
        (f"{layer}: before, after", Image.open(figures / f"segment-{layer}-probabilities.png"))
        for layer in shown
    ]
    figure = plt.figure(figsize=(12, 6.9), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(4.95, 1.95))
    for part, pictures, rows in ((above, tiles, 2), (below, maps, 1)):
        axes = part.subplots(rows, -(-len(pictures) // rows), squeeze=False).ravel()
        for axis in axes:
            axis.set_axis_off()
        for axis, (title, picture) in zip(axes, pictures, strict=False):
            axis.imshow(picture, interpolation="none", cmap="gray")
            axis.set_title(title, fontsize=9)
    figure.savefig(FOLDER / PICTURE, dpi=100)


if __name__ == "__main__":
    main()
