"""The classic tables: complete sets, the means of their rows, pages that say what they say."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from upbench.benchmark import load
from upbench.benchmark.engine.manifest import read_manifest, write_manifest
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.report.published.paper import TITLES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "results" / "leaderboard"


@pytest.fixture(scope="module")
def summary() -> pd.DataFrame:
    """Return the published summary."""
    return pd.read_csv(FOLDER / "summary.csv")


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Return the published rows."""
    return load(FOLDER)


@pytest.fixture(scope="module")
def publish() -> dict[str, Any]:
    """Return the script that wrote them."""
    return runpy.run_path(str(ROOT / "results" / "publish.py"))


def test_every_set_is_whole(rows: pd.DataFrame) -> None:
    """Each method has every image of each set at x2, x3 and x4; there is no failure."""
    datasets = collect(folders=["upbench.datasets"]).datasets
    assert set(rows["status"]) == {"ok"}
    assert rows[["seconds", "mpx_per_s"]].isna().all(axis=None)  # timed beside other work
    for (dataset, _, _), group in rows.groupby(["dataset", "protocol", "method"]):
        images = {item.name for item in datasets[dataset].items()}
        assert {*group["scale"]} == {2, 3, 4}
        assert all({*own["image"]} == images for _, own in group.groupby("scale"))


def test_all_default_methods_are_in_it(rows: pd.DataFrame) -> None:
    """Under y-classic every method that runs by default; under rgb8 interpolations alone."""
    methods = collect(folders=["upbench.methods"]).methods.values()
    default = {one.name for one in methods if one.default}
    assert set(rows.loc[rows["protocol"] == "y-classic", "method"]) == default
    others = rows[rows["protocol"] == "rgb8"]
    assert set(others["family"]) <= {"interpolation"}


def test_the_summary_is_of_these_rows(summary: pd.DataFrame, rows: pd.DataFrame) -> None:
    """Means over images, to 1e-9; the speeds are the bench's."""
    group = ["dataset", "scale", "protocol", "method"]
    means = rows.groupby(group)[["psnr_db", "ssim"]].mean()
    shown = summary.set_index(group)[["psnr_db", "ssim"]]
    assert (shown - means).abs().max().max() < 1e-9
    assert len(shown) == len(means)
    bench = pd.read_csv(ROOT / "results" / "bench" / "summary.csv").set_index(["method", "scale"])
    for row in summary.to_dict("records"):
        assert row["rgb8_mpx_per_s"] == bench.loc[(row["method"], row["scale"]), "rgb8_mpx_per_s"]


def test_the_page_of_the_folder_is_written_from_them(
    summary: pd.DataFrame, rows: pd.DataFrame, publish: dict[str, Any]
) -> None:
    """README.md is what the script writes of the published tables."""
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == publish["readme"](summary, rows)


def test_an_incomplete_set_is_left_out(rows: pd.DataFrame, publish: dict[str, Any]) -> None:
    """A set that lacks one image of one method is not published."""
    last = rows[(rows["dataset"] == "set5") & (rows["protocol"] == "y-classic")].index[-1]
    kept = publish["complete"](rows.drop(index=last))
    assert "y-classic" not in set(kept.loc[kept["dataset"] == "set5", "protocol"])
    assert "y-classic" in set(kept.loc[kept["dataset"] == "set14", "protocol"])


def test_a_method_that_failed_on_every_image_leaves_its_set_out(
    rows: pd.DataFrame, publish: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named: a set without it would look as if it had not been run."""
    here = rows[(rows["dataset"] == "set5") & (rows["protocol"] == "y-classic")]
    failed = (here["method"] == "nearest") & (here["scale"] == 4)
    with pytest.raises(SystemExit, match="No set is complete; run the same command again"):
        publish["complete"](here.assign(status=here["status"].mask(failed, "timeout")))
    said = capsys.readouterr().err
    assert "set5, y-classic, is left out: 1 methods and scales have no score" in said
    assert "(nearest x4)" in said


def test_a_set_can_be_added(rows: pd.DataFrame, publish: dict[str, Any]) -> None:
    """What the run lacks stays; what it has takes the place of what was published."""
    manifest = read_manifest(FOLDER)
    set5 = rows[(rows["dataset"] == "set5") & (rows["protocol"] == "y-classic")].assign(psnr_db=1.0)
    run = manifest | {"datasets": {"set5": manifest["datasets"]["set5"]}}
    every, said = publish["added"](FOLDER, set5, run)
    assert len(every) == len(rows)
    new = (every["dataset"] == "set5") & (every["protocol"] == "y-classic")
    assert new.sum() == len(set5)
    assert set(every.loc[new, "psnr_db"]) == {1.0}
    assert every.loc[~new, "psnr_db"].max() > 20
    assert said["datasets"].keys() == manifest["datasets"].keys()


def test_some_methods_at_a_scale_can_be_added(rows: pd.DataFrame, publish: dict[str, Any]) -> None:
    """Other methods and scales of the set stay, in rows and in the manifest."""
    manifest = read_manifest(FOLDER)
    new = rows.query("dataset == 'set5' and scale == 4 and method == 'cnn-carafe'")
    run = manifest | {"methods": {"cnn-carafe": manifest["methods"]["cnn-carafe"]}}
    every, said = publish["added"](FOLDER, new.assign(psnr_db=1.0), run)
    assert len(every) == len(rows)
    assert len(every[every["psnr_db"] == 1.0]) == len(new) == 5
    assert said["methods"].keys() == manifest["methods"].keys()
    other = run | {"methods": {"cnn-carafe": {}}}
    with pytest.raises(SystemExit, match="The methods of the run are not those of the published"):
        publish["added"](FOLDER, new, other)


def test_a_folder_of_something_else_is_not_published_as_the_bench(
    tmp_path: Path, publish: dict[str, Any]
) -> None:
    """Nothing is copied."""
    with pytest.raises(SystemExit, match="holds no run of the images of standard alone; run make"):
        publish["copy_bench"](tmp_path, tmp_path / "to")
    # a method would have several rows at a scale, and its speeds several places
    for name, more in (("datasets", {"set5": {}}), ("protocols", {"rgb8": "rgb8|v1"})):
        manifest = read_manifest(ROOT / "results" / "bench")
        manifest[name] |= more
        write_manifest(tmp_path, manifest)
        with pytest.raises(SystemExit, match="holds no run of the images of standard alone"):
            publish["copy_bench"](tmp_path, tmp_path / "to")
    assert not (tmp_path / "to").exists()


def test_a_bench_is_published_whole_or_not_at_all(tmp_path: Path, publish: dict[str, Any]) -> None:
    """A run without its report would put new rows beside old tables."""
    write_manifest(tmp_path, read_manifest(ROOT / "results" / "bench"))
    (tmp_path / "scores.csv").write_text("")
    with pytest.raises(SystemExit, match=r"lacks scores\.parquet, .* and agreement\.csv; run make"):
        publish["copy_bench"](tmp_path, tmp_path / "to")
    assert not (tmp_path / "to").exists()


def test_a_leaderboard_that_cannot_be_finished_leaves_the_old_one(
    tmp_path: Path, publish: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The speeds of the bench are read before anything is written."""
    monkeypatch.setitem(publish["write_leaderboard"].__globals__, "RESULTS", tmp_path)
    with pytest.raises(FileNotFoundError):
        publish["write_leaderboard"](FOLDER, tmp_path / "to")
    assert not (tmp_path / "to").exists()


def test_the_place_of_a_run_is_not_published(publish: dict[str, Any]) -> None:
    """It says nothing to others."""
    command = ["upbench", "run", "--out", "a/b", "--jobs", "2"]
    assert publish["without_place"](command) == ["upbench", "run", "--jobs", "2"]
    assert "--out" not in read_manifest(FOLDER)["command"]


def test_sets_of_other_libraries_are_not_joined(
    rows: pd.DataFrame, publish: dict[str, Any]
) -> None:
    """One table has one set of versions."""
    manifest = read_manifest(FOLDER)
    run = manifest | {"versions": manifest["versions"] | {"numpy": "1.0"}}
    with pytest.raises(
        SystemExit,
        match="The versions of the run are not those of the published rows; run all that is",
    ):
        publish["added"](FOLDER, rows[rows["dataset"] == "set5"], run)
    every, said = publish["added"](FOLDER, rows, run)  # nothing of the other versions stays
    assert len(every) == len(rows)
    assert said["versions"]["numpy"] == "1.0"


@pytest.fixture(scope="module")
def levels(rows: pd.DataFrame) -> pd.Series[float]:
    """Return the checkerboard levels of the networks on Urban100 at x4."""
    found = rows.query("dataset == 'urban100' and scale == 4 and protocol == 'y-classic'")
    networks = found[found["method"].str.startswith(("cnn-", "upnet-"))]
    return networks.set_index(["method", "image"])["checkerboard_db"]


def test_the_page_counts_the_images_with_a_checkerboard(levels: pd.Series[float]) -> None:
    """As docs/checkerboards.md says: of all networks together."""
    worst = levels.groupby("image").max()
    assert [(worst >= least).sum() for least in (6, 12)] == [13, 2]


def test_the_page_states_the_levels_of_its_picture(levels: pd.Series[float]) -> None:
    """From left to right, as docs/checkerboards.md says below it."""
    order = ("upnet-slim", "cnn-transposed-conv-even", "cnn-subpixel-conv-icnr")
    order += ("cnn-transposed-conv-9", "cnn-resize-conv-bilinear")
    shown = [f"{levels[name, 'img_011_SRF_4_HR']:.1f}" for name in order]
    assert shown == ["1.3", "5.6", "14.1", "10.6", "0.0"]


def test_each_row_of_the_site_has_its_address(
    monkeypatch: pytest.MonkeyPatch, summary: pd.DataFrame
) -> None:
    """One table for each protocol and set, each method with its own anchor, no empty line."""
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "extensions"))
    import leaderboard

    text = "\n".join(leaderboard.sections())
    anchors = re.findall(r'<tr id="([^"]+)"', text)
    assert len(anchors) == len(set(anchors))
    for protocol, dataset in {*zip(summary["protocol"], summary["dataset"], strict=True)}:
        heading = f"{TITLES[dataset]}, {protocol}"
        assert f"\n## {heading}\n" in text
        assert f"{leaderboard.slug(heading)}-bicubic" in anchors
    assert all("\n\n" not in part for part in re.findall(r"<div.*?</div>", text, re.DOTALL))
    assert '<td data-value="33.66">33.66</td>' in text
