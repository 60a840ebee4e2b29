"""All weights in the repository: complete, sound, each with its card, made alike, small."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from head_study.published import PUBLISHED
from head_study.subjects import WEIGHTS, Subject
from upbench.benchmark.core.weights import VARIABLE
from upbench.benchmark.engine.cell import prepare
from upbench.benchmark.imaging.degrade import quantise
from upbench.benchmark.metrics.psnr import psnr
from upbench.benchmark.registry.catalog import built_in_protocols, collect
from upbench.benchmark.training import recipe_of
from upbench.datasets.public import set5
from upbench.methods import learned

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Upsampler
    from upbench.benchmark.engine.cell import Prepared

FOLDER = Path(learned.__path__[0]) / "weights"
SHIPPED = sorted(FOLDER.glob("*.safetensors"))
FILES = [*SHIPPED, *sorted(WEIGHTS.glob("*.safetensors"))]
METHODS = {
    name: method
    for name, method in collect(folders=["upbench.methods"]).methods.items()
    if method.target.__module__.startswith("upbench.methods.learned.")
}
HEADS = [name for name in METHODS if name.startswith("cnn-")]
FIELDS = {
    "method": str,
    "scale": int,
    "seed": int,
    "parameters": int,
    "recipe": dict,
    "data": list,
    "data_sha256": str,
    "training_images": int,
    "validation_images": list,
    "left_out_as_too_small": list,
    "device": str,
    "machine": str,
    "code": dict,
    "licences": list,
    "notice": str,
    "curve": dict,
    "sha256": str,
}
"""What a card says."""
NEWER = {"left_out_as_test_images": list, "begun_with": dict}
"""What the cards of later trainings say, too."""
each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def card_of(file: Path) -> dict[str, Any]:
    """Return the card of a weights file."""
    card: dict[str, Any] = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    return card


@pytest.fixture(autouse=True)
def _weights_of_the_study(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the seeds that no method ships with where they lie."""
    monkeypatch.setenv(VARIABLE, str(WEIGHTS))


@each_file
def test_file_is_its_cards(file: Path) -> None:
    """Name, digest, fields and learning curve of a file agree with its card."""
    card = card_of(file)
    target: Any = METHODS[card["method"]].target
    subject = Subject(METHODS[card["method"]], card["scale"], card["seed"])
    curve = subject.curve_file.read_text(encoding="utf-8").splitlines()
    columns, last = curve[0].split(","), curve[-1].split(",")

    fields = {name: type(value) for name, value in card.items()}
    assert FIELDS.items() <= fields.items() <= (FIELDS | NEWER).items()
    assert target.place(card["scale"], card["seed"]).file == file
    assert sha256(file.read_bytes()).hexdigest() == card["sha256"]
    assert dict(zip(columns, map(float, last), strict=True)) == pytest.approx(card["curve"])
    assert card["curve"]["step"] == card["recipe"]["steps"]
    assert set(card["code"]) == {"network", "training", "torch"}
    assert all(card["code"].values())
    assert "non-commercial" in card["notice"]
    assert len(card["licences"]) == len(card["data"])


@pytest.mark.parametrize("scale", [3, 4])
@pytest.mark.parametrize("method", ["upnet-slim", "upnet-large"])
def test_what_a_training_began_with_is_shipped(method: str, scale: int) -> None:
    """The card names the weights of x2 that are here, by their digest, and what they saw."""
    place = METHODS[method].target.place
    begun = card_of(place(scale).file)["begun_with"]
    first = card_of(place(2).file)
    assert begun["weights"] == place(2).file.name
    assert begun["sha256"] == first["sha256"]
    assert (begun["data"], begun["licences"]) == (first["data"], first["licences"])


@each_file
def test_file_was_trained_by_the_methods_recipe(file: Path) -> None:
    """What the card says is what the command would do today; it may lack newer fields."""
    card = card_of(file)
    recipe = json.loads(json.dumps(asdict(recipe_of(METHODS[card["method"]]))))
    assert card["recipe"].items() <= recipe.items()


@each_file
def test_file_is_a_network(file: Path) -> None:
    """The weights fit the method's network, and their number is the card's."""
    card = card_of(file)
    target: Any = METHODS[card["method"]].target
    network = target.trained(card["scale"], card["seed"])

    assert sum(weight.numel() for weight in network.parameters()) == card["parameters"]
    assert all(bool(weight.isfinite().all()) for weight in network.parameters())


def test_every_method_has_its_weights() -> None:
    """Every learned method runs at x2, x3 and x4."""
    wanted = {(name, scale) for name in METHODS for scale in (2, 3, 4)}
    missing = {
        place for place in wanted if not METHODS[place[0]].target.place(place[1]).file.is_file()
    }  # type: ignore[attr-defined]
    assert missing == set()


def test_every_head_has_three_seeds_at_x2() -> None:
    """The spread over seeds is known at x2."""
    missing = {
        (name, seed)
        for name in HEADS
        for seed in (0, 1, 2)
        if not METHODS[name].target.place(2, seed).file.is_file()  # type: ignore[attr-defined]
    }
    assert missing == set()


def test_heads_are_compared_fairly() -> None:
    """All heads of one scale were trained by one recipe, on one set of images, by one code."""
    for scale in (2, 3, 4):
        cards = [card_of(file) for file in FILES if file.stem.startswith("cnn-")]
        made = [
            [card[name] for name in ("recipe", "data_sha256", "code", "device")]
            for card in cards
            if card["scale"] == scale
        ]
        assert all(one == made[0] for one in made)


def test_weights_are_in_the_wheel() -> None:
    """Files that are no Python are packed only if pyproject.toml names them."""
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))
    packed = project["tool"]["setuptools"]["package-data"]["upbench.methods.learned"]
    assert set(packed) == {f"weights/*{end}" for end in (".safetensors", ".json")}


@pytest.mark.usefixtures("public_data")
def test_every_head_is_far_ahead_of_bicubic() -> None:
    """On Set5 at x2 under y-classic each learned method beats bicubic by 2.5 dB or more."""
    bicubic = collect(folders=["upbench.methods"]).method("bicubic")
    methods = {"bicubic": bicubic, **METHODS}
    means = {name: _on_set5(method.load(2), 2) for name, method in methods.items()}

    assert means.pop("bicubic") == pytest.approx(33.66, abs=0.01)
    assert min(means.values()) >= 33.66 + 2.5


@pytest.mark.usefixtures("public_data")
@pytest.mark.parametrize(
    ("name", "rival"),
    [("upnet-small", "FSRCNN"), ("upnet-slim", "FSRCNN"), ("upnet-large", "VDSR")],
)
def test_longer_trained_networks_pass_larger_published_ones(name: str, rival: str) -> None:
    """On Set5 they are ahead of a network of more weights at every scale, as the study says."""
    (published,) = [one for one in PUBLISHED if one.name == rival]
    for scale, beaten in zip((2, 3, 4), published.psnr_db["set5"], strict=True):
        method: Any = METHODS[name].load(scale)
        assert _on_set5(method, scale) > beaten, scale
        assert method.parameters < published.weights


@pytest.mark.usefixtures("public_data")
def test_slim_reaches_what_was_asked_of_a_small_network() -> None:
    """On Set5, about a quarter of a decibel ahead of FSRCNN with no more weights than it has."""
    for scale, wanted in ((2, 37.25), (3, 33.35), (4, 30.95)):
        assert _on_set5(METHODS["upnet-slim"].load(scale), scale) >= wanted, scale


def _on_set5(upsample: Upsampler, scale: int) -> float:
    images = [prepare(item.load(), scale, built_in_protocols()["y-classic"]) for item in set5()]
    return float(np.mean([_psnr(upsample, image) for image in images]))


def _psnr(upsample: Upsampler, image: Prepared) -> float:
    output = image.protocol.steps.score(quantise(upsample(image.low)), image.scale)
    return psnr(image.reference, output, image.scale)


def test_nothing_else_lies_there() -> None:
    """A method ships with the weights of seed 0 and their cards; all take 4 MB at most."""
    expected = {file.with_suffix(end) for file in SHIPPED for end in (".safetensors", ".json")}
    found = {file for file in FOLDER.iterdir() if not file.name.startswith(".")}

    assert found == expected
    assert not any("seed" in file.name for file in found)
    assert sum(file.stat().st_size for file in found) <= 4e6


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_no_weights_learned_from_a_test_image(file: Path) -> None:
    """302003, which Set5's woman was made from, was held back or left out."""
    card = card_of(file)
    assert "bsd200/302003" in [*card["validation_images"], *card.get("left_out_as_test_images", [])]
    assert "woman" not in card["notice"]
