"""CSV: text comes back as it was, and no cell is a formula or an instruction to a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from upbench.benchmark.core.csv import read_csv, write_csv

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [
    "0801", "NA", "nan", "None", "1e5", "true", "=1+1", "-2", "+x", "@a", "'tis", "'=x", "'", "''",
    "a\nb", "\x1b[2Jx", "back\\slash", "'a\\b", "a\\nb", "'a\\n\n", "a\r\tb", " space ", 'x,"y"',
    "\x00", "\uff1dx", "\u202ex",
]  # fmt: skip


def test_every_text_comes_back_unchanged(tmp_path: Path) -> None:
    """Whatever a name looks like, it is text, to the last character."""
    frame = pd.DataFrame({"image": NAMES, "psnr_db": range(len(NAMES))})
    write_csv(frame, tmp_path / "t.csv")
    found = read_csv(tmp_path / "t.csv", {"image"})
    assert found["image"].tolist() == NAMES
    assert found["psnr_db"].tolist() == list(range(len(NAMES)))


@pytest.mark.parametrize("text", ["=1+1", "-2", "+x", "@a", "\t=1", "\uff1d1"])
def test_a_formula_is_written_behind_an_apostrophe(tmp_path: Path, text: str) -> None:
    """A spreadsheet shows it and runs nothing."""
    write_csv(pd.DataFrame({"image": [text]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()[1].startswith("'")


def test_controls_do_not_reach_the_file(tmp_path: Path) -> None:
    """A file that is printed on a terminal neither clears it nor forges a line."""
    write_csv(pd.DataFrame({"reason": ["\x1b[2J", "a\nb"]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "reason\n'\\x1b[2J\n'a\\nb\n"


def test_numbers_are_not_texts(tmp_path: Path) -> None:
    """A negative number keeps its sign, null is an empty cell, a name is itself."""
    write_csv(pd.DataFrame({"m": ["a", None], "x": [-1.5, None]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == "m,x\na,-1.5\n,\n"
    found = read_csv(tmp_path / "t.csv", {"m"})
    assert found["x"].iloc[0] == -1.5
    assert found.iloc[1].isna().all()
