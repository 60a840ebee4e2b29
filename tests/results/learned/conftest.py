"""Networks for the study's tests: real heads, trained for two steps, in a folder of the tests."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from upbench.benchmark.core.threads import one_thread
from upbench.benchmark.core.weights import Place
from upbench.benchmark.registry.catalog import Catalog, collect
from upbench.benchmark.training import Job, Recipe, train
from upbench.benchmark.training.material import Material, make_pair
from upbench.methods._shared.upsampler import LearnedUpsampler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("cnn-transposed-conv-even", "cnn-subpixel-conv-icnr", "cnn-carafe")
TRAINED = ((2, 0), (2, 1), (3, 0))
"""Scale and seed."""


@dataclass(frozen=True)
class Studio:
    """What a test of the study works with."""

    catalog: Catalog
    weights: Path
    pictures: Path
    """A folder of one small image, for ``folder:``."""

    @property
    def heads(self) -> list[Any]:
        """The three methods that are trained."""
        return [self.catalog.methods[name] for name in NAMES]


def pair(name: str, scale: int) -> Any:
    """Return a pair of a small random picture that is smooth enough to be one."""
    random = np.random.default_rng(len(name))
    coarse = random.integers(40, 220, (8, 8)).repeat(8, axis=0).repeat(8, axis=1)
    side = 64 // scale * scale
    return make_pair(name, name, coarse[:side, :side, None].astype(np.uint8), scale)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Small networks only wait for their second thread."""
    with one_thread():
        yield


@pytest.fixture(scope="session")
def trained_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of weights, cards and curves: three heads, three networks each."""
    folder = tmp_path_factory.mktemp("weights")
    catalog = collect()
    for scale, seed in TRAINED:
        pairs = tuple(pair(name, scale) for name in ("one", "three"))
        material = Material(pairs, pairs[:1], (), ("made-up",), ("made-up: none",))
        for name in NAMES:
            recipe = Recipe(steps=2, batch=1, patch=8)
            train(Job(catalog.methods[name], scale, seed, recipe, "cpu"), material, folder)
    return folder


@pytest.fixture
def studio(trained_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Return a catalog whose learned methods look for their weights in a folder of the test."""
    return make_studio(trained_weights, tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def module_studio(
    trained_weights: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Studio]:
    """Return the same for all tests of a file, which leave it as it is."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield make_studio(trained_weights, tmp_path_factory.mktemp("studio"), monkeypatch)


def make_studio(trained: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Copy the weights, draw a picture, and send the learned methods there."""
    weights, pictures = folder / "weights", folder / "pictures"
    shutil.copytree(trained, weights)
    pictures.mkdir()
    random = np.random.default_rng(1)
    Image.fromarray(random.integers(0, 255, (60, 66), dtype=np.uint8)).save(pictures / "noise.png")

    def place(cls: Any, scale: int, seed: int = 0) -> Place:
        return Place(weights, cls.name, scale, seed)

    monkeypatch.setattr(LearnedUpsampler, "place", classmethod(place))
    return Studio(collect(), weights, pictures)
