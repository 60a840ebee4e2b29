"""Metrics on request: asked for by name, extra columns, and no cost to those who do not ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from upbench.benchmark.core.contract import Method, Metric
from upbench.benchmark.core.errors import MetricUndefinedError, UnknownNameError
from upbench.benchmark.core.row import SCORES
from upbench.benchmark.engine.cell import prepare, run
from upbench.benchmark.engine.plan import Cell
from upbench.benchmark.engine.runner import Request, make_plan, results, waiting
from upbench.benchmark.engine.store import Store, load
from upbench.benchmark.protocols.conventions import PROTOCOLS
from upbench.benchmark.registry.catalog import collect

if TYPE_CHECKING:
    from pathlib import Path

ON_REQUEST = {
    "blockiness_db",
    "checkerboard_amplitude",
    "checkerboard_nr_db",
    "checkerboard_share",
    "prominence_db",
    "staircase_db",
}

PLUGIN = """
from upbench.benchmark.core.contract import metric

@metric("%s", unit="1", better="none", headline=%s)
def mine(reference, output, scale):
    return 1.0
"""


def frame_of(tmp_path: Path, metrics: str) -> Any:
    """Run nearest neighbour on the probe images at x2 and return the rows."""
    request = Request(
        methods="nearest", datasets="probes", scales="2", protocols="y-classic", metrics=metrics
    )
    plan = make_plan(request)
    with Store(tmp_path) as store:
        for _ in results(plan, store, waiting(plan, store)):
            pass
        return store.export()


def test_every_run_has_the_headline_metrics_only() -> None:
    """The others are in the catalog, and are taken where they are named."""
    catalog = collect(rooms=("upbench.benchmark.metrics",))
    assert {m.name for m in catalog.choose_metrics()} == set(SCORES)
    assert {m.name for m in catalog.metrics.values() if not m.headline} == ON_REQUEST
    more = catalog.choose_metrics(["blockiness_db", "checkerboard_*"])
    assert {m.name for m in more} - set(SCORES) == ON_REQUEST - {"prominence_db", "staircase_db"}


def test_an_unknown_metric_gets_a_suggestion() -> None:
    """As every misspelt name does."""
    catalog = collect(rooms=("upbench.benchmark.metrics",))
    with pytest.raises(UnknownNameError, match="no metric named 'blockines_db'; did you mean"):
        catalog.choose_metrics(["blockines_db"])


def test_they_are_columns_after_those_of_every_table(tmp_path: Path) -> None:
    """The same values stand in the frame, the parquet and the csv file."""
    rows = frame_of(tmp_path, "blockiness_db,staircase_db")
    assert list(rows.columns[-3:]) == ["seed", "blockiness_db", "staircase_db"]
    assert rows["blockiness_db"].dtype == "float64"
    zone_plate = rows[rows["image"] == "zone-plate"].iloc[0]
    assert zone_plate["blockiness_db"] > 10
    for journal in tmp_path.glob("journal.sqlite*"):
        journal.unlink()
    np.testing.assert_array_equal(load(tmp_path)["blockiness_db"], rows["blockiness_db"])
    (tmp_path / "scores.parquet").unlink()
    np.testing.assert_allclose(load(tmp_path)["blockiness_db"], rows["blockiness_db"])


def test_asking_for_more_runs_the_cells_again(tmp_path: Path) -> None:
    """A finished cell without the metric is not used for it."""
    assert "blockiness_db" not in frame_of(tmp_path, "").columns
    assert frame_of(tmp_path, "blockiness_db")["blockiness_db"].notna().all()


def test_no_value_is_null_with_a_reason() -> None:
    """Where a metric is not defined the row holds null and the sentence."""

    def undefined(_reference: Any, _output: Any, _scale: int) -> float:
        raise MetricUndefinedError("too small.")

    method = Method("m", "interpolation", lambda x: x.repeat(2, 0).repeat(2, 1))
    ready = prepare(np.zeros((24, 24, 1), np.float32), 2, PROTOCOLS["y-classic"])
    cell = Cell("m", "interpolation", "set", "image", 2, "y-classic", "code", "key")
    metrics = [Metric("extra", undefined, "1", "lower", headline=False)]
    found = run(cell, method, method.target, ready, metrics)
    assert found.more == {"extra": None}
    assert found.row.reason == "extra: too small."


@pytest.mark.parametrize(
    ("name", "headline", "problem"),
    [
        ("seconds", "False", "has the name of a column that every table has"),
        ("novel", "True", "or headline=False for a column on request"),
    ],
)
def test_a_plugins_metric_must_not_take_a_column(
    tmp_path: Path, name: str, headline: str, problem: str
) -> None:
    """A metric on request needs a name of its own; one in every run needs a fixed column."""
    file = tmp_path / "plugin.py"
    file.write_text(PLUGIN % (name, headline), encoding="utf-8")
    (found,) = collect([file]).problems
    assert problem in str(found.error)


def test_a_plugin_can_bring_a_metric(tmp_path: Path) -> None:
    """It is there for whoever asks for it."""
    file = tmp_path / "plugin.py"
    file.write_text(PLUGIN % ("novel", "False"), encoding="utf-8")
    catalog = collect([file])
    assert catalog.problems == ()
    assert "novel" in {m.name for m in catalog.choose_metrics(["novel"])}
