"""Metrics on request: asked for by name, extra columns, and no cost to those who do not ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from one_cell import run
from plugins import plugin_text
from stored_runs import run_into

from upbench.benchmark.core.contract import Method, Metric
from upbench.benchmark.core.errors import MetricUndefinedError, UnknownNameError
from upbench.benchmark.core.row import HEADLINE
from upbench.benchmark.engine.cell import prepare
from upbench.benchmark.engine.manifest import manifest
from upbench.benchmark.engine.plan import Cell
from upbench.benchmark.engine.runner import Request, make_plan
from upbench.benchmark.engine.store import load
from upbench.benchmark.registry.catalog import built_in_protocols, collect

if TYPE_CHECKING:
    from pathlib import Path

ON_REQUEST = {
    "blockiness_db",
    "checkerboard_amplitude",
    "checkerboard_nr_db",
    "checkerboard_share",
    "gmsd",
    "ms-ssim",
    "prominence_db",
    "staircase_db",
    "vif",
}

PLUGIN = """
from upbench.benchmark.core.contract import metric

@metric("%s", unit="1", better="none", headline=%s)
def mine(reference, output, scale):
    return 1.0
"""


def frame_of(tmp_path: Path, metrics: str) -> Any:
    """Run nearest neighbour on the probe images at x2 and return the rows."""
    return run_into(tmp_path, Request("nearest", "probes", "2", metrics=metrics))


def test_every_run_has_the_headline_metrics_only() -> None:
    """The others are in the catalog, and are taken where they are named."""
    catalog = collect(folders=("upbench.benchmark.metrics",))
    assert {m.name for m in catalog.choose_metrics()} == set(HEADLINE)
    assert {m.name for m in catalog.metrics.values() if not m.headline} >= ON_REQUEST
    more = catalog.choose_metrics(["blockiness_db", "checkerboard_*"])
    assert {m.name for m in more} - set(HEADLINE) == {
        name for name in ON_REQUEST if name.startswith(("blockiness", "checkerboard"))
    }


def test_an_unknown_metric_gets_a_suggestion() -> None:
    """As every misspelt name does."""
    catalog = collect(folders=("upbench.benchmark.metrics",))
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
    ready = prepare(np.zeros((24, 24, 1), np.float32), 2, built_in_protocols()["y-classic"])
    cell = Cell("m", "interpolation", "set", "image", 2, "y-classic", "code", "key")
    metrics = [Metric("extra", undefined, "1", "lower", headline=False)]
    found = run(cell, method, method.target, ready, metrics)
    assert found.row.scores == {"extra": None}
    assert found.row.reason == "extra: too small."


@pytest.mark.parametrize("headline", [False, True])
def test_a_plugins_metric_must_not_take_a_column(tmp_path: Path, headline: bool) -> None:  # noqa: FBT001
    """A metric needs a name of its own."""
    file = tmp_path / "plugin.py"
    file.write_text(PLUGIN % ("seconds", headline), encoding="utf-8")
    (found,) = collect([file]).problems
    assert "has the name of a column that every table has" in str(found.error)


def test_a_plugin_can_bring_a_metric(tmp_path: Path) -> None:
    """It is there for whoever asks for it."""
    file = tmp_path / "plugin.py"
    file.write_text(PLUGIN % ("novel", "False"), encoding="utf-8")
    catalog = collect([file])
    assert catalog.problems == ()
    assert "novel" in {m.name for m in catalog.choose_metrics(["novel"])}


OUTSIDER = plugin_text("edge_loss")


def test_an_outsiders_metric_needs_no_knowledge_of_our_columns(tmp_path: Path) -> None:
    """The shortest decorator is enough: asked for by name, it has its column and its statement."""
    file = tmp_path / "plugin.py"
    file.write_text(OUTSIDER, encoding="utf-8")
    request = Request("nearest", "probes", "2", metrics="edge-loss", plugins=(str(file),))
    plan = make_plan(request)
    rows = run_into(tmp_path / "run", plan)
    assert rows.columns[-1] == "edge-loss"
    assert rows["edge-loss"].notna().all()
    assert manifest(plan)["metrics"]["edge-loss"] == {
        "heading": "edge loss px",
        "unit": "px",
        "format": ".4g",
        "better": "lower",
        "version": 1,
        "signature": "",
        "summary": "",
        "range": [None, None],
    }


def test_every_metric_of_ours_states_how_it_is_shown() -> None:
    """Heading, format and range are the tables' own; the statement is plain JSON."""
    metrics = collect(folders=("upbench.benchmark.metrics",)).metrics
    shown = {name: (metrics[name].heading, metrics[name].format) for name in HEADLINE}
    assert shown == {
        "psnr_db": ("PSNR dB", ".2f"),
        "ssim": ("SSIM", ".4f"),
        "checkerboard_db": ("checkerboard dB", ".1f"),
        "shift_px": ("shift px", ".2f"),
    }
    assert metrics["ssim"].statement()["range"] == [-1, 1]
    assert metrics["psnr_db"].statement()["range"] == [0, None]
    assert "Infinity" not in json.dumps([one.statement() for one in metrics.values()])
