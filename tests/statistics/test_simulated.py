"""What the documentation and the tables quote of the simulations is what the files hold."""

from __future__ import annotations

import runpy
from pathlib import Path

import pandas as pd
import pytest

from upbench.benchmark.statistics.ranking import FEWEST_TO_RANK
from upbench.benchmark.statistics.resolution import SKEWED_COVERAGE

ROOT = Path(__file__).parents[2]
PERF = ROOT / "results" / "perf"
DOCUMENTATION = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("script", "file"), [("coverage", "intervals"), ("ranks", "ranks")])
def test_documentation_quotes_the_simulation(script: str, file: str) -> None:
    """Line by line."""
    tables = runpy.run_path(str(PERF / f"{script}.py"))["markdown"](
        pd.read_csv(PERF / f"{file}.csv")
    )
    lines = [line for line in tables.splitlines() if line]
    assert len(lines) >= 9
    assert [line for line in lines if line not in DOCUMENTATION] == []


def test_note_under_small_tables_quotes_the_simulation() -> None:
    """The coverage where scores are strongly skewed."""
    found = pd.read_csv(PERF / "intervals.csv").set_index(["scores", "images"])["upbench"]
    for images, percent in SKEWED_COVERAGE.items():
        assert percent == round(found["lognormal, 1", images])


def test_ranks_are_right_as_often_as_the_tables_say() -> None:
    """95 % of tables have no error from the least number of images on; below, they find little."""
    found = pd.read_csv(PERF / "ranks.csv")
    ranked = found[found["images"] >= FEWEST_TO_RANK]
    assert (ranked["wrong"] <= 5 + 1.4).all()  # a percentage near 5 is uncertain by 1.4
    assert (ranked["intervals_right"] >= 95).all()
    fewer = found[found["images"] < FEWEST_TO_RANK]
    assert fewer["wrong"].max() > 5 + 1.4
    assert (fewer["found_below"].dropna() < 30).all()


def test_friedmans_gate_adds_nothing() -> None:
    """Where methods differ it never closes, so no power and no error depends on it."""
    found = pd.read_csv(PERF / "ranks.csv")
    differ = found[(found["truth"] == "equal by twos") & (found["images"] >= FEWEST_TO_RANK)]
    assert (differ["wrong"] == differ["wrong_with_gate"]).all()
    assert (differ["found_below"] == differ["found_below_with_gate"]).all()
