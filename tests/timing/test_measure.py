"""The measurement of one method at one size, with clocks that tests turn by hand."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest

from upbench.benchmark.core.errors import InvalidOutputError
from upbench.benchmark.timing.measure import Effort, Timer, measure, synchroniser, take_samples
from upbench.benchmark.timing.memory import UNKNOWN

IMAGE = np.full((4, 4, 1), 0.5, dtype=np.float32)


class Clock:
    """Shows a time that moves only on demand."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.time


class Slow:
    """A method whose calls take the given seconds, the last of them again and again."""

    def __init__(self, clock: Clock, *seconds: float) -> None:
        self.clock, self.seconds, self.calls = clock, list(seconds), 0

    def __call__(self, image: Any) -> Any:
        """Repeat pixels, and let the time go by."""
        self.calls += 1
        self.clock.time += self.seconds.pop(0) if len(self.seconds) > 1 else self.seconds[0]
        return image.repeat(2, axis=0).repeat(2, axis=1)


def measured(*seconds: float, budget: float = 2.0, limit: float = 60.0) -> Any:
    """Measure a method of such calls."""
    clock = Clock()
    return measure(Slow(clock, *seconds), IMAGE, 2, Effort(limit, budget=budget), clock=clock)


def test_first_call_is_apart() -> None:
    """What it imports is no part of the samples."""
    found = measured(5.0, 0.01)
    assert found.first == pytest.approx(5.0)
    assert max(found.samples) < 0.02


def test_steady_method_stops_early() -> None:
    """A tenth of the budget to warm up, a tenth to sample; the rest is not needed."""
    found = measured(0.01)
    assert len(found.samples) == 20
    assert found.warm_up == 21  # the call for its memory, and a fifth of a second


def test_unsteady_method_takes_the_budget() -> None:
    """Samples go on until the time is spent where the interval stays wide."""
    found = measured(*([0.01, 0.1] * 200))
    assert sum(found.samples) == pytest.approx(2.0, abs=0.11)


def test_slow_method_is_sampled_three_times() -> None:
    """A call longer than the budget still gets a median."""
    assert len(measured(3.0).samples) == 3


def test_no_call_is_begun_that_would_pass_the_limit() -> None:
    """The process is not killed for wanting one more sample: it answers with what it has."""
    found = measured(20.0)
    assert len(found.samples) == 1
    assert found.peak.source == measured(0.01).peak.source


def test_single_call_near_the_limit_is_its_own_sample() -> None:
    """Neither memory nor warm-up has time, and the row says so."""
    found = measured(50.0)
    assert found.samples == (50.0,)
    assert (found.warm_up, found.peak) == (0, UNKNOWN)


def test_fast_method_is_not_sampled_forever() -> None:
    """Ten thousand samples are enough, even of calls that take no time."""
    assert len(take_samples(lambda: 0.0, lambda: True, 2.0)) == 10_000


def test_garbage_collector_is_off_during_a_sample_only() -> None:
    """It is on again afterwards, also when the method raises."""
    seen = []

    def call() -> None:
        seen.append(gc.isenabled())
        if len(seen) == 2:
            raise ValueError("no")

    timer = Timer(call, lambda: None)
    timer.sample()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="no"):
        timer.sample()
    assert gc.isenabled()
    assert seen == [False, False]


def test_device_is_waited_for_on_both_sides_of_the_call() -> None:
    """Else queued work of the call before is counted, and that of this call is not."""
    clock = Clock()
    queued = [7.0]

    def synchronise() -> None:
        clock.time += sum(queued)
        queued.clear()

    assert Timer(lambda: queued.append(3.0), synchronise, clock).sample() == 3.0


def test_synchroniser_waits_on_cuda_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """And asks PyTorch, if it is loaded; nothing is imported for it."""
    waited = []

    class Torch:
        class cuda:  # noqa: N801 - PyTorch calls it so
            synchronize = waited.append

    monkeypatch.setitem(__import__("sys").modules, "torch", Torch)
    synchroniser("cpu")()
    assert waited == []
    synchroniser("cuda:1")()
    assert waited == ["cuda:1"]
    monkeypatch.delitem(__import__("sys").modules, "torch")
    synchroniser("cuda")()
    assert waited == ["cuda:1"]


def test_result_is_freed_outside_the_timed_call() -> None:
    """The output of the call before is gone before the clock starts."""
    alive = []

    class Output:
        def __del__(self) -> None:
            alive.remove(self.name)

        def __init__(self, name: int) -> None:
            self.name = name
            alive.append(name)

    seen = []
    clock = lambda: seen.append(list(alive)) or 0.0  # noqa: E731
    timer = Timer(lambda: Output(timer.calls), lambda: None, clock)
    timer.sample()
    timer.sample()
    assert seen == [[], [0], [], [1]]
    timer.result = None


@pytest.mark.parametrize(
    ("method", "words"),
    [
        (lambda image: image, "has shape"),
        (lambda _image: np.full((8, 8, 1), np.nan), "NaN or infinite"),
        (lambda image: image.fill(0) or image.repeat(2, 0).repeat(2, 1), "changed its input"),
    ],
)
def test_output_that_breaks_the_contract_is_not_timed(method: Any, words: str) -> None:
    """A wrong answer has no speed."""
    with pytest.raises(InvalidOutputError, match=words):
        measure(method, IMAGE.copy(), 2, Effort())


@pytest.mark.parametrize("parts", [1, 32], ids=["images", "rows"])
def test_cache_of_results_shows_no_speed(parts: int) -> None:
    """No two calls get the same input, so that a method that remembers its results must work."""
    seen, clock = set(), Clock()
    image = np.random.default_rng(0).random((32, 200, 1), np.float32)

    def cached(image: Any) -> Any:
        keys = {part.tobytes() for part in np.split(image, parts)}
        clock.time += 0.01 * len(keys - seen) / parts + 1e-6
        seen.update(keys)
        return image.repeat(2, axis=0).repeat(2, axis=1)

    found = measure(cached, image, 2, Effort(60.0, budget=1.0), clock=clock)
    assert min(found.samples) == pytest.approx(0.01, rel=0.01)
