"""What is learned from, and the images that are scored: pairs as ``y-classic`` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import Dataset, ImageItem
from upbench.benchmark.core.errors import UnknownNameError
from upbench.benchmark.core.hashing import digest_of
from upbench.benchmark.imaging.decode import pixels_digest
from upbench.benchmark.imaging.embedded import read_embedded, side
from upbench.benchmark.protocols.y_classic import YClassic
from upbench.benchmark.training.material import gather, make_pair
from upbench.benchmark.training.roles.reconstruct.data import available_dataset
from upbench.benchmark.training.roles.superresolution import ROLE, TEST_SETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upbench.benchmark.core.contract import Progress
    from upbench.benchmark.training.material import Material, Pair

__all__ = ["PATCH", "Task", "load"]

PATCH = 20
"""Side of a patch in input pixels."""
AS_BUILT = "-as-built"
"""How the names of data end on which layers begin with their own variance."""
CLASSIC = (("t91", "bsd200"), ("set5", "set14"))
"""What is learned from, and what is scored."""


@dataclass(frozen=True)
class Task:
    """A scale, what is learned from at it, and what is scored."""

    name: str
    scale: int
    equal: bool
    """Whether the layers' first outputs are given equal variance."""
    material: Material
    scored: Mapping[str, tuple[Pair, ...]]
    """Whole images by test set."""

    @property
    def digest(self) -> str:
        """A hash of all pixels, of the scale and of how layers begin."""
        tests = (pair.digest for pairs in self.scored.values() for pair in pairs)
        return digest_of([self.material.digest, f"x{self.scale} {self.equal}", *tests])

    @property
    def undefined(self) -> Mapping[str, str]:
        """The test sets that are not scored, each with the reason."""
        return {
            f"psnr_{name}_db": f"{title} is not a test set of {self.name}"
            for name, title in TEST_SETS.items()
            if name not in self.scored
        }


def load(name: str, progress: Progress | None) -> Task:
    """Return the task of a name: "embedded", "x2", "x3-as-built", ...

    Raises:
        UnknownNameError: There is no such name.
        DataError: Images are missing or damaged.
    """
    if name not in ROLE.datasets:
        raise UnknownNameError("set of images", name, ROLE.datasets)
    scale = 2 if name == "embedded" else int(name.removesuffix(AS_BUILT)[1:])
    if name == "embedded":
        learned, tests = [_embedded()], {"standard": available_dataset("standard", progress)}
    else:
        learned, tests = (
            [available_dataset(one, progress) for one in CLASSIC[0]],
            {one: available_dataset(one, progress) for one in CLASSIC[1]},
        )
    material = gather(learned, tests.values(), scale, PATCH, progress)
    pairs = {one: _pairs(dataset, scale) for one, dataset in tests.items()}
    return Task(name, scale, not name.endswith(AS_BUILT), material, pairs)


def _embedded() -> Dataset:
    """Return the embedded images for training; the last one, which none resembles, validates."""

    def items() -> list[ImageItem]:
        images = reversed(side("train"))
        return [ImageItem(one.name, one.digest, partial(read_embedded, one.name)) for one in images]

    return Dataset("embedded", items, "the wheels of scikit-image and Matplotlib", "per image")


def _pairs(dataset: Dataset, scale: int) -> tuple[Pair, ...]:
    """Return the images of a test set, whole, their luma degraded."""
    pairs = []
    for item in dataset.items():
        high = YClassic().reference(item.load(), scale)
        pairs.append(make_pair(item.name, pixels_digest(high), high, scale))
    return tuple(pairs)
