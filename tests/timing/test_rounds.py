"""Rivals that take turns: who is called when, and when it is enough."""

from __future__ import annotations

import math

from upbench.benchmark.timing.measure import Timer
from upbench.benchmark.timing.rounds import take_rounds


def test_rivals_take_turns_and_only_the_second_call_counts() -> None:
    """In every round each is called twice in a row, so that its data are in the caches."""
    calls: list[str] = []
    timers = [Timer(lambda name=name: calls.append(name), lambda: None) for name in "ab"]
    samples = take_rounds(timers, 0.0)
    assert calls == ["a", "a", "b", "b"] * 6
    assert [len(taken) for taken in samples] == [6, 6]


def test_sampling_stops_when_every_median_is_precise() -> None:
    """Steady clocks need no more rounds than the least, however large the budget."""
    ticks = iter(range(10**6))
    timers = [Timer(lambda: None, lambda: None, lambda: float(next(ticks))) for _ in range(2)]
    assert len(take_rounds(timers, 1e-9)[0]) == 6
    assert len(take_rounds(timers, 0.005)[0]) < 2000


def test_number_of_rounds_can_be_fixed() -> None:
    """With all the time there is, every round is taken, precise or not, and each is reported."""
    ticks = iter(range(10**6))
    timers = [Timer(lambda: None, lambda: None, lambda: float(next(ticks))) for _ in range(2)]
    done: list[int] = []
    samples = take_rounds(timers, math.inf, 11, done.append)
    assert [len(taken) for taken in samples] == [11, 11]
    assert done == list(range(1, 12))
