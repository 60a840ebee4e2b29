"""Published roles: the tables, the answer, and that the page quotes what the tables say."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scripts import script

from upbench.benchmark.engine.trainings import file_stem
from upbench.benchmark.statistics import significant_differences

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "results" / "roles"
LAYERS, SEEDS = 7, 3
"""The least that is published of each role."""


@pytest.fixture(scope="module")
def publish() -> Any:
    """Return the script, imported from its file."""
    return script(PUBLISHED / "publish.py")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the rows of two layers, three seeds each."""
    rows = [
        ("a", 0, 20.0, 3.0, 100.0),
        ("a", 1, 22.0, 5.0, 110.0),
        ("a", 2, 24.0, 4.0, 120.0),
        ("b", 0, 1.0, 4.5, 90.0),
        ("b", 1, 2.0, 6.0, 95.0),
        ("b", 2, 3.0, 7.0, 99.0),
    ]
    names = ["layer", "seed", "lattice_2_db_initial", "lattice_2_db", "swd"]
    pd.DataFrame(rows, columns=names).to_csv(tmp_path / "generate.csv", index=False)
    return tmp_path


def test_the_answer_is_a_line_for_each_layer(publish: Any, folder: Path) -> None:
    """Means, with the lowest and the highest seed."""
    lines = publish.answer(folder).splitlines()
    assert lines[2] == "| a | 22.0 (20.0 to 24.0) | 4.0 (3.0 to 5.0) | 110 (100 to 120) |"
    assert lines[3] == "| b | 2.0 (1.0 to 3.0) | 5.8 (4.5 to 7.0) | 95 (90 to 99) |"


def test_the_answer_says_what_seeds_do_not_distinguish(publish: Any, folder: Path) -> None:
    """Where seeds show no difference none is claimed, whether ranges overlap or not."""
    sentences = publish.answer(folder).splitlines()[5:]
    assert sentences == [
        (
            "- generate: lattice at first, dB: `b` has the lowest mean; it differs significantly "
            "from all others."
        ),
        (
            "- generate: lattice at the end, dB: `a` has the lowest mean; it differs significantly "
            "from no other."
        ),
        "- generate: SWD x 1000: `b` has the lowest mean; it differs significantly from no other.",
    ]


def test_higher_is_better_where_it_says_so(publish: Any) -> None:
    """Of a mean IoU the highest is named."""
    found = {"a": (0.40, 0.401), "b": (0.45, 0.451), "c": (0.44, 0.45, 0.46)}
    assert publish.undecided(found, "higher") == ("b", ["c"])
    assert publish.undecided(found, "lower") == ("a", [])


def a_run(folder: Path, **values: list[Any]) -> Path:
    """Write the folder of a run, with pictures and no weights."""
    figures = folder / "figures"
    figures.mkdir(parents=True)
    rows = pd.DataFrame(values).assign(data="mnist", device="cpu")
    for one in rows.to_dict("records"):
        picture = f"{one['role']} {one['layer']} {one['steps']} {folder.name}"
        (figures / f"{file_stem(one)}-samples.png").write_bytes(picture.encode())
    for role, steps in rows.groupby("role")["steps"].first().items():
        (figures / f"curves-{role}-{folder.name}-{steps}-steps-cpu.png").write_bytes(b"curves")
    for name in ("layers.csv", "layers-curves.csv"):
        rows.to_csv(folder / name, index=False)
    return folder


def published(publish: Any, monkeypatch: pytest.MonkeyPatch, to: Path, *folders: Path) -> None:
    """Give the command."""
    monkeypatch.setattr("sys.argv", ["publish.py", *map(str, folders), "--to", str(to)])
    assert publish.main() == 0


def test_a_run_is_published_by_role(
    publish: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each role gets its own rows and columns; layer, seed and steps come first."""
    run = a_run(
        tmp_path / "run",
        role=["generate", "segment"],
        layer=["a", "a"],
        seed=[0, 0],
        steps=[2, 2],
        swd=[100.0, None],
        mean_iou=[None, 0.4],
    )
    to = tmp_path / "to"
    published(publish, monkeypatch, to, run)
    assert (to / "generate.csv").read_text().splitlines() == [
        *("layer,seed,steps,swd,data,device", "a,0,2,100,mnist,cpu")
    ]
    assert "mean_iou" in pd.read_csv(to / "segment.csv")
    assert (to / "figures" / "generate-a-samples.png").read_bytes() == b"generate a 2 run"
    assert not (to / "other-runs.csv").exists()


def test_layers_are_compared_after_equally_many_steps(
    publish: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was trained longer is published beside the table, not in it."""
    common: dict[str, list[Any]] = {"role": ["generate"] * 2, "layer": ["a", "b"], "seed": [0, 0]}
    run = a_run(tmp_path / "run", **common, steps=[2, 2], swd=[100.0, 90.0])
    more: dict[str, list[Any]] = common | {"steps": [9, 9], "swd": [50.0, 40.0]}
    long = a_run(tmp_path / "long", **more)
    again = a_run(tmp_path / "again", **common | {"layer": ["c", "d"]}, steps=[2, 2])
    to = tmp_path / "to"
    published(publish, monkeypatch, to, run, long, again)
    for name in ("generate.csv", "generate-curves.csv"):
        assert pd.read_csv(to / name)["steps"].tolist() == [2, 2, 2, 2]
    others = pd.read_csv(to / "other-runs.csv")
    assert others[["layer", "steps", "swd"]].to_numpy().tolist() == [["a", 9, 50.0], ["b", 9, 40.0]]
    figures = to / "figures"
    assert (figures / "generate-a-samples.png").read_bytes() == b"generate a 2 run"
    for layer in "ab":  # each layer's, not the first's alone
        file = figures / f"generate-{layer}-9-steps-samples.png"
        assert file.read_bytes() == f"generate {layer} 9 long".encode()
    curves = sorted(file.name for file in figures.glob("curves-*"))
    assert curves == [f"curves-generate-{one}-2-steps-cpu.png" for one in ("again", "run")]


def test_other_steps_of_a_role_stay_while_another_role_is_published(
    publish: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And go when their own role is published without any."""
    one: dict[str, list[Any]] = {"layer": ["a", "b", "a"], "seed": [0, 0, 0], "steps": [2, 2, 9]}
    to = tmp_path / "to"
    for role in ("generate", "segment"):
        published(publish, monkeypatch, to, a_run(tmp_path / role, role=[role] * 3, **one))
    others = pd.read_csv(to / "other-runs.csv")
    assert others[["role", "steps"]].to_numpy().tolist() == [["generate", 9], ["segment", 9]]
    plain: dict[str, list[Any]] = {"layer": ["a"], "seed": [0], "steps": [2]}
    published(publish, monkeypatch, to, a_run(tmp_path / "plain", role=["generate"], **plain))
    assert pd.read_csv(to / "other-runs.csv")["role"].tolist() == ["segment"]
    published(publish, monkeypatch, to, a_run(tmp_path / "last", role=["segment"], **plain))
    assert not (to / "other-runs.csv").exists()


def test_a_training_that_is_in_two_folders_is_not_two_seeds(
    publish: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its copy would make differences significant that are not; nothing is written."""
    one: dict[str, list[Any]] = {"role": ["generate"], "layer": ["a"], "seed": [0], "steps": [2]}
    folders = [str(a_run(tmp_path / name, **one)) for name in ("run", "copy")]
    monkeypatch.setattr("sys.argv", ["publish.py", *folders, "--to", str(tmp_path / "to")])
    assert publish.main() == 2
    said = "generate, a, seed 0, 2 steps is in two of the folders, and would count as two seeds"
    assert capsys.readouterr().err == f"{said}; give one of them.\n"
    assert not (tmp_path / "to").exists()


def test_the_published_answer_is_that_of_the_published_rows(publish: Any) -> None:
    """It is not edited by hand, so that the page of the documentation quotes measured numbers."""
    assert (PUBLISHED / "answer.md").read_text(encoding="utf-8") == publish.answer(PUBLISHED)


@pytest.mark.parametrize("file", sorted(PUBLISHED.glob("*[!s].csv")), ids=lambda file: file.stem)
def test_published_rows_are_seven_layers_by_three_seeds(file: Path) -> None:
    """One row for each layer and seed, all of the same steps, none failed."""
    rows = pd.read_csv(file)
    assert rows.columns.tolist()[:3] == ["layer", "seed", "steps"]
    assert not rows.duplicated(["layer", "seed"]).any()
    assert rows["layer"].nunique() >= LAYERS
    assert (rows.groupby("layer")["seed"].nunique() >= SEEDS).all()
    assert len(set(rows["steps"])) == 1
    assert (rows["status"] == "ok").all()


def test_the_command_in_the_readme_is_that_of_the_published_rows() -> None:
    """Its steps and layers are those of the table, its milestones those of the curves."""
    text = (PUBLISHED / "README.md").read_text(encoding="utf-8")
    rows = pd.read_csv(PUBLISHED / "generate.csv")
    stated = re.search(r"--role generate .* --steps (\d+)", text)
    assert stated is not None
    assert set(rows["steps"]) == {int(stated[1])}
    layers = re.search(r"^LAYERS \?= (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert layers is not None
    assert set(rows["layer"]) == set(layers[1].split(","))
    steps = sorted(set(pd.read_csv(PUBLISHED / "generate-curves.csv")["step"]))
    assert f"steps {', '.join(map(str, steps[:-1]))} and {steps[-1]}" in text


def test_published_lattices_are_those_that_theory_expects_at_first() -> None:
    """Random overlap makes a pattern in every seed; equal phases make hardly more than images."""
    rows = pd.read_csv(PUBLISHED / "generate.csv").set_index("layer")["lattice_2_db_initial"]
    assert rows["transposed-conv-even"].min() > 15
    assert rows["transposed-conv-uneven"].min() > 15
    assert rows["subpixel-conv"].min() > 15
    assert rows["resize-conv-nearest"].max() < 10
    assert rows["subpixel-conv-icnr"].max() < 10


def test_published_generators_end_as_the_page_says() -> None:
    """Which leave less lattice in every seed, which samples are furthest from real ones."""
    rows = pd.read_csv(PUBLISHED / "generate.csv")
    resized = rows["layer"].str.startswith("resize-conv")
    others = ["transposed-conv-uneven", "subpixel-conv", "subpixel-conv-icnr"]
    most = rows.loc[resized, "lattice_2_db"].max()
    assert most < rows.loc[rows["layer"].isin(others), "lattice_2_db"].min()
    assert rows.loc[rows["layer"] == "transposed-conv-5", "lattice_2_db"].max() <= most
    assert rows.loc[rows["layer"] == "subpixel-conv-icnr", "lattice_2_db"].min() > 1
    assert rows["lattice_2_db"].agg(["min", "max"]).round(1).tolist() == [1.3, 3.1]
    assert round(rows["phase_means_gl"].max(), 2) == 0.33
    assert (rows[["lattice_8_db", "lattice_16_db"]].abs() < 1).all(axis=None)
    ratios = rows.groupby("layer")["frechet_ratio"].agg(["min", "mean", "max"])
    worst = ratios.loc["resize-conv-bilinear"]
    assert worst["min"] > ratios.drop("resize-conv-bilinear")["max"].max()
    seeds = rows.groupby("layer")["frechet_ratio"].apply(list)
    differs = pd.DataFrame(significant_differences([*seeds]), seeds.index, seeds.index)
    assert differs.pop("resize-conv-bilinear").sum() == 4
    assert not differs.drop("resize-conv-bilinear").any(axis=None)
    text = (PUBLISHED / "README.md").read_text(encoding="utf-8")
    stated = re.search(r"distance is (\d+) to (\d+) times that of real images", text)
    assert stated is not None
    ends = rows["frechet_ratio"].min(), rows["frechet_ratio"].max()
    assert [int(one) for one in stated.groups()] == [round(end) for end in ends]


def test_published_runs_of_more_steps_are_as_the_page_says() -> None:
    """Every number that it quotes of them is that of a row."""
    rows = pd.read_csv(PUBLISHED / "other-runs.csv")
    assert (rows["status"] == "ok").all()
    text = (PUBLISHED / "README.md").read_text(encoding="utf-8")
    for role, key, form in (("generate", "frechet_ratio", ".1f"), ("segment", "mean_iou", ".3f")):
        own = rows[rows["role"] == role].sort_values("seed")
        (layer,), (steps,) = own["layer"].unique(), own["steps"].unique()
        assert steps > pd.read_csv(PUBLISHED / f"{role}.csv")["steps"].max()
        values = [format(value, form) for value in own[key]]
        quoted = f"{', '.join(values[:-1])} and {values[-1]}"
        said = f"`{layer}` trained for {steps:,} steps, on a CPU, has {quoted}"
        assert said in " ".join(text.split())


def test_published_reconstructions_end_as_the_page_says() -> None:
    """Beside a discriminator every layer but resize-convolutions keeps some checkerboard."""
    rows = pd.read_csv(PUBLISHED / "reconstruct.csv")
    resized = rows["layer"].str.startswith("resize-conv")
    left = rows.groupby("layer")["checkerboard_adversarial_db"].max()
    assert (rows.loc[resized, "checkerboard_adversarial_db"] < 0.05).all()
    assert (left[~left.index.str.startswith("resize-conv")] > 1).all()
    assert left.max() < 6  # what shows
    for loss in ("pixel", "spectral"):
        levels = rows[f"checkerboard_{loss}_db"]
        assert levels.max() < 1.5
        assert (levels > 1).sum() <= 1
    means = rows.groupby("layer")["psnr_pixel_db"].mean()
    assert (means.idxmin(), means.idxmax()) == ("transposed-conv-uneven", "resize-conv-nearest")
    assert not significant_differences([*rows.groupby("layer")["psnr_pixel_db"].apply(list)]).any()


def test_published_decoders_end_as_the_page_says() -> None:
    """Mean IoU hardly depends on the layer; only resize-convolutions are clean in every seed."""
    rows = pd.read_csv(PUBLISHED / "segment.csv")
    means = rows.groupby("layer")["mean_iou"].mean()
    highest = rows.groupby("layer")["lattice_2_db"].max()
    resized = highest.index.str.startswith("resize-conv")
    assert np.ptp(means) < 0.03
    assert not significant_differences([*rows.groupby("layer")["mean_iou"].apply(list)]).any()
    assert means.idxmax() == "transposed-conv-even"
    assert (highest[resized] < 1).all()
    text = (PUBLISHED / "README.md").read_text(encoding="utf-8")
    lowest = rows.groupby("layer")["lattice_2_db"].min()
    ends = lowest[~resized].min(), highest[~resized].max()
    assert 1 < ends[0] < ends[1] < 6  # what shows
    assert "{:.1f} to {:.1f} dB: less than what shows".format(*ends) in text
    assert f"the best network has {rows['mean_iou'].max():.3f}" in text
    assert re.search(rf"--role segment .* --steps {rows['steps'].iloc[0]} ", text)


def test_published_decoders_that_begin_flat_lead_early() -> None:
    """At 300 steps their validation images have the higher mean IoU, on average."""
    rows = pd.read_csv(PUBLISHED / "segment.csv")
    flat = set(rows.loc[rows["lattice_2_db_initial"] < 0.1, "layer"])
    curves = pd.read_csv(PUBLISHED / "segment-curves.csv")
    early = curves[curves["step"] == 300].groupby("layer")["validation_iou"].mean()
    assert len(flat) == 4
    assert early[early.index.isin(flat)].mean() > early[~early.index.isin(flat)].mean()


def test_published_weights_are_those_of_their_cards() -> None:
    """The card has the file's SHA-256, and the file is what a generator loads."""
    from safetensors.torch import load_file

    from upbench.benchmark.training.roles.generate.networks import generator
    from upbench.layers import named

    cards = sorted((PUBLISHED / "weights").glob("generate-*.json"))
    assert len(cards) >= LAYERS
    for card in cards:
        file = card.with_suffix(".safetensors")
        said = json.loads(card.read_text(encoding="utf-8"))
        assert said["sha256"] == sha256(file.read_bytes()).hexdigest()
        network = generator(named(said["layer"]), 1)
        tensors = load_file(file)
        wanted = network.state_dict()
        network.load_state_dict(
            {name: tensors[name].reshape(one.shape) for name, one in wanted.items()}
        )
