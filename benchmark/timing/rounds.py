"""Speeds that are compared: every rival takes its turn in every round.

What else the machine does then meets all of them, and a ratio is the median of the ratios within
the rounds.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from upbench.benchmark.timing.spread import FEWEST, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from upbench.benchmark.timing.measure import Timer

SHARE, ENOUGH, MOST = 0.1, 10, 2000
"""The share of the budget to sample for at least; rounds before a first look, and at most."""


def take_rounds(
    timers: Sequence[Timer],
    budget: float,
    most: int = MOST,
    progress: Callable[[int], None] | None = None,
) -> list[list[float]]:
    """Sample all timers in turns until every median is precise or the budget is spent.

    In its turn each is called twice, and the second call counts, so that none pays for the caches
    that its neighbour has emptied.

    Args:
        timers: One for each rival.
        budget: Seconds for all; infinite takes ``most`` rounds, precise or not.
        most: Rounds at most.
        progress: Called with the rounds that are done.

    Returns:
        For each timer its samples in seconds; the n-th ones were taken in the same round.
    """
    samples: list[list[float]] = [[] for _ in timers]
    start, look = time.perf_counter(), ENOUGH
    for done in range(1, most + 1):
        for timer, taken in zip(timers, samples, strict=True):
            timer.sample()
            taken.append(timer.sample())
            timer.result = None  # what one returned must not be held while the next is measured
        if progress:
            progress(done)
        spent = time.perf_counter() - start
        if done >= FEWEST and spent >= budget:
            break
        if done >= look and spent >= SHARE * budget:
            if all(spread(taken).is_precise for taken in samples):
                break
            look = done + max(1, done // 10)
    return samples
