"""Friedman's test and tie groups."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from upbench.benchmark.statistics import tie_groups
from upbench.benchmark.statistics.paired import ranks
from upbench.benchmark.statistics.ranking import _friedman as friedman
from upbench.benchmark.statistics.ranking import doubles

SIMULATION = runpy.run_path(str(Path(__file__).parents[2] / "results" / "perf" / "coverage.py"))


def table(*means: float, images: int = 30, noise: float = 0.1) -> np.ndarray:
    """Return scores: images of unlike difficulty, methods of these means."""
    random = np.random.default_rng(3)
    scores = 30 + 4 * random.normal(size=(images, 1)) + np.array(means)
    return scores + noise * random.normal(size=scores.shape)


def test_friedman_agrees_with_scipy() -> None:
    """With ties too."""
    scores = np.random.default_rng(0).integers(0, 6, (9, 5)).astype(float)
    assert friedman(ranks(scores.T).T) == pytest.approx(stats.friedmanchisquare(*scores.T).pvalue)


def test_friedman_of_equal_scores_is_one() -> None:
    """Without a warning."""
    assert friedman(ranks(np.ones((4, 3)).T).T) == 1


@pytest.mark.parametrize(("images", "methods"), [(5, 13), (6, 3), (12, 2), (14, 13), (100, 5)])
def test_methods_that_are_alike_are_separated_in_one_table_of_twenty_at_most(
    images: int, methods: int
) -> None:
    """Under permuted names; 400 tables are uncertain by 2.2 points (two errors)."""
    ours, _ = SIMULATION["errors"](SIMULATION["permuted"], images, methods, 400)
    assert ours <= 5 + 2.2


def test_tests_against_the_best_alone_would_err_often() -> None:
    """The best of 40 like methods was picked because it looked good: Holm does not mend that."""
    ours, alone = SIMULATION["errors"](SIMULATION["permuted"], 14, 40, 100)
    assert alone > 15
    assert ours <= 8


def test_like_methods_stay_together_above_unlike_ones() -> None:
    """The error is kept where other methods are plainly worse, too."""
    ours, _ = SIMULATION["errors"](SIMULATION["part_alike"], 14, 16, 150)
    assert ours <= 8


def test_methods_that_differ_are_separated() -> None:
    """Each group has its number, the best is in the first."""
    assert tie_groups(table(0, 1, 0.005, 2, 1.005)).tolist() == [3, 2, 3, 1, 2]


def test_lower_can_be_better() -> None:
    """The groups turn around."""
    assert tie_groups(table(0, 1, 2), higher=False).tolist() == [1, 2, 3]


def test_order_of_the_methods_does_not_matter() -> None:
    """A method is in its group wherever it stands in the table."""
    scores = table(0, 0.03, 0.05, 0.06, 0.4, 0.42, 1, noise=0.15)
    order = np.random.default_rng(1).permutation(7)
    assert tie_groups(scores[:, order]).tolist() == tie_groups(scores)[order].tolist()


def test_identical_methods_are_tied() -> None:
    """Also where they are the best, the worst, or all that there is."""
    scores = table(0, 1)[:, [0, 1, 1, 0, 0]]
    assert tie_groups(scores).tolist() == [2, 1, 1, 2, 2]
    assert tie_groups(scores[:, [0, 0]]).tolist() == [1, 1]
    assert tie_groups(scores[:, :1]).tolist() == [1]
    assert tie_groups(np.empty((3, 0))).tolist() == []


def test_copies_of_a_method_shield_nobody() -> None:
    """Twelve names for one method count as one: the others are ranked as without them."""
    scores = table(0, 0.5, 0.06, images=12)
    copies = scores[:, [0, 1, 2] + [0] * 11]
    assert tie_groups(copies)[:3].tolist() == tie_groups(scores).tolist()


def test_negligible_differences_are_ties_however_consistent() -> None:
    """A difference that is never printed is no victory."""
    scores = table(0, noise=0) + np.array([0, 0.004])
    assert tie_groups(scores).tolist() == [2, 1]
    assert tie_groups(scores, negligible=0.005).tolist() == [1, 1]


def test_five_images_tell_nothing_apart() -> None:
    """Wilcoxon's test has no p below 0.0625 there."""
    assert tie_groups(table(0, 5, 10, images=5)).tolist() == [1, 1, 1]
    assert tie_groups(table(0, 5, 10, images=6)).tolist() == [3, 2, 1]


def test_one_outlier_makes_no_winner() -> None:
    """Where the best mean comes from one image and the ranks contradict, all are tied."""
    scores = table(0, 0.5)
    scores[0, 0] += 100
    assert tie_groups(scores).tolist() == [1, 1]


def test_perfect_methods_are_tied_above_all_others() -> None:
    """A PSNR of +inf on every image, without a warning."""
    scores = table(0, 0, 0)
    scores[:, 1:] = np.inf
    assert tie_groups(scores).tolist() == [2, 1, 1]


def test_sometimes_perfect_methods_are_ranked() -> None:
    """A mean of +inf that comes from one image makes no winner."""
    scores = table(0, 1, 3)
    scores[:2, 0] = scores[1:3, 1] = np.inf
    assert tie_groups(scores).tolist() == [3, 2, 1]


def test_doubles_point_to_the_first_of_their_kind() -> None:
    """On every image, to within the tolerance."""
    scores = np.array([[1.0, 2.0, 1.004, 2.0, np.inf], [1.0, 1.0, 1.0, 1.0, np.inf]])
    assert doubles(scores, 0.005).tolist() == [0, 1, 0, 1, 4]
    assert doubles(scores, 0.0).tolist() == [0, 1, 2, 1, 4]
