"""What else the machine did while something was timed."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass

SHORTEST = 0.2
"""Seconds below which the kernel's clock ticks (1/100 s) are too coarse to say who used the CPU."""
BUSY = ("user", "nice", "system", "irq", "softirq", "steal")
"""The kinds of processor time that are work; steal is another machine's."""


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
