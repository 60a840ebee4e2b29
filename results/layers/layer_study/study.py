"""The numbers of the study of layers: trainings by scale, and which layers differ significantly.

Two questions are kept apart.  Would another training change the order?  That is asked of the
seeds: one-way analysis of variance of the mean PSNR of all test images (layer against seeds within
a layer), and Tukey's simultaneous intervals for all pairs (``scipy.stats.f_oneway`` and
``tukey_hsd``).  All images, because the mean of Set5's five moves more from seed to seed.  Would
other images change it?  That is asked of the test images: simultaneous max-t intervals of the
paired differences, as on every page of upbench (``upbench.benchmark.statistics``).
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import stats

from upbench.benchmark.core.errors import DataError
from upbench.benchmark.core.text import counted
from upbench.benchmark.statistics import rank_methods

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

ROWS, CURVES = "layers.csv", "layers-curves.csv"
"""The tables of the study: a row for each training, and their learning curves."""
AS_BUILT = "-as-built"
"""How the data's names end where layers draw their own weights."""
ALPHA = 0.05
IMAGES = "^(set5|set14)/"
"""How the columns of single test images begin."""


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


def studies(rows: pd.DataFrame, curves: pd.DataFrame) -> list[Study]:
    """Return the trainings by scale and beginning; a layer without all its seeds is left out.

    Raises:
        DataError: There is nothing to compare at any.
    """
    done = rows[rows["status"] == "ok"]
    groups = {str(data): group for data, group in done.groupby("data", sort=True)}
    ready = {data: group for data, group in groups.items() if is_comparable(group)}
    if not ready:
        data, (layers, seeds) = next((data, ended(group)) for data, group in groups.items())
        raise DataError(
            f"Of {data} {counted(len(layers), 'layer')} came to an end with "
            f"{counted(seeds, 'seed')}; expected two layers with two seeds each."
        )
    return [study_of(data, group, curves) for data, group in ready.items()]


def is_comparable(rows: pd.DataFrame) -> bool:
    """Say whether at least two layers came to an end with at least two seeds."""
    layers, seeds = ended(rows)
    return len(layers) > 1 and seeds > 1


def ended(rows: pd.DataFrame) -> tuple[tuple[str, ...], int]:
    """Return the layers that have the most seeds, and how many these are."""
    counts = rows.groupby("layer", sort=False)["seed"].nunique()
    return tuple(str(layer) for layer in counts.index[counts == counts.max()]), int(counts.max())


def study_of(data: str, rows: pd.DataFrame, curves: pd.DataFrame) -> Study:
    """Arrange one scale's numbers by layer, seed and image."""
    layers, _ = ended(rows)
    last = curves[(curves["data"] == data) & (curves["step"] == rows["steps"].max())]
    names = last.filter(regex=IMAGES).columns
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


def reaches(study: Study) -> list[tuple[float, float]]:
    """Return Tukey's simultaneous 95 % intervals of each layer's difference to the best layer."""
    interval = study.tukey.confidence_interval(1 - ALPHA)
    return [(interval.low[n, study.best], interval.high[n, study.best]) for n in _range(study)]


def changes(own: Study, equal: Study) -> dict[str, tuple[float, float, float]]:
    """Return what its own initialisation changes in each layer's mean PSNR, in dB.

    Args:
        own: The trainings of layers as they draw their weights.
        equal: Those with first outputs of equal variance.

    Returns:
        By layer the difference, and its interval by Tukey's test of the layers of both beginnings.
    """
    layers = [layer for layer in own.layers if layer in equal.layers]
    groups = [study.psnr[study.layers.index(layer)] for study in (own, equal) for layer in layers]
    test = stats.tukey_hsd(*groups)
    interval, found = test.confidence_interval(1 - ALPHA), {}
    for number, layer in enumerate(layers):
        pair = number, number + len(layers)
        found[layer] = test.statistic[pair], interval.low[pair], interval.high[pair]
    return found


def significant(study: Study) -> list[tuple[int, int]]:
    """Return the pairs of layers whose simultaneous interval leaves out 0."""
    p = study.tukey.pvalue
    return [pair for pair in combinations(_range(study), 2) if p[pair] < ALPHA]


def confirmed(study: Study) -> list[tuple[int, int]]:
    """Return the pairs that differ over seeds and that other images would order alike."""
    ranking = rank_methods(study.images)
    if ranking is None:
        return []
    return [(a, b) for a, b in significant(study) if ranking.above[a, b] or ranking.above[b, a]]


def _range(study: Study) -> range:
    return range(len(study.layers))
