"""Run folders from elsewhere: whatever is in them, one sentence or a page, and nothing outside."""

from __future__ import annotations

import io
import json
import os
import sqlite3
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from typer.testing import CliRunner

from upbench.benchmark.cli.program import app
from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.engine.store import JOURNAL, MANIFEST
from upbench.benchmark.report.crops import decode
from upbench.benchmark.report.folder import rebuild
from upbench.benchmark.report.page import PAGE
from upbench.benchmark.report.source import read_source

if TYPE_CHECKING:
    from pathlib import Path


def png(side: int, mode: str = "L") -> bytes:
    """Return a PNG of one colour, small as a file however large its sides are."""
    buffer = io.BytesIO()
    Image.new(mode, (side, side)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("side", [1025, 20_000])
def test_a_crop_is_measured_before_it_is_decoded(side: int) -> None:
    """A PNG of a few kilobytes can ask for gigabytes."""
    with pytest.raises(StoreError, match=f"{side} x {side} pixels; expected|no PNG that can be"):
        decode(png(side, "1"))


@pytest.mark.parametrize("data", [b"", b"GIF89a", png(8)[:40], "text", None, 3])
def test_a_crop_that_is_no_png_is_one_sentence(data: object) -> None:
    """Whatever a journal of another program holds."""
    with pytest.raises(StoreError, match="A crop in the journal is "):
        decode(data)


def test_a_report_of_a_bomb_is_one_sentence(small_run: Path) -> None:
    """The command ends with 2 and without a traceback."""
    with sqlite3.connect(small_run / JOURNAL) as connection:
        connection.execute("UPDATE cells SET crop = ?", (png(4000),))
    connection.close()
    found = CliRunner().invoke(app, ["report", str(small_run)])
    assert found.exit_code == 2
    assert "4000 x 4000 pixels" in found.stderr
    assert "Traceback" not in found.output


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"metrics": {"psnr_db": [1]}, "methods": {"bicubic": 3}, "request": [], "command": 7}',
        '{"request": {"methods": 3, "plugins": "x", "timeout": {}}, "written_at": 5}',
        json.dumps({"versions": {"a": {"b": []}}, "datasets": {"photos": {"sha256": [1]}}}),
    ],
)
def test_a_manifest_of_wrong_types_breaks_nothing(small_run: Path, text: str) -> None:
    """Deep nesting, lists for tables, numbers for texts: the page is written all the same."""
    (small_run / MANIFEST).write_text(text, encoding="utf-8")
    rebuild(small_run)
    assert (small_run / PAGE).is_file()


def test_a_pipe_for_a_manifest_is_not_waited_for(small_run: Path) -> None:
    """Nobody ever writes into it."""
    (small_run / MANIFEST).unlink()
    os.mkfifo(small_run / MANIFEST)
    assert read_source(small_run).manifest["metrics"] == {}


def test_pictures_are_not_drawn_through_a_link(small_run: Path, tmp_path: Path) -> None:
    """A folder from elsewhere must not choose where files are written."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (small_run / "figures").symlink_to(outside)
    with pytest.raises(StoreError, match="figures is a link or a file; expected a folder"):
        rebuild(small_run)
    assert list(outside.iterdir()) == []


def test_published_tables_are_reported_and_their_page_stays(small_run: Path) -> None:
    """Without a journal the tables are made again; the page's pictures could not be."""
    rebuild(small_run)
    page = (small_run / PAGE).read_bytes()
    (small_run / JOURNAL).unlink()
    (small_run / "summary.md").unlink()
    found = CliRunner().invoke(app, ["report", str(small_run)])
    assert found.exit_code == 0
    assert (small_run / "summary.md").is_file()
    assert (small_run / PAGE).read_bytes() == page


def test_a_damaged_journal_does_not_cost_a_good_page(small_run: Path) -> None:
    """The page that is there is worth more than one that says why there is no new one."""
    rebuild(small_run)
    page = (small_run / PAGE).read_bytes()
    for end in ("-wal", "-shm"):
        (small_run / f"{JOURNAL}{end}").unlink(missing_ok=True)
    (small_run / JOURNAL).write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    with pytest.raises(StoreError, match="not a journal"):
        rebuild(small_run)
    assert (small_run / PAGE).read_bytes() == page
