"""What hangs on one image."""

from __future__ import annotations

import numpy as np
import pytest

from upbench.benchmark.statistics import deciding_image, deciding_lead


def test_the_image_that_turns_a_difference_is_named() -> None:
    """With what the mean is over the others."""
    turn = deciding_image(np.array([-1.0, -1.0, 7.6, -1.2]))
    assert turn is not None
    assert (turn.image, turn.without) == (2, pytest.approx(-3.2 / 3))


def test_the_strongest_of_several_is_named() -> None:
    """Two images turn it; the one without which it is farthest on the other side counts."""
    turn = deciding_image(np.array([2.0, 3.0, -2.4, -2.4]))
    assert turn is not None
    assert turn.image == 1


@pytest.mark.parametrize(
    "differences",
    [[1.0, 1.1, 0.9, 1.2], [-1.0, -1.1, -0.9], [9.0, -1.0], [], [0.0, 0.0, 0.0], [np.inf, -1, -1]],
)
def test_most_orders_hang_on_no_single_image(differences: list[float]) -> None:
    """Nor is one named of two images, of none, of equal scores and of infinite ones."""
    assert deciding_image(np.array(differences)) is None


def test_an_unknown_image_is_passed_over() -> None:
    """Its number stays that of the table."""
    turn = deciding_image(np.array([np.nan, -1.0, -1.0, 7.6, -1.2]))
    assert turn is not None
    assert turn.image == 3


def test_what_is_never_printed_turns_nothing() -> None:
    """A mean within the tolerance has no sign, with the image and without it."""
    assert deciding_image(np.array([-0.004, -0.004, 0.02]), negligible=0.005) is None
    assert deciding_image(np.array([-0.004, -0.004, 0.02])) is not None


def test_the_image_that_makes_the_best_is_named_with_the_best_without_it() -> None:
    """The second of the table need not be the one."""
    scores = np.array([[40.0, 30.0, 33.0], [29.0, 31.0, 30.5], [29.0, 31.0, 30.5]])
    lead = deciding_lead(scores, 0)
    assert lead is not None
    assert lead == (0, 1)


def test_a_lead_on_every_image_hangs_on_none() -> None:
    """Nor is one named where the others are never ahead by what prints."""
    scores = np.array([[31.0, 30.0], [31.0, 30.0], [31.0, 30.0]])
    assert deciding_lead(scores, 0) is None
    assert deciding_lead(scores[:2], 0) is None
    near = np.array([[31.0, 30.0], [30.0, 30.002], [30.0, 30.002]])
    assert deciding_lead(near, 0, negligible=0.005) is None
    assert deciding_lead(near, 0) is not None
