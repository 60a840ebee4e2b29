"""The store of timings: nothing finished is lost, nothing is mixed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.engine.store import Store
from upbench.benchmark.engine.supervisor import Outcome
from upbench.benchmark.timing import read_rows
from upbench.benchmark.timing.plan import TimingCell
from upbench.benchmark.timing.table import identity_of, row_of

if TYPE_CHECKING:
    from pathlib import Path

CELL = TimingCell("m", "test", "numpy", "", "hash", 2, 64, 3, 1, "cpu")
ROW = asdict(row_of(CELL, Outcome(None, "error", "no")))


def add(folder: Path, **changes: Any) -> None:
    """Write a row into a folder's store."""
    row = ROW | changes
    with Store(folder) as store:
        store.add_timing(identity_of(row), row)


def test_rows_are_there_when_the_store_is_opened_again(tmp_path: Path) -> None:
    """By what they are about."""
    add(tmp_path)
    assert read_rows(tmp_path)[CELL.identity]["reason"] == "no"


def test_later_row_replaces_an_earlier_one(tmp_path: Path) -> None:
    """Another size or number of threads is another thing."""
    add(tmp_path)
    add(tmp_path, reason="again")
    add(tmp_path, threads=2)
    assert sorted(row["reason"] for row in read_rows(tmp_path).values()) == ["again", "no"]


def test_row_survives_as_it_is(tmp_path: Path) -> None:
    """Numbers and nulls come back; numbers of numpy are Python's."""
    add(tmp_path, seconds=np.float32(0.5), stable=False)
    (values,) = read_rows(tmp_path).values()
    assert (values["seconds"], values["stable"], values["peak_mb"]) == (0.5, False, None)


def test_folder_without_timings_has_no_rows(tmp_path: Path) -> None:
    """That is no error."""
    assert read_rows(tmp_path) == {}


def test_timings_of_an_older_upbench_are_named(tmp_path: Path) -> None:
    """In one sentence that says what to do."""
    (tmp_path / "timing.jsonl").write_text("{}\n", encoding="utf-8")
    with pytest.raises(StoreError, match=r"older upbench \(timing.jsonl\).*measure again"):
        read_rows(tmp_path)
