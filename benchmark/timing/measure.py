"""The measurement of one method at one size: first call, memory, warm-up, samples.

This runs inside the fresh process.  Only the method's call is timed: the input exists before, the
output is looked at after, the garbage collector is off meanwhile, and a GPU is waited for on both
sides (without that, a call that only queues work looks fast).  A method takes and returns numpy
arrays, so the transfers to a GPU and back are part of its call.

Samples are taken until the 95 % interval of their median is within 5 %, or the budget is spent;
fewer than three where the time limit is near, and none but the first call where it is too near.
Stopping when it looks good makes the interval a little too optimistic; a first look only after ten
samples and a tenth of the budget keeps that small.
"""

from __future__ import annotations

import gc
import math
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.engine.supervisor import Limits
from upbench.benchmark.timing.conditions import Conditions, conditions_between, now
from upbench.benchmark.timing.memory import UNKNOWN, Peak, peak_of
from upbench.benchmark.timing.spread import spread

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.core.contract import Image, Image8
    from upbench.benchmark.core.sizes import Scale

FEWEST, ENOUGH, MOST = 3, 10, 10_000
"""Samples: taken even over the budget, before a first look at the precision, and at all."""
SHARE = 0.1
"""The share of the budget to warm up for, and to sample for at least."""
RESERVE = 0.8
"""The share of the hard limit after which no further call is begun."""


@dataclass(frozen=True)
class Effort(Limits):
    """How long to measure one size, in seconds; its process is ended after the timeout.

    Raises:
        UsageError: The budget is not above 0 and below the timeout.
    """

    timeout: float = 60.0
    budget: float = field(default=2.0, kw_only=True)
    """Samples stop after this time even where they are not precise."""
    brief: bool = field(default=False, kw_only=True)
    """Whether the memory is left out, and a long first call is the whole warm-up."""

    def __post_init__(self) -> None:
        if not 0 < self.budget < self.timeout:
            raise UsageError(
                f"The time budget of a size must be more than 0 s and less than --timeout; got "
                f"{self.budget:g} s and {self.timeout:g} s."
            )


@dataclass(frozen=True)
class Measured:
    """What came of it; all times in seconds."""

    first: float
    """The first call, which may import libraries and build tables."""
    warm_up: int
    """Calls between the first and the first sample."""
    samples: tuple[float, ...]
    """In the order they were taken; the first call alone where there was no time for more."""
    peak: Peak
    conditions: Conditions


@dataclass
class Timer:
    """Times one call at a time and remembers the longest."""

    call: Callable[[], object]
    synchronise: Callable[[], None]
    clock: Callable[[], float] = time.perf_counter
    calls: int = 0
    longest: float = 0.0
    result: object = None
    """What the latest call returned, until the next one begins."""
    prepare: Callable[[], None] = lambda: None
    """Called before each call, outside of its time."""

    def sample(self) -> float:
        """Make the call and return its seconds; freeing the result before is not among them."""
        self.result = None
        self.prepare()
        self.synchronise()
        collecting = gc.isenabled()
        gc.disable()
        try:
            start = self.clock()
            self.result = self.call()
            self.synchronise()
            seconds = self.clock() - start
        finally:
            if collecting:
                gc.enable()
        self.calls += 1
        self.longest = max(self.longest, seconds)
        return seconds


def measure(
    upsampler: Callable[[Any], Any],
    image: Image | Image8,
    scale: Scale,
    effort: Effort,
    device: str = "cpu",
    clock: Callable[[], float] = time.perf_counter,
) -> Measured:
    """Measure a loaded method on one image.

    Args:
        upsampler: The method, loaded at this scale, or its call on 8-bit pixels.
        image: float32 ``(h, w, C)`` in [0, 1], or uint8.
        scale: The whole factor.
        effort: How long to measure.
        device: "cpu", or a CUDA device to wait for at every sample.
        clock: Seconds from any origin.

    Raises:
        InvalidOutputError: The output breaks the contract; other errors are the method's own.
    """
    varied = VariedInput(image)
    call = partial(upsampler, varied.given)
    timer = Timer(call, synchroniser(device), clock, prepare=varied.renew)
    end = clock() + RESERVE * effort.timeout

    def has_time() -> bool:
        return clock() + timer.longest < end

    # 1. the first call, whose output is checked
    first = _checked_first_call(timer, varied, scale)
    # 2. the memory of a call that imports and builds nothing any more
    peak = UNKNOWN if effort.brief or not has_time() else peak_of(timer.sample, device)
    # 3. warm up
    spent = first if effort.brief else 0.0
    while has_time() and spent < SHARE * effort.budget:
        spent += timer.sample()
    warm_up = timer.calls - 1
    # 4. sample, and watch what else the machine does
    before = now()
    samples = take_samples(timer.sample, has_time, effort.budget)
    conditions = conditions_between(before, now())
    return Measured(first, warm_up, tuple(samples) or (first,), peak, conditions)


def take_samples(
    sample: Callable[[], float], has_time: Callable[[], bool], budget: float
) -> list[float]:
    """Sample until the median is precise or the budget (in seconds) is spent.

    The precision is looked at whenever the samples have grown by a tenth.
    """
    samples: list[float] = []
    spent, look = 0.0, ENOUGH
    while has_time() and len(samples) < MOST and (len(samples) < FEWEST or spent < budget):
        samples.append(sample())
        spent += samples[-1]
        if len(samples) >= look and spent >= SHARE * budget:
            if spread(samples).is_precise:
                break
            look = math.ceil(1.1 * len(samples))
    return samples


def synchroniser(device: str) -> Callable[[], None]:
    """Return what waits for a device's queued work: nothing to wait for on the CPU."""

    def wait() -> None:
        torch = sys.modules.get("torch")
        if torch is not None:
            torch.cuda.synchronize(device)

    return wait if device.startswith("cuda") else lambda: None


class VariedInput:
    """An input that differs at every call, so that a method's cache of results shows no speed.

    It stays of its size and kind: rows and columns move on by one, the last to the front, and the
    pixels in two corners count the calls.  So a method that remembers parts of images, like rows or
    tiles, must work too.
    """

    def __init__(self, image: Any) -> None:
        self.given = image.copy()
        """What the method gets."""
        self._image, self._number = image, 0

    def renew(self) -> None:
        """Change what is given."""
        self._number += 1
        self._write(self.given)

    def refuse_changed(self) -> None:
        """Find out whether the method wrote into its input.

        Raises:
            InvalidOutputError: It did.
        """
        from upbench.benchmark.imaging.validation import refuse_changed

        expected = self._image.copy()
        self._write(expected)
        refuse_changed(self.given, expected)

    def _write(self, into: Any) -> None:
        image, (height, width) = self._image, into.shape[:2]
        down, right = self._number % height, self._number % width
        up, left = height - down, width - right
        into[down:, right:], into[down:, :right] = image[:up, :left], image[:up, left:]
        into[:down, right:], into[:down, :right] = image[up:, :left], image[up:, left:]
        white = 1 if into.dtype == "uint8" else 255
        into[0, 0] = self._number % 256 / white
        into[0, -1] = self._number // 256 % 256 / white


def _checked_first_call(timer: Timer, varied: VariedInput, scale: Scale) -> float:
    from upbench.benchmark.imaging.validation import checked_output, checked_pixels

    seconds = timer.sample()
    varied.refuse_changed()
    check = checked_pixels if varied.given.dtype == "uint8" else checked_output
    check(timer.result, varied.given.shape, scale)
    timer.result = None  # what the process holds must not count as free for the next call
    return seconds
