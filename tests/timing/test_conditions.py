"""What else the machine did while something was timed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upbench.benchmark.timing import conditions as room
from upbench.benchmark.timing.conditions import Moment, conditions_between, now, ranges

if TYPE_CHECKING:
    from pathlib import Path


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


def test_busy_columns_of_the_kernel_are_summed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Idle time and waiting for a disk are no work; time stolen by another machine is."""
    monkeypatch.setattr(room.os, "sysconf", lambda _name: 100)
    monkeypatch.setattr(room, "STAT", tmp_path / "stat")
    (tmp_path / "stat").write_text("cpu  100 20 30 99999 88888 4 5 6 0 0\ncpu0 1 2\n")
    assert now().machine == pytest.approx(1.65)


def test_cores_are_written_as_ranges() -> None:
    """Single cores stand alone."""
    assert ranges({0, 1, 2, 3, 8, 10, 11}) == "0-3,8,10-11"
    assert ranges(set()) == ""
