"""The role reconstruct: three losses, alike at first, and what they are scored by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from role_training import after

from upbench.benchmark.core.errors import UnknownNameError
from upbench.benchmark.core.threads import one_thread
from upbench.benchmark.training.roles import role_named
from upbench.benchmark.training.roles.reconstruct import COLUMNS, LOSSES, ROLE
from upbench.benchmark.training.roles.reconstruct import training as trainings
from upbench.benchmark.training.roles.reconstruct.data import PATCH, Images, load
from upbench.benchmark.training.roles.reconstruct.losses import (
    PIXELS_TO_JUDGE,
    discriminator,
    distances,
)
from upbench.benchmark.training.roles.reconstruct.training import Reconstruction
from upbench.layers import named

STEPS = 4


@pytest.fixture(scope="module")
def images() -> Images:
    """Return the embedded images, two to learn from and one to score."""
    found = load("embedded", None)
    return replace(found, training=found.training[:2], held_out=found.held_out[:1])


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take two patches a step."""
    monkeypatch.setattr(trainings, "BATCH", 2)


def begin(images: Images, layer: str = "transposed-conv-uneven", seed: int = 0) -> Reconstruction:
    """Return a training before its first step."""
    return Reconstruction(named(layer), seed, images, STEPS, "cpu")


def test_it_is_a_role_whose_columns_are_measured(images: Images) -> None:
    """Its nine columns are what a training measures, and all are in a row at first too."""
    with one_thread():
        found = begin(images).measure()
    assert role_named("reconstruct") is ROLE
    assert list(ROLE.initial) == [column.key for column in COLUMNS]
    assert set(found) == set(ROLE.initial)
    assert all(value is not None and np.isfinite(value) for value in found.values())


def test_the_losses_begin_alike_and_part(images: Images) -> None:
    """Before the first step the three networks are one; after two steps they differ."""
    training = begin(images)
    for steps, alike in ((0, True), (2, False)):
        weights = after(training, steps)
        first = [weights[f"{loss}.head.weight"] for loss in LOSSES]
        assert all(torch.equal(first[0], other) for other in first[1:]) == alike


def test_a_stopped_training_goes_on_the_same(images: Images) -> None:
    """Networks, discriminator and optimisers come back to the bit, by a state alone."""
    whole = after(begin(images), STEPS)
    part, again = begin(images), begin(images, seed=5)
    after(part, 2)
    again.restore(part.state())
    resumed = after(again, 0)
    assert torch.equal(resumed["pixel.head.weight"], after(part, 0)["pixel.head.weight"])
    continued = begin(images)
    after(continued, 1)
    continued.restore(part.state())
    assert all(torch.equal(value, whole[name]) for name, value in after(continued, 2).items())


def test_a_layer_without_checkerboards_has_no_ripple(images: Images) -> None:
    """At first an uneven transposed convolution ripples, nearest and a convolution does not."""
    for layer, ripples in (("transposed-conv-uneven", True), ("resize-conv-nearest", False)):
        with one_thread():
            found = begin(images, layer).measure()
        assert all((found[f"ripple_{loss}_db"] or 0) > 20 for loss in LOSSES) == ripples


def test_pictures_are_a_row_of_crops(images: Images) -> None:
    """The truth and three outputs, and three flat fields, as bytes."""
    with one_thread():
        pictures = begin(images).pictures()
    assert pictures["outputs"].shape == (96, 4 * 96 + 3 * 4)
    assert {name: one.dtype for name, one in pictures.items()} == dict.fromkeys(
        ("outputs", "flat"), np.dtype(np.uint8)
    )


def test_the_spectral_error_is_parsevals() -> None:
    """The transform is orthonormal: a wave of n x n pixels of 1 is one coefficient of n."""
    rows = torch.arange(16.0)
    wave = torch.cos(torch.pi * rows)[:, None].expand(16, 16)[None, None]
    pixels, spectra = distances(wave, torch.zeros_like(wave))
    assert float(pixels) == pytest.approx(1.0)
    assert float(spectra) == pytest.approx(16 / (16 * 9))  # one of 16 x 9 frequencies has 16


def test_the_discriminator_sends_a_flat_gradient_back_evenly() -> None:
    """Its stride divides its kernel: with weights of one sign no checkerboard comes back."""
    judge = discriminator().double()
    for parameter in judge.parameters():
        torch.nn.init.constant_(parameter, 0.01)
    image = torch.zeros(1, 1, 64, 64, dtype=torch.float64, requires_grad=True)
    judge(image).sum().backward()
    assert image.grad is not None
    inside = image.grad[0, 0, 24:40, 24:40]
    assert float(inside.std() / inside.mean()) < 1e-9


def test_unknown_data_are_one_sentence() -> None:
    """A misspelt set is named with those that exist."""
    with pytest.raises(UnknownNameError, match="embedded"):
        load("embeded", None)


def test_the_page_names_every_column_and_loss() -> None:
    """What a row holds is explained, with the numbers that the code has."""
    page = (Path(__file__).parents[3] / "docs" / "roles.md").read_text(encoding="utf-8")
    assert [key for key in (*ROLE.initial, *LOSSES, *ROLE.datasets) if f"`{key}`" not in page] == []
    assert f"8 of {PATCH} x {PATCH} a step" in page
    assert f"{PIXELS_TO_JUDGE:g} times the mean absolute error" in page
