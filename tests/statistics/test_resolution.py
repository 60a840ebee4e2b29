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
    size = resolvable(_pair(random, 100_000))[0] * np.sqrt(100_000) * _quantiles(images)
    size /= _quantiles(100_000) * np.sqrt(images)
    found = [
        stats.ttest_1samp(random.normal(size, np.sqrt(2), images), 0).pvalue <= 0.05
        for _ in range(1000)
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=0.04)


def _pair(random: np.random.Generator, images: int) -> np.ndarray:
    """Return the differences of two methods."""
    return random.normal(0, np.sqrt(2), (images, 1))


def _quantiles(images: int) -> float:
    return float(stats.t.ppf(0.975, images - 1) + stats.t.ppf(0.8, images - 1))


def test_resolution_is_the_formula_for_each_pair() -> None:
    """A pair that varies more needs more, whatever the others do; an unknown image is left out."""
    differences = np.random.default_rng(0).normal(size=(20, 3)) * [0.1, 1, 3]
    expected = _quantiles(20) * differences.std(axis=0, ddof=1) / np.sqrt(20)
    assert resolvable(differences) == pytest.approx(expected)
    shorter = np.vstack([differences, [np.nan] * 3])
    assert resolvable(shorter) == pytest.approx(expected)


@pytest.mark.parametrize(
    "differences",
    [np.ones((1, 1)), np.zeros((5, 1)), np.full((5, 1), np.inf), np.full((5, 1), 0.004)],
)
def test_nothing_to_compare_resolves_nothing(differences: np.ndarray) -> None:
    """One image, one method under two names, infinite differences: not known, without a warning."""
    assert np.isnan(resolvable(differences, negligible=0.005)).all()


def test_a_difference_that_varies_by_rounding_alone_is_found_however_small() -> None:
    """What the last bits leave of a constant difference is no spread."""
    reference = np.linspace(10, 40, 10)
    differences = (reference + 0.1) - reference
    assert differences.std() > 0
    assert resolvable(differences[:, None]).tolist() == [0.0]


@pytest.mark.parametrize("images", [2, 5, 6, 12])
def test_smallest_p_is_that_of_one_sign(images: int) -> None:
    """One method better on every image."""
    assert smallest_p(images) == pytest.approx(wilcoxon_p(np.arange(1, images + 1)))
    assert smallest_p(images, 10**6) == 1


def test_caveats_say_what_so_few_images_cannot_do() -> None:
    """One image, a set too small to rank, one that limits p, and one that needs no words."""
    assert caveats(1, 4) == ["One image has no interval and gives no rank."]
    assert caveats(0, 4) == []
    five = caveats(5, 4, tests=3)
    assert five[0].startswith("Too few images (5) to rank: at least")
    assert five[1] == ("Over 5 images, no p can be below 0.19 once it is corrected for 3 tests.")
    assert "89 % at 5 images" in five[2]
    assert "no p can be below 0.15 once it is corrected for 19 tests" in caveats(8, 20, tests=19)[0]
    assert caveats(100, 40, tests=39) == []


def test_caveats_are_for_what_the_reader_sees() -> None:
    """A table without intervals and p needs no word on them; one method is compared with none."""
    assert len(caveats(5, 4, intervals=False)) == 1
    assert caveats(8, 20, intervals=False) == []
    assert not any("no p" in sentence for sentence in caveats(5, 4))
    assert not any("rank" in sentence for sentence in caveats(5, 1))
