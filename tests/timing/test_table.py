"""The rows and tables of timings."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

import pandas as pd
import pytest

from upbench.benchmark.cli.speed import print_asked
from upbench.benchmark.core.environment import machine
from upbench.benchmark.engine.supervisor import Outcome
from upbench.benchmark.report.timing import to_markdown
from upbench.benchmark.timing.plan import TimingCell
from upbench.benchmark.timing.table import TimingRow, frame_of, identity_of, row_of, timing_tables

CELL = TimingCell("m", "test", "numpy", "2.0", "hash", 3, 256, 3, 1, "cpu")
QUIET = {
    "load_average": 0.5,
    "cores": 4,
    "affinity": "0-3",
    "cores_used": 1.0,
    "others_cores": 0.0,
}
MEASURED = {
    "first": 1.5,
    "warm_up": 3,
    "samples": [0.010, 0.011, 0.010, 0.010, 0.011, 0.010, 0.0104],
    "peak": {"call_mb": 7.5, "process_mb": 40.0, "source": "VmHWM"},
    "conditions": QUIET,
}


def measured(**changes: Any) -> Outcome:
    """Return the outcome of a measurement that went well, but for the changes."""
    return Outcome({"load": 0.25, "measured": MEASURED | changes})


def test_row_states_the_output_that_there_was() -> None:
    """The input is size / scale rounded; Mpx/s counts the output's pixels."""
    row = row_of(CELL, measured())
    assert (row.size, row.height, row.width, row.low_height, row.low_width) == (
        *(256, 255, 255),
        *(85, 85),
    )
    assert row.mpx_per_s == pytest.approx(255 * 255 / 1e6 / 0.010)


def test_row_summarises_the_samples() -> None:
    """Median, quartiles, interval and smallest, with loading, first call and memory apart."""
    row = row_of(CELL, measured())
    assert (row.seconds, row.seconds_min, row.samples, row.warm_up) == (0.010, 0.010, 7, 3)
    assert (row.seconds_q25, row.seconds_q75) == pytest.approx((0.010, 0.0107))
    assert (row.load_s, row.first_s, row.peak_mb, row.memory_source) == (0.25, 1.5, 7.5, "VmHWM")


def test_row_states_its_conditions() -> None:
    """Machine, versions, code and load are in every row, and no quality number is."""
    row = row_of(CELL, measured())
    assert row.machine == machine()
    assert "python 3" in row.versions
    assert (row.code_hash, row.backend_version, row.affinity) == ("hash", "2.0", "0-3")
    assert not {"psnr_db", "ssim", "shift_px"} & {field.name for field in fields(TimingRow)}


def test_rows_of_other_requests_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """What failed at a size that was not asked for is no failure of this command."""
    other = replace(CELL, size=512)
    rows = [row_of(CELL, measured()), row_of(other, Outcome(None, "timeout", "It hung."))]
    shown = print_asked(frame_of(map(asdict, rows)), [CELL])
    assert shown["status"].tolist() == ["ok"]
    assert "It hung." not in capsys.readouterr().out


def test_unstable_row_says_what_to_do() -> None:
    """A stable one says nothing."""
    noisy = row_of(CELL, measured(samples=[1.0, 2.0] * 10))
    assert not noisy.stable
    assert noisy.advice is not None
    assert "close other programs" in noisy.advice
    steady = row_of(CELL, measured(samples=[1.0, 1.001] * 10))
    assert (steady.stable, steady.advice) == (True, None)


def test_row_of_the_first_call_alone_says_so() -> None:
    """It is no median; a single sample after the first call is not taken for it."""
    alone = row_of(CELL, measured(samples=[1.5], warm_up=0))
    assert (alone.samples, alone.seconds, alone.first_s, alone.stable) == (1, 1.5, 1.5, False)
    assert alone.advice is not None
    assert alone.advice.startswith("The only sample is the first call, imports included")
    assert alone.reason is None  # it is no failure
    single = row_of(CELL, measured(samples=[1.2]))
    assert single.advice is not None
    assert single.advice.startswith("1 sample cannot bound the median")


def test_failed_row_has_a_reason_and_no_numbers() -> None:
    """Not known is None."""
    row = row_of(CELL, Outcome(None, "crash", "SIGSEGV"))
    assert (row.status, row.reason) == ("crash", "SIGSEGV")
    assert (row.seconds, row.mpx_per_s, row.stable, row.peak_mb) == (None, None, None, None)


def test_identity_of_a_row_is_that_of_its_cell() -> None:
    """Resuming depends on it."""
    assert identity_of(asdict(row_of(CELL, measured()))) == CELL.identity


def test_frame_has_every_column_and_nulls() -> None:
    """Also when it has no rows, and in a fixed order of rows."""
    rows = [replace(row_of(CELL, measured()), size=n) for n in (512, 256)]
    rows.append(row_of(replace(CELL, size=64), Outcome(None, "error", "no")))
    frame = frame_of(map(asdict, rows))
    assert list(frame.columns) == [field.name for field in fields(TimingRow)]
    assert frame["size"].tolist() == [64, 256, 512]
    assert frame["seconds"].isna().tolist() == [True, False, False]
    assert frame["samples"].dtype == "Int64"
    assert list(frame_of([]).columns) == list(frame.columns)


def test_markdown_ranks_by_speed_and_explains_what_is_unstable() -> None:
    """Failures come last with their reasons; a median's sentence is whole."""
    rows = [
        replace(row_of(CELL, measured(samples=[1.0] * 10)), method="slow"),
        replace(row_of(CELL, measured(samples=[0.1, 0.2] * 10)), method="noisy"),
        replace(row_of(CELL, Outcome(None, "timeout", "It hung.")), method="hung"),
    ]
    text = to_markdown(frame_of(map(asdict, rows)))
    order = [text.index(f"| {name} |") for name in (r"noisy \*", "slow", "hung")]
    assert order == sorted(order)
    assert "## x3 to 255 x 255 px, 1 thread, cpu" in text
    assert "- hung: It hung." in text
    assert "- noisy: The median is known to" in text
    widths = {line.count("|") for line in text.splitlines() if line.startswith("|")}
    assert widths == {9}


def test_machines_do_not_share_a_table() -> None:
    """A timing is never ranked beside one of another machine."""
    here = row_of(CELL, measured())
    frame = frame_of(map(asdict, [here, replace(here, machine="another, 1 cores")]))
    assert to_markdown(frame).count("## x3") == 2


def test_markdown_of_nothing_says_so() -> None:
    """A folder without timings is no error."""
    assert to_markdown(frame_of([])) == "Nothing has been timed yet.\n"
    assert isinstance(frame_of([]), pd.DataFrame)


def test_a_table_states_the_pixels_in_and_out() -> None:
    """8-bit RGB and float luma never share a table; width stands before height."""
    whole = replace(CELL, size=1080, across=1920, dtype="uint8")
    luma = replace(whole, dtype="float32", channels=1)
    frame = frame_of(asdict(row_of(cell, measured())) for cell in (whole, luma))
    titles = [table.title for table in timing_tables(frame)]
    assert titles == [
        "x3 to 1920 x 1080 px, 1 thread, cpu: float32 luma in and out",
        "x3 to 1920 x 1080 px, 1 thread, cpu: uint8 RGB in and out",
    ]
    assert frame["size"].isna().all()
    assert [*zip(frame["dtype"], frame["low_height"], frame["low_width"], strict=True)] == [
        *(("float32", 360, 640), ("uint8", 360, 640)),
    ]


def test_a_row_of_an_older_upbench_was_of_float32() -> None:
    """It has no column that says so."""
    row = asdict(row_of(CELL, measured()))
    del row["dtype"]
    assert identity_of(row) == CELL.identity
    assert frame_of([row])["dtype"].tolist() == ["float32"]
