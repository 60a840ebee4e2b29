"""The page of the study of layers: five sentences that follow from the numbers, then tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from layer_study.study import (
    AS_BUILT,
    ROWS,
    confirmed,
    ended,
    is_comparable,
    reaches,
    significant,
    studies,
)
from upbench.benchmark.core.table import Column, Span, Table, mean_and_range
from upbench.benchmark.core.text import counted, listed
from upbench.benchmark.report.render.markdown import grid

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from layer_study.study import Study

PICTURE = "layers.png"
CAPTION = "The mean PSNR of each layer and seed, and that on validation images along training"
CLEAN = 1.0
"""Decibels below which there is no checkerboard."""
COLUMNS = (
    Column("psnr_set5_db", "PSNR Set5, dB", ".2f"),
    Column("psnr_set14_db", "PSNR Set14, dB", ".2f"),
    Column("checkerboard_db_initial", "checkerboard before, dB", ".1f"),
    Column("checkerboard_db", "after", ".1f"),
    Column("ripple_db_initial", "ripple before, dB", ".1f"),
    Column("ripple_db", "after", ".1f"),
)
"""What the table shows of each layer: means, with the lowest and the highest seed."""


def text(rows: pd.DataFrame, curves: pd.DataFrame) -> str:
    """Return the page as Markdown: sentences first, then a table for each scale."""
    found = studies(rows, curves)
    about = (
        "PSNR is that of luma under `y-classic`; brackets hold the lowest and the highest seed.  "
        f"Layers are compared by the mean over all {found[0].images.shape[0]} test images."
    )
    said = "\n".join(f"- {sentence}" for sentence in (*sentences(found), *begun(rows)))
    parts = [about, said, f"![{CAPTION}]({PICTURE})"]
    for study in found:
        seeds, steps = study.psnr.shape[1], int(study.rows["steps"].max())
        parts.append(f"#### {title(study.data)}")
        parts.append(f"{seeds} seeds of {steps:,} steps each.{_left_out(study)}")
        parts += ["\n".join(grid(table(study))), analysis(study)]
    return "\n\n".join(parts) + "\n"


def _left_out(study: Study) -> str:
    if not study.left_out:
        return ""
    return f"  Left out, with fewer seeds: {listed([*study.left_out])}."


def begun(rows: pd.DataFrame) -> Iterator[str]:
    """Name the scales and beginnings that have too few trainings to compare layers."""
    for data, group in rows[rows["status"] == "ok"].groupby("data", sort=True):
        if not is_comparable(group):
            layers, seeds = ended(group)
            yield (
                f"**Not compared yet:** {data}, where {counted(len(layers), 'layer')} came to an "
                f"end with {counted(seeds, 'seed')}; `{ROWS}` has them."
            )


def title(data: str) -> str:
    """Return what a scale and a way of beginning are called."""
    scale = data.removesuffix(AS_BUILT)
    own = data.endswith(AS_BUILT)
    return f"{scale}, layers as they draw their weights" if own else f"{scale}, equal variance"


def table(study: Study) -> Table:
    """Return a row for each layer, the best mean first."""
    reach, lines = reaches(study), []
    for index in np.argsort(-study.psnr.mean(axis=1), kind="stable"):
        own = study.rows[study.rows["layer"] == study.layers[index]]
        known = {one.key: mean_and_range(own[one.key], one) for one in COLUMNS}
        apart = "best" if index == study.best else Span(*reach[int(index)])
        lines.append({"layer": study.layers[index], "apart": apart} | known)
    first, *others = COLUMNS
    apart_from_best = Column("apart", "all images, less the best (Tukey, 95 %), dB", "+.3f")
    return Table((Column("layer", "layer"), first, apart_from_best, *others), tuple(lines))


def analysis(study: Study) -> str:
    """Return the analysis of variance in two sentences."""
    test = stats.f_oneway(*study.psnr)
    layers, seeds = study.psnr.shape
    image = study.variance["image"]
    others = {name: part for name, part in study.variance.items() if name != "image"}
    rest = sum(others.values())
    parts = [f"{name} {100 * part / rest:.0f} %" for name, part in others.items()]
    return (
        f"Analysis of variance of the mean PSNR, layers against seeds: F({layers - 1}, "
        f"{layers * (seeds - 1)}) = {test.statistic:.1f}, p = {test.pvalue:.2g}.  Of the variance "
        f"of all PSNRs {100 * image:.2f} % is between images; of the rest: {', '.join(parts)}."
    )


def sentences(found: list[Study]) -> Iterator[str]:
    """Yield what the numbers support, five sentences at most."""
    equal = [study for study in found if not study.data.endswith(AS_BUILT)]
    yield f"**Best by mean PSNR:** {_each(equal, _best)}."
    yield f"**Pairs that differ significantly over seeds** (Tukey, 95 %): {_each(equal, _apart)}."
    yield f"**Over seeds and over images:** {_each(equal, _confirmed)}."
    yield from _beginnings(found)
    yield f"**Checkerboards after training**, mean of 4 validation images: {_each(equal, _left)}."


def _each(found: list[Study], say: Any) -> str:
    return "; ".join(f"at {study.data} {say(study)}" for study in found)


def _best(study: Study) -> str:
    means = study.psnr.mean(axis=1)
    reach = enumerate(reaches(study))
    equal = [study.layers[n] for n, (low, high) in reach if low < 0 < high and n != study.best]
    others = f", not significantly above {listed(equal)}" if equal else ""
    worst = f"{study.layers[int(means.argmin())]} with {means.min():.2f} dB"
    return f"{study.layers[study.best]} with {means.max():.2f} dB{others}; the lowest is {worst}"


def _apart(study: Study) -> str:
    layers, pairs = len(study.layers), significant(study)
    shared = set.intersection(*map(set, pairs)) if pairs else set()
    each = f", each with {listed([study.layers[n] for n in shared])}" if shared else ""
    return f"{len(pairs)} of {layers * (layers - 1) // 2} pairs{each}"


def _confirmed(study: Study) -> str:
    pairs = [
        f"{study.layers[a]} and {study.layers[b]}"
        if study.psnr[a].mean() > study.psnr[b].mean()
        else f"{study.layers[b]} and {study.layers[a]}"
        for a, b in confirmed(study)
    ]
    named = f" ({'; '.join(pairs)})" if 0 < len(pairs) <= 3 else ""
    return counted(len(pairs), "pair") + named


def _beginnings(found: list[Study]) -> Iterator[str]:
    """Say what the initialisation alone changes, at scales that were trained in both ways."""
    by_data = {study.data: study for study in found}
    pairs = [
        (study, by_data[study.data.removesuffix(AS_BUILT)])
        for study in found
        if study.data.endswith(AS_BUILT) and study.data.removesuffix(AS_BUILT) in by_data
    ]
    said = []
    for own, equal in pairs:
        both = [layer for layer in own.layers if layer in equal.layers]
        ranges = [_range_of_means(study, both) for study in (own, equal)]
        said.append(
            f"at {equal.data} the means of {len(both)} layers lie within {ranges[0]:.2f} dB as "
            f"they draw their weights and within {ranges[1]:.2f} dB with equal variance"
        )
    if said:
        yield f"**The initialisation alone:** {'; '.join(said)}."


def _range_of_means(study: Study, layers: list[str]) -> float:
    means = [study.psnr[study.layers.index(layer)].mean() for layer in layers]
    return float(max(means) - min(means))


def _left(study: Study) -> str:
    highest = study.rows.groupby("layer", sort=False)["checkerboard_db"].max()
    kept = [f"{layer} ({value:.1f} dB)" for layer, value in highest.items() if value >= CLEAN]
    if kept:
        return f"a seed of {', '.join(kept)} has one"
    return f"below {CLEAN:g} dB in every seed of every layer"
