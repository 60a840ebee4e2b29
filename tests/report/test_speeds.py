"""Speeds that were measured alone, beside the summary of a run."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from upbench.benchmark.core.environment import machine
from upbench.benchmark.engine.supervisor import Outcome
from upbench.benchmark.report.columns import columns_of_summary, speed_of
from upbench.benchmark.report.speeds import basis_of, with_speeds
from upbench.benchmark.timing.plan import TimingCell
from upbench.benchmark.timing.table import frame_of, overview, row_of

if TYPE_CHECKING:
    from collections.abc import Iterable

CELL = TimingCell(
    *("m", "test", "numpy", "2.0", "code", 2, 540, 3, 1, "cpu"), dtype="uint8", across=960
)
CONDITIONS = dict.fromkeys(("load_average", "affinity", "cores_used", "others_cores")) | {
    "cores": 4
}


def timings(*cells: TimingCell, seconds: float = 0.01) -> pd.DataFrame:
    """Return the rows of cells that all took the same time."""
    peak = {"call_mb": None, "process_mb": None, "source": None}
    measured: dict[str, Any] = {"first": seconds, "warm_up": 1, "samples": [seconds] * 7}
    value = {"load": None, "measured": measured | {"peak": peak, "conditions": CONDITIONS}}
    return frame_of(asdict(row_of(cell, Outcome(value))) for cell in cells)


def rows(code: str = "code", where: str | None = None) -> pd.DataFrame:
    """Return what a run knows of its methods."""
    names = ["m", "n"]
    known = {"method": names, "code_hash": code, "machine": where or machine(), "measured_at": "1"}
    return pd.DataFrame(known)


def summary(protocols: Iterable[str] = ("y-classic", "y-classic")) -> pd.DataFrame:
    """Return two lines of a summary."""
    known = {"protocol": [*protocols], "scale": 2, "method": ["m", "n"], "images": "1/1"}
    return pd.DataFrame(
        known | {"psnr_db": 30.0, "seconds": 1.0, "mpx_per_s": 5.0, "psnr_db_low": 1}
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scales", [[1.5, 2.0], [2, 2]])
def test_fractions_beside_whole_scales_are_no_trouble(scales: list[float]) -> None:
    """Of a run at x1.5 and x2 that was timed at x2, or the other way, x2 has its speed."""
    before = summary().assign(scale=scales, method="m")
    timed = timings(CELL)
    both = pd.concat([timed, timed.assign(scale=1.5)]) if scales == [2, 2] else timed
    after = with_speeds(before, rows(), both)
    assert after["scale"].dtype == before["scale"].dtype
    assert (after["rgb8_mpx_per_s"].notna() == (before["scale"] == 2)).all()


def test_the_speed_of_whole_calls_stands_beside_the_old_one_with_its_basis() -> None:
    """The old columns keep their names, places and numbers; not known is null."""
    before = summary()
    after = with_speeds(before, rows(), timings(CELL))
    assert after["rgb8_mpx_per_s"].iloc[0] == pytest.approx(51.84)
    assert after["rgb8_basis"].iloc[0] == (
        "uint8 RGB in and out, 960 x 540 px out, 1 thread, cpu, median of 7"
    )
    assert after["rgb8_mpx_per_s"].isna().tolist() == [False, True]
    pd.testing.assert_frame_equal(after[before.columns], before)
    names = [*after.columns]
    assert names[names.index("mpx_per_s") + 1 :][:2] == ["rgb8_mpx_per_s", "rgb8_basis"]


@pytest.mark.parametrize(
    ("cell", "of"),
    [
        (CELL, rows(code="newer")),
        (CELL, rows(where="elsewhere")),
        (replace(CELL, dtype="float32"), rows()),
    ],
)
def test_a_timing_of_something_else_is_not_shown(cell: TimingCell, of: pd.DataFrame) -> None:
    """Of other code, another machine or other pixels: the summary stays as it is."""
    pd.testing.assert_frame_equal(with_speeds(summary(), of, timings(cell)), summary())


def test_all_speeds_of_a_scale_are_of_one_size() -> None:
    """Of the size that most methods have, then of one thread, then of the largest."""
    small = replace(CELL, size=64, across=0)
    other = replace(CELL, method="n")
    found = with_speeds(summary(), rows(), timings(CELL, other, small))
    assert found["rgb8_basis"].str.contains("960 x 540").all()
    threads = replace(CELL, threads=4)
    found = with_speeds(summary(), rows(), timings(threads, CELL, small))
    assert "960 x 540 px out, 1 thread" in found["rgb8_basis"].iloc[0]


def test_of_two_devices_the_one_counts_on_which_most_methods_are() -> None:
    """A newer timing on a GPU does not stand among those of a CPU; where devices mix it is said."""
    other = replace(CELL, method="n")
    cuda = replace(CELL, device="cuda")
    both = with_speeds(summary(), rows(), timings(CELL, other, cuda, seconds=0.02))
    assert both["rgb8_basis"].str.contains("cpu").all()
    mixed = with_speeds(summary(), rows(), timings(other, cuda))
    assert basis_of(mixed).startswith("uint8 RGB in and out, 960 x 540 px out, 1 thread, c")
    assert basis_of(mixed).endswith((", cpu and cuda, median", ", cuda and cpu, median"))


def test_headings_state_what_a_speed_is_of_where_there_are_two() -> None:
    """With one speed the heading is what it was."""
    assert [column.heading for column in columns_of_summary(summary())][-1] == "Mpx/s"
    both = with_speeds(summary(), rows(), timings(CELL))
    headings = [column.heading for column in columns_of_summary(both)]
    assert headings[-2:] == ["Mpx/s, uint8 RGB", "Mpx/s, float luma"]
    mixed = both.assign(protocol=["rgb8", "y-classic"])
    assert columns_of_summary(mixed)[-1].heading == "Mpx/s, the protocol's pixels"


def test_methods_are_compared_by_the_speed_of_whole_calls_where_it_is_known() -> None:
    """Cards, Pareto front and figures use it, and say what it is of."""
    assert speed_of(summary()).key == "mpx_per_s"
    assert basis_of(summary()) == "the method's call in the run, median over images"
    both = with_speeds(summary(), rows(), timings(CELL))
    assert speed_of(both).key == "rgb8_mpx_per_s"
    assert basis_of(both) == "uint8 RGB in and out, 960 x 540 px out, 1 thread, cpu, median"


def test_the_overview_has_every_scale_side_by_side() -> None:
    """One table per size, basis and number of threads, the fastest first."""
    three, slow = replace(CELL, scale=3), replace(CELL, method="n")
    frame = pd.concat([timings(CELL, three), timings(slow, seconds=0.1)])
    (table,) = overview(frame)
    assert table.title == "Mpx/s to 960 x 540 px, 1 thread: uint8 RGB in and out, medians"
    assert table.written() == [["m", "51.8", "51.8"], ["n", "5.18", ""]]
    assert list(overview(timings(CELL))) == []
