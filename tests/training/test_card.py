"""What training leaves: weights, card and curve side by side, telling the truth."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from safetensors.torch import load_file

from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.training import Job, train
from upbench.benchmark.training import _keep as keep
from upbench.benchmark.training.checkpoint import Point

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from upbench.benchmark.core.contract import Method
    from upbench.benchmark.training.material import Material

    Jobs = Callable[..., Job]


def test_card_says_how_the_weights_were_made(
    job: Jobs, material: Material, pictures: Path, tmp_path: Path
) -> None:
    """Data and their digest, recipe, seed, time, device, code, scores, licence and digest."""
    file = train(job(seed=3), material, tmp_path)
    card = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    about = ("method", "scale", "seed", "device", "training_images", "left_out_as_too_small")

    assert {name: card[name] for name in about} == {
        "method": "tiny",
        "scale": 2,
        "seed": 3,
        "device": "cpu",
        "training_images": 4,
        "left_out_as_too_small": [],
    }
    assert card["parameters"] == sum(value.numel() for value in load_file(file).values())
    assert card["recipe"] == job().recipe.__dict__ | {"momentum": [0.9, 0.99], "sizes": [1.0]}
    assert card["data"] == [f"folder:{pictures}"]
    assert card["data_sha256"] == material.digest
    assert card["validation_images"] == [f"folder:{pictures}/waves0"]
    assert all(card["code"][part] for part in ("network", "training", "torch"))
    assert card["machine"]
    assert card["licences"] == [f"folder:{pictures}: unknown"]
    assert card["notice"].startswith("Whether the licences of the images bind the weights is not")
    assert card["curve"]["step"] == 12
    assert card["sha256"] == sha256(file.read_bytes()).hexdigest()


def test_images_for_research_alone_are_said_on_the_card(
    job: Jobs, material: Material, tmp_path: Path
) -> None:
    """Licences that allow no more are told from those that are not known."""
    licences = ("folder:a: unknown", "b: non-commercial research and education")
    file = train(job(steps=1), replace(material, licences=licences), tmp_path)
    card = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert card["licences"] == [*licences]
    assert "non-commercial research and education only" in card["notice"]


def test_curve_is_kept_to_the_last_digit(tiny: Method, tmp_path: Path) -> None:
    """The table holds every point; what was not known is missing."""
    points = [Point(0, 0.0, None, 12.25, 1 / 3, 2e-9), Point(7, 1.5, 0.1, 30.5, 0.0, 0.0)]
    network = tiny.target.untrained(2)  # type: ignore[attr-defined]
    curve = pd.read_csv(
        keep(tmp_path / "new" / "x.safetensors", network, {}, points).with_suffix(".csv")
    )

    assert list(curve.columns) == list(Point.__dataclass_fields__)
    assert curve.iloc[1].tolist() == [7, 1.5, 0.1, 30.5, 0.0, 0.0]
    assert curve["checkerboard_db"].iloc[0] == 1 / 3
    assert curve["loss"].isna().tolist() == [True, False]


def test_card_is_written_last(
    tiny: Method, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended between the files, no card speaks of weights that are not there."""
    monkeypatch.setattr("pandas.DataFrame.to_csv", lambda *_, **__: 1 / 0)
    network = tiny.target.untrained(2)  # type: ignore[attr-defined]
    with pytest.raises(ZeroDivisionError):
        keep(tmp_path / "x.safetensors", network, {}, [Point(0, 0.0, None, 1.0, 1.0, 1.0)])
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["x.safetensors"]


def test_folder_that_cannot_be_written_is_an_error_before_training(
    job: Jobs, material: Material, tmp_path: Path
) -> None:
    """Not one step is taken for weights that have no place to go."""
    (tmp_path / "taken").touch()
    taken: list[int] = []
    with pytest.raises(StoreError, match=r"^[^ ]*taken is a file; expected a folder"):
        train(job(), material, tmp_path / "taken", lambda _what, done, _steps: taken.append(done))
    assert not taken
