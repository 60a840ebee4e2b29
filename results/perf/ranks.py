"""How often rank ranges are right and how much they tell, by simulation: ``make simulate``.

Tables of scores are drawn whose methods vary together as those of ``results/bench/scores.csv`` do
(x2; of the methods that print unlike, every second: 16 or so).  What is drawn:

- normal: deviations from the mean that are normal, with the covariance of the real ones.
- heavy tails: the same, each image's as a whole scaled as Student's t of 3 degrees of freedom is.
- one deciding image: normal, and one image in twelve carries the most unusual deviation of the
  real images on top, always in the same direction.

The true means are all equal, or the real ones made equal two by two: then there are differences to
find and differences that are none at every rank.

Run it to write ``results/perf/ranks.csv``, which ``docs/statistics.md`` quotes::

    python results/perf/ranks.py
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from upbench.benchmark import load
from upbench.benchmark.core.csv import write_csv
from upbench.benchmark.statistics import ALPHA, critical_value, rank_methods
from upbench.benchmark.statistics.paired import paired_differences
from upbench.benchmark.statistics.ranking import doubles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Draw = Callable[[np.random.Generator, int, Floats], Floats]

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_name("ranks.csv")
SIZES = (5, 8, 12, 14, 100)
DRAWS = 1000
"""Tables of each kind: a percentage near 5 is uncertain by 1.4 (two standard errors)."""
ONE_IN = 12
"""Images of which one decides."""


def real(scale: int = 2) -> Floats:
    """Return the PSNR of the published bench, images down and methods across, best first."""
    rows = load(ROOT / "results" / "bench")
    table = rows[rows["scale"] == scale].pivot_table("psnr_db", "image", "method").to_numpy()
    table = table[:, np.argsort(-table.mean(axis=0), kind="stable")]
    found: Floats = table[:, np.unique(doubles(table, 0.005))[::2]]
    return found


def normal(random: np.random.Generator, images: int, deviations: Floats) -> Floats:
    """Draw deviations with the covariance of the real ones."""
    weights = random.normal(size=(images, len(deviations)))
    return np.asarray(weights @ deviations / np.sqrt(len(deviations) - 1))


def heavy(random: np.random.Generator, images: int, deviations: Floats) -> Floats:
    """Draw deviations of which a few images have many times more than the others."""
    scale = np.sqrt(random.chisquare(3, (images, 1)) / 3)
    return normal(random, images, deviations) / scale / np.sqrt(3)


def deciding(random: np.random.Generator, images: int, deviations: Floats) -> Floats:
    """Draw deviations of which one image in twelve has the most unusual one, in one direction."""
    unusual = deviations[np.argmax(np.abs(deviations).max(axis=1))]
    hit = random.random((images, 1)) < 1 / ONE_IN
    return np.asarray(normal(random, images, deviations) + (hit - 1 / ONE_IN) * unusual)


POPULATIONS: dict[str, Draw] = {
    "normal": normal,
    "heavy tails": heavy,
    "one deciding image": deciding,
}


def truths(means: Floats) -> dict[str, Floats]:
    """Return the true means by name; those equal two by two are equal to the last bit."""
    pairs = len(means) // 2
    twos = np.repeat(means[: 2 * pairs].reshape(pairs, 2).mean(axis=1), 2)
    return {"equal": np.zeros_like(means), "equal by twos": np.append(twos, means[2 * pairs :])}


def simulate(draw: Draw, means: Floats, deviations: Floats, images: int, draws: int) -> pd.Series:
    """Return, in percent of tables or of pairs, how often the ranking is right and what it finds.

    Returns:
        ``wrong``: tables in which any pair is put in a wrong order; ``wrong_with_gate``: the same,
        and ``intervals_right``: tables whose rank ranges (differences to the best) all cover the
        truth; ``found_first`` and ``found_below``: pairs with a true difference that are found,
        with the best and without it; ``width``: mean length of a rank range.
    """
    random = np.random.default_rng(0)
    higher = means[:, None] > means[None, :]
    true_first, true_last = 1 + higher.sum(axis=0), len(means) - higher.sum(axis=1)
    found = []
    for _ in range(draws):
        scores = draw(random, images, deviations) + means
        ranking = rank_methods(scores, fewest=2)
        wrong = bool((ranking.above & ~higher).any())
        alike = _friedman(scores) > ALPHA
        differences = means - means[ranking.best]
        below = _share(ranking.above[2:], higher[2:])
        covered = (ranking.low <= differences) & (differences <= ranking.high)
        found.append(
            {
                "wrong": wrong,
                "wrong_with_gate": wrong and not alike,
                "ranges_right": bool(
                    ((ranking.first <= true_first) & (true_last <= ranking.last)).all()
                ),
                "intervals_right": bool(covered.all()),
                "found_first": _share(ranking.above[:2], higher[:2]),
                "found_below": below,
                "found_below_with_gate": 0.0 if alike else below,
                "width": float((ranking.last - ranking.first + 1).mean()) / 100,
            }
        )
    return 100 * pd.DataFrame(found).astype(float).mean()


def _friedman(scores: Floats) -> float:
    """Return the p of Friedman's test, that all methods rank alike; no two scores are equal."""
    images, methods = scores.shape
    sums = (scores.argsort(axis=1).argsort(axis=1) + 1).sum(axis=0)
    spread = np.square(sums - images * (methods + 1) / 2).sum()
    return float(chdtrc(methods - 1, 12 * spread / (images * methods * (methods + 1))))


def _share(above: NDArray[np.bool_], higher: NDArray[np.bool_]) -> float:
    return float(above[higher].mean()) if higher.any() else np.nan


def critical_values(images: int = ONE_IN) -> dict[str, float]:
    """Return the critical value of the real table with signs, and with drawn images instead."""
    scores = real()[:images]
    pairs = np.hstack(
        [paired_differences(scores[:, m + 1 :], scores[:, m]) for m in range(scores.shape[1])]
    )
    return {"signs": critical_value(pairs), "images": _drawing_images(pairs)}


def _drawing_images(differences: Floats, resamples: int = 2000) -> float:
    """Return the critical value of the usual studentised bootstrap, which draws images."""
    images = len(differences)
    centred = differences - differences.mean(axis=0)
    random = np.random.default_rng(0)
    largest = []
    for drawn in random.integers(0, images, (resamples, images)):
        again = centred[drawn]
        error = again.std(axis=0, ddof=1) / np.sqrt(images)
        varies = error > 1e-9
        largest.append(np.abs(again.mean(axis=0)[varies] / error[varies]).max(initial=0.0))
    return float(np.quantile(largest, 1 - ALPHA))


def table(draws: int = DRAWS, sizes: tuple[int, ...] = SIZES) -> pd.DataFrame:
    """Return the simulation of every population, truth and number of images."""
    scores = real()
    means = scores.mean(axis=0)
    # what makes an image hard for all methods alike is in no difference, so it is left out
    deviations = scores - means
    deviations -= deviations.mean(axis=1, keepdims=True)
    lines = []
    for images in sizes:
        for population, draw in POPULATIONS.items():
            for truth, true in truths(means).items():
                numbers = simulate(draw, true, deviations, images, draws)
                place = {"population": population, "truth": truth, "images": images}
                lines.append(place | {"draws": draws} | numbers.round(2).to_dict())
                sys.stdout.write(f"{lines[-1]}\n")
                sys.stdout.flush()
    return pd.DataFrame(lines)


def markdown(found: pd.DataFrame) -> str:
    """Return the three tables of ``docs/statistics.md``: errors, what is found, what holds."""
    cells = {(row.population, row.truth, row.images): row for row in found.itertuples()}
    sizes = sorted(set(found["images"]))

    def lines(cell: Callable[[Any, Any], str]) -> Iterator[str]:
        yield "| images vary as | " + " | ".join(f"{images} images" for images in sizes) + " |"
        yield "| --- |" + " ---: |" * len(sizes)
        for population in POPULATIONS:
            both = [
                [cells[population, truth, images] for truth in ("equal", "equal by twos")]
                for images in sizes
            ]
            yield f"| {population} | {' | '.join(cell(*each) for each in both)} |"

    tables = (
        lambda equal, twos: f"{equal.wrong:.1f} ({equal.wrong_with_gate:.1f}), {twos.wrong:.1f}",
        lambda _, twos: f"{twos.found_first:.0f}, {twos.found_below:.0f}",
        lambda _, twos: f"{twos.ranges_right:.1f}, {twos.intervals_right:.1f} ({twos.width:.1f})",
    )
    return "\n\n".join("\n".join(lines(cell)) for cell in tables)


def main() -> None:
    """Write the table, and print what the documentation shows of it."""
    found = table()
    write_csv(found, FILE)
    sys.stdout.write(f"{markdown(found)}\n\n")
    sys.stdout.write(f"critical values at {ONE_IN} images: {critical_values()}\nwrote {FILE}\n")


if __name__ == "__main__":
    main()
