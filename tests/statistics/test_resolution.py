"""What an image set can show."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from upbench.benchmark.statistics import caveats, resolvable, smallest_p, wilcoxon_p


@pytest.mark.parametrize("images", [5, 14, 100])
def test_a_difference_of_that_size_is_found_in_four_draws_of_five(images: int) -> None:
    """The t-test at 5 % has the power that the definition promises."""
    random = np.random.default_rng(0)
    size = resolvable(_pair(random, 100_000)) * np.sqrt(100_000) * _quantiles(images)
    size /= _quantiles(100_000) * np.sqrt(images)
    found = [
        stats.ttest_1samp(random.normal(size, np.sqrt(2), images), 0).pvalue <= 0.05
        for _ in range(1000)
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=0.04)


def _pair(random: np.random.Generator, images: int) -> np.ndarray:
    """Return two methods on images of unlike difficulty."""
    return random.normal(30, 4, (images, 1)) + random.normal(size=(images, 2))


def _quantiles(images: int) -> float:
    return float(stats.t.ppf(0.975, images - 1) + stats.t.ppf(0.8, images - 1))


def test_resolution_is_the_formula() -> None:
    """Of three methods the median pair counts; the difficulty of the images does not."""
    random = np.random.default_rng(0)
    scores = random.normal(size=(20, 3)) * [0.1, 1, 3]
    pairs = [scores[:, a] - scores[:, b] for a, b in ((0, 1), (0, 2), (1, 2))]
    expected = _quantiles(20) * np.median([np.std(d, ddof=1) for d in pairs]) / np.sqrt(20)
    assert resolvable(scores) == pytest.approx(expected)
    assert resolvable(scores + random.normal(0, 9, (20, 1))) == pytest.approx(expected)


def test_copies_of_a_method_do_not_count() -> None:
    """Eleven names for one method make the set no sharper."""
    scores = np.random.default_rng(0).normal(size=(20, 3))
    assert resolvable(scores[:, [0, 1, 2] + [2] * 10]) == pytest.approx(resolvable(scores))


@pytest.mark.parametrize(
    "scores",
    [np.ones((1, 3)), np.ones((5, 1)), np.ones((5, 2)), np.full((5, 2), np.inf), np.ones((5, 0))],
)
def test_nothing_to_compare_resolves_nothing(scores: np.ndarray) -> None:
    """One image, one method, equal or infinite scores: not known, without a warning."""
    assert np.isnan(resolvable(scores))


@pytest.mark.parametrize("images", [2, 5, 6, 12])
def test_smallest_p_is_that_of_one_sign(images: int) -> None:
    """One method better on every image."""
    assert smallest_p(images) == pytest.approx(wilcoxon_p(np.arange(1, images + 1)))
    assert smallest_p(images, 10**6) == 1


def test_caveats_say_what_so_few_images_cannot_do() -> None:
    """One image, a set that ties everything, a set that limits p, and one that needs no words."""
    assert caveats(1, 4) == ["One image has no interval, and tells no methods apart."]
    five = caveats(5, 4)
    assert "no p below 0.062 over so few: all are tied without being equal" in five[0]
    assert "89 % at 5 images" in five[1]
    assert "no p of 20 methods can be below 0.15" in caveats(8, 20)[0]
    assert caveats(100, 40) == []


def test_caveats_are_for_what_the_reader_sees() -> None:
    """A table without intervals and p needs no word on them; one method is compared with none."""
    assert len(caveats(5, 4, intervals=False)) == 1
    assert caveats(8, 20, intervals=False) == []
    assert len(caveats(5, 1)) == 1
