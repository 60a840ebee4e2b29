"""The page of the study of layers: five sentences that follow from the numbers, then tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from layer_study.study import (
    AS_BUILT,
    ROWS,
    changes,
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
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from layer_study.study import Study

    Changes = dict[str, tuple[float, float, float]]

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
    changed = {own.data: changes(own, equal) for own, equal in both_beginnings(found)}
    said = "\n".join(f"- {sentence}" for sentence in (*sentences(found, changed), *begun(rows)))
    parts = [about, said, f"![{CAPTION}]({PICTURE})"]
    for study in found:
        seeds, steps = study.psnr.shape[1], int(study.rows["steps"].max())
        parts.append(f"#### {title(study.data)}")
        parts.append(f"{seeds} seeds of {steps:,} steps each.{_left_out(study)}")
        parts += ["\n".join(grid(table(study, changed.get(study.data)))), analysis(study)]
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


def table(study: Study, changed: Changes | None = None) -> Table:
    """Return a row for each layer, the best mean first.

    Args:
        study: One scale and way of beginning.
        changed: What :func:`changes` returns of it; None where it has nothing to compare with.
    """
    reach, lines = reaches(study), []
    for index in np.argsort(-study.psnr.mean(axis=1), kind="stable"):
        own = study.rows[study.rows["layer"] == study.layers[index]]
        known = {one.key: mean_and_range(own[one.key], one) for one in COLUMNS}
        apart = "best" if index == study.best else Span(*reach[int(index)])
        line = {"layer": study.layers[index], "apart": apart} | known
        if changed and study.layers[index] in changed:
            change, low, high = changed[study.layers[index]]
            line["changed"] = Span(low, high, change)
        lines.append(line)
    first, *others = COLUMNS
    apart_from_best = [Column("apart", "all images, less the best (Tukey, 95 %), dB", "+.3f")]
    if changed:
        apart_from_best.append(Column("changed", "less its equal variance, dB", "+.3f"))
    return Table((Column("layer", "layer"), first, *apart_from_best, *others), tuple(lines))


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


def sentences(found: list[Study], changed: Mapping[str, Changes]) -> Iterator[str]:
    """Yield what the numbers support, five sentences at most."""
    equal = [study for study in found if not study.data.endswith(AS_BUILT)]
    yield f"**Best by mean PSNR:** {_each(equal, _best)}."
    yield f"**Pairs that differ significantly over seeds** (Tukey, 95 %): {_each(equal, _apart)}."
    yield f"**Over seeds and over images:** {_each(equal, _confirmed)}."
    yield from _beginnings(found, changed)
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


def both_beginnings(found: list[Study]) -> list[tuple[Study, Study]]:
    """Return the scales that were trained in both ways: layers as they draw, equal variance."""
    by_data = {study.data: study for study in found}
    return [
        (study, by_data[study.data.removesuffix(AS_BUILT)])
        for study in found
        if study.data.endswith(AS_BUILT) and study.data.removesuffix(AS_BUILT) in by_data
    ]


def _beginnings(found: list[Study], changed: Mapping[str, Changes]) -> Iterator[str]:
    """Say what the initialisation alone changes, at scales that were trained in both ways."""
    said = []
    for own, equal in both_beginnings(found):
        layers = changed[own.data]
        ranges = [_range_of_means(study, [*layers]) for study in (own, equal)]
        said.append(
            f"at {equal.data} the means of {len(layers)} layers lie within {ranges[0]:.2f} dB as "
            f"they draw their weights and within {ranges[1]:.2f} dB with equal variance, and "
            f"{_apart_from_equal(layers)}"
        )
    if said:
        yield f"**The initialisation alone:** {'; '.join(said)}."


def _apart_from_equal(changed: Changes) -> str:
    """Name the layers whose mean the initialisation changes significantly over seeds."""
    apart = [
        f"{layer} ({change:+.2f} dB)"
        for layer, (change, low, high) in changed.items()
        if not low < 0 < high
    ]
    if not apart:
        return "no layer's mean differs significantly over seeds"
    return f"the means of {listed(apart)} differ significantly over seeds"


def _range_of_means(study: Study, layers: list[str]) -> float:
    means = [study.psnr[study.layers.index(layer)].mean() for layer in layers]
    return float(max(means) - min(means))


def _left(study: Study) -> str:
    highest = study.rows.groupby("layer", sort=False)["checkerboard_db"].max()
    kept = [f"{layer} ({value:.1f} dB)" for layer, value in highest.items() if value >= CLEAN]
    if kept:
        return f"a seed of {', '.join(kept)} has one"
    return f"below {CLEAN:g} dB in every seed of every layer"
