"""Timing from end to end: measure, resume, tables, figures."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from plugins import plugin_file, plugin_text

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.engine.store import Store
from upbench.benchmark.engine.supervisor import Outcome
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.report.timing import rebuild_timing, write_timing
from upbench.benchmark.timing import (
    Effort,
    measure_cells,
    plan_timing,
    read_rows,
    waiting_cells,
)
from upbench.benchmark.timing.table import row_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """Write the plugin and return its path."""
    return plugin_file(tmp_path, "timed")


def timed(plugin: Path, names: tuple[str, ...] = ("timed-good",), **options: Any) -> pd.DataFrame:
    """Time methods of the plugin, beside it."""
    catalog = collect([plugin])
    methods = [catalog.method(name) for name in names]
    planned = {name: options.pop(name) for name in ("threads", "sources") if name in options}
    cells = plan_timing(methods, [2, 3], [64, 128], **planned)
    effort = Effort(20.0, budget=options.pop("budget", 0.02))
    with Store(plugin.parent / "out") as store, store.lock():
        rows = measure_cells(store, cells, effort, **options)
    write_timing(plugin.parent / "out", rows)
    return rows


def loads(plugin: Path) -> int:
    """Return how often the good method has been loaded."""
    return len(plugin.with_name("loads").read_text().split())


def test_every_cell_becomes_a_row_in_every_table(plugin: Path) -> None:
    """Failures included; the tables and a figure per scale are written."""
    seen: list[tuple[str, int, int]] = []
    rows = timed(plugin, ("timed-good", "timed-bad"), progress=lambda *args: seen.append(args))
    ends = rows.set_index(["method", "scale", "size"])["status"].to_dict()
    good = {("timed-good", scale, size): "ok" for scale in (2, 3) for size in (64, 128)}
    assert ends == good | {
        ("timed-bad", 2, 64): "ok",
        ("timed-bad", 2, 128): "crash",
        ("timed-bad", 3, 64): "skipped",
        ("timed-bad", 3, 128): "skipped",
    }
    assert [(done, total) for _, done, total in seen] == [(n, 8) for n in range(1, 9)]
    out = plugin.parent / "out"
    assert pd.read_parquet(out / "timing.parquet")["status"].tolist() == rows["status"].tolist()
    assert len(pd.read_csv(out / "timing.csv")) == 8
    assert "timed-good" in (out / "timing.md").read_text()
    assert {file.name for file in (out / "figures").iterdir()} == {
        "growth-x2.png",
        "growth-x3.png",
    }


def test_same_command_again_measures_only_what_failed(plugin: Path) -> None:
    """What is there and unchanged keeps its measured_at; rerun asks for more."""
    first = timed(plugin)
    assert loads(plugin) == 2
    again = timed(plugin)
    assert loads(plugin) == 2
    assert again["measured_at"].tolist() == first["measured_at"].tolist()
    timed(plugin, rerun="timed-bad")
    assert loads(plugin) == 2
    timed(plugin, rerun="timed-bad,timed-good")
    assert loads(plugin) == 4


def test_changed_method_is_measured_again(plugin: Path) -> None:
    """A comment changes nothing, code does."""
    timed(plugin)
    plugin.write_text(plugin_text("timed") + "\n# a comment\n", encoding="utf-8")
    timed(plugin)
    assert loads(plugin) == 2
    plugin.write_text(plugin_text("timed") + "\nADDED = 1\n", encoding="utf-8")
    timed(plugin)
    assert loads(plugin) == 4


def test_weights_that_changed_are_measured_again(plugin: Path) -> None:
    """Other weights may be of a larger network; the code that reads them is the same."""
    (plugin.parent / "weights.bin").write_bytes(b"small")
    method = replace(collect([plugin]).method("timed-good"), weights=("weights.bin",))
    (cell,) = plan_timing([method], [2], [64])
    row = asdict(row_of(cell, Outcome(status="skipped")))
    assert waiting_cells([cell], {cell.identity: row}) == ()
    (plugin.parent / "weights.bin").write_bytes(b"large")
    (changed,) = plan_timing([method], [2], [64])
    assert waiting_cells([changed], {cell.identity: row}) == (changed,)


def test_run_that_was_cut_short_goes_on_where_it_was(plugin: Path) -> None:
    """Finished cells are kept whatever moment it was; only the rest is measured."""

    def interrupt(_what: str, done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        timed(plugin, progress=interrupt)
    kept = read_rows(plugin.parent / "out")
    assert len(kept) == 3
    seen: list[int] = []
    assert timed(plugin, progress=lambda _w, _d, total: seen.append(total))["status"].eq("ok").all()
    assert seen == [1]
    assert read_rows(plugin.parent / "out").items() >= kept.items()


SCRIPT = """
import sys
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.engine.store import Store
from upbench.benchmark.timing import Effort, measure_cells, plan_timing
from pathlib import Path
plugin = Path(sys.argv[1])
methods = [collect([plugin]).method("timed-good")]
with Store(plugin.parent / "out") as store:
    measure_cells(store, plan_timing(methods, [2, 3], [64, 128]), Effort(budget=0.02))
"""


def test_run_that_was_killed_is_resumed(plugin: Path) -> None:
    """No finished cell is lost or measured twice."""
    out = plugin.parent / "out"
    command = [sys.executable, "-c", SCRIPT, str(plugin)]
    with subprocess.Popen(command, env=os.environ | {"PYTHONSAFEPATH": "1"}) as run:
        while run.poll() is None and not read_rows(out):
            time.sleep(0.05)
        run.kill()
    kept = read_rows(out)
    assert timed(plugin)["status"].eq("ok").all()
    assert read_rows(out).items() >= kept.items()
    assert len(read_rows(out)) == 4


def test_which_rows_are_kept_depends_on_rerun(plugin: Path) -> None:
    """By default failures are tried again; then unstable ones, then all."""
    method = collect([plugin]).method("timed-good")
    steady, noisy, failed = plan_timing([method], [2], [64, 128, 256])
    rows = {
        steady.identity: vars(replace(row_of(steady, Outcome()), stable=True)),
        noisy.identity: vars(replace(row_of(noisy, Outcome()), stable=False)),
        failed.identity: vars(row_of(failed, Outcome(None, "timeout", "It hung."))),
    }
    cells = (steady, noisy, failed)
    assert waiting_cells(cells, rows) == (failed,)
    assert waiting_cells(cells, rows, "unstable") == (noisy, failed)
    assert waiting_cells(cells, rows, "all") == cells
    assert waiting_cells(cells, rows, "timed-good") == cells
    assert waiting_cells([replace(steady, backend_version="9")], rows) != ()
    assert waiting_cells([replace(steady, threads=2)], rows) != ()


def test_tables_can_be_rebuilt_from_the_journal(plugin: Path) -> None:
    """Nothing is measured for it."""
    rows = timed(plugin)
    out = plugin.parent / "out"
    for name in ("timing.csv", "timing.md", "timing.parquet"):
        (out / name).unlink()
    assert rebuild_timing(out)["seconds"].tolist() == rows["seconds"].tolist()
    assert (out / "timing.md").is_file()
    assert loads(plugin) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"budget": 0.0}, "more than 0 s and less than --timeout; got 0 s and 20 s"),
        ({"budget": 30.0}, "less than --timeout; got 30 s and 20 s"),
        ({"threads": 0}, "1 thread or more; got 0"),
    ],
)
def test_bad_options_are_refused_before_anything_is_written(
    plugin: Path, options: dict[str, Any], words: str
) -> None:
    """The error repeats what was given."""
    with pytest.raises(UsageError, match=words):
        timed(plugin, **options)
    assert not (plugin.parent / "out").exists()
