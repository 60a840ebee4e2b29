"""Published numbers: what the file may hold, where they are shown, and where they never count."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from typer.testing import CliRunner

import upbench
from upbench.benchmark.cli.program import app
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.registry.catalog import built_in_protocols
from upbench.benchmark.report.published.numbers import (
    FILE,
    MARK,
    bibliography,
    of_set,
    published,
    with_published,
)
from upbench.benchmark.report.published.paper import Cell, paper_of, size, to_latex
from upbench.benchmark.report.source import read_source
from upbench.benchmark.report.summary import summarise
from upbench.benchmark.report.tables import summary_tables, terminal_tables

if TYPE_CHECKING:
    from upbench.benchmark.report.source import Source

ROOT = Path(__file__).parents[2]
SETS = ("set5", "set14", "bsd100", "urban100")
RANGES = {"set5": (28, 40), "set14": (25, 36), "bsd100": (24, 34), "urban100": (22, 36)}
"""Between the lowest bicubic at x4 and more than any network has at x2."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the published tables of `standard`, as if they were of Set5."""
    found = tmp_path_factory.mktemp("run")
    rows = pd.read_parquet(ROOT / "results" / "bench" / "scores.parquet")
    rows = rows[rows["method"].isin(["bicubic", "nearest", "upnet-slim"])]
    rows.assign(dataset="set5").to_parquet(found / "scores.parquet")
    return found


@pytest.fixture(scope="module")
def source(folder: Path) -> Source:
    """Return it as a report sees it."""
    return read_source(folder)


def test_every_number_is_possible_and_cited() -> None:
    """Sets, scales, ranges, years and counts make sense; each has a source and a paper."""
    for one in published():
        low, high = RANGES[one.dataset]
        assert low < one.psnr_db < high, one
        assert one.ssim is None or 0.6 < one.ssim < 1, one
        assert one.scale in (2, 3, 4), one
        assert 2014 < one.year < 2027, one
        assert one.parameters is None or 1_000 < one.parameters < 1e9, one
        assert one.protocol in {"", *built_in_protocols()}, one
        # a table of a paper, or a page that has one
        assert re.search(r"table|README|issue \d", one.source), one


def test_no_source_says_two_things() -> None:
    """A network has one number on a set at a scale from each source."""
    places = [(one.network, one.dataset, one.scale, one.source) for one in published()]
    assert len(places) == len(set(places))


def test_sources_that_disagree_are_near() -> None:
    """Where two sources are kept, they are of the same network: within 0.1 dB."""
    by_place: dict[Any, list[float]] = {}
    for one in published():
        by_place.setdefault((one.network, one.dataset, one.scale), []).append(one.psnr_db)
    assert any(len(values) > 1 for values in by_place.values())
    assert all(max(values) - min(values) <= 0.1 + 1e-9 for values in by_place.values())


def test_numbers_fall_with_the_scale() -> None:
    """A larger scale is harder: a digit that was read wrong would show."""
    by_network: dict[Any, dict[int, Any]] = {}
    for one in published():
        by_network.setdefault((one.network, one.dataset, one.source.split(" (Urban100")[0]), {})[
            one.scale
        ] = one
    for scales in by_network.values():
        ordered = [scales[scale] for scale in sorted(scales)]
        for larger, smaller in pairwise(ordered):
            assert larger.psnr_db - smaller.psnr_db > 1, smaller
            if larger.ssim is not None and smaller.ssim is not None:
                assert larger.ssim - smaller.ssim > 0.01, smaller


def test_every_paper_is_in_the_bibliography_once() -> None:
    """Each cited key has an entry, and each entry is cited; braces are balanced."""
    text = FILE.with_suffix(".bib").read_text(encoding="utf-8")
    keys = re.findall(r"^@\w+\{([^,]+),$", text, flags=re.MULTILINE)
    assert sorted(keys) == sorted({one.cite for one in published()})
    assert text.count("{") == text.count("}")
    assert bibliography().count("@") == len(keys)
    assert bibliography(["kim2016vdsr"]).count("@") == 1


def test_the_networks_that_people_compare_with_are_there() -> None:
    """From SRCNN to SwinIR and HAT, and small ones."""
    wanted = (
        "SRCNN FSRCNN ESPCN VDSR DRCN LapSRN DRRN MemNet EDSR CARN RDN RCAN IMDN SAN HAN SwinIR"
    )
    assert {*wanted.split(), "HAT", "RLFN"} <= {one.network for one in published()}


def test_the_file_in_results_is_this_one() -> None:
    """`results/published.csv` is a link: there is one source."""
    assert (ROOT / "results" / "published.csv").resolve() == FILE.resolve()


def test_published_rows_stand_below_and_change_nothing(source: Source) -> None:
    """Measured rows, marks, intervals and ties are the same with and without them."""
    plain = list(summary_tables(source.summary))
    beside = list(summary_tables(source.summary, published=True))
    for without, with_them in zip(plain, beside, strict=True):
        measured = len(without.rows)
        assert with_them.written()[:measured] == without.written()
        assert with_them.best == without.best
        assert with_them.notes[:-1] == without.notes
        assert "not measured here" in with_them.notes[-1]
        for row in with_them.rows[measured:]:
            assert row["method"].endswith(MARK)
            assert set(row) == {"method", "images", "psnr_db", "ssim"}
    on_terminal = next(iter(terminal_tables(source.summary, published=True)))
    assert len(on_terminal.rows) == len(beside[0].rows)


def test_a_set_without_published_numbers_has_none(source: Source) -> None:
    """The embedded images are in no paper."""
    table = next(iter(summary_tables(source.summary)))
    assert with_published(table, "standard", 2) is table
    assert of_set("standard", 2) == []
    assert [one.psnr_db for one in of_set("set5", 2)] == sorted(
        one.psnr_db for one in of_set("set5", 2)
    )


def test_a_number_that_is_not_known_is_no_number_in_the_paper_table(source: Source) -> None:
    """SSIM of an image smaller than its window is null: nothing stands there."""
    paper = paper_of(source.summary.assign(ssim=float("nan")), source.rows)
    cells = [cell for row in paper.rows if not row.is_published for cell in row.cells.values()]
    assert {cell.ssim for cell in cells} == {""}
    assert "nan" not in to_latex(paper)


def test_the_paper_table_marks_the_best_and_the_second(source: Source) -> None:
    """Bold and underline go by what is printed; published rows, and PSNR and SSIM, are apart."""
    paper = paper_of(source.summary, source.rows)
    place = ("set5", 2)
    for cited in (True, False):
        rows = {n: row for n, row in enumerate(paper.rows) if row.is_published == cited}
        shown = {row.name: row.cells.get(place, Cell("", "")) for row in rows.values()}
        by_mark = {
            mark: {rows[n].name for (n, p, part), own in paper.marks.items()
                   if n in rows and own == mark and (p, part) == (place, 0)}
            for mark in ("best", "second")
        }  # fmt: skip
        values = sorted({float(cell.psnr_db) for cell in shown.values() if cell.psnr_db})
        for mark, value in zip(("best", "second"), reversed(values), strict=False):
            assert by_mark[mark] == {n for n, c in shown.items() if c.psnr_db == f"{value:.2f}"}
    measured = [row.name for row in paper.rows if not row.is_published]
    assert set(measured) == {"bicubic", "nearest", "upnet-slim"}
    assert [row.name for row in paper.rows][-3:] == measured


def test_the_latex_is_a_table_of_equal_rows(source: Source) -> None:
    """Every row has the columns that the head has, braces close, each citation is in the file."""
    text = to_latex(paper_of(source.summary, source.rows))
    columns = re.search(r"\\begin\{tabular\}\{(\w+)\}", text)
    assert columns is not None
    lines = [line for line in text.splitlines() if line.endswith(r"\\")]
    for line in lines:
        spanned = sum(int(n) - 1 for n in re.findall(r"\\multicolumn\{(\d+)\}", line))
        assert line.count(" & ") + 1 + spanned == len(columns[1]), line
    assert text.count("{") == text.count("}")
    assert re.findall(r"\\begin\{(\w+\*?)\}", text) == re.findall(r"\\end\{(\w+\*?)\}", text)[::-1]
    for key in re.findall(r"\\cite\{(\w+)\}", text):
        assert bibliography([key]).startswith("@")
    assert r"\textbf{" in text
    assert r"\underline{" in text
    assert "--/--" not in text


def test_rows_of_a_script_become_the_same_table(source: Source) -> None:
    """`upbench.latex(rows, published=...)`: one table, with or without the literature."""
    text = upbench.latex(source.rows, published=True)
    table, _, entries = text.partition("\\end{table*}\n")
    assert f"{table}\\end{{table*}}\n" == to_latex(paper_of(source.summary, source.rows))
    assert all(line.startswith("%") for line in entries.splitlines())
    assert entries.count("% @") == len(set(re.findall(r"\\cite\{(\w+)\}", table)))
    alone = upbench.latex(source.rows, published=False)
    assert "dagger" not in alone
    assert {"bicubic", "nearest", "upnet-slim"} == set(
        re.findall(r"^([\w-]+) & (?:\d|--)", alone, re.MULTILINE)
    )
    assert r"\underline{" in alone
    assert upbench.latex(source.rows).count(r"\begin{table}") == 3


def test_a_method_of_two_protocols_has_two_rows(source: Source) -> None:
    """Numbers of different protocols are never in one row."""
    other = source.summary.assign(protocol="rgb8")
    paper = paper_of(pd.concat([source.summary, other]), source.rows)
    names = [row.name for row in paper.rows if not row.is_published]
    assert {"bicubic (y-classic)", "bicubic (rgb8)"} <= set(names)


def test_the_best_is_that_of_its_protocol(source: Source) -> None:
    """A row of another protocol, however high, takes no mark from a row that it is not like."""
    other = source.summary.assign(protocol="rgb8", psnr_db=source.summary["psnr_db"] + 50)
    both = paper_of(pd.concat([source.summary, other]), source.rows)
    best = {
        both.rows[n].name
        for (n, place, part), mark in both.marks.items()
        if mark == "best" and (place, part) == (("set5", 2), 0)
    }
    alone = paper_of(source.summary, source.rows)
    marked = [alone.rows[n] for (n, place, part), mark in alone.marks.items() if mark == "best"
              and (place, part) == (("set5", 2), 0)]  # fmt: skip
    names = {row.name if row.is_published else f"{row.name} (y-classic)" for row in marked}
    assert best == names | {"upnet-slim (rgb8)"}
    assert ", for each protocol, published numbers apart. Measured" in to_latex(both)
    assert "underlined, published numbers apart. Measured" in to_latex(alone)


def test_an_infinite_mean_is_not_the_best_of_the_paper_table(source: Source) -> None:
    """One image that nearest gets exactly right marks nothing, and is set as mathematics."""
    rows = source.rows[source.rows["scale"] == 2].copy()
    exact = (rows["method"] == "nearest") & (rows["image"] == rows["image"].iloc[0])
    rows.loc[exact, "psnr_db"] = float("inf")
    paper = paper_of(summarise(rows), rows, published=False)
    marks = {paper.rows[n].name: mark for (n, _, part), mark in paper.marks.items() if part == 0}
    assert marks == {"upnet-slim": "best", "bicubic": "second"}
    assert r"$\infty$/" in to_latex(paper)


@pytest.mark.parametrize("given", ["results/bench", pd.DataFrame({"method": ["bicubic"]})])
def test_latex_takes_rows(given: Any) -> None:
    """A folder's name, or another table, is told what is expected."""
    with pytest.raises(UsageError, match=r"latex takes rows as upbench.load\(FOLDER\) or"):
        upbench.latex(given)


@pytest.mark.parametrize(
    ("counts", "text"), [((534_000, 550_000), "534K to 550K"), ((12_464, 12_464), "12K"), ((), "")]
)
def test_parameters_are_written_short(counts: tuple[int, ...], text: str) -> None:
    """Thousands and millions; a range where scales differ."""
    assert size(counts) == text


def test_report_shows_them_where_it_is_asked(folder: Path) -> None:
    """`report --published`: the terminal, summary.md, the page, paper.tex and paper.bib."""
    before = invoke(str(folder))
    assert MARK not in before.stdout
    assert not (folder / "paper.tex").exists()
    csv = (folder / "summary.csv").read_bytes()
    done = invoke(str(folder), "--published")
    assert done.exit_code == 0
    assert f"VDSR {MARK}" in done.stdout
    assert f"VDSR {MARK}" in (folder / "summary.md").read_text(encoding="utf-8")
    assert r"VDSR~\cite{kim2016vdsr}" in (folder / "paper.tex").read_text(encoding="utf-8")
    assert "@inproceedings{kim2016vdsr," in (folder / "paper.bib").read_text(encoding="utf-8")
    assert (folder / "summary.csv").read_bytes() == csv


def test_the_page_has_the_section_only_then(folder: Path) -> None:
    """`--format html` with and without: the section stands in the page, or is not there."""
    invoke(str(folder), "--format", "html")
    assert 'id="published"' not in (folder / "report.html").read_text(encoding="utf-8")
    invoke(str(folder), "--format", "html,latex", "--published")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert 'id="published"' in page
    assert "SwinIR (arXiv:2108.10257), table 2" in page
    assert "the second underlined, published numbers apart." in page  # as in paper.tex


def invoke(*words: str) -> Any:
    """Run `upbench report` in this process."""
    return CliRunner().invoke(app, ["report", *words], catch_exceptions=False)
