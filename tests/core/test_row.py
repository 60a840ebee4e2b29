"""The row: columns, their order and their types follow from what is known."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from upbench.benchmark.core.row import HEADLINE, Row, columns, dtypes, record, typed


def row(scores: dict[str, float | None], **known: Any) -> Row:
    """Return a row of which little is known."""
    values = dict.fromkeys(Row.__dataclass_fields__) | {"scores": scores} | known
    return Row(**values)  # type: ignore[arg-type]


def test_every_table_has_its_columns_in_their_order() -> None:
    """Scripts rely on them: metrics on request come after the last, each once."""
    expected = """method family dataset image height width channels scale protocol status reason
        psnr_db ssim checkerboard_db shift_px seconds mpx_per_s peak_mb parameters macs_per_px
        measured_at machine code_hash seed"""
    assert columns() == expected.split()
    assert columns(["mine", "ssim", "other", "mine"]) == [*columns(), "mine", "other"]


def test_a_record_is_flat() -> None:
    """One value for each column that is known; no score is made up."""
    flat = record(row({"psnr_db": 30.0, "mine": None}, method="m"))
    assert "scores" not in flat
    assert (flat["psnr_db"], flat["mine"], flat["method"]) == (30.0, None, "m")
    assert set(flat) == {*columns(["mine"])} - {*HEADLINE} | {"psnr_db"}


def test_types_follow_from_the_fields() -> None:
    """Whole numbers may be null, scores are floats, all else is text."""
    found = dtypes(columns(["mine"]))
    assert (found["scale"], found["height"], found["seed"]) == ("int64", "Int64", "Int64")
    assert (found["psnr_db"], found["mine"], found["peak_mb"]) == ("float64",) * 3
    assert (found["image"], found["status"], found["code_hash"]) == ("str",) * 3


def test_a_table_without_a_column_is_no_table_of_ours() -> None:
    """The reader finds out at once."""
    with pytest.raises(KeyError):
        typed(pd.DataFrame({"method": ["m"], "image": ["i"]}))
