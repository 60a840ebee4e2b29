"""Timing in processes: what a plugin can do to its process costs its own sizes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from plugins import plugin_text

from upbench.benchmark.engine import supervisor
from upbench.benchmark.timing.isolated import measure_in_processes
from upbench.benchmark.timing.measure import Effort
from upbench.benchmark.timing.plan import TimingCell

if TYPE_CHECKING:
    from upbench.benchmark.engine.supervisor import Outcome

EFFORT = Effort(20.0, budget=0.02)
SHORT = Effort(10.0, budget=0.02)
"""A limit that only the method that hangs runs into, on a busy machine as well."""

PLUGIN = plugin_text("timed_and_hostile")


@pytest.fixture
def plugin(tmp_path: Path) -> str:
    """Write the plugin and return its path."""
    path = tmp_path / "supervised_plugin.py"
    path.write_text(PLUGIN, encoding="utf-8")
    return str(path)


def cells(
    plugin: str, method: str, *sizes: int, scales: tuple[int, ...] = (2,)
) -> list[TimingCell]:
    """Return cells of a method of the plugin."""
    return [
        TimingCell(method, "test", "numpy", "", "", scale, size, 1, 1, "cpu", origin=plugin)
        for scale in scales
        for size in sizes
    ]


def ends(outcomes: list[tuple[TimingCell, Outcome]]) -> list[tuple[int, int, str]]:
    """Return how each cell ended."""
    return [(cell.scale, cell.size, outcome.status) for cell, outcome in outcomes]


def is_running(pid: int) -> bool:
    """Say whether a process lives; one that has ended but is not yet reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_prints_are_harmless(plugin: str) -> None:
    """Whatever a method prints, or a process that it starts, the answers are ours."""
    ((_, outcome),) = measure_in_processes(cells(plugin, "noisy", 64), EFFORT)
    assert (outcome.status, outcome.reason) == ("ok", None)
    assert len(outcome.value["measured"]["samples"]) >= 3


def test_hanging_method_is_ended_with_what_it_started(plugin: str) -> None:
    """Larger sizes of the scale are skipped, since they take longer; other scales are measured."""
    work = cells(plugin, "hanging", 64, 128, 32, scales=(2, 3))
    found = list(measure_in_processes(work, SHORT))
    assert ends(found) == [
        *((2, 32, "ok"), (2, 64, "timeout"), (2, 128, "skipped")),
        *((3, 32, "ok"), (3, 64, "ok"), (3, 128, "ok")),
    ]
    assert found[1][1].reason == "Measuring took longer than the limit of 10 s."
    assert found[2][1].reason == "It was not tried, since x2 at 64 px timed out."
    pids = [int(pid) for pid in Path(plugin).with_name("pids").read_text().split()]
    for _ in range(100):
        if not any(map(is_running, pids)):
            break
        time.sleep(0.05)
    assert [is_running(pid) for pid in pids] == [False, False]


def test_process_that_does_not_start_is_not_the_method_s_fault(
    plugin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is the supervisor's, and a larger size is tried as soon as one starts."""
    work = measure_in_processes(cells(plugin, "noisy", 32, 64, 128), EFFORT)
    monkeypatch.setattr(supervisor, "LONGEST_START", -1.0)  # no process is so fast
    lost = [next(work), next(work)]
    monkeypatch.undo()
    assert ends(lost) == [(2, 32, "timeout"), (2, 64, "timeout")]
    for _, outcome in lost:
        assert outcome.reason.startswith("No worker process started within -1 s.")
    assert ends(list(work)) == [(2, 128, "ok")]


def test_dying_method_costs_its_own_size(plugin: str) -> None:
    """A row says how the process ended and what it printed last; a fresh one takes the rest."""
    found = list(measure_in_processes(cells(plugin, "dying", 32, 64, 128, 256), EFFORT))
    assert ends(found) == [(2, 32, "ok"), (2, 64, "crash"), (2, 128, "crash"), (2, 256, "ok")]
    reasons = [outcome.reason for _, outcome in found]
    assert reasons[1].startswith("While measuring: The worker process was ended by SIGABRT.")
    assert "Last output: " in reasons[1]
    assert reasons[2].startswith("While measuring: The worker process ended with exit code 7.")


def test_method_that_is_not_found_fails_every_size(plugin: str) -> None:
    """No endless loop: each cell gets its row, with the error as the reason."""
    found = list(measure_in_processes(cells(plugin, "missing", 32, 64), EFFORT))
    assert [outcome.status for _, outcome in found] == ["error", "error"]
    assert "There is no method named 'missing'" in found[0][1].reason


def test_one_process_measures_all_of_a_method(plugin: str) -> None:
    """It is loaded once per scale, with the thread count set and nothing to read from the user."""
    work = cells(plugin, "curious", 32, 64, scales=(2, 3))
    assert [o.status for _, o in measure_in_processes(work, EFFORT)] == ["ok"] * 4
    lines = [line.split() for line in Path(plugin).with_name("seen").read_text().splitlines()]
    assert [line[:2] for line in lines] == [["1", "1"], ["1", "1"]]
    assert len({line[2] for line in lines}) == 1
    assert int(lines[0][2]) != os.getpid()


def test_abandoned_supervision_ends_its_process(plugin: str) -> None:
    """A run that is interrupted between two cells leaves nothing behind."""
    work = measure_in_processes(cells(plugin, "curious", 32, 64), EFFORT)
    next(work)
    pid = int(Path(plugin).with_name("seen").read_text().split()[2])
    work.close()
    assert not is_running(pid)


def test_nothing_to_measure_starts_nothing() -> None:
    """No cells, no process."""
    assert list(measure_in_processes([], EFFORT)) == []
