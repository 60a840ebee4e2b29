"""How often the intervals cover and the tie test errs, by simulation: ``make simulate``.

What is drawn stands in for paired differences of scores (or for the scores of images that are
unlike): symmetric, heavy-tailed and skewed, and differences that grow with the difficulty of the
image.  The tie test is given tables without any difference: images of unlike difficulty, methods
of unlike quality, and then each image's scores under permuted names.

Run it to print the tables that ``docs/statistics.md`` shows; the second line draws from the
images of a run::

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
from scipy.stats import bootstrap

from upbench.benchmark import load
from upbench.benchmark.statistics import ALPHA, holm, mean_interval, tie_groups
from upbench.benchmark.statistics.intervals import _studentised
from upbench.benchmark.statistics.paired import paired_differences, signed_ranks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]
    Table = Callable[[np.random.Generator, int, int], Floats]

SIZES = (5, 14, 100)
AT_ONCE = 200
"""Data sets that are drawn together, as columns."""
ALIKE = 10
"""Methods that are alike in a table where the others are worse."""


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


def permuted(random: np.random.Generator, images: int, methods: int) -> Floats:
    """Draw a table in which no method is better, as a table of scores under permuted names."""
    difficulty = random.normal(30, 4, (images, 1))
    quality = 0.1 * np.arange(methods)
    noise = 0.3 * random.standard_t(4, (images, methods)) * np.exp(0.1 * (difficulty - 30))
    return random.permuted(difficulty + quality + noise, axis=1)


def part_alike(random: np.random.Generator, images: int, methods: int) -> Floats:
    """Draw a table whose first methods are alike and whose others are worse."""
    worse = np.where(np.arange(methods) < ALIKE, 0, -2 - 0.1 * np.arange(methods))
    noise = random.normal(0, 0.3, (images, methods))
    return random.normal(30, 4, (images, 1)) + worse + noise


def families(random: np.random.Generator, images: int, methods: int) -> Floats:
    """Draw a table without a better method, where all but one are nearly copies of each other."""
    noise = random.normal(0, 0.03, (images, methods))
    noise[:, 0] += random.normal(0, 0.3, images)
    noise[:, 1:] += random.normal(0, 0.3, (images, 1))
    return random.normal(30, 4, (images, 1)) + noise


def errors(table: Table, images: int, methods: int, repeats: int) -> tuple[float, float]:
    """Return in how many percent of tables some of the methods that are alike count as different.

    Returns:
        By the tie groups, and by tests against the best with Holm's correction alone.
    """
    random = np.random.default_rng(0)
    alike = min(ALIKE, methods) if table is part_alike else methods
    ours = alone = 0
    for _ in range(repeats):
        scores = table(random, images, methods)
        ours += bool((tie_groups(scores)[:alike] > 1).any())
        alone += bool((_against_best(scores)[:alike] <= ALPHA).any())
    return 100 * ours / repeats, 100 * alone / repeats


def _against_best(scores: Floats) -> Floats:
    best = int(np.argmax(scores.mean(axis=0)))
    p = signed_ranks(paired_differences(scores, scores[:, best])).p
    return holm(np.where(np.arange(len(p)) == best, np.nan, p))


def coverage_table(repeats: int) -> Iterator[str]:
    """Yield the lines of the table of coverage; a cell has the percentages of all sizes."""
    yield f"| scores | {' | '.join(INTERVALS)} |"
    yield "| --- |" + " --- |" * len(INTERVALS)
    for shape in SHAPES:
        cells = [
            " / ".join(f"{coverage(shape, images, name, repeats):.1f}" for images in SIZES)
            for name in INTERVALS
        ]
        yield f"| {shape} | {' | '.join(cells)} |"


TABLES = {
    "alike": permuted,
    "alike, all but one nearly copies": families,
    "ten alike, the others worse": part_alike,
}


def error_table(repeats: int) -> Iterator[str]:
    """Yield the lines of the table of false differences; small tables are quick and drawn more."""
    sizes = (5, 6, 14, 100)
    yield "| methods | of them | " + " | ".join(f"{n} images" for n in sizes) + " |"
    yield "| --- | ---: |" + " ---: |" * len(sizes)
    kinds = [("alike", methods) for methods in (2, 3, 13, 40)]
    for kind, methods in [*kinds, *((kind, 20) for kind in [*TABLES][1:])]:
        more = repeats * (5 if methods <= 3 else 1)
        cells = (errors(TABLES[kind], images, methods, more) for images in sizes)
        shown = (f"{ours:.1f} ({alone:.1f})" for ours, alone in cells)
        yield f"| {kind} | {methods} | {' | '.join(shown)} |"


def main(folders: list[str]) -> None:
    """Print the tables: of made-up data, or of the runs that are named."""
    made_up = chain(coverage_table(10_000), [""], error_table(2000))
    runs = chain.from_iterable(run_table(Path(folder), 4000) for folder in folders)
    for line in runs if folders else made_up:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
