"""The study of layers as it is published: its statistics, against numbers with a known answer."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from layer_study.command import ROLE, TEXT, joined, main, publish
from layer_study.page import PICTURE, begun, text
from layer_study.study import (
    CURVES,
    ROWS,
    Study,
    changes,
    confirmed,
    reaches,
    shares,
    significant,
    studies,
)
from upbench.benchmark.core.errors import DataError

FOLDER = Path(__file__).parents[3] / "results" / "layers"
LAYERS, SEEDS, IMAGES = ("good", "as-good", "poor"), 5, 12


def run(data: str = "x2", gap: float = 1.0, board: float = 0.0) -> tuple[pd.DataFrame, ...]:
    """Return rows and curves of layers of which the last is worse by a gap on every image."""
    random = np.random.default_rng(3)
    image = 30 + 3 * random.standard_normal(IMAGES)
    rows, points = [], []
    for number, layer in enumerate(LAYERS):
        for seed in range(SEEDS):
            wobble = 0.02 * random.standard_normal() - gap * (number == 2)
            psnr = image + wobble + 0.01 * random.standard_normal(IMAGES)
            place = {"layer": layer, "seed": seed, "data": data}
            each = {f"set5/i{n}": value for n, value in enumerate(psnr)}
            levels = {"checkerboard_db": board * (number == 2), "ripple_db": 0.0}
            first = {f"{key}_initial": 40.0 for key in levels}
            sets = {"psnr_set5_db": psnr.mean(), "psnr_set14_db": psnr.mean() - 4}
            state = {"steps": 100, "status": "ok"}
            rows.append({**place, **state, **sets, **levels, **first})
            points.append({**place, "step": 0})
            points.append({**place, "step": 100, "psnr_validation_db": psnr.mean(), **each})
    return pd.DataFrame(rows), pd.DataFrame(points)


def test_the_shares_of_variance_are_those_that_were_put_in() -> None:
    """Sums of effects without interaction: each part of the variance is its own, exactly."""
    layer, seed, image = np.array([0.0, 2.0]), np.array([-1.0, 1.0]), np.array([-3.0, 0.0, 3.0])
    cube = layer[:, None, None] + seed[None, :, None] + image[None, None]
    found = shares(cube)
    # mean squares of the deviations: layers 1, seeds 1, images 6
    assert found == pytest.approx(
        {"image": 6 / 8, "layer": 1 / 8, "layer and image": 0, "seed": 1 / 8, "seed and image": 0},
        abs=1e-12,
    )


def test_only_layers_that_differ_are_significant() -> None:
    """Two equal layers overlap; the third is below both, by seeds and by images."""
    (study,) = studies(*run())
    assert significant(study) == [(0, 2), (1, 2)]
    assert confirmed(study) == [(0, 2), (1, 2)]
    low, high = reaches(study)[2]
    assert low < -1 < high < 0


def test_a_difference_within_the_seeds_is_none() -> None:
    """A gap below the spread of the seeds is significant for no pair, and the page says so."""
    rows, curves = run(gap=0.001)
    (study,) = studies(rows, curves)
    assert significant(study) == []
    assert "0 of 3 pairs" in text(rows, curves)


def test_the_page_says_what_the_initialisation_alone_changes() -> None:
    """The range of means of both ways of beginning stands in one sentence, largest gap first."""
    both = [run(), run("x2-as-built", gap=2.0, board=3.0)]
    rows, curves = (pd.concat(frames) for frames in zip(*both, strict=True))
    page = text(rows, curves)
    own, equal = (
        group.groupby("layer")["psnr_set5_db"].mean().pipe(np.ptp)
        for group in (both[1][0], both[0][0])
    )
    assert f"within {own:.2f} dB as they draw their weights and within {equal:.2f} dB" in page
    assert "after training**, mean of 4 validation images: at x2 below 1 dB in every seed" in page
    assert "#### x2, layers as they draw their weights" in page
    assert "the means of poor (-1.00 dB) differ significantly over seeds" in page
    own_table = page.split("as they draw their weights\n")[1]
    (heading,) = (line for line in own_table.splitlines() if line.startswith("| layer"))
    assert "less its equal variance, dB" in heading
    assert page.count("less its equal variance") == 1


def test_what_the_initialisation_changes_has_the_interval_of_the_test_of_all() -> None:
    """The layer that was shifted alone is apart from itself; each interval holds its difference."""
    both = [run(), run("x2-as-built", gap=1.5)]
    equal, own = studies(*(pd.concat(frames) for frames in zip(*both, strict=True)))
    found = changes(own, equal)
    assert [*found] == [*LAYERS]
    for layer, (change, low, high) in found.items():
        index = own.layers.index(layer)
        assert change == pytest.approx(own.psnr[index].mean() - equal.psnr[index].mean())
        assert low < change < high
        assert (low < 0 < high) == (layer != "poor")
        assert high - change == pytest.approx(change - low)  # one variance for all


def test_a_layer_without_all_its_seeds_is_left_out() -> None:
    """A failed training would bend the analysis: its layer is not compared."""
    rows, curves = run()
    rows.loc[(rows["layer"] == "poor") & (rows["seed"] == 1), "status"] = "failed"
    (study,) = studies(rows, curves)
    assert study.layers == ("good", "as-good")


def test_the_published_page_is_that_of_the_published_rows() -> None:
    """The page follows from the tables beside it: every sentence is computed again."""
    if not (FOLDER / ROWS).is_file():
        pytest.skip("no run of the study of layers has been published")
    rows, curves = (pd.read_csv(FOLDER / name) for name in (ROWS, CURVES))
    assert (FOLDER / TEXT).read_text(encoding="utf-8") == text(rows, curves)


@cache
def all_published() -> dict[str, Study]:
    """Return what is published, by scale and beginning: Tukey's test of each takes seconds."""
    rows, curves = (pd.read_csv(FOLDER / name) for name in (ROWS, CURVES))
    return {study.data: study for study in studies(rows, curves)}


def published(data: str) -> Study:
    """Return what is published of one scale."""
    if not (FOLDER / ROWS).is_file():
        pytest.skip("no run of the study of layers has been published")
    return all_published()[data]


def reaches_of_others(data: str) -> list[tuple[str, tuple[float, float]]]:
    """Return the layers but the best, with the intervals of their differences to it."""
    study = published(data)
    found = zip(study.layers, reaches(study), strict=True)
    return [one for number, one in enumerate(found) if number != study.best]


def means(data: str) -> pd.Series[float]:
    """Return each layer's published mean PSNR over all test images, the best first."""
    study = published(data)
    found = pd.Series(study.psnr.mean(axis=1), [*study.layers])
    return found.sort_values(ascending=False)


@pytest.mark.parametrize(("scale", "form"), [("x3", ".2f"), ("x4", ".1f")])
def test_the_page_states_what_came_out(scale: str, form: str) -> None:
    """The lead, the spread of layers alike, and what layers lose that keep flat areas flat."""
    found = means(scale)
    words = " ".join((FOLDER.parents[1] / "docs" / "roles.md").read_text(encoding="utf-8").split())
    (said,) = re.findall(rf"\*\*At {scale} it matters .*? - \*\*", words)
    assert found.index[0] == "dysample"
    assert f"`dysample` is {found.iloc[0] - found.iloc[1]:.2f} dB above the next layer" in said
    others = [layer for layer, (_, high) in reaches_of_others(scale) if high > 0]
    assert ("above every other one by more than the seeds differ" in said) == (not others)
    assert all(f"the next layer, `{layer}`, which is not a significant" in said for layer in others)
    alike = found[found.index.str.contains("transposed-conv-[ue]|subpixel")]
    assert f"lie within {np.ceil(np.ptp(alike) * 100) / 100:.2f} dB" in said
    lost = found.iloc[0] - found[found.index.str.contains("resize|hold")]
    assert f"are {lost.min():{form}} to {lost.max():{form}} dB below the best" in said


def test_the_page_states_what_the_initialisation_changes_at_x2() -> None:
    """On the validation images, early and late; and that no mean of the test images differs."""
    own, equal = published("x2-as-built"), published("x2")
    curves = pd.read_csv(FOLDER / CURVES)
    known = curves[curves["seed"] < own.psnr.shape[1]]
    means = known.pivot_table("psnr_validation_db", ["step", "layer"], "data")
    less = means["x2-as-built"] - means["x2"]
    words = " ".join((FOLDER.parents[1] / "docs" / "roles.md").read_text(encoding="utf-8").split())
    early, late = less[1000], less[15000]
    assert f"are {-early.max():.2f} to {-early.min():.2f} dB lower on the validation" in words
    assert (
        f"between {-late.min():.2f} dB lower and {late.max():.2f} dB higher after 15,000" in words
    )
    assert all(one[1] < 0 < one[2] for one in changes(own, equal).values())


def test_the_page_states_how_many_pairs_images_confirm_at_x3() -> None:
    """Few: the layers are close."""
    assert len(confirmed(published("x3"))) == 3


def test_the_page_states_what_a_larger_kernel_gives() -> None:
    """Three quarters of the way to a sub-pixel convolution at x4, nothing at x3."""
    x3, x4 = means("x3"), means("x4")
    assert x3["resize-conv-nearest-7"] < x3["resize-conv-nearest"]
    poor = x4["resize-conv-nearest"]
    share = (x4["resize-conv-nearest-7"] - poor) / (x4["subpixel-conv"] - poor)
    assert share == pytest.approx(0.75, abs=0.02)


def test_readme_states_how_far_apart_the_layers_are() -> None:
    """The range of their means over all test images at x2."""
    readme = (FOLDER.parents[1] / "README.md").read_text(encoding="utf-8")
    apart = np.ptp(means("x2"))
    assert f"their means lie within {apart:.2f} dB at x2" in " ".join(readme.split())


def test_folders_of_several_scales_become_one_table(tmp_path: Path) -> None:
    """Rows of other roles stay out, and what stands in two folders is there once."""
    for name, data in (("a", "x2"), ("b", "x3"), ("c", "x3")):
        (tmp_path / name).mkdir()
        for file, table in zip((ROWS, CURVES), run(data), strict=True):
            other = table.head(2).assign(role="generate")
            both = pd.concat([table.assign(role=ROLE), other])
            both.to_csv(tmp_path / name / file, index=False)
    found = joined([tmp_path / name for name in "abc"], ROWS)
    assert found["data"].value_counts().to_dict() == {
        "x2": len(LAYERS) * SEEDS,
        "x3": len(LAYERS) * SEEDS,
    }
    assert "role" not in found


def test_seeds_are_added_to_those_that_are_published(tmp_path: Path) -> None:
    """Two machines share the seeds of a study; the page is that of all of them."""
    tables = dict(zip((ROWS, CURVES), run(), strict=True))
    for name in ("first", "later", "all", "to"):
        (tmp_path / name).mkdir()
    for file, table in tables.items():
        own = table.assign(role=ROLE)
        own[own["seed"] < 3].to_csv(tmp_path / "first" / file, index=False)
        own[own["seed"] >= 3].to_csv(tmp_path / "later" / file, index=False)
        own.to_csv(tmp_path / "all" / file, index=False)
    for folder, to, *add in (("first", "to"), ("later", "to", "--add"), ("all", "all")):
        given = [str(tmp_path / folder), "--to", str(tmp_path / to), *add]
        assert main(given) == 0
    texts = [(tmp_path / name / TEXT).read_text(encoding="utf-8") for name in ("to", "all")]
    assert texts[0] == texts[1]
    assert "\n\n5 seeds of 100 steps each.\n\n" in texts[0]
    assert (tmp_path / "to" / PICTURE).read_bytes().startswith(b"\x89PNG")


def test_a_failure_takes_no_result_away(tmp_path: Path) -> None:
    """A training that failed in another run leaves the one that came to an end."""
    rows, _ = run()
    rows.assign(role=ROLE).to_csv(tmp_path / ROWS, index=False)
    (tmp_path / "later").mkdir()
    failed = rows.head(1).assign(role=ROLE, status="error", psnr_set5_db=float("nan"))
    failed.to_csv(tmp_path / "later" / ROWS, index=False)
    found = joined([tmp_path, tmp_path / "later"], ROWS)
    assert set(found["status"]) == {"ok"}
    pd.testing.assert_frame_equal(found, rows, check_like=True)


def test_a_layer_with_fewer_seeds_is_named() -> None:
    """It is not in the table, and the page says so."""
    rows, curves = run()
    page = text(rows[(rows["layer"] != "poor") | (rows["seed"] < 3)], curves)
    assert "5 seeds of 100 steps each.  Left out, with fewer seeds: poor." in page


def test_a_scale_with_one_seed_is_kept_and_named() -> None:
    """Its trainings wait for others; nothing is said of what one seed cannot show."""
    (rows, curves), (more, more_curves) = run("x2"), run("x3")
    every = pd.concat([rows, more[more["seed"] == 0]])
    page = text(every, pd.concat([curves, more_curves]))
    said = "**Not compared yet:** x3, where 3 layers came to an end with 1 seed; `layers.csv` has"
    assert said in page
    assert "at x3" not in page
    assert "#### x3" not in page
    assert [*begun(rows)] == []


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [
        ("layer == 'good'", "Of x2 1 layer came to an end with 5 seeds; expected two layers with"),
        ("seed == 0", "Of x2 3 layers came to an end with 1 seed; expected two layers with two"),
    ],
)
def test_what_cannot_be_compared_leaves_the_published_tables(
    tmp_path: Path, kept: str, sentence: str
) -> None:
    """One sentence; nothing has been written."""
    for file, table in zip((ROWS, CURVES), run(), strict=True):
        table.query(kept).assign(role=ROLE).to_csv(tmp_path / file, index=False)
    with pytest.raises(DataError, match=sentence):
        publish([tmp_path], tmp_path / "to", add=False)
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "cannot be read; run upbench layers"), ("a,b\n1,2\n", "it has no column role")],
)
def test_a_folder_of_something_else_is_one_sentence(
    tmp_path: Path, content: str | None, sentence: str
) -> None:
    """No traceback."""
    if content:
        (tmp_path / ROWS).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=sentence):
        publish([tmp_path], tmp_path / "to", add=False)


def test_trainings_of_different_length_are_no_study(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A short trial beside the study would be averaged with it: nothing is written."""
    for name, steps in (("study", 100), ("trial", 10)):
        (tmp_path / name).mkdir()
        rows, curves = run()
        rows.assign(role=ROLE, steps=steps).to_csv(tmp_path / name / ROWS, index=False)
        curves.assign(role=ROLE).to_csv(tmp_path / name / CURVES, index=False)
    folders = [str(tmp_path / name) for name in ("study", "trial")]
    assert main([*folders, "--to", str(tmp_path)]) == 2
    assert "x2 have 10 and 100 steps; expected one number" in capsys.readouterr().err
    assert not (tmp_path / TEXT).exists()


def test_a_run_that_is_not_scored_on_set5_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The embedded default has no Set5: nothing is written, and what is needed is said."""
    for file, table in zip((ROWS, CURVES), run("embedded"), strict=True):
        kept = table.drop(columns=[name for name in table if "set5" in str(name)])
        kept.assign(role=ROLE).to_csv(tmp_path / file, index=False)
    assert main([str(tmp_path), "--to", str(tmp_path / "to")]) == 2
    assert "expected one of --data x2, x3 or x4" in capsys.readouterr().err
    assert not (tmp_path / "to").exists()
