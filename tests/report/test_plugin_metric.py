"""A metric of one's own reaches every table with its heading, its format and its direction.

The plugin is not here when the report is made: what the manifest states is all there is.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import upbench
from upbench.benchmark.core.row import columns, typed
from upbench.benchmark.report.compare import compare_methods, judge, parse_gate
from upbench.benchmark.report.compare import to_markdown as compare_markdown
from upbench.benchmark.report.compare.reading import read_run
from upbench.benchmark.report.page import write_page
from upbench.benchmark.report.render import DASH
from upbench.benchmark.report.render.terminal import to_text
from upbench.benchmark.report.source import read_source
from upbench.benchmark.report.tables import terminal_tables, to_latex, to_markdown

if TYPE_CHECKING:
    from pathlib import Path

    from upbench.benchmark.report.source import Source

STATED = {
    "heading": "edge loss px", "unit": "px", "format": ".3f", "better": "lower", "version": 1,
    "signature": "", "summary": "how far edges move", "range": [0, None],
}  # fmt: skip
LOSS = {"bicubic": 0.25, "sharp": 0.1234}


def write(folder: Path, stated: object = STATED) -> Path:
    """Write published tables of two methods on eight images, one column a plugin's."""
    given = [
        {
            "method": method, "family": "interpolation", "dataset": "set", "image": f"i{n}",
            "height": 64, "width": 64, "channels": 1, "scale": 2, "protocol": "y-classic",
            "status": "ok", "psnr_db": 30.0 + n / 10 + loss, "ssim": 0.9, "checkerboard_db": 0.0,
            "shift_px": 0.0, "seconds": 0.1, "mpx_per_s": 1.0, "machine": "here",
            "measured_at": "2026-11-23T12:00:00+00:00", "code_hash": "c0de", "edge-loss": loss,
        }
        for method, loss in LOSS.items() for n in range(8)
    ]  # fmt: skip
    table = typed(pd.DataFrame(given, columns=columns(given[0])))
    table.to_parquet(folder / "scores.parquet")
    manifest: dict[str, Any] = {
        "written_at": "2026-11-23", "protocols": {"y-classic": "y|v1"},
        "metrics": {"psnr_db": "psnr|v1", "edge-loss": stated},
        "datasets": {"set": {"sha256": {f"i{n}": "ab" for n in range(8)}}},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """Return the run as a report reads it."""
    return read_source(write(tmp_path))


def test_markdown_and_latex_show_it(source: Source) -> None:
    """Its heading stands above it, its format writes it, the lowest is bold."""
    text = to_markdown(source.summary, source.stated)
    assert "| shift px | edge loss px | Mpx/s |" in text
    assert "| **0.123** |" in text
    assert "| 0.250 |" in text
    latex = to_latex(source.summary, "", source.stated)
    assert "edge loss px" in latex
    assert r"\textbf{0.123}" in latex


def test_terminal_shows_it(source: Source) -> None:
    """The best has its star."""
    (table,) = terminal_tables(source.summary, source.stated)
    assert "0.123*" in to_text(table).plain


def test_statistics_know_its_direction(source: Source) -> None:
    """The lower mean has the first rank; the interval stays above its lowest value."""
    lines = source.summary.set_index("method")
    assert lines["edge-loss_rank_low"].to_dict() == {"sharp": 1, "bicubic": 2}
    assert lines.loc["sharp", "edge-loss_diff"] == pytest.approx(0.1234 - 0.25)
    assert (lines["edge-loss_low"] >= 0).all()


def test_page_shows_it(source: Source) -> None:
    """The scripts get its statement, its means and its score of every image."""
    text = write_page(source).read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    data = json.loads(found[1])
    (column,) = [one for one in data["columns"] if one["key"] == "edge-loss"]
    assert (column["label"], column["format"], column["better"]) == ("edge loss px", ".3f", "lower")
    (group,) = data["groups"]
    assert group["best"]["edge-loss"] == ["sharp"]
    assert group["scores"]["edge-loss"]["bicubic"] == [0.25] * 8


def test_compare_keeps_its_direction(source: Source) -> None:
    """A loss is a loss: the verdict, the title and the gates know which way is better."""
    found = compare_methods(source.folder, "bicubic,sharp")
    text = compare_markdown(found)
    assert "## edge loss px, lower is better" in text
    assert re.search(r"\| 0.250 \| 0.123 \| -0.127 \|[^|]*\| better \|", text)
    assert judge([parse_gate("edge-loss < 0 px", found.columns)], found).is_broken


def test_a_notebook_keeps_what_it_states(source: Source) -> None:
    """`load`, `summarise` and `latex` are told by the manifest, as `upbench report` is."""
    rows = upbench.load(source.folder)
    assert rows.attrs["metrics"].keys() == {"edge-loss"}
    pd.testing.assert_frame_equal(upbench.summarise(rows), source.summary)
    assert "edge loss px" in upbench.latex(rows)
    assert r"\textbf{0.123}" in upbench.latex(rows)
    assert "metrics" not in upbench.load("results/bench").attrs


PERCENT = {**STATED, "heading": "edge loss %", "unit": "%", "format": ".1%", "clean": 0.2}


@pytest.mark.parametrize("unit", ["%", "1"])
def test_a_percent_is_one_in_every_table(tmp_path: Path, unit: str) -> None:
    """Values of 0 to 1 are written times 100; so are their changes and what is clean."""
    folder = write(tmp_path, {**PERCENT, "unit": unit})
    text = to_markdown(read_source(folder).summary, read_source(folder).stated)
    assert "images above 20 %" in text
    found = compare_methods(folder, "bicubic,sharp")
    assert re.search(r"\| 25.0% \| 12.3% \| -12.7 \|", compare_markdown(found))
    assert "| change % |" in compare_markdown(found)
    assert not judge([parse_gate("edge-loss < -13 %", found.columns)], found).is_broken
    assert judge([parse_gate("edge-loss < -12 %", found.columns)], found).is_broken


def test_another_version_of_a_metric_is_another_metric(tmp_path: Path) -> None:
    """Also where the signature is the same."""
    for name, version in (("a", 1), ("b", 2)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, {**STATED, "signature": "edges", "version": version})
    runs = [read_run(tmp_path / name) for name in "ab"]
    assert runs[0].metric("edge-loss") != runs[1].metric("edge-loss")
    assert runs[0].metric("psnr_db") == runs[1].metric("psnr_db")


def test_where_no_way_is_better_nothing_is_worse(tmp_path: Path) -> None:
    """Changes are not counted as losses."""
    found = compare_methods(write(tmp_path, {**STATED, "better": "none"}), "bicubic,sharp")
    section = compare_markdown(found).partition("## edge loss px")[2]
    assert f"| {DASH}/0/{DASH} |" in section


@pytest.mark.parametrize(
    "stated",
    [
        "a signature alone", 3, None, [], {"format": ".999999999f", "better": ["lower"]},
        {"format": 3, "heading": {"a": 1}, "range": "all"}, {"format": ".2f", "range": [None, "x"]},
    ],
)  # fmt: skip
def test_a_manifest_that_states_nonsense_breaks_nothing(tmp_path: Path, stated: object) -> None:
    """What cannot be used is left out: the column is shown under its name."""
    found = read_source(write(tmp_path, stated))
    assert "0.25" in to_markdown(found.summary, found.stated)
    write_page(found)
