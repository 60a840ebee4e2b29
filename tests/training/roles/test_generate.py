"""Generate: a training is resumed exactly; data are read, checked, refused in one sentence."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

from upbench.benchmark.core.errors import DatasetError
from upbench.benchmark.core.threads import one_thread
from upbench.benchmark.training.roles.generate import training as trainings
from upbench.benchmark.training.roles.generate.data import Images, load
from upbench.benchmark.training.roles.generate.mnist import IMAGES, LABELS, read_mnist
from upbench.benchmark.training.roles.generate.networks import discriminator, generator
from upbench.benchmark.training.roles.generate.training import Generation
from upbench.layers import named, names

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(os.environ.get("UPBENCH_DATA", ""))
needs_mnist = pytest.mark.skipif(
    not (DATA / "MNIST").is_dir(), reason="UPBENCH_DATA names no folder with MNIST"
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread."""
    with one_thread():
        yield


@pytest.fixture
def noise(monkeypatch: pytest.MonkeyPatch) -> Images:
    """Return a few grey images of noise; few samples are scored."""
    monkeypatch.setattr(trainings, "SAMPLES", 32)
    monkeypatch.setattr(trainings, "AT_ONCE", 16)
    images = np.random.default_rng(0).integers(0, 256, (2, 40, 1, 32, 32)).astype(np.uint8)
    return Images("noise", "noise", *images)


def begin(data: Images, seed: int = 0) -> Generation:
    """Return a training before its first step."""
    return Generation(named("resize-conv-nearest"), seed, data, "cpu")


def test_networks_have_the_sizes_of_the_images() -> None:
    """Of each layer that fits, in grey and in colour."""
    numbers = torch.randn(2, 64)
    fitting = [name for name in names() if not named(name).pooling]
    for name in fitting:
        image = generator(named(name), 3)(numbers)
        assert image.shape == (2, 3, 32, 32), name
        assert image.abs().max() <= 1
    assert discriminator(3)(image).shape == (2, 1)


def test_a_restored_training_goes_on_to_the_same_weights(noise: Images) -> None:
    """Also the samples of former milestones are in the state."""
    whole, part = begin(noise), begin(noise)
    for one in (whole, part):
        one.measure()
        one.step()
    torch.manual_seed(99)
    again = begin(noise)
    again.restore(part.state())
    for one in (whole, again):
        one.step()
        one.measure()
    assert all(torch.equal(value, again.weights()[name]) for name, value in whole.weights().items())
    drawn = whole.pictures()["training"], again.pictures()["training"]
    assert np.array_equal(*drawn)
    assert drawn[0].shape[0] == 2 * 33 + 1


def test_scoring_and_drawing_leave_the_generator_as_it_is(noise: Images) -> None:
    """Running statistics of the normalisation are training's alone."""
    training = begin(noise)
    before = {name: value.clone() for name, value in training.weights().items()}
    training.measure()
    training.pictures()
    assert all(torch.equal(value, before[name]) for name, value in training.weights().items())


def test_another_seed_makes_other_samples(noise: Images) -> None:
    """The same seed makes the same."""
    first, same, other = (begin(noise, seed).samples(16) for seed in (0, 0, 1))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_without_labels_there_is_no_frechet_distance(noise: Images) -> None:
    """Its column is null, and the data say why."""
    values = begin(noise).measure()
    assert values["frechet"] is None
    assert values["frechet_ratio"] is None
    assert "needs labels" in noise.undefined["frechet"]


@needs_mnist
def test_mnist_is_ten_thousand_digits_in_a_black_border() -> None:
    """In two halves without an image in both, and with labels."""
    images, labels = read_mnist()
    assert images.shape == (10_000, 1, 32, 32)
    assert images[:, :, :2].max() == 0 == images[..., -2:].max()
    assert sorted(set(labels.tolist())) == list(range(10))
    data = load("mnist", None)
    assert len(data.training) == len(data.held_out) == 5000
    assert data.labels is not None
    assert not data.undefined


@needs_mnist
def test_a_file_of_mnist_that_is_another_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing or changed: the sentence names the file and what to do."""
    shutil.copytree(DATA / "MNIST", tmp_path / "MNIST")
    monkeypatch.setenv("UPBENCH_DATA", str(tmp_path))
    (tmp_path / "MNIST" / LABELS.name).write_bytes(b"other")
    with pytest.raises(DatasetError, match="is not the published file: expected SHA-256 f7ae60f9"):
        read_mnist()
    (tmp_path / "MNIST" / IMAGES.name).unlink()
    with pytest.raises(DatasetError, match="cannot be read"):
        read_mnist()


def test_patches_are_cut_of_colour_pictures_alone(tmp_path: Path) -> None:
    """A folder of one's own is enough; grey or small pictures alone are refused."""
    colour = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    Image.fromarray(colour[:, :, 0]).save(tmp_path / "grey.png")
    with pytest.raises(DatasetError, match="has no colour image of 32 x 32 pixels or more"):
        load(str(tmp_path), None)
    Image.fromarray(colour).save(tmp_path / "colour.png")
    data = load(str(tmp_path), None)
    assert data.training.shape == (5000, 3, 32, 32)
    assert load(str(tmp_path), None).digest == data.digest
