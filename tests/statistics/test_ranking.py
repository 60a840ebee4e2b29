"""Rank ranges and differences to the best: what the images establish, for all methods at once."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from upbench.benchmark.statistics import FEWEST_TO_RANK, Ranking, critical_value, rank_methods
from upbench.benchmark.statistics.ranking import doubles, finite_scores

SIMULATION = runpy.run_path(str(Path(__file__).parents[2] / "results" / "perf" / "ranks.py"))


def table(*means: float, images: int = 30, noise: float = 0.1) -> np.ndarray:
    """Return scores: images of unlike difficulty, methods of these means."""
    random = np.random.default_rng(3)
    scores = 30 + 4 * random.normal(size=(images, 1)) + np.array(means)
    return scores + noise * random.normal(size=scores.shape)


def ranking(scores: np.ndarray, **given: float) -> Ranking:
    """Return the ranking of a table that has one."""
    found = rank_methods(scores, **given)
    assert found is not None
    return found


def ranges(scores: np.ndarray, **given: float) -> list[tuple[int, int]]:
    """Return the rank range of each method."""
    found = ranking(scores, **given)
    return [*zip(found.first.tolist(), found.last.tolist(), strict=True)]


def test_methods_that_differ_have_a_rank_each() -> None:
    """From 1, the best first."""
    assert ranges(table(0, 1, 3, 2)) == [(4, 4), (3, 3), (1, 1), (2, 2)]


def test_methods_that_the_images_do_not_order_share_a_range() -> None:
    """The two in the middle may have either rank, the others their own."""
    assert ranges(table(0, 1, 1.001, 2)) == [(4, 4), (2, 3), (2, 3), (1, 1)]


@pytest.mark.parametrize("images", [FEWEST_TO_RANK, 12, 14, 100])
def test_a_hundredth_of_a_decibel_on_every_image_is_below(images: int) -> None:
    """However small, a difference that no image contradicts is one."""
    scores = table(0, 0, 5, images=images)
    scores[:, 1] = scores[:, 0] - 0.01
    assert ranges(scores, negligible=0.005) == [(2, 2), (3, 3), (1, 1)]


@pytest.mark.parametrize("seed", range(20))
def test_a_method_below_another_begins_and_ends_below_it(seed: int) -> None:
    """No loser of a clear difference has the range of its winner, at whatever rank."""
    random = np.random.default_rng(seed)
    means = random.normal(size=12)
    spread = random.lognormal(-1, 1.5, 12)
    scores = 30 + random.normal(size=(12, 1)) + means + spread * random.normal(size=(12, 12))
    found = ranking(scores)
    one, other = np.nonzero(found.above)
    assert (found.first[one] < found.first[other]).all()
    assert (found.last[one] < found.last[other]).all()


def test_what_follows_from_pairs_is_taken() -> None:
    """A above b and b above c is a above c, also where their own difference varies too much."""
    random = np.random.default_rng(0)
    found = [
        ranking(random.normal(size=(12, 6)) * random.lognormal(0, 1, 6) + np.arange(6)).above
        for _ in range(20)
    ]
    assert all((above >= (above.astype(int) @ above > 0)).all() for above in found)
    assert any(above.any() for above in found)


def test_interval_without_zero_is_a_rank_below_the_best() -> None:
    """Differences to the best and ranks cannot contradict each other."""
    for seed in range(20):
        random = np.random.default_rng(seed)
        scores = (
            30 + random.normal(size=(12, 8)) * random.lognormal(-1, 1, 8) + random.normal(size=8)
        )
        found = ranking(scores)
        assert found.difference[found.best] == found.low[found.best] == 0
        assert (found.difference <= 0).all()
        assert (found.high[found.first == 1] >= 0).all()
        assert found.above[found.best].tolist() == (found.high < 0).tolist()


def test_lower_can_be_better() -> None:
    """The ranks turn around; differences stay score less score."""
    found = ranking(table(0, 1, 2), higher=False)
    assert found.first.tolist() == [1, 2, 3]
    assert found.difference[1:] == pytest.approx([1, 2], abs=0.1)
    assert not np.signbit(found.difference[0])
    assert (found.low[1:] > 0).all()


def test_order_of_the_methods_does_not_matter() -> None:
    """A method has its range wherever it stands in the table."""
    scores = table(0, 0.03, 0.05, 0.06, 0.4, 0.42, 1, noise=0.15)
    order = np.random.default_rng(1).permutation(7)
    assert ranges(scores[:, order]) == [ranges(scores)[place] for place in order]


def test_names_for_one_method_share_a_range_and_make_no_rank_worse() -> None:
    """Copies count in the places that they take, and not in the critical value."""
    scores = table(0, 0.5, 0.06, images=12)
    copies = scores[:, [0, 1, 2] + [0] * 3]
    assert ranges(scores)[0][0] == 2 or ranges(scores)[0] == (3, 3)
    assert ranges(copies)[1] == (1, 1)
    assert {ranges(copies)[place] for place in (0, 3, 4, 5)} == {(ranges(copies)[0][0], 6)}
    assert ranking(copies).low[1:3] == pytest.approx(ranking(scores).low[1:3])
    assert ranges(scores[:, [0, 0]]) == [(1, 2), (1, 2)]
    assert ranges(scores[:, :1]) == [(1, 1)]


def test_negligible_differences_are_none_however_consistent() -> None:
    """A difference that is never printed is no victory."""
    scores = table(0, noise=0) + np.array([0, 0.004])
    assert ranges(scores) == [(2, 2), (1, 1)]
    assert ranges(scores, negligible=0.005) == [(1, 2), (1, 2)]


def test_too_few_images_give_differences_and_no_rank() -> None:
    """Also where every image agrees."""
    found = ranking(table(0, 5, 10, images=FEWEST_TO_RANK - 1))
    assert found.first.tolist() == found.last.tolist() == [0, 0, 0]
    assert found.difference == pytest.approx([-10, -5, 0], abs=0.3)
    assert np.isnan(found.low).all()
    assert not found.above.any()
    assert ranges(table(0, 5, 10, images=FEWEST_TO_RANK)) == [(3, 3), (2, 2), (1, 1)]


def test_nothing_has_no_ranking() -> None:
    """No image, or no method."""
    assert rank_methods(np.empty((0, 3))) is None
    assert rank_methods(np.empty((3, 0))) is None


def test_one_outlier_makes_no_winner() -> None:
    """A mean that is the best through one image of thirty gives no rank above the other."""
    scores = table(0, 0.5)
    scores[0, 0] += 100
    assert ranges(scores) == [(1, 2), (1, 2)]


def test_perfect_methods_are_together_above_all_others() -> None:
    """A PSNR of +inf on every image, without a warning; differences to it are infinite."""
    scores = table(0, 0, 0)
    scores[:, 1:] = np.inf
    found = ranking(scores)
    assert ranges(scores) == [(3, 3), (1, 2), (1, 2)]
    assert found.difference.tolist() == [-np.inf, 0, 0]
    assert np.isnan(found.low[0])


def test_sometimes_perfect_methods_are_ranked() -> None:
    """A mean of +inf that comes from two images of thirty is no first rank for sure."""
    scores = table(0, 1, 3)
    scores[:2, 0] = scores[1:3, 1] = np.inf
    first, last = zip(*ranges(scores), strict=True)
    assert last[2] < last[0]
    assert first[0] <= 3


def test_one_exact_image_makes_no_method_the_best() -> None:
    """It is far below on the nine others; that it is infinitely better is no difference to show."""
    scores = table(3, 0, 1, images=10)
    scores[9, 1] = np.inf
    found = ranking(scores)
    assert found.best == 0
    assert found.first[0] == 1
    assert found.first[1] > 1
    assert np.isnan(found.difference[1])
    assert np.isnan([found.low[1], found.high[1]]).all()
    assert (found.difference[[0, 2]] <= 0).all()


def test_the_best_is_ranked_above_what_is_below_it_also_with_infinite_scores() -> None:
    """Order and ranks are of one table: no method is established to be above the best."""
    for seed in range(30):
        random = np.random.default_rng(seed)
        scores = 30 + random.normal(size=(12, 6)) * random.lognormal(-1, 1, 6)
        scores[random.random(scores.shape) < 0.1] = np.inf
        found = ranking(scores)
        assert not found.above[:, found.best].any()
        assert found.first[found.best] == 1


def test_an_infinite_score_counts_as_a_finite_one_of_its_image() -> None:
    """Beyond the best there by the largest difference of all; and so below, and where none is."""
    scores = np.array([[30.0, 32.0, np.inf], [25.0, -np.inf, 26.0], [np.inf] * 3])
    assert finite_scores(scores)[:2].tolist() == [[30, 32, 34], [25, 23, 26]]
    assert len({*finite_scores(scores)[2]}) == 1
    alike = np.array([[30.0, 30.001, np.inf]])
    assert finite_scores(alike, negligible=0.005)[0, 2] == pytest.approx(31.001)
    assert finite_scores(scores[:1, :2]) is not None
    finite = np.ones((2, 2))
    assert finite_scores(finite) is finite


def test_more_methods_need_larger_differences() -> None:
    """The critical value of one pair is Student's, nearly; that of many is larger."""
    differences = np.random.default_rng(0).normal(size=(12, 60))
    one, many = critical_value(differences[:, :1]), critical_value(differences)
    assert one == pytest.approx(2.2, abs=0.25)
    assert many > one + 1
    assert critical_value(differences[:, [0] * 60]) == pytest.approx(one)


def test_critical_value_is_the_same_every_time() -> None:
    """Also above the images whose signs are all gone through; another seed moves it little."""
    differences = np.random.default_rng(0).normal(size=(40, 30))
    found = critical_value(differences)
    assert found == critical_value(differences)
    assert critical_value(differences, seed=1) == pytest.approx(found, rel=0.05)
    assert critical_value(np.ones((1, 3))) == np.inf
    assert critical_value(np.ones((9, 3))) == pytest.approx(stats.t.ppf(0.975, 8))


@pytest.mark.parametrize("images", [3, 4, 8, 12, 40])
def test_an_interval_for_many_is_never_narrower_than_one_for_itself(images: int) -> None:
    """One image decides: signs alone would give less than Student's t."""
    differences = np.r_[np.zeros(images - 1), 1.0][:, None]
    assert critical_value(differences) >= stats.t.ppf(0.975, images - 1) - 1e-9


@pytest.mark.parametrize("population", ["normal", "heavy tails", "one deciding image"])
def test_tables_with_an_error_are_as_rare_as_stated(population: str) -> None:
    """Twelve images, methods equal by twos, as correlated as real ones; 80 tables."""
    scores = SIMULATION["real"]()
    means = scores.mean(axis=0)
    deviations = scores - means
    draw, truth = SIMULATION["POPULATIONS"][population], SIMULATION["truths"](means)
    found = SIMULATION["simulate"](draw, truth["equal by twos"], deviations, 12, 80)
    assert found["wrong"] <= 12
    assert found["found_below"] > 30


def test_doubles_point_to_the_first_of_their_kind() -> None:
    """On every image, to within the tolerance."""
    scores = np.array([[1.0, 2.0, 1.004, 2.0, np.inf], [1.0, 1.0, 1.0, 1.0, np.inf]])
    assert doubles(scores, 0.005).tolist() == [0, 1, 0, 1, 4]
    assert doubles(scores, 0.0).tolist() == [0, 1, 2, 1, 4]
