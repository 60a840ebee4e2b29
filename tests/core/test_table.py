"""The table model: a number is written as its column says."""

from __future__ import annotations

import math

import pytest

from upbench.benchmark.core.table import Column, Table


@pytest.mark.parametrize("value", [None, math.nan])
def test_what_is_not_known_is_written_as_nothing(value: float | None) -> None:
    """Null is an empty cell, never a made-up number."""
    assert Column("psnr_db", "PSNR dB", ".2f").write(value) == ""


def test_numbers_are_written_by_their_column() -> None:
    """The format is stated once; infinite is "inf", text stays text."""
    column = Column("psnr_db", "PSNR dB", ".2f", better="higher")
    assert [column.write(v) for v in (33.6612, math.inf, "error")] == ["33.66", "inf", "error"]


@pytest.mark.parametrize(
    ("form", "text"), [(".2f", "0.00"), ("+.2f", "0.00"), (".1%", "0.0%"), ("+.3g", "-0.001")]
)
def test_what_is_written_as_zero_has_no_sign(form: str, text: str) -> None:
    """A loss that is not printed is none."""
    assert Column("x", "x", form).write(-0.001 if form == "+.3g" else -0.0001) == text
    assert Column("x", "x", form).write(-0.0).startswith("0")


def test_a_table_writes_its_rows_in_the_order_of_its_columns() -> None:
    """A field that a row lacks is an empty cell."""
    table = Table(
        (Column("name", "method"), Column("n", "images", "d")),
        ({"n": 3, "name": "a"}, {"name": "b"}),
    )
    assert table.written() == [["a", "3"], ["b", ""]]
