"""Clusters of methods whose pixels are alike, and causes that only optional libraries have."""

from __future__ import annotations

from itertools import combinations

import pandas as pd
import pytest

from upbench.benchmark.report.agreement.clusters import MANY, clusters
from upbench.benchmark.report.agreement.kernels import claim, largest_difference, largest_rounding
from upbench.benchmark.report.agreement.reasons import Found, Subject, causes, explain, subject


def table(levels: dict[str, int]) -> pd.DataFrame:
    """Return the pairs of methods that lie at levels of 255 on a line."""
    rows = [
        {"method_a": a, "method_b": b, "max_abs": abs(levels[a] - levels[b]) / 255}
        for a, b in combinations(levels, 2)
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(max_abs_inside=frame["max_abs"])


def one(name: str, **stated: object) -> Subject:
    """Return a method by its metadata."""
    metadata = {"sampling": "half-pixel", "edge": "replicate", "kernel": "triangle"} | stated
    found = subject(name, metadata, "y-classic")
    assert found is not None
    return found


def test_equal_pixels_are_a_cluster_and_neighbours_are_alike() -> None:
    """Each method is in one cluster; the order goes along the line."""
    found = clusters(table({"a": 0, "far": 40, "b": 0, "near": 5, "c": 0}))
    assert sorted(map(sorted, found)) == [["a", "b", "c"], ["far"], ["near"]]
    assert [names[0] for names in found][1] == "near"


def test_a_level_is_a_difference_between_few_methods_and_none_between_many() -> None:
    """Every two members are within a level, so that steps of one level do not chain."""
    assert len(clusters(table({"a": 0, "b": 1, "c": 2}))) == 3
    many = {f"m{number}": number for number in range(MANY)}
    found = clusters(table(many))
    assert len(found) == MANY / 2
    assert all(abs(many[a] - many[b]) <= 1 for a, b in found)


def test_tables_from_before_the_inner_difference_have_clusters() -> None:
    """An older folder's table lacks a column."""
    old = table({"a": 0, "b": 0, "c": 9}).drop(columns="max_abs_inside")
    assert sorted(map(sorted, clusters(old))) == [["a", "b"], ["c"]]


def test_half_a_pixel_is_found_by_its_shift() -> None:
    """A grid of j / s - 1/2 lies 0.5 px down and right; another shift stays unexplained."""
    late, right = one("vips", sampling="half-input-pixel"), one("opencv")
    moved = Found(3, 3, 40, 2.0, 40, -0.5, -0.5)
    reason, line = explain(late, right, moved)
    assert reason == "half a pixel"
    assert "vips samples half-input-pixel, opencv half-pixel" in line
    elsewhere = Found(3, 3, 40, 2.0, 40, 0.5, 0.5)
    assert explain(late, right, elsewhere)[0] == "unexplained"
    asymmetric = one("tf1", sampling="asymmetric")
    both = Found(3, 3, 40, 2.0, 40, -1.5, -1.5)
    assert explain(late, asymmetric, both)[0] == "half a pixel"


def test_aligned_corners_and_another_grid_add_up() -> None:
    """Corners move by (s - 1) / 2 at most, an asymmetric grid by as much the other way."""
    aligned, other = one("a", sampling="align-corners"), one("b", sampling="asymmetric")
    assert explain(aligned, other, Found(3, 2, 40, 2.0, 40, -0.9, 0.9))[0] == "corner alignment"
    assert explain(aligned, other, Found(3, 2, 40, 2.0, 40, -1.3, 0.0))[0] == "unexplained"
    half = one("c")
    assert explain(aligned, half, Found(3, 2, 40, 2.0, 40, -0.9, 0.9))[0] == "unexplained"


def test_position_steps_account_for_little() -> None:
    """Rounding positions to 1/64 pixel moves a cubic by some levels, not by ten."""
    coarse = one("vips", kernel="Keys cubic, a = -0.5, in steps of 1/64")
    fine = one("pillow", kernel="Keys cubic, a = -0.5")
    assert causes(coarse, fine, 2) == ["position steps"]
    reason, line = explain(coarse, fine, Found(3, 3, 2, 0.1, 2, 0.0, 0.0))
    assert (reason, line) == ("position steps", "vips knows positions in steps of 1/64 pixel.")
    assert explain(coarse, fine, Found(3, 3, 20, 1.0, 20, 0.0, 0.0))[0] == "unexplained"
    bound = largest_rounding(coarse.kernel, 64)
    assert bound is not None
    assert 0.005 < bound < 0.03
    finer = largest_rounding(fine.kernel, 1024)  # the same kernel, in sixteen times finer steps
    assert finer is not None
    assert 0 < finer < bound / 10


def test_a_kernel_in_8_bits_is_compared_as_one_that_rounds() -> None:
    """The mark is no other kernel, but a cause of its own."""
    rounds, exact = one("uint8", kernel="triangle, in 8 bits"), one("float")
    assert rounds.kernel == exact.kernel
    assert causes(rounds, exact, 2) == ["8-bit path"]
    assert largest_difference(rounds.kernel, exact.kernel) == 0


@pytest.mark.parametrize("rule", ["rounded down", "rounded up", "halves down", "halves up"])
def test_rules_of_rounding_are_nearest_neighbours(rule: str) -> None:
    """They move by half an input pixel at most; more is unexplained."""
    other, plain = one("onnx", kernel=f"nearest, {rule}"), one("torch", kernel="nearest")
    assert causes(other, plain, 2) == ["nearest's rule"]
    reason, line = explain(other, plain, Found(3, 4, 200, 9.0, 200, 2.0, 2.0))
    assert reason == "nearest's rule"
    assert rule in line
    assert explain(other, plain, Found(3, 4, 200, 9.0, 200, 2.6, 0.0))[0] == "unexplained"


def test_marks_without_a_known_kernel_are_not_compared() -> None:
    """Nothing is claimed by a mark alone."""
    assert claim("rules on neighbours, in 8 bits") is None
    assert claim(", in steps of 1/64") is None
