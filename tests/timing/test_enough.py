"""Which stored timings are as thorough as what is asked for, and which are measured again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from plugins import plugin_file

from upbench.benchmark import timing
from upbench.benchmark.cli.quality import _measure_speed
from upbench.benchmark.engine.runner import Plan, Request
from upbench.benchmark.engine.store import Store
from upbench.benchmark.engine.supervisor import Outcome
from upbench.benchmark.registry.catalog import Catalog, collect
from upbench.benchmark.report.timing import rebuild_timing
from upbench.benchmark.timing import Effort, measure_cells, plan_timing, read_rows, waiting_cells
from upbench.benchmark.timing.enough import is_enough, with_effort
from upbench.benchmark.timing.plan import TimingCell
from upbench.benchmark.timing.table import TimingRow, frame_of, identity_of, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

CELL = TimingCell("m", "test", "numpy", "2.0", "hash", 2, 64, 3, 1, "cpu")
FULL, LONGER = Effort(budget=0.2), Effort(budget=3.0)
BRIEF, LONGER_BRIEF = Effort(budget=0.1, brief=True), Effort(budget=1.0, brief=True)


def stored(effort: Effort | None = None, peak: float | None = 7.5, **changes: Any) -> Any:
    """Return a row as it is stored; without an effort, as an older upbench stored it."""
    row = asdict(row_of(CELL, Outcome())) | {"stable": True, "peak_mb": peak} | changes
    return row if effort is None else with_effort(row, effort)


@pytest.mark.parametrize(
    ("row", "asked", "enough"),
    [
        (stored(FULL), FULL, True),
        (stored(LONGER), FULL, True),
        (stored(FULL), LONGER, False),
        (stored(LONGER_BRIEF, None), FULL, False),
        (stored(FULL), BRIEF, True),
        (stored(FULL), LONGER_BRIEF, True),
        (stored(BRIEF, None), BRIEF, True),
        (stored(BRIEF, None), LONGER_BRIEF, False),
        (stored(FULL, None), FULL, True),
    ],
    ids=[
        *("the same", "larger budget", "smaller budget", "no memory", "full for brief"),
        *("full for a longer brief", "brief for brief", "shorter brief", "no time for memory"),
    ],
)
def test_a_row_of_as_much_effort_is_kept(row: Any, asked: Effort, *, enough: bool) -> None:
    """Full is more than brief, then the larger budget; so two commands never undo each other."""
    assert is_enough(row, asked) is enough
    assert waiting_cells([CELL], {CELL.identity: row}, effort=asked) == (() if enough else (CELL,))


@pytest.mark.parametrize(
    ("row", "asked", "enough"),
    [
        (stored(), Effort(), True),
        (stored(), LONGER, False),
        (stored(peak=None), FULL, False),
        (stored(peak=None), BRIEF, True),
        (stored(budget="long"), Effort(), True),
    ],
    ids=["full", "larger budget", "no memory", "brief for brief", "another program's"],
)
def test_a_row_of_an_older_upbench_is_what_it_can_be_told_to_be(
    row: Any, asked: Effort, *, enough: bool
) -> None:
    """Brief where it has no memory, and of the default budget."""
    assert is_enough(row, asked) is enough


def test_effort_excuses_no_failure_and_no_other_code() -> None:
    """A thorough row that failed, or is of older code, is measured again all the same."""
    failed = stored(LONGER, status="crash")
    older = stored(LONGER, code_hash="older")
    for row in (failed, older):
        assert waiting_cells([CELL], {CELL.identity: row}, effort=FULL) == (CELL,)
    skipped = stored(BRIEF, None, status="skipped")
    assert waiting_cells([CELL], {CELL.identity: skipped}, effort=LONGER) == ()


def test_the_effort_stands_in_no_table(tmp_path: Path) -> None:
    """It is in the store alone, so that published tables keep their columns."""
    with Store(tmp_path) as store:
        store.add_timing(CELL.identity, stored(BRIEF, None))
    (row,) = read_rows(tmp_path).values()
    assert (row["budget"], row["brief"]) == (0.1, True)
    assert list(frame_of([row]).columns) == [*TimingRow.__dataclass_fields__]
    rebuild_timing(tmp_path)
    assert [*pd.read_csv(tmp_path / "timing.csv")] == [*TimingRow.__dataclass_fields__]


def test_a_folder_of_an_older_upbench_opens_and_keeps_its_rows(tmp_path: Path) -> None:
    """Only what is measured again is replaced."""
    old, wide = stored(), stored(peak=None) | {"width": 128}
    with Store(tmp_path) as store:
        for row in (old, wide):
            store.add_timing(identity_of(row), row)
        assert len(measure_cells(store, [CELL], Effort())) == 2
    assert read_rows(tmp_path) == {CELL.identity: old, identity_of(wide): wide}


def test_the_speed_after_a_run_has_its_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory too: a method of a larger size may take all of the machine's."""
    seen: list[Effort] = []

    def measured(_store: Store, _cells: Any, effort: Effort, *_: Any) -> None:
        seen.append(effort)
        raise KeyboardInterrupt

    monkeypatch.setattr(timing, "measure_cells", measured)
    plan = Plan(Request(memory=1 << 30, timeout=9.0), Catalog({}, {}, {}, {}, {}, ()), *[()] * 5)
    with Store(tmp_path) as store:
        assert _measure_speed(plan, store, 64)
    assert [(effort.timeout, effort.memory) for effort in seen] == [(9.0, 1 << 30)]


def test_a_brief_timing_is_taken_again_for_memory_and_a_larger_budget(tmp_path: Path) -> None:
    """The same command measures nothing twice, nor does a brief one after a full one."""
    plugin = plugin_file(tmp_path, "timed")
    cells = plan_timing([collect([plugin]).method("timed-good")], [2], [64])
    brief, full, longer = (
        *(Effort(20.0, budget=0.03, brief=True), Effort(20.0, budget=0.02)),
        Effort(20.0, budget=0.04),
    )
    measured: list[Effort] = []
    with Store(tmp_path / "out") as store:
        for asked in (brief, brief, full, full, brief, longer, full):
            measured += [asked] * len(waiting_cells(cells, read_rows(store.folder), effort=asked))
            measure_cells(store, cells, asked)
    assert measured == [brief, full, longer]
    (row,) = read_rows(tmp_path / "out").values()
    assert (row["budget"], row["brief"]) == (0.04, False)
    assert row["peak_mb"] is not None


@pytest.mark.parametrize(("code", "kept"), [("hash", "ok"), ("older", "skipped")])
def test_a_size_that_was_passed_over_keeps_its_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, kept: str
) -> None:
    """Nothing was tried, so nothing new is known; a row of other code is no use."""

    def passed_over(
        cells: Sequence[TimingCell], _effort: Effort
    ) -> Iterator[tuple[TimingCell, Outcome]]:
        yield from ((cell, Outcome(None, "skipped", "It was not tried.")) for cell in cells)

    monkeypatch.setattr(timing, "measure_in_processes", passed_over)
    with Store(tmp_path) as store:
        store.add_timing(CELL.identity, stored(FULL, code_hash=code))
        assert measure_cells(store, [CELL], LONGER)["status"].tolist() == [kept]
    assert waiting_cells([CELL], read_rows(tmp_path), effort=LONGER) == (CELL,)
