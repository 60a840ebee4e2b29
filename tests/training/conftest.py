"""What the tests of training share: a small network, pictures to learn from, a cache."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
from PIL import Image

from upbench.benchmark.core.contract import Method
from upbench.benchmark.core.threads import one_thread
from upbench.benchmark.core.weights import Place
from upbench.benchmark.training import Job, Recipe
from upbench.datasets.folder import folder_dataset
from upbench.methods._shared.head import Head
from upbench.methods._shared.network import Network, Shape, collapse, untrained
from upbench.methods._shared.subpixel import build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from upbench.benchmark.training.material import Material

RECIPE = Recipe(steps=12, batch=2, patch=10, warm_up=3)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread: on a busy machine two wait for each other most of the time."""
    with one_thread():
        yield


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that checkpoints go to: one of the test's own."""
    monkeypatch.setenv("UPBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "training"


class Tiny:
    """A learned method of a few hundred weights."""

    folder: ClassVar[Path] = Path()
    head: ClassVar[Head] = Head("tiny", build)
    shape: ClassVar[Shape] = Shape("tiny", channels=4, depth=1, width=6)

    @classmethod
    def untrained(cls, scale: int, seed: int = 0) -> Network:
        """Return the network as training begins."""
        return untrained(cls.head, cls.shape, scale, seed)

    @staticmethod
    def collapsed(network: Network) -> Network:
        """Return the form that is shipped."""
        return collapse(network)

    @classmethod
    def place(cls, scale: int, seed: int = 0) -> Place:
        """Return where the weights go."""
        return Place(cls.folder, "tiny", scale, seed)


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Method:
    """Return a learned method whose weights go to a folder of the test's own."""
    monkeypatch.setattr(Tiny, "folder", tmp_path / "weights")
    return Method("tiny", "learned", Tiny)


@pytest.fixture
def job(tiny: Method) -> Callable[..., Job]:
    """Return a job of twelve steps: ``job(seed=0, **recipe)``."""

    def make(seed: int = 0, **recipe: Any) -> Job:
        return Job(tiny, 2, seed, Recipe(**{**RECIPE.__dict__, **recipe}), "cpu")

    return make


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Return a folder of five small pictures, each with waves of its own."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(5):
        save(folder / f"waves{number}.png", number, 40 + 2 * number, 48)
    return folder


@pytest.fixture
def material(pictures: Path) -> Material:
    """Return what is learned from those pictures at x2."""
    from upbench.benchmark.training.material import gather

    return gather([folder_dataset(str(pictures))], [], 2, RECIPE.patch)


@pytest.fixture
def picture() -> Callable[..., None]:
    """Save a picture: ``picture(file, seed, height, width)``."""
    return save


def save(file: Path, seed: int, height: int, width: int) -> None:
    """Save a grey picture of waves and noise."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    waves = 120 + 60 * np.sin(rows / random.uniform(1, 4)) * np.cos(columns / random.uniform(1, 4))
    noisy = waves + random.normal(0, 8, (height, width))
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(file)
