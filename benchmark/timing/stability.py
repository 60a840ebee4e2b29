"""Whether a measurement can be trusted, and if not, why and what to do about it."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

from upbench.benchmark.core.text import counted
from upbench.benchmark.timing.spread import FEWEST, PRECISION, spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from upbench.benchmark.timing.conditions import Conditions

LOADED = 0.5
"""Load per core, beyond the timed threads themselves, that disturbs."""
DISTURBED = (0.25, 0.1)
"""Cores that other processes use, at all and as a share of all cores, that disturb."""
COLD = 1.25
"""How many times slower than the rest the first tenth of the samples may be."""
GREEDY = 0.2
"""Cores beyond its threads that a method may use before it is said."""
AGAIN = "run it again with --rerun unstable"


def advice(samples: Sequence[float], conditions: Conditions, threads: int) -> tuple[str, ...]:
    """Say what is wrong with a measurement: one sentence each with its cause and the next step.

    The samples are seconds, in the order they were taken.  A stable measurement has none.
    """
    return (
        *_imprecise(samples),
        *_cold(samples),
        *_disturbed(conditions, threads),
        *_greedy(conditions, threads),
    )


def _imprecise(samples: Sequence[float]) -> Iterator[str]:
    found = spread(samples)
    if found.is_precise:
        return
    if found.precision is None:
        needed = math.ceil(FEWEST * found.median)
        yield (
            f"{counted(len(samples), 'sample')} cannot bound the median, {FEWEST} can: give a time "
            f"budget of {needed} s or more, and a time limit well above it."
        )
        return
    yield (
        f"The median is known to {found.precision:.0%} only, not to {PRECISION:.0%}, after "
        f"{counted(len(samples), 'sample')}: close other programs, fix the processor's "
        "frequency or give a larger time budget."
    )


def _cold(samples: Sequence[float]) -> Iterator[str]:
    head = max(3, len(samples) // 10)  # a single slow sample is an outlier, not a cold start
    if len(samples) < 2 * head:
        return
    ratio = statistics.median(samples[:head]) / (statistics.median(samples[head:]) or 1.0)
    if ratio > COLD:
        yield (
            f"The first samples were {ratio:.1f} times slower than the rest, so the warm-up was "
            "too short: give a larger time budget, of which a tenth is warm-up."
        )


def _disturbed(conditions: Conditions, threads: int) -> Iterator[str]:
    cores, load, others = conditions.cores, conditions.load_average, conditions.others_cores
    at_all, share = DISTURBED
    if others is not None and others > max(at_all, share * cores):
        yield (
            f"Other processes used {others:.1f} of {cores} cores meanwhile: stop them, then "
            f"{AGAIN}."
        )
    elif load is not None and load - threads > LOADED * cores:
        yield (
            f"The machine was busy before (load average {load:.1f} on {cores} cores): wait until "
            f"it is idle, then {AGAIN}."
        )


def _greedy(conditions: Conditions, threads: int) -> Iterator[str]:
    used = conditions.cores_used
    if used is not None and used > threads + GREEDY:
        yield (
            f"The method used {used:.1f} cores though it was given {threads}: its library ignores "
            "the environment's thread count, so compare it at that number of threads."
        )
