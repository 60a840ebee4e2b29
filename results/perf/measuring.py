"""What the speed scripts share: timing one call, and a figure beside its target."""

from __future__ import annotations

import sys
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def seconds(call: Callable[[], object], clock: Callable[[], float] = process_time) -> float:
    """Return how long a call takes: processor time, unless another clock is given."""
    start = clock()
    call()
    return clock() - start


def ratio(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    rounds: int,
    clock: Callable[[], float] = process_time,
) -> float:
    """Return the median time of our call over that of theirs, taken in turns after a warm-up."""
    ours(), theirs()
    pairs = [(seconds(ours, clock), seconds(theirs, clock)) for _ in range(rounds)]
    return median(one for one, _ in pairs) / median(other for _, other in pairs)


def show(figures: Iterable[tuple[str, float, float]]) -> None:
    """Print each (what, measured, target) on a line."""
    for what, figure, target in figures:
        verdict = "ok" if figure <= target else "MISSED"
        sys.stdout.write(f"{what:<56} {figure:7.3f}  at most {target:6.3f}  {verdict}\n")
