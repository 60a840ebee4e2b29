"""The advice on measurements that are not to be trusted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from upbench.benchmark.timing.conditions import Conditions, advice

QUIET = Conditions(load_average=1.0, cores=4, affinity="0-3", cores_used=1.0, others_cores=0.0)
STEADY = [1.0, 1.01] * 20


def test_steady_samples_on_a_quiet_machine_need_no_advice() -> None:
    """Stable is the absence of warnings."""
    assert advice(STEADY, QUIET, 1) == ()


def test_what_is_not_known_is_no_warning() -> None:
    """A system that does not tell its load is not blamed for it."""
    unknown = Conditions(None, 4, None, None, None)
    assert advice(STEADY, unknown, 1) == ()


@pytest.mark.parametrize(
    ("samples", "changes", "words"),
    [
        ([1.0, 1.5] * 20, {}, "is known to 20% only, not to 5%, after 40 samples: close other"),
        ([1.0] * 3, {}, "3 samples cannot bound the median, 6 can: give a time budget of 6 s"),
        ([2.5], {}, "1 sample cannot bound the median, 6 can: give a time budget of 15 s"),
        ([2.0] * 4 + [1.0] * 36, {}, "first samples were 2.0 times slower than the rest"),
        (STEADY, {"others_cores": 0.9}, "Other processes used 0.9 of 4 cores meanwhile: stop"),
        (STEADY, {"load_average": 3.5}, "busy before .load average 3.5 on 4 cores.: wait until"),
        (STEADY, {"cores_used": 3.9}, "used 3.9 cores though it was given 1: its library"),
    ],
)
def test_each_cause_is_named_with_the_next_step(
    samples: list[float], changes: dict[str, float], words: str
) -> None:
    """One sentence each: what is wrong, and what to do now."""
    (sentence,) = advice(samples, replace(QUIET, **changes), 1)
    with pytest.raises(ValueError, match=words):
        raise ValueError(sentence)
    assert ":" in sentence or ";" in sentence


def test_a_first_call_alone_is_told_from_a_median() -> None:
    """It may have imported a library; the next step is the same as of too few samples."""
    (sentence,) = advice([2.5], QUIET, 1, alone=True)
    assert sentence == (
        "The only sample is the first call, imports included, since the time limit left no time "
        "for another: give a time budget of 15 s or more, and a time limit well above it."
    )


def test_single_slow_first_sample_is_an_outlier() -> None:
    """It is no sign of a warm-up that was too short."""
    assert advice([9.0, *STEADY], QUIET, 1) == ()


def test_own_threads_are_not_held_against_the_machine() -> None:
    """Four timed threads on four cores make a load of four by themselves."""
    assert advice(STEADY, replace(QUIET, load_average=4.0, cores_used=4.0), 4) == ()
