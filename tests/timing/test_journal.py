"""The journal of timings: nothing finished is lost, nothing is mixed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.engine.supervisor import Outcome
from upbench.benchmark.timing.journal import JOURNAL, Journal, read_rows
from upbench.benchmark.timing.plan import TimingCell
from upbench.benchmark.timing.table import row_of

if TYPE_CHECKING:
    from pathlib import Path

CELL = TimingCell("m", "test", "numpy", "", "hash", 2, 64, 3, 1, "cpu")
ROW = row_of(CELL, Outcome(None, "error", "no"))


def test_rows_are_there_when_the_journal_is_opened_again(tmp_path: Path) -> None:
    """By what they are about."""
    with Journal(tmp_path) as journal:
        journal.add(ROW)
        assert len((tmp_path / JOURNAL).read_text().splitlines()) == 1  # before it is closed
    with Journal(tmp_path) as journal:
        assert journal.rows[CELL.identity]["reason"] == "no"


def test_later_row_replaces_an_earlier_one(tmp_path: Path) -> None:
    """Another size or number of threads is another thing."""
    with Journal(tmp_path) as journal:
        journal.add(ROW)
        journal.add(replace(ROW, reason="again"))
        journal.add(replace(ROW, threads=2))
    rows = read_rows(tmp_path)
    assert [row["reason"] for row in rows.values()] == ["again", "no"]


def test_line_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    """And the next row stands on a line of its own."""
    with Journal(tmp_path) as journal:
        journal.add(ROW)
    whole = (tmp_path / JOURNAL).read_bytes()
    for cut in (1, 20, len(whole) - 2):
        (tmp_path / JOURNAL).write_bytes(whole + whole[:cut])
        with Journal(tmp_path) as journal:
            journal.add(replace(ROW, size=128))
        assert sorted(identity[2] for identity in read_rows(tmp_path)) == [64, 128]


def test_lines_of_others_are_left_out(tmp_path: Path) -> None:
    """JSON that is no row does no harm."""
    (tmp_path / JOURNAL).write_text('[]\n{"method": "m"}\n3\nnull\n\xff\n', encoding="latin-1")
    assert read_rows(tmp_path) == {}


def test_row_survives_as_it_is(tmp_path: Path) -> None:
    """Numbers and nulls come back."""
    with Journal(tmp_path) as journal:
        journal.add(replace(ROW, seconds=0.1, stable=False))
    (line,) = (tmp_path / JOURNAL).read_text().splitlines()
    values = json.loads(line)
    assert (values["seconds"], values["stable"], values["peak_mb"]) == (0.1, False, None)


def test_second_writer_is_refused(tmp_path: Path) -> None:
    """Two at a time would time each other."""
    with Journal(tmp_path), pytest.raises(StoreError, match="Another process is timing into"):
        Journal(tmp_path)
    with Journal(tmp_path):
        pass  # the first has finished


def test_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """In one sentence, before anything is measured."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="choose another --out"):
        Journal(tmp_path / "file")


def test_folder_without_a_journal_has_no_rows(tmp_path: Path) -> None:
    """That is no error."""
    assert read_rows(tmp_path) == {}
