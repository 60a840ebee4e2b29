"""What else the machine did while something was timed, and whether the numbers can be trusted.

Where they cannot, :func:`advice` says why and what to do about it.
"""

from __future__ import annotations

import math
import os
import statistics
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upbench.benchmark.core.text import counted
from upbench.benchmark.timing.spread import FEWEST, PRECISION, spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHORTEST = 0.2
"""Seconds below which the kernel's clock ticks (1/100 s) are too coarse to say who used the CPU."""
BUSY = ("user", "nice", "system", "irq", "softirq", "steal")
"""The kinds of processor time that are work; steal is another machine's."""
LOADED = 0.5
"""Load per core, beyond the timed threads themselves, that disturbs."""
DISTURBED = (0.25, 0.1)
"""Cores that other processes use, at all and as a share of all cores, that disturb."""
COLD = 1.25
"""How many times slower than the rest the first tenth of the samples may be."""
GREEDY = 0.2
"""Cores beyond its threads that a method may use before it is said."""
AGAIN = "run it again with --rerun unstable"


@dataclass(frozen=True)
class Moment:
    """Clocks read at one moment, in seconds."""

    wall: float
    own: float
    """Processor time that this process and its children have used."""
    machine: float | None
    """Processor time that the whole machine has used; None when not known."""


@dataclass(frozen=True)
class Conditions:
    """Under which conditions something was timed."""

    load_average: float | None
    """Processes that wanted to run, mean of the last minute; the timed one is among them."""
    cores: int
    affinity: str | None
    """The cores that the process may use, like "0-3,8"; None when not known."""
    cores_used: float | None
    """Processor seconds of this process per second: more than its threads is a broken promise."""
    others_cores: float | None
    """Processor seconds of everybody else per second; None when not known or too short to say."""


def now() -> Moment:
    """Read the clocks."""
    times = os.times()
    return Moment(time.perf_counter(), sum(times[:4]), _machine_seconds())


def conditions_between(before: Moment, after: Moment) -> Conditions:
    """Say what happened between two moments."""
    wall = after.wall - before.wall
    long_enough = wall >= SHORTEST
    own = after.own - before.own
    others = None
    if long_enough and before.machine is not None and after.machine is not None:
        others = max(0.0, after.machine - before.machine - own) / wall
    return Conditions(
        load_average=_load_average(),
        cores=os.cpu_count() or 1,
        affinity=_affinity(),
        cores_used=own / wall if long_enough else None,
        others_cores=others,
    )


def _machine_seconds() -> float | None:
    import psutil

    with suppress(OSError, RuntimeError, psutil.Error):
        times = psutil.cpu_times()
        return float(sum(getattr(times, kind, 0.0) for kind in BUSY))
    return None


def _load_average() -> float | None:
    with suppress(AttributeError, OSError):
        return os.getloadavg()[0]
    return None


def _affinity() -> str | None:
    if not hasattr(os, "sched_getaffinity"):
        return None
    return ranges(os.sched_getaffinity(0))


def ranges(numbers: set[int]) -> str:
    """Write a set of numbers as ranges.

    >>> ranges({0, 1, 2, 8})
    '0-2,8'
    """
    ordered = sorted(numbers)
    starts = [n for n in ordered if n - 1 not in numbers]
    ends = [n for n in ordered if n + 1 not in numbers]
    pairs = zip(starts, ends, strict=True)
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in pairs)


def advice(
    samples: Sequence[float], conditions: Conditions, threads: int, *, alone: bool = False
) -> tuple[str, ...]:
    """Say what is wrong with a measurement: one sentence each with its cause and the next step.

    The samples are seconds, in the order they were taken; ``alone`` where the only one is the very
    first call.  A stable measurement has none.
    """
    return (
        *(_first_alone(samples[0]) if alone else _imprecise(samples)),
        *_cold(samples),
        *_disturbed(conditions, threads),
        *_greedy(conditions, threads),
    )


def _first_alone(seconds: float) -> Iterator[str]:
    yield (
        "The only sample is the first call, imports included, since the time limit left no time "
        f"for another: give {_enough_time(seconds)}."
    )


def _imprecise(samples: Sequence[float]) -> Iterator[str]:
    found = spread(samples)
    if found.is_precise:
        return
    if found.precision is None:
        yield (
            f"{counted(len(samples), 'sample')} cannot bound the median, {FEWEST} can: give "
            f"{_enough_time(found.median)}."
        )
        return
    yield (
        f"The median is known to {found.precision:.0%} only, not to {PRECISION:.0%}, after "
        f"{counted(len(samples), 'sample')}: close other programs, fix the processor's "
        "frequency or give a larger time budget."
    )


def _enough_time(seconds: float) -> str:
    """Say what time calls of so many seconds need for a median that can be bounded."""
    budget = math.ceil(FEWEST * seconds)
    return f"a time budget of {budget} s or more, and a time limit well above it"


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
