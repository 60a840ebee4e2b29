"""What else the machine did while something was timed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from upbench.benchmark.timing.conditions import Moment, conditions_between, now, ranges


def test_others_are_the_machine_without_oneself() -> None:
    """Of 3 processor seconds in 2 s, 2 of them our own, others had half a core."""
    found = conditions_between(Moment(10.0, 1.0, 100.0), Moment(12.0, 3.0, 103.0))
    assert found.cores_used == pytest.approx(1.0)
    assert found.others_cores == pytest.approx(0.5)


def test_what_is_too_short_to_say_is_not_said() -> None:
    """Clock ticks of a hundredth of a second say nothing about a moment."""
    found = conditions_between(Moment(10.0, 1.0, 100.0), Moment(10.01, 1.01, 100.02))
    assert (found.cores_used, found.others_cores) == (None, None)


def test_machine_that_does_not_tell_leaves_it_unknown() -> None:
    """Not known is None."""
    found = conditions_between(Moment(0.0, 0.0, None), Moment(1.0, 1.0, None))
    assert found.others_cores is None


def test_busy_columns_of_the_kernel_are_summed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Idle time and waiting for a disk are no work; time stolen by another machine is."""
    times = SimpleNamespace(
        user=1.0, nice=0.2, system=0.3, idle=999.0, iowait=888.0, irq=0.04, softirq=0.05, steal=0.06
    )
    monkeypatch.setattr("psutil.cpu_times", lambda: times)
    assert now().machine == pytest.approx(1.65)


def test_cores_are_written_as_ranges() -> None:
    """Single cores stand alone."""
    assert ranges({0, 1, 2, 3, 8, 10, 11}) == "0-3,8,10-11"
    assert ranges(set()) == ""
