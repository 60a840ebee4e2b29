"""The numbers of training: the learning rate's path, when scores are taken, what is refused."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import pytest

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.training.recipe import (
    _FIELDS,
    Recipe,
    check_recipe,
    learning_rate,
    milestones,
)


def test_learning_rate_warms_up_then_follows_a_cosine() -> None:
    """It rises in a line for 200 steps, then falls as a cosine to its last share of the highest."""
    recipe = Recipe(steps=10_000, rate=1e-3, last=0.01)

    def cosine(step: int) -> float:
        return 1e-3 * (0.99 * (1 + math.cos(math.pi * step / 10_000)) / 2 + 0.01)

    assert learning_rate(recipe, 0) == pytest.approx(cosine(0) / 200)
    assert learning_rate(recipe, 99) == pytest.approx(cosine(99) / 2)
    assert learning_rate(recipe, 199) == pytest.approx(cosine(199))
    assert learning_rate(recipe, 5000) == pytest.approx(1e-3 * 0.505)
    assert learning_rate(recipe, 10_000) == pytest.approx(1e-5)


def test_learning_rate_never_rises_after_the_warm_up() -> None:
    """From the end of the warm-up on each step is smaller than the one before."""
    recipe = Recipe(steps=3000)
    rates = [learning_rate(recipe, step) for step in range(3001)]

    assert rates[:200] == sorted(rates[:200])
    assert rates[200:] == sorted(rates[200:], reverse=True)
    assert max(rates) < recipe.rate


def test_a_short_training_warms_up_all_the_way() -> None:
    """Fewer steps than the warm-up has are no division by more than there are."""
    assert learning_rate(Recipe(steps=10), 5) > 0


@pytest.mark.parametrize("recipe", [Recipe(steps=1), Recipe(warm_up=0)])
def test_the_first_step_is_a_step(recipe: Recipe) -> None:
    """A training of one step changes the weights, and no warm-up is the highest rate at once."""
    assert learning_rate(recipe, 0) == pytest.approx(recipe.rate)


@pytest.mark.parametrize("steps", [1, 10, 250, 6000, 60_000, 200_000])
def test_milestones_begin_and_end_with_the_training(steps: int) -> None:
    """The untrained and the finished network are scored, and no more than 25 between."""
    found = milestones(steps)

    assert found[0] == 0
    assert found[-1] == steps
    assert list(found) == sorted(set(found))
    assert len(found) <= 27


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("steps", 0, "is a whole number from 1 up; got 0."),
        ("steps", "3000", "is a whole number from 1 up; got '3000'."),
        ("batch", 0, "is a whole number from 1 up; got 0."),
        ("batch", True, "is a whole number from 1 up; got True."),
        ("patch", 7, "is a whole number from 8 up; got 7."),
        ("patch", 20.5, "is a whole number from 8 up; got 20.5."),
        ("rate", "fast", "is a number above 0; got 'fast'."),
        ("rate", float("nan"), "is a number above 0; got nan."),
        ("warm_up", -1, "is a whole number from 0 up; got -1."),
        ("last", 2, "is a share, from 0 to 1; got 2."),
        ("momentum", 0.9, "is two numbers from 0 to below 1; got 0.9."),
        ("momentum", (0.9, 1), "is two numbers from 0 to below 1; got (0.9, 1)."),
        ("optimiser", "sgd", "is adam or soap; got 'sgd'."),
        ("drawn", "often", 'is "by size" or "equally"; got \'often\'.'),
        ("mixed", 85, "is a share, from 0 to 1; got 85."),
        ("sizes", (), "are shares above 0, up to 1; got ()."),
        ("sizes", (1, 2), "are shares above 0, up to 1; got (1, 2)."),
        ("sizes", 0.5, "are shares above 0, up to 1; got 0.5."),
    ],
)
def test_values_that_cannot_be_are_refused(name: str, value: Any, message: str) -> None:
    """The sentence names the field, what it must be and what was given."""
    with pytest.raises(UsageError) as refused:
        check_recipe(Recipe(**{name: value}))
    assert str(refused.value) == f"A recipe's {name} {message}"


def test_every_field_is_checked() -> None:
    """A field that is added to recipes has a check, too."""
    assert [*_FIELDS] == [field.name for field in fields(Recipe)]
