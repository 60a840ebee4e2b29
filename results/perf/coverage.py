"""How often the interval of one mean covers, by simulation: ``make simulate``.

What is drawn stands in for paired differences of scores (or for the scores of images that are
unlike): symmetric, heavy-tailed and skewed, and differences that grow with the difficulty of the
image.  ``ranks.py`` does the same for intervals that hold together, and for ranks.

Run it to write ``results/perf/intervals.csv``, which ``docs/statistics.md`` quotes; the second
line draws from the images of a run and prints a table::

    python results/perf/coverage.py
    python results/perf/coverage.py FOLDER
"""

from __future__ import annotations

import sys
from functools import partial
from itertools import chain, product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import bootstrap

from upbench.benchmark import load
from upbench.benchmark.core.csv import write_csv
from upbench.benchmark.statistics import mean_interval
from upbench.benchmark.statistics.intervals import _studentised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]

FILE = Path(__file__).with_name("intervals.csv")
SIZES = (5, 12, 14, 100)
DRAWS = 10_000
"""Of each shape: a percentage near 95 is uncertain by 0.4 (two standard errors)."""
OURS = ("upbench", "Student", "bootstrap-t")
FEWER = 5
"""The others, which are slow and far off, are drawn so many times less often."""
AT_ONCE = 200
"""Data sets that are drawn together, as columns."""


def _growing(random: np.random.Generator, size: tuple[int, int]) -> Floats:
    """Draw differences of two methods whose distance is larger on the images that are easier."""
    ease = random.normal(size=size)
    first = 30 + 4 * ease + random.normal(0, 0.1, size)
    second = 30 + 4 * ease + 0.3 * np.exp(0.4 * ease - 0.08) + random.normal(0, 0.1, size)
    return second - first


SHAPES: dict[str, tuple[Draw, float]] = {
    "normal": (lambda random, size: random.normal(size=size), 0.0),
    "uniform": (lambda random, size: random.uniform(-1, 1, size), 0.0),
    "heavy tails (t, 3)": (lambda random, size: random.standard_t(3, size), 0.0),
    "lognormal, 0.5": (lambda random, size: random.lognormal(0, 0.5, size), float(np.exp(0.125))),
    "exponential": (lambda random, size: random.exponential(size=size), 1.0),
    "lognormal, 1": (lambda random, size: random.lognormal(0, 1, size), float(np.exp(0.5))),
    "grows with difficulty": (_growing, 0.3),
}
"""What is drawn, and its true mean."""


def _ours(values: Floats, seed: int) -> tuple[Floats, Floats]:
    return mean_interval(values, seed=seed)[1:]


def _student(values: Floats, seed: int) -> tuple[Floats, Floats]:
    return mean_interval(values, seed=seed, resamples=0)[1:]


def _scipy(method: str) -> Callable[[Floats, int], tuple[Floats, Floats]]:
    def interval(values: Floats, seed: int) -> tuple[Floats, Floats]:
        found = bootstrap(
            (values,),
            np.mean,
            n_resamples=1000,
            batch=50,
            axis=0,
            method=method,
            rng=np.random.default_rng(seed),
        ).confidence_interval
        return found.low, found.high

    return interval


def _bootstrap_t(values: Floats, seed: int) -> tuple[Floats, Floats]:
    mean, error = values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values))
    left, right = np.quantile(_studentised(values - mean, seed, 1000), [0.025, 0.975], axis=0)
    return mean - right * error, mean - left * error


INTERVALS = {
    "upbench": _ours,
    "Student": _student,
    "bootstrap-t": _bootstrap_t,
    "percentile": _scipy("percentile"),
    "BCa": _scipy("BCa"),
}


def coverage(shape: str, images: int, interval: str, repeats: int) -> float:
    """Return in how many percent of the draws the interval covers the true mean."""
    draw, mean = SHAPES[shape]
    return _covered(draw, mean, images, interval, repeats)


def _covered(draw: Draw, mean: float, images: int, interval: str, repeats: int) -> float:
    random = np.random.default_rng(0)
    inside = []
    for seed in range(repeats // AT_ONCE):
        low, high = INTERVALS[interval](draw(random, (images, AT_ONCE)), seed)
        inside.append((low <= mean) & (mean <= high))
    return 100 * float(np.mean(inside))


def run_table(folder: Path, repeats: int) -> Iterator[str]:
    """Yield the lines of the coverage of real differences to bicubic, the images being all.

    Args:
        folder: A run of bicubic and other methods on many images.
        repeats: How often the images are drawn, with replacement, for each method.
    """
    rows = load(folder)
    yield f"| differences | {' | '.join(f'{images} images' for images in SIZES)} |"
    yield "| --- |" + " --- |" * len(SIZES)
    for metric, scale in product(("psnr_db", "ssim"), sorted(set(rows["scale"]))):
        table = rows[rows["scale"] == scale].pivot_table(metric, "image", "method")
        found = table.drop(columns="bicubic").sub(table["bicubic"], axis=0)
        cells = []
        for images in SIZES:
            each = [
                _covered(partial(_drawn, values), values.mean(), images, "upbench", repeats)
                for values in found.to_numpy().T
            ]
            cells.append(f"{min(each):.1f} to {max(each):.1f}")
        yield f"| `{metric}` x{scale} | {' | '.join(cells)} |"


def _drawn(values: Floats, random: np.random.Generator, size: tuple[int, int]) -> Floats:
    return random.choice(values, size)


def table(draws: int = DRAWS) -> pd.DataFrame:
    """Return the coverage of every interval, in percent, by shape and number of images."""
    lines = []
    for shape, images in product(SHAPES, SIZES):
        line = {"scores": shape, "images": images}
        for name in INTERVALS:
            repeats = draws if name in OURS else draws // FEWER
            line[name] = round(coverage(shape, images, name, repeats), 1)
        lines.append(line)
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    return pd.DataFrame(lines)


def markdown(found: pd.DataFrame) -> str:
    """Return the table of ``docs/statistics.md``: a cell has the percentages of all sizes."""
    lines = [f"| scores | {' | '.join(INTERVALS)} |", "| --- |" + " --- |" * len(INTERVALS)]
    for shape, rows in found.groupby("scores", sort=False):
        cells = (" / ".join(f"{value:.1f}" for value in rows[name]) for name in INTERVALS)
        lines.append(f"| {shape} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(folders: list[str]) -> None:
    """Write the table of made-up data, or print those of the runs that are named."""
    if not folders:
        found = table()
        write_csv(found, FILE)
        sys.stdout.write(f"{markdown(found)}\n")
    for line in chain.from_iterable(run_table(Path(folder), 4000) for folder in folders):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
