"""Two runs compared: what is paired, what is not and why, what a line says."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from score_rows import NO_SCORES, score_row

from upbench.benchmark.core.errors import StoreError, UnknownNameError, UsageError
from upbench.benchmark.core.row import columns, typed
from upbench.benchmark.core.table import Column, Span
from upbench.benchmark.report.compare import compare_methods, compare_runs, to_markdown
from upbench.benchmark.report.compare.columns import choose_columns, known_columns
from upbench.benchmark.report.compare.comparison import differences
from upbench.benchmark.report.compare.reading import read_run
from upbench.benchmark.report.compare.table import caveats_of, change_tables, incomparable_table

if TYPE_CHECKING:
    from pathlib import Path

    from upbench.benchmark.report.compare import Comparison

IMAGES = [f"image-{number}" for number in range(6)]


def rows(
    changes: dict[str, dict[str, Any]] | None = None, **all_of_them: Any
) -> list[dict[str, Any]]:
    """Return a row for each image: defaults, what all have, and what some images have."""
    different = changes or {}
    return [
        score_row(**{"image": image} | all_of_them | different.get(image, {})) for image in IMAGES
    ]


def manifest(**changes: Any) -> dict[str, Any]:
    """Return a manifest that describes the rows above."""
    metrics = ["psnr_db", "ssim", "checkerboard_db", "shift_px", "blockiness_db", "mine"]
    return {
        "written_at": "2026-11-23T12:00:00+00:00",
        "machine": "here",
        "versions": {"upbench": "2026.11.0", "numpy": "2.4.6"},
        "protocols": {"y-classic": "y-classic|v1|border:s", "rgb8": "rgb8|v1"},
        "metrics": {name: f"{name}|v1" for name in metrics},
        "datasets": {"set": {"sha256": {image: f"digest of {image}" for image in IMAGES}}},
    } | changes


def write(
    folder: Path, given: list[dict[str, Any]], described: dict[str, Any] | None = None
) -> Path:
    """Write published tables: no journal."""
    folder.mkdir()
    names = columns(sorted(name for row in given for name in row))
    typed(pd.DataFrame(given, columns=names)).to_parquet(folder / "scores.parquet")
    (folder / "manifest.json").write_text(json.dumps(described or manifest()), encoding="utf-8")
    return folder


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return the old run: one method, six images."""
    return write(tmp_path / "old", rows())


def line_of(found: Comparison, column: str = "psnr_db", **where: Any) -> dict[str, Any]:
    """Return the one line of a column."""
    lines = found.lines[found.lines["column"] == column]
    for name, value in where.items():
        lines = lines[lines[name] == value]
    (line,) = lines.to_dict("records")
    return {str(name): value for name, value in line.items()}


def reasons_of(found: Comparison) -> dict[str, int]:
    """Return how many pairs cannot be compared, by reason."""
    counts = found.pairs["reason"].value_counts()
    return {str(reason): int(count) for reason, count in counts.items()}


# ------------------------------------------------------------------ what a line says


def test_a_line_is_the_mean_of_paired_differences(old: Path, tmp_path: Path) -> None:
    """Change, counts and the worst image are those of new minus old, image by image."""
    changes = {image: {"psnr_db": 30 + step} for image, step in zip(IMAGES, range(6), strict=True)}
    changes["image-3"] = {"psnr_db": 29.5}
    line = line_of(compare_runs(old, write(tmp_path / "new", rows(changes))))
    assert (line["a"], line["b"]) == (30.0, pytest.approx(30 + 11.5 / 6))
    assert line["change"] == pytest.approx(11.5 / 6)
    assert line["low"] < line["change"] < line["high"]
    assert (line["better"], line["same"], line["worse"]) == (4, 1, 1)
    assert (line["worst_image"], line["worst_change"]) == ("image-3", -0.5)
    assert (line["images"], line["of"]) == (6, 6)


def test_speed_is_a_geometric_mean_of_ratios(old: Path, tmp_path: Path) -> None:
    """Twice as fast on one half and half as fast on the other is no change."""
    speeds = {image: {"mpx_per_s": 20.0 if n % 2 else 5.0} for n, image in enumerate(IMAGES)}
    line = line_of(compare_runs(old, write(tmp_path / "new", rows(speeds))), "mpx_per_s")
    assert line["change"] == pytest.approx(1.0)
    assert line["b"] / line["a"] == pytest.approx(line["change"])
    assert line["low"] < 1 < line["high"]
    assert line["low"] * line["high"] == pytest.approx(1.0)
    assert line["verdict"] == "undecided"


def test_lower_is_better_where_the_column_says_so(old: Path, tmp_path: Path) -> None:
    """A checkerboard that appears is worse, though its number grows."""
    new = write(tmp_path / "new", rows({"image-2": {"checkerboard_db": 3.0}}, checkerboard_db=1.0))
    line = line_of(compare_runs(old, new), "checkerboard_db")
    assert line["verdict"] == "worse"
    assert line["effect"] < 0 < line["change"]
    assert line["worst_image"] == "image-2"


def test_equal_runs_are_equal_in_every_line(old: Path) -> None:
    """A run against itself shows no change, no test and an interval of no length."""
    found = compare_runs(old, old)
    assert set(found.lines["verdict"]) == {"equal"}
    assert (found.lines["low"] == found.lines["high"]).all()
    assert found.lines["p"].isna().all()
    assert found.pairs["reason"].isna().all()
    assert [table.rows for table in change_tables(found)] == [()] * 5


def test_what_differs_by_rounding_is_equal(old: Path, tmp_path: Path) -> None:
    """Another order of adding up is no change of quality."""
    new = write(tmp_path / "new", rows(psnr_db=30.0 * (1 + 1e-13)))
    assert line_of(compare_runs(old, new))["verdict"] == "equal"


def test_infinite_on_both_sides_is_no_change(tmp_path: Path) -> None:
    """Two perfect images are equal; one that is perfect no more has lost infinitely much."""
    perfect = rows(psnr_db=math.inf)
    a = write(tmp_path / "a", perfect)
    assert line_of(compare_runs(a, write(tmp_path / "b", perfect)))["verdict"] == "equal"
    worse = rows({"image-0": {"psnr_db": 40.0}}, psnr_db=math.inf)
    line = line_of(compare_runs(a, write(tmp_path / "c", worse)))
    assert line["change"] == -math.inf
    assert np.isnan([line["low"], line["high"], line["p"]]).all()
    assert (line["worse"], line["same"]) == (1, 5)


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ([0.1, 0.2, 0.1, 0.2, 0.1, 0.2], "better"),
        ([-0.1, -0.1, -0.1, -0.1, -0.1, -9.0], "worse"),
        ([0.5, -0.4, 0.3, -0.3, 0.2, 0.1], "undecided"),
        ([0.0] * 6, "equal"),
    ],
)
def test_verdicts(steps: list[float], verdict: str, old: Path, tmp_path: Path) -> None:
    """Six images that agree decide, however unlike they are; six that do not decide nothing."""
    changes = {image: {"psnr_db": 30 + s} for image, s in zip(IMAGES, steps, strict=True)}
    line = line_of(compare_runs(old, write(tmp_path / "new", rows(changes))))
    assert line["verdict"] == verdict


def test_few_images_decide_nothing(old: Path, tmp_path: Path) -> None:
    """Two images that agree are no evidence, and the output says so."""
    new = write(tmp_path / "new", rows(psnr_db=31.0)[:2])
    found = compare_runs(old, new)
    assert line_of(found)["verdict"] == "undecided"
    assert "No test of 2 images reaches p < 0.05." in caveats_of(found)


def test_tests_are_corrected_over_the_lines_that_changed(tmp_path: Path) -> None:
    """Holm counts the changed lines of a column; equal lines cost nothing."""
    names = ["one", "two", "three", "same"]
    a = write(tmp_path / "a", [row for name in names for row in rows(method=name)])
    changes = {image: {"psnr_db": 30.1 + 0.01 * n} for n, image in enumerate(IMAGES)}
    new = [row for name in names[:3] for row in rows(changes, method=name)]
    found = compare_runs(a, write(tmp_path / "b", [*new, *rows(method="same")]))
    p = found.lines[found.lines["column"] == "psnr_db"].set_index("method")["p"]
    assert p["one"] == pytest.approx(3 * 2 / 2**6)
    assert np.isnan(p["same"])


def test_lines_keep_datasets_scales_and_protocols_apart(tmp_path: Path) -> None:
    """Nothing is averaged over a border of the tables."""
    given = [*rows(), *rows(scale=3), *rows(protocol="rgb8")]
    found = compare_runs(write(tmp_path / "a", given), write(tmp_path / "b", given))
    keys = found.lines[["dataset", "scale", "protocol"]].drop_duplicates().to_numpy().tolist()
    assert keys == [["set", 2, "rgb8"], ["set", 2, "y-classic"], ["set", 3, "y-classic"]]


# ------------------------------------------------------------------ what cannot be compared


def with_signature(part: str, name: str, text: str) -> dict[str, Any]:
    """Return the manifest with another signature."""
    base = manifest()
    return base | {part: base[part] | {name: text}}


def test_another_protocol_is_not_compared(old: Path, tmp_path: Path) -> None:
    """Two versions of a protocol share a name and nothing else."""
    described = with_signature("protocols", "y-classic", "y-classic|v2|border:s")
    found = compare_runs(old, write(tmp_path / "new", rows(), described))
    assert found.lines.empty
    assert reasons_of(found) == {"protocol y-classic differs: v1 against v2": 6}


def test_another_metric_costs_its_own_column(old: Path, tmp_path: Path) -> None:
    """Rows stay comparable in the columns whose metric is the same."""
    described = with_signature("metrics", "ssim", "ssim|v2|window:9")
    found = compare_runs(old, write(tmp_path / "new", rows(), described))
    assert reasons_of(found) == {"metric ssim differs: v1 against v2, window:9": 6}
    assert "ssim" not in set(found.lines["column"])
    assert "psnr_db" in set(found.lines["column"])


def test_another_image_is_not_compared(old: Path, tmp_path: Path) -> None:
    """An image of the same name and other bytes is another image."""
    digests = {image: f"digest of {image}" for image in IMAGES} | {"image-1": "another"}
    described = manifest(datasets={"set": {"sha256": digests}})
    found = compare_runs(old, write(tmp_path / "new", rows(psnr_db=31.0), described))
    assert reasons_of(found) == {"the image is another one: its SHA-256 differs": 1}
    assert (line_of(found)["images"], line_of(found)["of"]) == (5, 6)


@pytest.mark.parametrize(
    ("part", "kept", "reason"),
    [
        ("protocols", {"other": "x"}, "the manifest of B does not describe protocol y-classic"),
        ("datasets", {"other": {}}, "the manifest of B does not describe the image"),
        ("datasets", {"set": {"sha256": None}}, "the manifest of B does not describe the image"),
        ("metrics", {"ssim": "ssim|v1"}, "the manifest of B does not describe metric psnr_db"),
    ],
)
def test_what_a_manifest_does_not_say_is_not_taken_as_equal(
    part: str, kept: dict[str, Any], reason: str, old: Path, tmp_path: Path
) -> None:
    """Silence is no proof that two numbers mean the same."""
    found = compare_runs(old, write(tmp_path / "new", rows(), manifest(**{part: kept})))
    assert reasons_of(found)[reason] == 6


def test_rows_of_one_side_are_listed(old: Path, tmp_path: Path) -> None:
    """A method, an image or a scale that one run has alone is not averaged into anything."""
    new = [*rows()[1:], *rows(method="nearest")[:2]]
    found = compare_runs(old, write(tmp_path / "new", new))
    assert reasons_of(found) == {"only A has it": 1, "only B has it": 2}
    assert set(found.lines["method"]) == {"bicubic"}
    assert not found.pairs["lost"].any()


def test_failures_are_listed_with_their_reason(old: Path, tmp_path: Path) -> None:
    """A cell that failed, or was skipped, has no number; what was lost is marked."""
    failed = {"status": "timeout", "reason": "no answer in 300 s", **NO_SCORES}
    skipped = {"status": "skipped", "reason": "it does not offer x2", **NO_SCORES}
    changes = {"image-0": failed, "image-1": skipped, "image-2": {"status": "crash", **NO_SCORES}}
    found = compare_runs(old, write(tmp_path / "new", rows(changes)))
    assert reasons_of(found) == {
        "B failed (timeout): no answer in 300 s": 1,
        "B skipped it: it does not offer x2": 1,
        "B failed (crash): no reason is given": 1,
    }
    assert found.pairs["lost"].sum() == 3


def test_what_both_sides_skipped_is_nothing(tmp_path: Path) -> None:
    """A scale that a method does not offer is no finding."""
    skipped = rows(status="skipped", reason="it does not offer x2", **NO_SCORES)
    a = write(tmp_path / "a", [*rows(), *[row | {"method": "x3-only"} for row in skipped]])
    assert set(compare_runs(a, a).pairs["method"]) == {"bicubic"}
    assert reasons_of(compare_runs(a, a)) == {}


def test_null_is_not_compared(old: Path, tmp_path: Path) -> None:
    """A value that a side does not have is a reason, not a zero."""
    changes = {"image-0": {"shift_px": None}}
    found = compare_runs(old, write(tmp_path / "new", rows(changes)))
    assert reasons_of(found) == {"only A has a value of shift_px": 1}
    none = write(tmp_path / "none", rows(changes))
    assert reasons_of(compare_runs(none, none)) == {"neither side has a value of shift_px": 1}


def test_speed_of_another_machine_is_not_compared(old: Path, tmp_path: Path) -> None:
    """A ratio of two machines says nothing of a method; quality is compared all the same."""
    found = compare_runs(old, write(tmp_path / "new", rows(machine="there")))
    reason = "speed is only compared on one machine (here against there)"
    assert reasons_of(found) == {reason: 6}
    assert set(found.lines["column"]) == {"psnr_db", "ssim", "checkerboard_db", "shift_px"}


# ------------------------------------------------------------------ columns


def test_columns_on_request_and_of_plugins_are_compared(tmp_path: Path) -> None:
    """Whatever number both tables hold is compared; a plugin's has no better way."""
    a = write(tmp_path / "a", rows(blockiness_db=1.0, mine=1.0))
    b = write(tmp_path / "b", rows(blockiness_db=2.0, mine=2.0))
    found = compare_runs(a, b)
    assert line_of(found, "blockiness_db")["verdict"] == "worse"
    assert line_of(found, "mine")["verdict"] == "changed"
    assert line_of(found, "mine")["change"] == 1.0


def test_columns_can_be_chosen() -> None:
    """Names and patterns choose among the columns that are there; speed is one of them."""
    present = ["psnr_db", "ssim", "mpx_per_s", "method", "seconds"]
    assert list(choose_columns("", present)) == ["psnr_db", "ssim", "mpx_per_s"]
    assert list(choose_columns("mpx*,psnr_db", present)) == ["psnr_db", "mpx_per_s"]
    with pytest.raises(UnknownNameError, match="no metric named 'psnr'; did you mean 'psnr_db'"):
        choose_columns("psnr", present)


def test_every_metric_says_how_it_changes() -> None:
    """Units are those of the metrics; a number without a unit has none."""
    known = known_columns([])
    assert (known["psnr_db"].unit, known["ssim"].unit, known["shift_px"].unit) == ("dB", "", "px")
    assert [name for name, column in known.items() if column.is_ratio] == ["mpx_per_s"]


# ------------------------------------------------------------------ methods of one run


def test_two_methods_of_one_run(tmp_path: Path) -> None:
    """The second name is the new side; signatures need no check, for it is one run."""
    given = [*rows(), *rows(method="nearest", psnr_db=28.0), *rows(method="third")]
    described = manifest(metrics={"other": "x"})
    found = compare_methods(write(tmp_path / "a", given, described), "bicubic,nearest")
    assert line_of(found)["change"] == -2.0
    assert (found.a.name, found.b.name, found.of_methods) == ("bicubic", "nearest", True)
    assert reasons_of(found) == {}


@pytest.mark.parametrize(
    ("methods", "error", "text"),
    [
        ("bicubic", UsageError, "takes two names, the old and the new"),
        ("bicubic,bicubic", UsageError, "takes two names"),
        ("bicubic,nearst", UnknownNameError, "no method named 'nearst'; did you mean 'nearest'"),
    ],
)
def test_two_methods_are_two(
    methods: str, error: type[Exception], text: str, tmp_path: Path
) -> None:
    """One name, one name twice and a wrong name are answered in a sentence."""
    folder = write(tmp_path / "a", [*rows(), *rows(method="nearest")])
    with pytest.raises(error, match=text):
        compare_methods(folder, methods)


def test_methods_of_two_runs_can_be_chosen(tmp_path: Path) -> None:
    """Names and patterns narrow a comparison of runs."""
    a = write(tmp_path / "a", [*rows(), *rows(method="nearest")])
    assert set(compare_runs(a, a, "bi*").lines["method"]) == {"bicubic"}
    with pytest.raises(UnknownNameError, match="no method named 'x\\*'; choose from bicubic"):
        compare_runs(a, a, "x*")


# ------------------------------------------------------------------ what else differs, tables


def test_versions_machine_and_code_are_named(old: Path, tmp_path: Path) -> None:
    """A change has a cause: what else is not the same is said first."""
    described = manifest(machine="there", versions={"upbench": "2026.11.0", "numpy": "2.5.0"})
    new = write(tmp_path / "new", rows(code_hash="0ther"), described)
    assert list(differences(compare_runs(old, new))) == [
        "machine: here -> there",
        "numpy: 2.4.6 -> 2.5.0",
        "code of 1 method: bicubic",
    ]
    assert list(differences(compare_runs(old, old))) == []


def test_long_tables_are_cut_in_the_middle(tmp_path: Path) -> None:
    """The worst stand at the top, the best at the bottom; what is left out is counted."""
    names = [f"m{number}" for number in range(10)]
    a = write(tmp_path / "a", [row for name in names for row in rows(method=name)])
    new = [row for n, name in enumerate(names) for row in rows(method=name, psnr_db=25.5 + n)]
    found = compare_runs(a, write(tmp_path / "b", new))
    whole, cut = (next(change_tables(found, most)) for most in (None, 4))
    assert [row["method"] for row in whole.rows] == names
    assert [row["method"] for row in cut.rows] == ["m0", "m1", "m2", "... 6 more", "m9"]
    assert set(cut.written()[3][1:]) == {" "}
    assert cut.notes[0].startswith("Worst images: set/image-0 x2 m0 -4.50;")


def test_markdown_has_every_line_and_no_broken_table(old: Path, tmp_path: Path) -> None:
    """Names and reasons with the signs of Markdown stay in their cells."""
    failed = {"status": "error", "reason": "a | b\n<c> *d*", **NO_SCORES}
    new = write(tmp_path / "new", rows({"image-0": failed}, psnr_db=29.0))
    text = to_markdown(compare_runs(old, new))
    assert "## PSNR dB, higher is better" in text
    assert "| bicubic | set x2, y-classic | 5/6 | 30.00 | 29.00 | -1.00 |" in text
    assert "B failed (error): a \\| b \\<c> \\*d\\*" in text
    blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    for block in blocks:
        assert len({line.replace("\\|", "").count("|") for line in block}) == 1


def test_reasons_are_counted_by_kind(old: Path, tmp_path: Path) -> None:
    """A thousand missing rows are one line, with the first as an example."""
    (table,) = incomparable_table(compare_runs(old, write(tmp_path / "new", rows()[:1])))
    assert table.written() == [["5", "all", "set/image-1 x2 bicubic y-classic", "only A has it"]]
    assert list(incomparable_table(compare_runs(old, old))) == []


def test_changes_are_written_with_three_digits() -> None:
    """A small change is not rounded to nothing, and no change has no sign."""
    known = known_columns([])
    psnr, speed = known["psnr_db"], known["mpx_per_s"]
    assert psnr.write_change(0.12345) == "+0.123"
    assert psnr.write_change(-0.0000123, unit=True) == "-1.23e-05 dB"
    assert psnr.write_change(123.4) == "+123"
    assert psnr.write_change(0.0) == "0"
    assert psnr.write_change(-math.inf) == "-inf"
    assert psnr.write_change(math.nan) == "–"  # noqa: RUF001
    assert speed.write_change(0.91234) == "0.912x"
    interval = Column("interval", "95 % interval", psnr.write_change)
    assert interval.write(Span(-0.1, 0.2)) == "-0.100 to +0.200"
    assert interval.write(Span(math.nan, math.nan)) == ""


# ------------------------------------------------------------------ folders that are no run


def test_a_folder_without_manifest_is_refused(old: Path) -> None:
    """Numbers whose meaning nobody wrote down are not compared."""
    (old / "manifest.json").unlink()
    with pytest.raises(StoreError, match=r"has no manifest.json, which says by which protocols"):
        read_run(old)


@pytest.mark.parametrize("text", ["", '{"protocols": {"a"', "[1, 2]", "{}", '{"protocols": 3}'])
def test_a_damaged_manifest_is_refused(text: str, old: Path) -> None:
    """Half a file, another file and an empty one say what is missing."""
    (old / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match=r"manifest.json does not describe the run's protocols"):
        read_run(old)


def test_an_empty_table_is_refused(tmp_path: Path) -> None:
    """A run that was stopped before its first cell has nothing to compare."""
    with pytest.raises(StoreError, match="has no finished cell to compare; run it to its end"):
        read_run(write(tmp_path / "empty", []))


def test_a_table_of_another_program_is_refused(tmp_path: Path) -> None:
    """A missing column is named."""
    pd.DataFrame({"method": ["bicubic"]}).to_parquet(tmp_path / "scores.parquet")
    with pytest.raises(StoreError, match="has no column dataset; expected the columns of"):
        read_run(tmp_path)


def test_a_row_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    """Two rows of one cell would be paired with each other."""
    with pytest.raises(StoreError, match="two rows of bicubic on image-0, x2; expected one"):
        read_run(write(tmp_path / "twice", [*rows(), rows()[0]]))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("scores.parquet", b"PAR1 and then nothing"),
        ("scores.csv", b""),
        ("scores.csv", b"a,b\n1,2\n"),
        ("scores.csv", b"\xff\xfe\x00"),
    ],
)
def test_a_damaged_table_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    """A table that was copied half gives one sentence that names the file."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StoreError, match=rf"{name} is not a table that upbench can read"):
        read_run(tmp_path)


def test_one_folder_under_two_names_is_compared(old: Path, tmp_path: Path) -> None:
    """``folder:x`` and ``folder:/a/x`` hold the same images, by their digests."""
    described = manifest()
    described["datasets"] = {"folder:/a/x": described["datasets"]["set"]}
    new = write(tmp_path / "new", rows(dataset="folder:/a/x", psnr_db=31.0), described)
    line = line_of(compare_runs(old, new))
    assert (line["dataset"], line["images"], line["change"]) == ("set", 6, 1.0)


def manifest_of(**datasets: dict[str, str]) -> dict[str, Any]:
    """Return a manifest of datasets: images with their digests."""
    return manifest(datasets={name: {"sha256": images} for name, images in datasets.items()})


def of_images(dataset: str, **psnr: float) -> list[dict[str, Any]]:
    """Return a row for each image of a dataset."""
    return [
        score_row(dataset=dataset, image=image, psnr_db=value, shift_px=0.0)
        for image, value in psnr.items()
    ]


def changes_of(a: Path, b: Path) -> dict[str, float | str]:
    """Return by image how the PSNR changed, or why it cannot be compared."""
    pairs = compare_runs(a, b, metrics="psnr_db").pairs
    said = pairs["change"].astype(object).where(pairs["reason"].isna(), pairs["reason"])
    return {str(image): value for image, value in zip(pairs["image"], said, strict=True)}


def test_a_name_that_another_picture_has_is_not_taken(tmp_path: Path) -> None:
    """B has A's picture under another name, and another one under A's: that one stands aside."""
    a = write(tmp_path / "a", of_images("x", a=30.0), manifest_of(x={"a": "P"}))
    b = write(tmp_path / "b", of_images("y", a=27.0, b=30.0), manifest_of(y={"a": "Q", "b": "P"}))
    assert changes_of(a, b) == {"a": 0.0, "a of B": "only B has it"}
    assert changes_of(b, a) == {"b": 0.0, "a": "only A has it"}
    both = of_images("x", **{"a": 30.0, "a of B": 20.0})
    named = write(tmp_path / "c", both, manifest_of(x={"a": "P", "a of B": "R"}))
    assert changes_of(named, b) == {
        "a": 0.0, "a of B": "only A has it", "a of B (2)": "only B has it"
    }  # fmt: skip


def test_names_that_changed_places_are_followed(tmp_path: Path) -> None:
    """Each picture is compared with itself."""
    a = write(tmp_path / "a", of_images("x", a=30.0, b=20.0), manifest_of(x={"a": "P", "b": "Q"}))
    b = write(tmp_path / "b", of_images("y", a=20.5, b=30.0), manifest_of(y={"a": "Q", "b": "P"}))
    assert changes_of(a, b) == {"a": 0.0, "b": 0.5}


def test_copies_of_one_picture_are_paired_by_their_names(tmp_path: Path) -> None:
    """Equal names first, then one to one."""
    same = dict.fromkeys("abc", "P")
    a = write(tmp_path / "a", of_images("x", a=30.0, b=30.0), manifest_of(x=same))
    b = write(tmp_path / "b", of_images("y", a=31.0, b=32.0), manifest_of(y=same))
    assert changes_of(a, b) == {"a": 1.0, "b": 2.0}
    c = write(tmp_path / "c", of_images("y", b=32.0, c=33.0), manifest_of(y=same))
    assert changes_of(a, c) == {"b": 2.0, "a": 3.0}
    d = write(
        tmp_path / "d",
        of_images("y", c=33.0, d=34.0, e=35.0),
        manifest_of(y=same | dict.fromkeys("de", "P")),
    )
    assert changes_of(a, d) == {"a": 3.0, "b": 4.0, "e": "only B has it"}


def test_the_dataset_that_shares_most_images_takes_the_name(tmp_path: Path) -> None:
    """One picture in common does not make two folders one."""
    a = write(tmp_path / "a", of_images("x", a=30.0, b=30.0), manifest_of(x={"a": "P", "b": "Q"}))
    new = [*of_images("m", a=1.0), *of_images("n", a=31.0, b=32.0)]
    b = write(tmp_path / "b", new, manifest_of(m={"a": "P"}, n={"a": "P", "b": "Q"}))
    found = compare_runs(a, b, metrics="psnr_db")
    assert line_of(found)["dataset"] == "x"
    assert line_of(found)["images"] == 2
    assert line_of(found)["change"] == pytest.approx(1.5)
    assert reasons_of(found) == {"only B has it": 1}


def test_other_images_under_another_name_are_not_compared(old: Path, tmp_path: Path) -> None:
    """A dataset of other digests stays what it is."""
    described = manifest()
    described["datasets"] = {"other": {"sha256": dict.fromkeys(IMAGES, "another digest")}}
    new = write(tmp_path / "new", rows(dataset="other"), described)
    assert set(reasons_of(compare_runs(old, new))) == {"only A has it", "only B has it"}


@pytest.mark.filterwarnings("error")
def test_a_run_of_fractions_is_paired_with_one_of_whole_scales(tmp_path: Path) -> None:
    """x2 is x2 beside x1.5; pandas has nothing to warn of."""
    a = write(tmp_path / "a", rows())
    b = write(tmp_path / "b", [*rows(psnr_db=31.0), *rows(scale=1.5)])
    for one, other in ((a, b), (b, a)):
        found = compare_runs(one, other, metrics="psnr_db")
        assert line_of(found)["images"] == len(IMAGES)
        assert [*reasons_of(found).values()] == [len(IMAGES)]


def test_worst_images_of_two_protocols_are_told_apart(tmp_path: Path) -> None:
    """The same image is among the worst twice: the protocol stands with it, where there are two."""
    a = write(tmp_path / "a", [*rows(), *rows(protocol="rgb8")])
    lost = {"image-0": {"psnr_db": 20.0}}
    b = write(tmp_path / "b", [*rows(lost), *rows(lost, protocol="rgb8")])
    (table,) = change_tables(compare_runs(a, b, metrics="psnr_db"))
    assert "set/image-0 x2 bicubic rgb8 -" in table.notes[-1]
    assert "set/image-0 x2 bicubic y-classic -" in table.notes[-1]
