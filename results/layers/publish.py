"""Publish the study of layers: ``python results/layers/publish.py DIR...``.

Takes the folders of ``upbench layers --role superresolution``, one for each scale and way of
beginning, and writes ``layers.csv`` (a row for each scale, layer and seed), ``layers-curves.csv``
(their learning curves, and the PSNR of each test image at the end) and ``layers.md``: five
sentences that follow from the numbers, and a table with an analysis of variance for each scale.

Two questions are kept apart.  Would another training change the order?  That is asked of the
seeds: one-way analysis of variance of the mean PSNR of all test images (layer against seeds within
a layer), and Tukey's simultaneous intervals for all pairs (``scipy.stats.f_oneway`` and
``tukey_hsd``).  All images, because the mean of Set5's five moves more from seed to seed.  Would
other images change it?  That is asked of the test images: simultaneous max-t intervals of the
paired differences, as on every page of upbench (``upbench.benchmark.statistics``).
"""

from __future__ import annotations

import argparse
import io
import sys
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from upbench.benchmark.core.files import write_text
from upbench.benchmark.core.table import Column, Span, Table, mean_and_range
from upbench.benchmark.core.text import counted, listed
from upbench.benchmark.report.render.markdown import grid
from upbench.benchmark.statistics import rank_methods

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

FOLDER = Path(__file__).parent
ROWS, CURVES, TEXT = "layers.csv", "layers-curves.csv", "layers.md"
PICTURE = "layers.png"
"""What ``picture.py`` draws of them."""
CAPTION = "The mean PSNR of each layer and seed, and that on validation images along training"
ROLE = "superresolution"
AS_BUILT = "-as-built"
ALPHA = 0.05
CLEAN = 1.0
"""Decibels below which there is no checkerboard."""
SET = "set5"
IMAGES = ("set5/", "set14/")
"""How the columns of single images begin."""


COLUMNS = (
    Column("psnr_set5_db", "PSNR Set5, dB", ".2f"),
    Column("psnr_set14_db", "PSNR Set14, dB", ".2f"),
    Column("checkerboard_db_initial", "checkerboard before, dB", ".1f"),
    Column("checkerboard_db", "after", ".1f"),
    Column("ripple_db_initial", "ripple before, dB", ".1f"),
    Column("ripple_db", "after", ".1f"),
)
"""What the table shows of each layer: means, with the lowest and the highest seed."""


class Study(NamedTuple):
    """The trainings of one scale and one way of beginning."""

    data: str
    layers: tuple[str, ...]
    rows: pd.DataFrame
    psnr: NDArray[np.float64]
    """Mean PSNR of all test images, ``(layers, seeds)``, in dB."""
    images: NDArray[np.float64]
    """PSNR of each test image, mean over the seeds, ``(images, layers)``, in dB."""
    variance: dict[str, float]
    """Shares of the variance of all PSNRs of test images, by what they are due to."""
    tukey: Any
    """SciPy's result of Tukey's test of all pairs: it integrates numerically, so once."""
    left_out: tuple[str, ...] = ()
    """Layers that have fewer seeds than others."""

    @property
    def best(self) -> int:
        """The layer of the highest mean."""
        return int(self.psnr.mean(axis=1).argmax())


def main() -> int:
    """Publish the folders that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="what upbench layers --out wrote")
    parser.add_argument("--to", type=Path, default=FOLDER)
    parser.add_argument(
        "--add", action="store_true", help="keep published trainings that the folders lack"
    )
    given = parser.parse_args()
    try:
        publish(given.folders, given.to, add=given.add)
    except NoStudyError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


class NoStudyError(Exception):
    """What is given cannot be published; nothing has been written."""


def publish(folders: Sequence[Path], to: Path, *, add: bool) -> None:
    """Write the tables and the page of some runs, all or none.

    Raises:
        NoStudyError: In one sentence.
    """
    rows, curves = (joined(folders, name, to if add else None) for name in (ROWS, CURVES))
    if f"psnr_{SET}_db" not in rows:
        raise NoStudyError(
            f"No training of the role {ROLE} that is scored on Set5 is in these folders; expected "
            "one of --data x2, x3 or x4; train it first."
        )
    lengths = rows.groupby("data")["steps"].unique()
    for data, steps in lengths[lengths.map(len) > 1].items():
        raise NoStudyError(
            f"The trainings of {data} have {' and '.join(map(str, sorted(steps)))} steps; expected "
            "one number: give folders of one study alone."
        )
    stored = {
        name: table.to_csv(index=False, float_format="%.6g")
        for name, table in ((ROWS, rows), (CURVES, curves))
    }
    page = text(*(pd.read_csv(io.StringIO(one)) for one in stored.values()))
    to.mkdir(parents=True, exist_ok=True)
    for name, written in {**stored, TEXT: page}.items():
        write_text(to / name, written)


def joined(folders: Sequence[Path], name: str, published: Path | None = None) -> pd.DataFrame:
    """Return a table of several runs, the role's own rows and columns alone.

    Of a training that is there twice the later one stays, and one that failed never stands in the
    place of one that did not.  What is published, of the role alone, comes first.

    Raises:
        NoStudyError: A folder has no such table.
    """
    tables = [_read(folder / name) for folder in folders]
    own = [table[table["role"] == ROLE].drop(columns="role") for table in tables]
    if published is not None:
        own.insert(0, _read(published / name, "layer"))
    every = pd.concat(own, ignore_index=True)
    what = [key for key in ("data", "layer", "seed", "steps", "step") if key in every]
    if "status" in every:
        every = every.iloc[every["status"].eq("ok").argsort(kind="stable")]
    return every.drop_duplicates(what, keep="last").sort_index().dropna(axis=1, how="all")


def _read(file: Path, needed: str = "role") -> pd.DataFrame:
    try:
        table = pd.read_csv(file)
    except OSError:
        raise NoStudyError(f"{file} cannot be read; run upbench layers --out first.") from None
    if needed not in table:
        raise NoStudyError(f"{file} is not what upbench layers writes: it has no column {needed}.")
    return table


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


def studies(rows: pd.DataFrame, curves: pd.DataFrame) -> list[Study]:
    """Return the trainings by scale and beginning; a layer without all its seeds is left out.

    Raises:
        NoStudyError: There is nothing to compare at any.
    """
    done = rows[rows["status"] == "ok"]
    groups = {str(data): group for data, group in done.groupby("data", sort=True)}
    ready = {data: group for data, group in groups.items() if _is_comparable(group)}
    if not ready:
        data, (layers, seeds) = next((data, _ended(group)) for data, group in groups.items())
        raise NoStudyError(
            f"Of {data} {counted(len(layers), 'layer')} came to an end with "
            f"{counted(seeds, 'seed')}; expected two layers with two seeds each."
        )
    return [study_of(data, group, curves) for data, group in ready.items()]


def begun(rows: pd.DataFrame) -> Iterator[str]:
    """Name the scales and beginnings that have too few trainings to compare layers."""
    for data, group in rows[rows["status"] == "ok"].groupby("data", sort=True):
        if not _is_comparable(group):
            layers, seeds = _ended(group)
            yield (
                f"**Not compared yet:** {data}, where {counted(len(layers), 'layer')} came to an "
                f"end with {counted(seeds, 'seed')}; `{ROWS}` has them."
            )


def _is_comparable(rows: pd.DataFrame) -> bool:
    """Say whether at least two layers came to an end with at least two seeds."""
    layers, seeds = _ended(rows)
    return len(layers) > 1 and seeds > 1


def _ended(rows: pd.DataFrame) -> tuple[tuple[str, ...], int]:
    """Return the layers that have the most seeds, and how many these are."""
    counts = rows.groupby("layer", sort=False)["seed"].nunique()
    return tuple(str(layer) for layer in counts.index[counts == counts.max()]), int(counts.max())


def study_of(data: str, rows: pd.DataFrame, curves: pd.DataFrame) -> Study:
    """Arrange one scale's numbers by layer, seed and image."""
    layers, _ = _ended(rows)
    last = curves[(curves["data"] == data) & (curves["step"] == rows["steps"].max())]
    names = [name for name in last if str(name).startswith(IMAGES)]
    ordered = last.set_index(["layer", "seed"]).sort_index()[names]
    cube = np.stack([ordered.loc[layer].to_numpy(float) for layer in layers])
    psnr = cube.mean(axis=2)
    kept = rows[rows["layer"].isin(layers)]
    return Study(
        data,
        layers,
        kept,
        psnr,
        cube.mean(axis=1).T,
        shares(cube),
        stats.tukey_hsd(*psnr),
        tuple(layer for layer in map(str, rows["layer"].unique()) if layer not in layers),
    )


def shares(cube: NDArray[np.float64]) -> dict[str, float]:
    """Split the sum of squares of ``(layers, seeds, images)`` into parts that add up to 1.

    The balanced analysis of variance of layers and images, crossed, with seeds within layers.
    """
    whole = cube.mean()
    layer = cube.mean(axis=(1, 2)) - whole
    image = cube.mean(axis=(0, 1)) - whole
    seed = cube.mean(axis=2) - cube.mean(axis=(1, 2))[:, None]
    both = cube.mean(axis=1) - whole - layer[:, None] - image[None]
    size = cube.shape
    squares = {
        "image": (image**2).sum() * size[0] * size[1],
        "layer": (layer**2).sum() * size[1] * size[2],
        "layer and image": (both**2).sum() * size[1],
        "seed": (seed**2).sum() * size[2],
    }
    total = ((cube - whole) ** 2).sum()
    squares["seed and image"] = total - sum(squares.values())
    return {name: float(part / total) for name, part in squares.items()}


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


def reaches(study: Study) -> list[tuple[float, float]]:
    """Return Tukey's simultaneous 95 % intervals of each layer's difference to the best layer."""
    interval = study.tukey.confidence_interval(1 - ALPHA)
    return [(interval.low[n, study.best], interval.high[n, study.best]) for n in _range(study)]


def told_apart(study: Study) -> list[tuple[int, int]]:
    """Return the pairs of layers whose simultaneous interval leaves out 0."""
    p = study.tukey.pvalue
    return [pair for pair in combinations(_range(study), 2) if p[pair] < ALPHA]


def confirmed(study: Study) -> list[tuple[int, int]]:
    """Return the pairs that the seeds tell apart and that other images would order alike."""
    ranking = rank_methods(study.images)
    if ranking is None:
        return []
    return [(a, b) for a, b in told_apart(study) if ranking.above[a, b] or ranking.above[b, a]]


def _range(study: Study) -> range:
    return range(len(study.layers))


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
    yield f"**Told apart by seeds** (Tukey, 95 %): {_each(equal, _apart)}."
    yield f"**Told apart by seeds and by images:** {_each(equal, _confirmed)}."
    yield from _beginnings(found)
    yield f"**Checkerboards after training**, mean of 4 validation images: {_each(equal, _left)}."


def _each(found: list[Study], say: Any) -> str:
    return "; ".join(f"at {study.data} {say(study)}" for study in found)


def _best(study: Study) -> str:
    means = study.psnr.mean(axis=1)
    reach = enumerate(reaches(study))
    equal = [study.layers[n] for n, (low, high) in reach if low < 0 < high and n != study.best]
    others = f", not told apart from {listed(equal)}" if equal else ""
    worst = f"{study.layers[int(means.argmin())]} with {means.min():.2f} dB"
    return f"{study.layers[study.best]} with {means.max():.2f} dB{others}; the lowest is {worst}"


def _apart(study: Study) -> str:
    layers, pairs = len(study.layers), told_apart(study)
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


if __name__ == "__main__":
    raise SystemExit(main())
