"""The study from end to end: files, figures, pages, and what a mistake is answered with."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from head_study import crops as cutting
from head_study import initialisation as beginning
from head_study import speed as timing
from head_study.command import main
from head_study.crops import Column, crops, draw_crops, stretched
from head_study.figures import draw_beginnings, draw_curves, draw_speed
from head_study.markdown import table
from head_study.page import findings, page
from head_study.run import Request, run
from head_study.subjects import Subject
from upbench.benchmark.core.errors import MethodError
from upbench.benchmark.report.render import DASH
from upbench.benchmark.report.style import look

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from head_study.table import Tables

NAMES = "cnn-transposed-conv-even,cnn-subpixel-conv-icnr,cnn-carafe"


def small(monkeypatch: pytest.MonkeyPatch, studio: Any, folder: Path) -> Request:
    """Return a small study of the stand-ins at x2 and x3."""
    monkeypatch.setattr(beginning, "IMAGES", ("camera",))
    monkeypatch.setattr(timing, "SIDE", 24)
    return Request(
        out=folder / "out",
        kept=folder / "kept",
        heads=NAMES,
        longer="",
        scales="2,3",
        datasets=f"folder:{studio.pictures}",
        seeds=2,
        rounds=2,
    )


class Finished(NamedTuple):
    """A study that was run once for all tests that only look at it."""

    tables: Tables
    missing: tuple[Any, ...]
    out: Path
    request: Request
    studio: Any
    said: list[str]

    def text(self, name: str) -> str:
        """Return a page."""
        return (self.out / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def finished(module_studio: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    """Run the study once."""
    said: list[str] = []
    with pytest.MonkeyPatch.context() as monkeypatch:
        request = small(monkeypatch, module_studio, tmp_path_factory.mktemp("study"))
        found = run(request, module_studio.catalog, lambda what, *_: said.append(what))
        yield Finished(*found, request.out, request, module_studio, said)


def test_study_writes_tables_figures_and_pages(finished: Finished) -> None:
    """Everything is there, the page shows every figure, and nothing names a folder of ours."""
    assert {file.name for file in finished.out.iterdir()} == {
        *(f"{name}.csv" for name in ("heads", "initialisation", "curves", "convergence", "speed")),
        *("README.md", "heads.md", "figures"),
    }
    text = finished.text("README.md")
    shown = set(re.findall(r"\(figures/([\w.]+)\)", text))
    assert shown == {file.name for file in (finished.out / "figures").iterdir()}
    assert findings(finished.tables) in text
    assert len(finished.missing) == 3
    assert "- cnn-carafe x2 seed 2: not trained yet" in text
    assert str(finished.studio.weights) not in text + finished.text("heads.md")
    assert [*dict.fromkeys(finished.said)] == [
        *("scoring", "flat fields", "timing x2", "timing x3", "untrained heads")
    ]


def test_second_study_keeps_times_and_what_has_not_changed(finished: Finished) -> None:
    """Without timing the times in the folder stay; the text is made of the same numbers."""
    texts = [finished.text(name) for name in ("README.md", "heads.md")]
    said: list[str] = []
    request = replace(finished.request, rounds=0)
    again, _ = run(request, finished.studio.catalog, lambda what, *_: said.append(what))
    pd.testing.assert_frame_equal(finished.tables.speed, again.speed)
    assert texts == [finished.text(name) for name in ("README.md", "heads.md")]
    assert set(said) == {"flat fields", "untrained heads"}


def test_pages_say_what_the_tables_say(finished: Finished) -> None:
    """A head's line has its numbers; the reference has no value before training."""
    heads = finished.tables.heads
    row = heads[(heads["method"] == "cnn-subpixel-conv-icnr") & (heads["scale"] == 3)].iloc[0]
    text = finished.text("heads.md")
    section = text.partition("x3\n\n| head | seeds |")[2].partition("##")[0]
    line = next(line for line in section.splitlines() if "icnr" in line)
    assert f"| 1 | {row['psnr_db_initial']:.2f} | {row['psnr_db']:.2f} |" in line
    assert f"| bicubic | 1 | {DASH} | " in section
    assert "| x3 | carafe |" in text.partition("## Folded and unfolded")[2].partition("## At")[0]


def test_page_without_gaps_has_no_section_on_them(finished: Finished) -> None:
    """What is missing is named only where something is."""
    assert "What is missing" not in page(finished.tables)
    said = page(finished.tables, (), ["set14"])
    assert "- set14: the images were not on the machine" in said


def test_nothing_trained_is_one_sentence_with_the_command(
    studio: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing to study."""
    for file in studio.weights.iterdir():
        file.unlink()
    with pytest.raises(
        MethodError, match=r"^There is no trained network to study: .*upbench train"
    ):
        run(small(monkeypatch, studio, tmp_path), studio.catalog)


# ------------------------------------------------------------------ figures


def test_curves_have_a_panel_for_each_head(finished: Finished) -> None:
    """Their titles are the heads' names in order; what is left of the grid is empty."""
    panels = draw_curves(finished.tables.curves).axes
    titles = [panel.get_title() for panel in panels]
    assert titles == ["transposed-conv-even", "subpixel-conv-icnr", "carafe", ""]
    assert len(panels[0].lines) == 2 * 2 + 1


def test_beginnings_have_a_mark_for_each_seed(finished: Finished) -> None:
    """A panel for each scale; ripple and checkerboard of every seed, and their medians."""
    panels = draw_beginnings(finished.tables.initialisation).axes
    assert [panel.get_title() for panel in panels] == ["x2", "x3"]
    marks = [line for line in panels[0].lines if line.get_linestyle() == "None"]
    assert [len(line.get_xdata()) for line in marks] == [2] * 6


def test_speed_needs_times(finished: Finished) -> None:
    """Without them there is no figure; with them every scale has its panel."""
    figure = draw_speed(finished.tables.heads)
    assert figure is not None
    assert [panel.get_title() for panel in figure.axes] == ["x2", "x3"]
    assert draw_speed(finished.tables.heads.assign(ms_per_mpx=float("nan"))) is None


def test_no_two_methods_of_a_figure_look_alike() -> None:
    """Twenty methods have twenty pairs of colour and marker."""
    looks = {look(index) for index in range(20)}
    assert len(looks) == 20


def test_crops_are_the_middles_before_and_after(studio: Any) -> None:
    """First the true image and bicubic; an untrained random head shows its checkerboard."""
    columns = crops([Subject(one, 2, 0) for one in studio.heads], studio.catalog, 2)
    assert [column.title for column in columns] == [
        "true image / bicubic",
        "transposed-conv-even",
        "subpixel-conv-icnr",
        "carafe",
    ]
    assert {crop.shape for column in columns for crop in column.crops} == {(30, 30)}

    def roughness(column: Column) -> float:
        gradient = column.crops[0].astype(float)  # even from row to row, where nothing is wrong
        return float(np.abs(np.diff(gradient, axis=0)).mean())

    assert roughness(columns[0]) == 0
    assert roughness(columns[1]) > 20
    assert roughness(columns[2]) < 1


def test_crop_is_stretched_to_black_and_white() -> None:
    """Also where it lies outside [0, 1]; a flat one is grey."""
    assert stretched(np.array([[-3.0, -1.0], [1.0, -1.0]])).tolist() == [[0, 128], [255, 128]]
    assert stretched(np.zeros((1, 2))).tolist() == [[128, 128]]


def test_picture_repeats_the_first_column_and_smooths_nothing() -> None:
    """Eight columns take two rows, in each of which every pixel is a square of one grey."""
    random = np.random.default_rng(0)
    some = [random.integers(0, 255, (30, 30), dtype=np.uint8) for _ in range(4)]
    picture = draw_crops([Column(f"a-long-name-of-head-{n}", tuple(some)) for n in range(8)])
    pixels = np.asarray(picture)
    assert pixels.shape[1] == 956
    assert pixels.shape[0] == 2 * 538
    left, top, zoom = cutting.LABEL, cutting.TITLE, cutting.ZOOM
    for down in (top, top + 538):
        place = pixels[down : down + 120, left : left + 120]
        np.testing.assert_array_equal(place, np.kron(some[0], np.ones((zoom, zoom), np.uint8)))


def test_table_is_markdown() -> None:
    """One line each; the first column to the left."""
    assert table(["a", "b"], [["x", 1]]) == "| a | b |\n| --- | ---: |\n| x | 1 |\n"


# ------------------------------------------------------------------ the command


def test_command_writes_and_names_what_is_missing(
    finished: Finished, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Progress, gaps with their reason and the page's place go to standard error."""
    out, datasets = tmp_path / "out", finished.request.datasets
    options = ["--out", str(out), "--scores", str(tmp_path / "kept"), "--methods", NAMES]
    options += ["--longer", "", "--scales", "3", "--datasets", datasets, "--seeds", "1"]
    assert main([*options, "--no-timing"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "7/7  scoring" in said.err
    assert said.err.endswith(f"written: {out / 'README.md'}\n")
    assert not (out / "figures" / "speed.png").exists()
    with Image.open(out / "figures" / "curves.png") as figure:
        assert figure.width == 1000


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (
            ["--methods", "bicubic"],
            "bicubic names no method that is trained; expected learned ones",
        ),
        (
            ["--methods", "cnn-carave"],
            "There is no method named 'cnn-carave'; did you mean 'cnn-car",
        ),
        (["--scales", "0"], "--scales takes whole numbers from 2 to 16"),
        (["--seeds", "0"], "The number of seeds must be a whole number, 1 or more; got 0"),
        (["--rounds", "-1"], "The number of rounds must be a whole number, 0 or more; got -1"),
        (
            ["--datasets", "set6"],
            "There is no dataset named 'set6'; did you mean 'set5' or 'set14'?",
        ),
        (["--plugin", "none.py"], "--plugin none.py: there is no such file"),
    ],
)
def test_mistakes_of_the_command_are_one_sentence(
    option: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, nothing written."""
    assert main(["--out", str(tmp_path / "out"), *option]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_folder_that_cannot_be_written_is_said_before_anything_is_measured(
    studio: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file in the place of the folder."""
    (tmp_path / "out").touch()
    assert main(["--out", str(tmp_path / "out"), "--methods", NAMES, "--longer", ""]) == 2
    assert "choose another" in capsys.readouterr().err


def test_interrupted_study_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C is no traceback."""

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("head_study.command.run", interrupted)
    assert main([]) == 130
    assert "the same command goes on" in capsys.readouterr().err
