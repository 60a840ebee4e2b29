"""Training from end to end: what can be trained, where it goes, what the command says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from plugins import plugin_text
from typer.testing import CliRunner

from upbench.benchmark.cli.program import app
from upbench.benchmark.core.contract import Fittable, Trainable
from upbench.benchmark.core.errors import (
    MethodError,
    StoreError,
    UnknownNameError,
    UsageError,
)
from upbench.benchmark.core.weights import Place, find
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.training import Job, Recipe, _checkpoint, load_material, recipe_of, train
from upbench.benchmark.training.material import gather
from upbench.datasets.folder import folder_dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from upbench.benchmark.core.contract import Method
    from upbench.benchmark.training.material import Material

    Jobs = Callable[..., Job]

PLUGIN = plugin_text("trained_head")


NETWORK = plugin_text("network")


def test_a_checkpoint_is_of_the_code_of_a_plugins_network(
    tmp_path: Path, job: Jobs, material: Material
) -> None:
    """After an edit of the plugin a stopped training begins again instead of going on."""
    plugin, places = tmp_path / "mine.py", set()
    for code in (NETWORK, NETWORK, NETWORK.replace("return x", "return 2 * x")):
        plugin.write_text(code, encoding="utf-8")
        method = collect([plugin], folders=()).method("net-mine")
        mine = replace(job(), method=method)
        places.add(_checkpoint(mine, material, method.target(), "net").name)
    assert len(places) == 2


class StoppedError(Exception):
    """Ends a training in the middle."""


def stop(_what: str, done: int, _steps: int) -> None:
    """End the training after step 3."""
    if done == 3:
        raise StoppedError


def test_learned_methods_can_be_trained(tiny: Method) -> None:
    """A class that offers what training needs is trainable; others are not."""
    methods = collect(folders=["upbench.methods"]).methods

    assert isinstance(tiny.target, Trainable)
    assert isinstance(methods["cnn-carafe"].target, Trainable)
    assert not isinstance(methods["bicubic"].target, Trainable)
    assert not isinstance(methods["linear-resize-conv"].target, Trainable)
    assert isinstance(methods["linear-resize-conv"].target, Fittable)


def test_recipe_is_the_methods_own(tiny: Method, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a class states replaces the default, and --steps replaces its steps."""
    target: Any = tiny.target
    assert recipe_of(tiny) == Recipe()
    monkeypatch.setattr(target, "recipe", {"steps": 7, "rate": 0.5}, raising=False)
    assert recipe_of(tiny) == Recipe(steps=7, rate=0.5)
    assert recipe_of(tiny, 5) == Recipe(steps=5, rate=0.5)
    with pytest.raises(UsageError, match="--steps takes a whole number from 1 up; got 0"):
        recipe_of(tiny, 0)
    monkeypatch.setattr(target, "recipe", {"step": 7, "rate": 0.5})
    with pytest.raises(UsageError) as refused:
        recipe_of(tiny)
    assert str(refused.value) == (
        "tiny: its recipe has step, which there is not; expected some of steps, batch, patch, "
        "rate, warm_up, last, momentum, optimiser, mixed, sizes, drawn."
    )


def test_a_recipe_that_cannot_be_names_its_method(
    tiny: Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plugin's author is told the field, what it must be and what it is."""
    target: Any = tiny.target
    monkeypatch.setattr(target, "recipe", {"patch": "20"}, raising=False)
    with pytest.raises(UsageError) as refused:
        recipe_of(tiny)
    assert str(refused.value) == ("tiny: A recipe's patch is a whole number from 8 up; got '20'.")
    monkeypatch.setattr(target, "recipe", 5)
    with pytest.raises(UsageError, match="tiny: its recipe is a dictionary of fields; got 5"):
        recipe_of(tiny)


def test_weights_that_are_no_numbers_are_not_kept(
    job: Jobs, material: Material, tmp_path: Path
) -> None:
    """A training that explodes ends in one sentence, and leaves neither weights nor card."""
    with pytest.raises(MethodError, match=r"tiny x2 seed 0: .* no numbers?|is (nan|inf) at step"):
        train(job(rate=1e30), material, tmp_path / "weights")
    assert not [*(tmp_path / "weights").iterdir()]


def test_a_training_that_begins_with_other_weights_says_so(
    tiny: Method, job: Jobs, material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes those in the folder that it writes, and the card says what they learned from."""
    target: Any = tiny.target
    first = train(job(), material, tmp_path / "first")
    (tmp_path / "out").mkdir()
    for file in (first, first.with_suffix(".json")):
        (tmp_path / "out" / file.name.replace("x2", "x3")).write_bytes(file.read_bytes())
    found: list[Path] = []
    original = target.untrained

    def place(scale: int, seed: int = 0) -> Place:
        return find(tmp_path / "method", "tiny", scale, seed)

    def untrained(scale: int, seed: int = 0) -> Any:
        found.append(place(3, seed).file)
        return original(scale, seed)

    monkeypatch.setattr(target, "place", place)
    monkeypatch.setattr(target, "untrained", untrained)
    monkeypatch.setattr(target, "begins_with", 3, raising=False)
    card, before = (
        json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        for file in (train(job(), material, tmp_path / "out"), first)
    )
    assert found == [tmp_path / "out" / "tiny-x3.safetensors"]
    assert card["begun_with"] == {
        "weights": "tiny-x3.safetensors",
        **{key: before[key] for key in ("sha256", "data", "data_sha256", "licences")},
    }
    assert "begun_with" not in before


def test_weights_go_where_the_method_looks(
    tiny: Method, job: Jobs, material: Material, cache: Path
) -> None:
    """By default they lie beside the method; the finished training leaves no checkpoint."""
    target: Any = tiny.target
    file = train(job(seed=2), material)

    assert file == target.place(2, 2).file
    assert sorted(found.suffix for found in file.parent.iterdir()) == [
        ".csv",
        ".json",
        ".safetensors",
    ]
    assert not list(cache.glob("*"))


@pytest.mark.parametrize("change", [{"steps": 13}, {"rate": 1e-3}, {"patch": 11}, {"seed": 1}])
def test_checkpoint_of_another_training_is_not_used(
    job: Jobs, material: Material, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    """Another recipe or seed begins at its own first step."""
    monkeypatch.setattr("upbench.benchmark.training.loop.BETWEEN_CHECKPOINTS", 1)
    with pytest.raises(StoppedError):
        train(job(), material, None, stop)
    taken: list[int] = []
    train(job(**change), material, None, lambda _what, done, _steps: taken.append(done))
    assert taken[0] == 1


def test_checkpoint_of_other_images_is_not_used(
    job: Jobs,
    material: Material,
    pictures: Path,
    picture: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One picture more begins at the first step."""
    monkeypatch.setattr("upbench.benchmark.training.loop.BETWEEN_CHECKPOINTS", 1)
    with pytest.raises(StoppedError):
        train(job(), material, None, stop)
    picture(pictures / "more.png", 77, 40, 40)
    taken: list[int] = []
    more = gather([folder_dataset(str(pictures))], [], 2, 10)
    train(job(), more, None, lambda _what, done, _steps: taken.append(done))
    assert taken[0] == 1


def test_unknown_data_are_refused() -> None:
    """A misspelt dataset is refused with the nearest name."""
    with pytest.raises(UnknownNameError, match=r"no dataset named 't19'; did you mean 't91'"):
        load_material(collect(), ["t19"], 2, Recipe(patch=10))


def test_cache_that_cannot_be_written(
    job: Jobs, material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checkpoints that have no place to go say which variable moves them."""
    (tmp_path / "taken").touch()
    monkeypatch.setenv("UPBENCH_CACHE", str(tmp_path / "taken"))
    with pytest.raises(StoreError, match=r"tiny.* cannot be kept in .*; set UPBENCH_CACHE to"):
        train(job(), material)


def command(*words: str) -> tuple[int, str]:
    """Run ``upbench train`` and return its exit code and what it printed, as one line."""
    done = CliRunner().invoke(app, ["train", *words], catch_exceptions=False)
    return done.exit_code, " ".join(done.output.split())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--head", "carafee"], "There is no method named 'carafee'; did you mean 'cnn-carafe'"),
        (["--head", "carafe", "--scale", "5"], "cnn-carafe is made for x2, x3, x4"),
        (["--head", "carafe", "--scale", "1.5"], "takes whole numbers from 2 to 16 here, like"),
        (["--methods", "bicubic"], "--methods bicubic names no method that is trained"),
        (["--head", "carafe", "--steps", "0"], "--steps takes a whole number from 1 up; got 0."),
        (["--head", "carafe", "--seed", "-1"], "a whole number from 0 up, below 2^63; got -1."),
        (["--head", "carafe", "--seed", f"{1 << 63}"], "from 0 up, below 2^63; got 92233720368547"),
        (["--methods", ""], "--methods is empty; expected a name like cnn-carafe, or no --methods"),
        (["--head", "carafe", "--data", ","], "--data is empty; expected a name like t91, or no"),
        (["--head", "carafe", "--device", "tpu"], "--device takes auto, cpu or cuda; got tpu."),
    ],
)
def test_command_refuses(words: list[str], sentence: str) -> None:
    """What cannot be trained is refused in one sentence, with exit code 2."""
    code, said = command(*words)
    assert code == 2
    assert sentence in said


def test_what_a_plugins_head_raises_is_one_sentence(tmp_path: Path, pictures: Path) -> None:
    """The plugin's author is told the network, the error and its line, without a traceback."""
    plugin = tmp_path / "plugin.py"
    plugin.write_text(PLUGIN.replace('"mine", build', '"mine", lambda *_: 1 / 0'), encoding="utf-8")
    words = ["--plugin", str(plugin), "--head", "mine", "--scale", "2", "--device", "cpu"]
    code, said = command(*words, "--data", f"folder:{pictures}")
    assert code == 2
    assert (
        said == "upbench: cnn-mine x2 seed 0: ZeroDivisionError: division by zero (at plugin.py:8)"
    )


def test_training_again_leaves_the_shipped_weights(
    tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new weights go to the user's folder; the command says what runs and how to use them."""
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: tmp_path / "data")
    target: Any = collect().method("cnn-carafe").target
    shipped = target.place(2)
    before = shipped.file.read_bytes(), shipped.card.read_bytes()
    words = ["--head", "carafe", "--scale", "2", "--device", "cpu", "--steps", "1", "--again"]
    code, said = command(*words, "--data", f"folder:{pictures}")
    mine = tmp_path / "data" / "weights" / shipped.file.name

    assert code == 0, said
    assert (shipped.file.read_bytes(), shipped.card.read_bytes()) == before
    assert mine.is_file()
    assert target.place(2) == shipped
    assert f"UPBENCH_WEIGHTS={mine.parent} makes it use the new weights." in said.replace(" ", " ")
    monkeypatch.setenv("UPBENCH_WEIGHTS", str(mine.parent))
    assert target.place(2).file == mine


def test_command_trains_and_the_method_runs(tmp_path: Path, pictures: Path) -> None:
    """The command trains a plugin's head; its weights lie beside it, and running it finds them."""
    plugin = tmp_path / "plugin.py"
    plugin.write_text(PLUGIN, encoding="utf-8")
    words = ["--plugin", str(plugin), "--head", "mine", "--scale", "2"]
    code, said = command(*words, "--device", "cpu", "--data", f"folder:{pictures}")
    assert code == 0, said
    assert (tmp_path / "weights" / "cnn-mine-x2.json").is_file()

    code, said = command(*words)
    assert code == 0
    assert "1 of 1 networks have their weights; --again trains them again." in said
    method = collect([plugin]).method("cnn-mine")
    assert method.load(2).parameters == 10020  # type: ignore[attr-defined]

    (tmp_path / "weights" / "cnn-mine-x2.safetensors").unlink()  # the card alone is no weights
    code, said = command(*words, "--device", "cpu", "--data", f"folder:{pictures}")
    assert code == 0, said
    assert (tmp_path / "weights" / "cnn-mine-x2.safetensors").is_file()
