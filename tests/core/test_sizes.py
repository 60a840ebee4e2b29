"""Scales: whole ones stay whole numbers, all others are exact and read as people write them."""

from __future__ import annotations

import copy
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest

from upbench.benchmark.core.sizes import (
    Ratio,
    Scale,
    as_scale,
    asked_size,
    output_size,
    read_scale,
    scale_list,
    scale_number,
    scale_text,
)

TYPED = {"2": "2", "x3": "3", "1.5": "1.5", "8/3": "8/3", "0.3": "0.3", "1/3": "1/3", "2.0": "2"}


@pytest.mark.parametrize(("typed", "written"), TYPED.items())
def test_a_scale_is_written_as_it_is_typed(typed: str, written: str) -> None:
    """It comes back from its text, its number in a table, a pickle and a copy as it was."""
    scale = read_scale(typed)
    assert f"{scale}" == str(scale) == scale_text(scale_number(scale)) == written
    assert type(scale) is (int if written in {"2", "3"} else Ratio)
    for again in (
        read_scale(written),
        as_scale(scale_number(scale)),
        as_scale(np.float64(scale_number(scale))),
        pickle.loads(pickle.dumps(scale)),  # noqa: S301 - our own
        copy.deepcopy(scale),
    ):
        assert again == scale
        assert type(again) is type(scale)


def test_every_scale_that_is_taken_survives_a_table() -> None:
    """A float64 column holds all of them: the nearest fraction of small terms is the scale."""
    for q in range(1, 101):
        for p in range(max(1, math.ceil(q / 16)), min(100, 16 * q) + 1):
            exact = Fraction(p, q)
            assert as_scale(float(exact)) == exact


@pytest.mark.parametrize(
    ("side", "scale", "expected"),
    [
        *[(9, Ratio(1, 3), 3), (9, Ratio(1, 2), 5), (9, Ratio(3, 2), 14), (7, Ratio(8, 3), 19)],
        *[(5, 3, 15), (1, Ratio(1, 16), 1), (10, Ratio(3, 10), 3), (11, Ratio(3, 10), 4)],
    ],
)
def test_sizes_are_rounded_up_as_matlab_does(side: int, scale: Scale, expected: int) -> None:
    """``ceil(side * scale)``, computed exactly."""
    assert output_size((side, 1, 3), scale)[0] == expected
    assert asked_size((side, 1), scale)[0] == expected
    assert asked_size((side, 1), (4, 9)) == (4, 9)


def test_numbers_are_formatted_as_numbers() -> None:
    """A format of numbers gives one, and a list has the x of each."""
    assert f"{Ratio(8, 3):.2f}" == "2.67"
    assert scale_list([2, Ratio(1, 3)]) == "x2, x1/3"
