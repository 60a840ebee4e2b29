"""The page: what stands in it, whatever the run holds."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from html import unescape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from upbench.benchmark.cli.program import app
from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.core.sizes import Ratio
from upbench.benchmark.engine.result import WHOLE, View
from upbench.benchmark.engine.store import JOURNAL, MANIFEST, Store
from upbench.benchmark.report.album import collect_album, in_turn
from upbench.benchmark.report.folder import rebuild
from upbench.benchmark.report.page import PAGE, write_page, write_problem
from upbench.benchmark.report.page.call import call_of
from upbench.benchmark.report.page.origin import UNKNOWN, describe_origin
from upbench.benchmark.report.page.plots import library
from upbench.benchmark.report.page.render import content_policy, own_script, safe_json
from upbench.benchmark.report.page.run import Run
from upbench.benchmark.report.page.section import every_section, scripts_of
from upbench.benchmark.report.page.sections.agreement.section import (
    describe_agreement,
    describe_recipes,
    why_none,
)
from upbench.benchmark.report.page.sections.answer.section import (
    NO_TRUTH,
    checkerboard_sentence,
    choices,
    may_be_best,
)
from upbench.benchmark.report.page.sections.checkerboards.controls import grey_levels
from upbench.benchmark.report.page.sections.checkerboards.section import (
    amplitudes,
    phase_dc_map,
    phase_maps,
)
from upbench.benchmark.report.page.sections.origin.section import described_pictures
from upbench.benchmark.report.page.sections.pictures.section import longer_side
from upbench.benchmark.report.page.sections.roles.section import as_fit
from upbench.benchmark.report.render.json import jsonable
from upbench.benchmark.report.source import read_source

if TYPE_CHECKING:
    from upbench.benchmark.core.sizes import Scale
    from upbench.benchmark.engine.plan import Identity
    from upbench.benchmark.report.page.run import Group
    from upbench.benchmark.report.source import Source

ROOT = Path(__file__).parents[2]


def page_of(folder: Path, **options: Any) -> str:
    """Write a run's page from its rows and crops alone, and return it."""
    return write_page(read_source(folder, **options)).read_text(encoding="utf-8")


def part_of(group: Group, section: str) -> Any:
    """Return what a section's script finds in a group."""
    return every_section()[section].group(group)


def embedded(text: str, name: str) -> Any:
    """Return the JSON of one of the page's elements."""
    found = re.search(
        rf'<script type="application/json" id="{name}">(.*?)</script>', text, re.DOTALL
    )
    assert found is not None
    return json.loads(found[1])


# ------------------------------------------------------------------ the file


def test_page_asks_the_network_for_nothing(small_run: Path) -> None:
    """No element points outside of the file, and the policy would refuse it."""
    text = page_of(small_run)
    markup = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    tag = r"<\w[^>]*?\s(?:src|href|action|poster)=[\"']?([^\s\"'>]*)"
    assert {target for target in re.findall(tag, markup) if target[0] != "#"} == {"data:,"}
    assert "url(" not in markup
    assert "@import" not in markup
    assert "default-src &#39;none&#39;" in text


def test_policy_admits_the_scripts_by_their_hashes(small_run: Path) -> None:
    """The page's own script and the library have the hashes that the policy names."""
    text = page_of(small_run)
    policy = unescape(re.search(r'Policy" content="([^"]*)"', text)[1])  # type: ignore[index]
    own = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    stored = re.findall(r'<script type="text/plain" id="library">(.*?)</script>', text, re.DOTALL)
    assert len(own) == len(stored) == 1
    for script in own + stored:
        digest = b64encode(sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert "unsafe-eval" not in policy


def test_no_script_ends_early() -> None:
    """A closing tag within a script would end it; neither ours nor the library has one."""
    assert "</script" not in library().lower()
    assert "</script" not in own_script()


def test_templates_are_package_data() -> None:
    """What the page is made of is found beside the code, and the wheel holds it."""
    folder = files("upbench.benchmark.report.page")
    kept = {file.name for file in folder.joinpath("templates").iterdir()}
    assert {"main.js", "page.css", "page.html", "problem.html"} <= kept
    configuration = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '["templates/*", "sections/*/*.html", "sections/*/*.js"' in configuration


def test_a_section_is_a_folder(small_run: Path) -> None:
    """Every folder has its template, its script where it draws, and its place in the page."""
    text = page_of(small_run)
    names = [*every_section()]
    assert names == sorted(names, key=lambda name: every_section()[name].order)
    navigation = text[text.index('<nav aria-label="Sections">') : text.index("</nav>")]
    asked_for = {"published", "roles"}
    shown = [name for name in names if name not in asked_for]
    assert re.findall(r'<a href="#(\w+)">', navigation) == shown
    assert re.findall(r'<section id="(\w+)"', text) == shown
    for name in names:
        for script in scripts_of(name):
            assert script.read_text(encoding="utf-8") in text


# ------------------------------------------------------------------ hostile text


def test_names_stay_names(small_run: Path) -> None:
    """A name of HTML is text in the markup and in the data, whatever it closes or opens."""
    text = page_of(small_run)
    assert "<img" not in text
    assert "document.title='hacked'</script>" not in text
    assert "RuntimeError: &lt;b&gt;" in text
    names = embedded(text, "data")["groups"][0]["images"]
    assert any("</script><script>" in name for name in names)


@pytest.mark.parametrize(
    "text",
    ["</script>", "<!--<script>", "]]>", "\u2028\u2029", "\ud800", "\x00", "a & b", "\u202e"],
)
def test_json_survives_any_text(text: str) -> None:
    """It comes back as it went in, and holds nothing that HTML could read."""
    stored = str(safe_json({text: [text]}))
    assert json.loads(stored) == {text: [text]}
    assert stored.isascii()
    assert not set("<>&") & set(stored)


def test_a_lone_surrogate_is_written(small_run: Path) -> None:
    """A manifest may name a file of undecodable bytes; the page is UTF-8 all the same."""
    manifest = json.loads((small_run / MANIFEST).read_text())
    manifest["machine"], manifest["command"] = "m\ud800", ["upbench", "\udcff"]
    (small_run / MANIFEST).write_text(json.dumps(manifest))
    assert "<code>upbench" in page_of(small_run)


# ------------------------------------------------------------------ runs that went wrong


def test_empty_folder_gets_a_page_that_says_so(tmp_path: Path) -> None:
    """The command exits with 2, and the page has the same sentence."""
    found = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert found.exit_code == 2
    assert "holds no run" in unescape((tmp_path / PAGE).read_text(encoding="utf-8"))


def test_newer_schema_gets_a_page_that_says_so(small_run: Path) -> None:
    """Nothing of the run is shown: this upbench would misread it."""
    with sqlite3.connect(small_run / JOURNAL) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match="newer upbench"):
        rebuild(small_run)
    text = (small_run / PAGE).read_text(encoding="utf-8")
    assert "written by a newer upbench (schema 99" in text
    assert "camera" not in text


def test_damaged_journal_gets_a_page_that_says_so(small_run: Path) -> None:
    """A journal that was cut off is not half a run."""
    (small_run / JOURNAL).write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    with pytest.raises(StoreError, match="not a journal"):
        rebuild(small_run)
    assert "not a journal" in (small_run / PAGE).read_text(encoding="utf-8")


def test_folder_of_something_else_is_let_be(tmp_path: Path) -> None:
    """A mistyped folder does not get a page among its files."""
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(StoreError, match="holds no run"):
        rebuild(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_missing_folder_is_not_made(tmp_path: Path) -> None:
    """A folder that is not there stays so."""
    with pytest.raises(StoreError, match="holds no run"):
        rebuild(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_journal_without_cells_gets_a_page_that_says_so(tmp_path: Path) -> None:
    """A run that was stopped before its first result has nothing to rank."""
    with Store(tmp_path):
        pass
    rebuild(tmp_path)
    text = (tmp_path / PAGE).read_text(encoding="utf-8")
    assert "No cell has been run" in text
    assert "<script" not in text


def test_half_written_run_shows_what_there_is(small_run: Path) -> None:
    """Without a manifest, and with half of the cells, the page says what is not known."""
    (small_run / MANIFEST).unlink()
    with sqlite3.connect(small_run / JOURNAL) as connection:
        connection.execute("DELETE FROM cells WHERE image = 'camera' AND method != 'nearest'")
        connection.execute("DELETE FROM reference_crops WHERE image = 'coffee'")
    connection.close()
    rebuild(small_run)
    text = (small_run / PAGE).read_text(encoding="utf-8")
    assert UNKNOWN in unescape(text)
    assert len(embedded(text, "data")["groups"]) == 2


@pytest.mark.parametrize(
    "manifest", ["", "[]", '{"datasets": 3, "versions": [1]}', '{"request": 1']
)
def test_damaged_manifest_breaks_nothing(small_run: Path, manifest: str) -> None:
    """What cannot be read is said to be unknown."""
    (small_run / MANIFEST).write_text(manifest)
    assert UNKNOWN in unescape(page_of(small_run))


def test_run_whose_cells_all_failed_says_why(small_run: Path) -> None:
    """No method is recommended; each failure has its reason and its command."""
    with sqlite3.connect(small_run / JOURNAL) as connection:
        connection.execute("DELETE FROM cells WHERE method != 'broken'")
        connection.execute("DELETE FROM reference_crops")
    connection.close()
    rebuild(small_run)
    text = unescape((small_run / PAGE).read_text(encoding="utf-8"))
    assert "8 of 8 cells failed" in text
    assert (
        embedded((small_run / PAGE).read_text(encoding="utf-8"), "data")["groups"][0]["choices"]
        == []
    )
    assert (
        "upbench run --methods broken --datasets photos --scales 2,3 --protocol y-classic "
        f"--timeout 60 --plugin 'my plugin.py' --rerun failed --out {small_run}" in text
    )


def test_origin_is_at_the_bottom(small_run: Path) -> None:
    """Command, versions, protocol, machine and digests stand in the page as they were stored."""
    text = unescape(page_of(small_run))
    bottom = text[text.index('id="origin"') :]
    for part in ("'folder:my photos'", "2026.11.0", "y-classic|v1", "psnr|v1", "here", "ab" * 32):
        assert part in bottom


def test_page_is_written_with_the_other_tables(small_run: Path) -> None:
    """`upbench report` writes the page and names it; --crops bounds its pictures."""
    found = CliRunner().invoke(app, ["report", str(small_run), "--crops", "8K"])
    assert found.exit_code == 0
    assert f"the page is {small_run / PAGE}" in found.stderr
    text = (small_run / PAGE).read_text(encoding="utf-8")
    assert len("".join(embedded(text, "album"))) <= 8 << 10
    assert "of the run's pictured places are not in this page" in unescape(text)


# ------------------------------------------------------------------ pictures


def identities(*places: tuple[str, str, int]) -> dict[Identity, bytes]:
    """Return a reference and an output for each (dataset, image, scale), all of them distinct."""
    found: dict[Identity, bytes] = {}
    for dataset, image, scale in places:
        for method in ("", "m"):
            key = (method, dataset, image, scale, "p")
            found[key] = f"{key}".encode().ljust(90, b".")
    return found


def test_equal_pictures_are_stored_once(small_run: Path) -> None:
    """Two methods with the same pixels share a picture, which decodes to those pixels."""
    with Store(small_run) as store:
        crops = store.crops()
    album = collect_album(crops)
    for place in {identity[1:] for identity in crops}:
        assert album.index["nearest", *place] == album.index["pillow-nearest", *place]
    assert len(set(album.pictures)) == len(album.pictures) < len(crops)
    for identity, png in crops.items():
        assert b64decode(album.pictures[album.index[identity]]) == png


def test_pictures_keep_to_their_area() -> None:
    """A place is in whole or left out in whole, and each group has its first image first."""
    crops = identities(("a", "1", 2), ("a", "2", 2), ("a", "3", 2), ("b", "1", 2))
    album = collect_album(crops, 4 * 120)
    assert {(dataset, image) for _, dataset, image, _, _ in album.index} == {("a", "1"), ("b", "1")}
    assert album.left_out == (("a", "2", 2, "p"), ("a", "3", 2, "p"))
    assert album.size == sum(map(len, album.pictures)) == 4 * 120
    assert collect_album(crops, 10).pictures == ()


def with_views(folder: Path, **options: Any) -> Source:
    """Return the run with a whole image, reduced by 2, and one worst place."""
    source = read_source(folder, **options)
    place = ("photos", "camera", 2, "y-classic")
    views = {}
    for method, loss in (("nearest", 5.0), ("bicubic", 0.0), ("", 0.0)):
        whole = View(method, WHOLE, 0.0, b"\xff\xd8\xff" + method.encode())
        views[(method, *place)] = [whole, View(method, "8,0", loss, source.crops[(method, *place)])]
    return replace(source, views=views)


def test_origin_counts_the_pictures_by_what_they_are(small_run: Path) -> None:
    """A JPEG preview is neither lossless nor a crop; a page without pictures says so."""
    crops, worst, whole = described_pictures(Run(with_views(small_run)))
    distinct = len(set(read_source(small_run).crops.values()))
    assert crops.startswith(f"{distinct} crops (lossless, at most 96 pixels a side, from where")
    assert worst == "3 worst places (lossless, at most 96 pixels a side)"
    assert whole == "3 whole images (JPEG previews, at most 512 pixels a side)"
    assert [*described_pictures(Run(read_source(small_run, limit=10)))] == []


def test_a_limit_is_named_in_the_unit_it_is_given_in(small_run: Path) -> None:
    """20K is no 0.0 MB, and more of it gives more pictures, not larger ones."""
    text = unescape(page_of(small_run, limit=20 << 10))
    assert "may take 20 KB" in text
    assert "lets them take more" in text
    assert "larger crops" not in text


@pytest.mark.parametrize(
    ("scale", "longer"),
    [(2, 1000), ("0.5", 500), ("300x448", 448), ("from-300x448", 1000)],
)
def test_a_preview_knows_the_size_of_what_it_is_of(
    small_run: Path, scale: object, longer: float
) -> None:
    """Read-outs are in pixels of what a method makes: the image, its half, a size."""
    known = Run(read_source(small_run)).groups[0]
    rows = known.rows.assign(height=700, width=1000)
    group = replace(known, table=known.table.assign(scale=scale), rows=rows)
    assert longer_side(group, "camera") == longer


def test_pictures_of_layers_share_one_limit() -> None:
    """From the first that does not fit on all are left out, in later tables too."""
    a, b, c = (("layer", name, "x" * 40) for name in "abc")
    assert as_fit([[a, b], [c]], 120) == [[a, b], [c]]
    assert as_fit([[a, b], [c]], 119) == [[a, b], []]
    assert as_fit([[a, b], [c]], 79) == [[a], []]
    assert as_fit([[a, b], [c]], -1) == [[], []]


def test_places_come_in_turn() -> None:
    """The second image of a dataset waits for the first of every other."""
    places = [("a", "1", 2, "p"), ("a", "2", 2, "p"), ("a", "1", 3, "p"), ("b", "1", 2, "p")]
    assert [*in_turn(places)][-1] == ("a", "2", 2, "p")
    assert sorted(in_turn(places)) == sorted(places)


# ------------------------------------------------------------------ phase DC maps


def test_phase_map_finds_the_pattern_and_its_strength() -> None:
    """8 grey levels on one of four phases are +6 there and -2 elsewhere, on any picture."""
    high = np.random.default_rng(0).integers(40, 200, (13, 11, 3)).astype(np.uint8)
    output = high.copy()
    output[::2, 1::2] += 8
    found = phase_dc_map(output, high, 2)
    assert found is not None
    assert np.allclose(found, [[-2, 6], [-2, -2]], atol=1e-9)


def test_phase_map_of_a_brighter_picture_is_flat() -> None:
    """A gain that all phases share is no checkerboard."""
    high = np.full((12, 12, 1), 100, dtype=np.uint8)
    assert np.array_equal(phase_dc_map(high + 5, high, 3), np.zeros((3, 3)))  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(1, 9, 1), (12, 11, 1)])
def test_phase_map_needs_a_cell_and_equal_shapes(shape: tuple[int, int, int]) -> None:
    """A picture without a whole cell, or of another size than its reference, has none."""
    high = np.zeros((1, 9, 1) if shape[0] == 1 else (12, 12, 1), dtype=np.uint8)
    assert phase_dc_map(np.zeros(shape, dtype=np.uint8), high, 2) is None


def test_phase_maps_are_means_over_crops(small_run: Path) -> None:
    """Each method's map is over all its crops; the clean method's is flat beside the checkered."""
    with Store(small_run) as store:
        found = phase_maps(store.crops())["photos", 2, "y-classic"]
    assert found["checkered"].crops == 4
    assert np.array(found["checkered"].values)[0, 0] == pytest.approx(6.0, abs=0.5)
    assert np.abs(np.array(found["bicubic"].values)).max() < 1.0


def test_patterns_are_as_strong_as_their_levels() -> None:
    """In grey levels, of the worst image; not known where no level is."""
    worst = "checkerboard_db_max"
    rows = [("a", 11.0), ("b", float("nan")), ("c", 0.0), ("d", 1e6)]
    found = amplitudes(pd.DataFrame(rows, columns=["method", worst]))
    assert found["a"] == pytest.approx(grey_levels(11.0), rel=1e-8)
    assert [*found] == ["a", "c", "d"]
    assert found["c"] == 0
    assert amplitudes(pd.DataFrame({"method": ["a"]})) == {}


# ------------------------------------------------------------------ the answer


def table(*methods: dict[str, Any]) -> pd.DataFrame:
    """Return one group of a summary."""
    default = {"family": "interpolation", "images": "3/3", "checkerboard_db": 0.0, "mpx_per_s": 1.0}
    return pd.DataFrame([default | method for method in methods])


def test_answer_names_the_best_the_untrained_and_the_fastest() -> None:
    """Three choices, each with what it costs against the best."""
    found = choices(
        table(
            {"method": "net", "family": "learned", "psnr_db": 33.0},
            {"method": "lanczos", "psnr_db": 32.0, "mpx_per_s": 20.0},
            {"method": "nearest", "psnr_db": 30.0, "mpx_per_s": 400.0},
        )
    )
    assert [(one.title, one.method) for one in found] == [
        ("Highest quality", "net"),
        ("Best without training", "lanczos"),
        ("Fastest", "nearest"),
    ]
    assert found[1].remarks == ("1.00 dB below the best, 20 times faster",)


def test_answer_prefers_the_faster_of_two_that_print_alike() -> None:
    """A difference that no table shows is no reason to wait."""
    (one, *_) = choices(
        table(
            {"method": "slow", "psnr_db": 31.5004, "mpx_per_s": 1.0},
            {"method": "fast", "psnr_db": 31.4996, "mpx_per_s": 9.0},
        )
    )
    assert one.method == "fast"


def test_answer_tells_what_may_be_the_best() -> None:
    """The best is not said to be alone where the images do not put it above others."""
    given = table(
        {"method": "a", "psnr_db": 31.6, "psnr_db_rank_low": 1},
        {"method": "b", "psnr_db": 31.5, "psnr_db_rank_low": 1, "mpx_per_s": 5.0},
        {"method": "c", "psnr_db": 30.0, "psnr_db_rank_low": 2},
    )
    assert may_be_best(given) == {"a", "b"}
    assert choices(given)[0].remarks == ("by these images b may be as good",)
    alone = choices(given.iloc[[0, 2]])[0].remarks
    assert alone == ("these images put every other method below it",)
    assert choices(given.iloc[:1])[0].remarks == ()  # there is no other method


def test_answer_does_not_contradict_the_ranks() -> None:
    """Of means that print alike the one by rank is taken; what stands above the best is counted."""
    given = table(
        {"method": "a", "psnr_db": 31.5004, "psnr_db_rank_low": 1},
        {"method": "b", "psnr_db": 31.4996, "psnr_db_rank_low": 3, "mpx_per_s": 9.0},
        {"method": "c", "psnr_db": 31.4, "psnr_db_rank_low": 1},
    )
    first = choices(given)[0]
    assert (first.method, first.remarks) == ("a", ("by these images c may be as good",))
    assert choices(given.iloc[1:])[0].remarks == ("by rank these images put 2 methods above it",)


@pytest.mark.parametrize("trained", ["learned", "model", "in-memory"])
@pytest.mark.parametrize("plain", ["interpolation", "pixel-art", "my-family"])
def test_best_without_training_is_of_any_family_that_is_not_trained(
    trained: str, plain: str
) -> None:
    """Networks from files and scripts are trained; pixel art and a family of one's own are not."""
    given = table(
        {"method": "net", "family": trained, "psnr_db": 33.0},
        {"method": "xbr", "family": plain, "psnr_db": 32.0},
        {"method": "bicubic", "psnr_db": 31.0},
    )
    second = choices(given)[1]
    assert (second.title, second.method) == ("Best without training", "xbr")
    assert "Best without training" not in {one.title for one in choices(given.iloc[1:])}


def test_answer_says_where_no_true_image_is(small_run: Path) -> None:
    """Of an image made smaller the protocol makes the reference: the best is only the nearest."""
    run = Run(read_source(small_run))
    known = run.groups[0]
    (title, truth) = (part_of(known, "answer")[key] for key in ("choices", "lead"))
    assert title[0]["title"] == "Highest quality"
    assert NO_TRUTH not in truth
    for scale in ("0.5", "300x448"):
        group = replace(known, table=known.table.assign(scale=scale))
        assert part_of(group, "answer")["choices"][0]["title"] == "Nearest to the reference"
        assert part_of(group, "answer")["lead"][0] == NO_TRUTH
        assert part_of(group, "pictures")["original"] == "reference"
    back = replace(known, table=known.table.assign(scale="from-300x448"))
    assert part_of(back, "answer")["choices"][0]["title"] == "Highest quality"


def test_answer_says_what_one_image_decides_and_where_there_is_no_rank() -> None:
    """On the card of the best; the loss of the others has its interval."""
    led = {"psnr_db_led_by": "brick", "psnr_db_next_best": "b"}
    ends = {"psnr_db_best_low": -1.4, "psnr_db_best_high": -0.6}
    given = table(
        {"method": "a", "psnr_db": 31.0, "family": "learned", "psnr_db_rank_low": None, **led},
        {"method": "b", "psnr_db": 30.0, "psnr_db_rank_low": None, **ends},
    )
    first, second = choices(given)
    assert first.remarks == ("too few images (3) to rank", "without brick the best is b")
    assert second.remarks == ("1.00 dB below the best (0.60 to 1.40), 1.0 times faster",)


def test_incomplete_method_is_no_choice() -> None:
    """A mean over other images is not compared; with nothing complete there is no answer."""
    given = table(
        {"method": "half", "psnr_db": 40.0, "images": "1/3"}, {"method": "all", "psnr_db": 30.0}
    )
    assert [one.method for one in choices(given)] == ["all"]
    assert choices(given.iloc[:1]) == ()


def test_answer_without_speeds_still_names_the_best() -> None:
    """Where no speed is known, nothing is said of it."""
    given = table(
        {"method": "a", "psnr_db": 31.0, "mpx_per_s": float("nan")},
        {"method": "b", "psnr_db": float("inf"), "mpx_per_s": float("nan")},
    )
    assert choices(given)[0].method == "b"


def test_checkerboards_are_named_loudest_first_by_the_worst_image() -> None:
    """A clean mean excuses no image; where all are clean, the notes say so."""
    worst, count = "checkerboard_db_max", "checkerboard_above_1db"
    given = table(
        {"method": "a", "psnr_db": 1.0, worst: 3.0, count: 1},
        {"method": "b", "psnr_db": 1.0, worst: 9.04, count: 12},
        {"method": "c", "psnr_db": 1.0, worst: 0.9, count: 0},
    )
    assert checkerboard_sentence(given) == (
        "Checkerboards of 1 dB and more: b (9.0 dB at worst, 12 images) and "
        "a (3.0 dB at worst, 1 image)."
    )
    assert checkerboard_sentence(given.iloc[2:]) == ""
    assert "measured" in checkerboard_sentence(given.assign(**{worst: float("nan")}))


# ------------------------------------------------------------------ data


def test_numbers_become_json() -> None:
    """Null for unknown, text for infinite, nine digits for the rest."""
    given = [1 / 3, float("nan"), float("inf"), -float("inf"), None, 12.0, "text", True]
    assert [jsonable(value) for value in given] == [
        0.333333333, None, "Infinity", "-Infinity", None, 12, "text", True
    ]  # fmt: skip
    assert jsonable(1234567.89) == 1234567.89


def test_a_script_subtracts_what_the_tables_subtract() -> None:
    """The difference of two numbers of the page prints as that of the numbers themselves."""
    one, other = 25.00004, 24.92503
    assert f"{jsonable(one) - jsonable(other):.2f}" == f"{one - other:.2f}" == "0.08"


# ------------------------------------------------------------------ calls


MODEL = {"family": "model", "scales": [2], "snippet": ""}


@pytest.mark.parametrize(
    ("method", "scale", "call"),
    [
        ("bicubic", 2, "resize(image, 2)"),
        ("upnet-slim", 3, "upbench upscale PICTURE --method upnet-slim --scale 3"),
        ("upnet-slim", Ratio(3, 2), ""),  # our command makes whole scales
        ("of-the-plugin", 2, ""),  # nothing says in which of the files it is
        ("tiny", 2, "upbench upscale PICTURE --model tiny.pt"),
        ("other", 3, "upbench upscale PICTURE --model 'my nets/b.onnx,name=other' --scale 3"),
        ("former", 2, ""),  # a network of a command before the last one
    ],
)
def test_each_method_has_the_call_that_makes_it(method: str, scale: Scale, call: str) -> None:
    """A plugin in the run hides no built-in's command; a network is given by its file."""
    models = ["tiny.pt", "my nets/b.onnx,name=other"]
    manifest = {
        "request": {"plugins": ["plug.py"], "models": models},
        "methods": {
            "bicubic": {"snippet": "resize(image, scale)"},
            "upnet-slim": {"snippet": ""},
            "of-the-plugin": {"snippet": ""},
            "tiny": MODEL,
            "other": MODEL | {"scales": None},
            "former": MODEL,
        },
    }
    assert call_of(method, scale, describe_origin(manifest)) == call


@pytest.mark.parametrize("models", ["x", [3], ["\0"], ["a.py"], ["=,=", "~nobody-here/x.pt"]])
def test_a_manifest_with_odd_models_gives_no_call(models: object) -> None:
    """It may come from anywhere."""
    assert call_of("x", 2, describe_origin({"request": {"models": models}})) == ""


def test_groups_hold_scores_and_pictures_by_image(small_run: Path) -> None:
    """Lists are in the order of the images; a failed cell has neither score nor picture."""
    (group, _) = embedded(page_of(small_run), "data")["groups"]
    assert (group["dataset"], group["scale"], group["protocol"]) == ("photos", 2, "y-classic")
    assert len(group["images"]) == 4
    assert all(len(scores) == 4 for scores in group["scores"]["psnr_db"].values())
    assert "broken" not in group["scores"]["psnr_db"]
    assert set(group["pictures"]) == {
        "",
        "bicubic",
        "other-bicubic",
        "nearest",
        "pillow-nearest",
        "checkered",
    }
    (broken,) = [one for one in group["methods"] if one["method"] == "broken"]
    assert broken["values"]["psnr_db"] is None
    assert not broken["complete"]


def test_agreement_is_shown_in_grey_levels() -> None:
    """Stored differences are of [0, 1]; a column that an older table lacks is unknown."""
    pair = {
        "dataset": "d", "scale": 2, "protocol": "p", "kernel": "bicubic", "method_a": "a",
        "method_b": "b", "crops": 3, "max_abs": 0.2, "mean_abs": 0.01, "shift_down_px": 0.0,
        "shift_right_px": float("nan"), "reason": "r", "explanation": "e",
    }  # fmt: skip
    (group,) = describe_agreement(pd.DataFrame([pair]))
    assert group["kernel"] == "bicubic"
    assert group["pairs"][0] | {"max": 51, "inside": None, "right": None} == group["pairs"][0]
    assert describe_agreement(pd.DataFrame(columns=[*pair])) == []


def test_pairs_that_differ_have_recipes() -> None:
    """Both ways, in the direction of the scale; a library without a recipe says what it lacks."""
    columns = ["scale", "method_a", "method_b", "max_abs"]
    rows = [(0.5, "a", "b", 0.2), (2.0, "a", "b", 0.2), (3.0, "a", "b", 0.2), (2.0, "a", "c", 0.0)]
    stated = {"kernel": "Keys cubic, a = -0.5", "sampling": "half-pixel", "edge": "mirror"}
    methods = {
        "a": {**stated, "antialias": "none", "backend": "opencv-python-headless"},
        "b": {**stated, "antialias": "stretch", "backend": "pillow"},
    }
    found = describe_recipes(pd.DataFrame(rows, columns=columns), methods)
    text = {
        direction: {
            a: {b: found["texts"][index] for b, index in of.items()} for a, of in ways.items()
        }
        for direction, ways in found["of"].items()
    }
    assert text["larger"].keys() == text["smaller"].keys() == {"a", "b"}
    assert "Image.Resampling.BICUBIC" in text["larger"]["a"]["b"]
    assert text["smaller"]["a"]["b"] == (
        "Cannot be had: Pillow has no keys cubic, a = -0.5 with no antialiasing where images are "
        "made smaller."
    )
    assert text["larger"]["b"]["a"].startswith(
        "Cannot be had: OpenCV has no resize with the kernel"
    )
    assert describe_recipes(pd.DataFrame(columns=columns), methods) == {"texts": [], "of": {}}
    (vague,) = describe_recipes(pd.DataFrame([rows[1]], columns=columns), {})["texts"]
    assert vague.startswith("Cannot be had: no recipe is known for a method without a library")


def test_no_agreement_has_its_own_reason(small_run: Path) -> None:
    """No picture, a size, an old manifest, other images, or really no two of one kernel."""
    source = read_source(small_run)
    known = Run(source).groups[0]

    def said(group: Group = known, **changed: Any) -> str:
        return why_none(replace(group, run=Run(replace(source, **changed))))

    assert "pictures, of which none were kept" in said(crops={})
    assert "at a size" in said(replace(known, table=known.table.assign(scale="300x448")))
    assert "does not say which kernels" in said(manifest={})
    half = {cell: png for cell, png in source.crops.items() if cell[0] == "nearest"}
    assert "picture of the same image" in said(crops=half)
    few = known.table[known.table["method"].isin(["nearest", "bicubic"])]
    assert said(replace(known, table=few)).startswith("No two methods of this dataset")


def test_origin_of_nothing_is_unknown() -> None:
    """An empty manifest leaves every field empty."""
    found = describe_origin({})
    assert (found.problem, found.command, found.datasets) == (UNKNOWN, "", ())


def test_policy_without_scripts_admits_none() -> None:
    """The page of a problem runs nothing."""
    assert "script-src 'none'" in content_policy([])


def test_problem_page_escapes_its_sentence(tmp_path: Path) -> None:
    """A folder's name is text there as well."""
    text = write_problem(tmp_path, "<script>alert(1)</script>").read_text(encoding="utf-8")
    assert "<script>" not in text


def test_tables_alone_make_a_page_without_pictures(small_run: Path, tmp_path: Path) -> None:
    """A folder that holds published tables has no crops, and says so where they would be."""
    rebuild(small_run)
    copied = tmp_path / "copied"
    copied.mkdir()
    shutil.copy(small_run / "scores.parquet", copied)
    found = CliRunner().invoke(app, ["report", str(copied), "--format", "html"])
    assert found.exit_code == 0
    assert embedded((copied / PAGE).read_text(encoding="utf-8"), "album") == []
