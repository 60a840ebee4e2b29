"""The role superresolution: first outputs of equal variance, and what a training is scored by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from role_training import after
from torch import nn

from upbench import layers
from upbench.benchmark.core.errors import MethodError, UnknownNameError
from upbench.benchmark.core.threads import one_thread
from upbench.benchmark.training.material import Material, make_pair
from upbench.benchmark.training.roles import role_named, service
from upbench.benchmark.training.roles.lesson import Lesson, RoleJob
from upbench.benchmark.training.roles.superresolution import COLUMNS, FIRST_OUTPUT, ROLE
from upbench.benchmark.training.roles.superresolution import training as trainings
from upbench.benchmark.training.roles.superresolution.data import PATCH, Task, load
from upbench.benchmark.training.roles.superresolution.training import SuperResolution
from upbench.benchmark.training.roles.superresolution.variance import scale_first_output
from upbench.layers import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.benchmark.training.roles import Step

STEPS = 4
SIDE = 120
POOLED = "max-unpooling"
"""It needs an encoder's indices, and is refused by this role."""


def task(*, scale: int = 2, equal: bool = True) -> Task:
    """Return a task on two images of noise, one to learn from and one to validate and score."""
    pixels = np.random.default_rng(7).integers(256, size=(2, SIDE, SIDE, 1)).astype(np.uint8)
    first, second = (make_pair(f"noise{n}", f"{n}", one, scale) for n, one in enumerate(pixels))
    material = Material((first,), (second,), (), ("noise",), ("none",))
    return Task("noise", scale, equal, material, {"set5": (second, first)})


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take two patches a step."""
    monkeypatch.setattr(trainings, "BATCH", 2)


def begin(
    layer: str = "transposed-conv-uneven", seed: int = 0, data: Task | None = None
) -> SuperResolution:
    """Return a training before its first step."""
    return SuperResolution(named(layer), seed, data or task(), STEPS, "cpu")


def first_output(training: SuperResolution) -> float:
    """Return the standard deviation of a layer's output on the patches of the first step."""
    low, _ = training.learner.patches.batch(0)
    with torch.no_grad():
        return float(training.network.head(training.network.features(torch.from_numpy(low))).std())


@pytest.mark.parametrize("layer", [name for name in layers.names() if name != POOLED])
def test_every_layer_begins_with_the_same_variance(layer: str) -> None:
    """On the patches of the first step each layer's output has the one standard deviation."""
    assert first_output(begin(layer)) == pytest.approx(FIRST_OUTPUT, rel=1e-3)


def test_layers_as_built_keep_their_own_variance() -> None:
    """Without equal variance a training begins with the weights that the layer draws."""
    found = [first_output(begin("zero-insertion-conv", seed, task(equal=False))) for seed in (0, 1)]
    assert not any(one == pytest.approx(FIRST_OUTPUT, rel=1e-2) for one in found)


def test_the_factor_multiplies_what_follows_the_interpolation() -> None:
    """An interpolation's own weights, which do not scale the output, stay as they are."""
    torch.manual_seed(0)
    layer, features = layers.build("dysample", 8, 1, 2), torch.rand(2, 8, 12, 12)
    before = {name: one.clone() for name, one in layer.named_parameters()}
    factor = scale_first_output(layer, features, 0.25)
    with torch.no_grad():
        assert float(layer(features).std()) == pytest.approx(0.25, rel=1e-3)
    for name, one in layer.named_parameters():
        expected = before[name] * (factor if name.startswith("1.") else 1)
        assert torch.allclose(one, expected), name


class Bounded(nn.Sequential):
    """A layer whose output no weights multiply."""

    def __init__(self) -> None:
        super().__init__(nn.Upsample(scale_factor=2), nn.Conv2d(4, 1, 1), nn.Tanh())


def test_a_layer_that_no_weights_scale_is_one_sentence() -> None:
    """A bounded output cannot be given a variance by weights: said, with what to do."""
    features = torch.rand(1, 4, 6, 6)
    with pytest.raises(MethodError, match=r"no module's weights multiply the output; expected a "):
        scale_first_output(Bounded(), 50 * features, 0.02)
    silent = nn.Conv2d(4, 1, 1)
    nn.init.zeros_(silent.weight)
    with pytest.raises(MethodError, match="the first output is constant"):
        scale_first_output(silent, features, 0.1)


def test_it_is_a_role_whose_columns_are_measured() -> None:
    """The test sets are scored at the end alone, each image of theirs as well."""
    training = begin()
    with one_thread():
        first = training.measure()
    after(training, STEPS)
    with one_thread():
        last = training.measure()
    assert role_named("superresolution") is ROLE
    assert set(ROLE.initial) <= set(first) <= {column.key for column in COLUMNS} <= set(last)
    assert last["psnr_set14_db"] is None
    assert last["psnr_set5_db"] == pytest.approx(
        np.mean([last["set5/noise1"] or 0, last["set5/noise0"] or 0])
    )


def test_a_stopped_training_goes_on_the_same() -> None:
    """Network and optimiser come back to the bit, by a state alone."""
    whole = after(begin(), STEPS)
    part, again = begin(), begin(seed=0)
    after(part, 2)
    again.restore(part.state())
    assert all(torch.equal(value, whole[name]) for name, value in after(again, 2).items())


def test_pictures_are_a_row_of_crops() -> None:
    """The truth and the output, and a flat field, as bytes."""
    with one_thread():
        pictures = begin().pictures()
    assert pictures["outputs"].shape == (96, 2 * 96 + 4)
    assert {one.dtype for one in pictures.values()} == {np.dtype(np.uint8)}


def test_unknown_data_are_one_sentence() -> None:
    """A misspelt set is named with those that exist."""
    with pytest.raises(UnknownNameError, match="x2-as-built"):
        load("x2-as-buildt", None)


def test_the_digest_knows_scale_and_beginning() -> None:
    """Another scale or another beginning is another training, which does not resume this one."""
    digests = {task().digest, task(scale=3).digest, task(equal=False).digest}
    assert len(digests) == 3
    assert task().digest in digests


def test_the_page_names_every_column_and_set() -> None:
    """What a row holds is explained, with the numbers that the code has."""
    page = (Path(__file__).parents[3] / "docs" / "roles.md").read_text(encoding="utf-8")
    keys = [*(column.key for column in COLUMNS), *ROLE.datasets]
    assert [key for key in keys if f"`{key}`" not in page] == []
    assert f"standard deviation of {FIRST_OUTPUT:g}" in page
    assert f"16 of {PATCH} x {PATCH} a step" in page


def test_trainings_in_one_process_are_those_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also where one was stopped before the other: it catches up, then both go on in step."""

    def all_of(trainings: Sequence[SuperResolution], _device: str) -> Step:
        return lambda: [training.step() for training in trainings]

    def trained(names: tuple[str, ...], folder: Path) -> dict[str, dict[str, Any]]:
        jobs = [RoleJob("superresolution", name, 0, STEPS, "x2", "cpu") for name in names]
        ask = service.TrainingService()
        standing = ask(("begin", jobs, [str(folder / name) for name in names]))
        while min(one["step"] for one in standing) < STEPS:
            standing = ask(("advance",))
        ended = zip(names, standing, ask(("finish",)), strict=True)
        return {name: {**how_far, **made} for name, how_far, made in ended}

    role = replace(ROLE, load=lambda _name, _progress: task(), together=all_of)
    monkeypatch.setattr(service, "role_named", lambda _name: role)
    names = ("subpixel-conv", "resize-conv-nearest")
    alone = [trained((name,), tmp_path / "alone")[name] for name in names]
    begun = Lesson(
        RoleJob("superresolution", names[1], 0, STEPS, "x2", "cpu"),
        begin(names[1]),
        tmp_path / "both" / names[1],
    )
    begun.resume()
    begun.advance(0)  # a step
    begun.save()
    both = trained(names, tmp_path / "both")
    for name, one in zip(names, alone, strict=True):
        assert both[name]["curve"][-1]["loss"] == pytest.approx(one["curve"][-1]["loss"])
        for key, weight in one["weights"].items():
            assert np.array_equal(both[name]["weights"][key], weight), key
