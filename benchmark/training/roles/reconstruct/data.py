"""What is learned from, and the images that are scored: pairs as ``y-classic`` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import UnknownNameError
from upbench.benchmark.core.hashing import digest_of
from upbench.benchmark.imaging.decode import pixels_digest
from upbench.benchmark.imaging.embedded import read_embedded, side
from upbench.benchmark.protocols.y_classic import YClassic
from upbench.benchmark.training.material import make_pair
from upbench.benchmark.training.roles.reconstruct import SCALE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from upbench.benchmark.core.contract import Dataset, Image, Progress
    from upbench.benchmark.training.material import Pair

__all__ = ["PATCH", "Images", "available_dataset", "load"]

PATCH = 24
"""Side of a patch in input pixels."""
SCORED, LONGEST = 5, 256
"""How many images are scored, and the longest side of the part from the middle that is."""


@dataclass(frozen=True)
class Images:
    """Pairs to learn from, and pairs that are scored."""

    name: str
    training: tuple[Pair, ...]
    held_out: tuple[Pair, ...]

    @property
    def digest(self) -> str:
        """A hash of all pixels."""
        return digest_of([pair.digest for pair in (*self.training, *self.held_out)])

    @property
    def undefined(self) -> Mapping[str, str]:
        """Every column has a value on every image."""
        return {}


def load(name: str, progress: Progress | None) -> Images:
    """Return the images of a name: "embedded" or "t91".

    Raises:
        UnknownNameError: It is neither.
        DataError: Images of T91 or Set5 are missing or damaged.
    """
    sources = {"embedded": (_embedded("train"), _embedded("standard"))}
    sources["t91"] = (_of("t91", progress), _of("set5", progress))
    if name not in sources:
        raise UnknownNameError("set of images", name, sources)
    training, scored = sources[name]
    middles = ((one, _middle(image)) for one, image in islice(scored, SCORED))
    return Images(name, tuple(_pairs(training)), tuple(_pairs(middles)))


def _embedded(which: str) -> Iterator[tuple[str, Image]]:
    for image in side(which):  # type: ignore[arg-type]
        yield image.name, read_embedded(image.name)


def _of(dataset: str, progress: Progress | None) -> Iterator[tuple[str, Image]]:
    for item in available_dataset(dataset, progress).items():
        yield item.name, item.load()


def available_dataset(name: str, progress: Progress | None) -> Dataset:
    """Return one of our own datasets, downloaded where it is not here.

    Raises:
        DataError: It is missing or damaged.
    """
    from upbench.benchmark.registry.catalog import ensure_available, own

    found = own(("upbench.datasets",)).datasets[name]
    ensure_available(found, progress)
    return found


def _middle(image: Image) -> Image:
    """Return the middle of an image: scoring takes less time than training."""
    top, left = (max(0, (length - LONGEST) // 2) for length in image.shape[:2])
    return image[top : top + LONGEST, left : left + LONGEST]


def _pairs(images: Iterable[tuple[str, Image]]) -> Iterator[Pair]:
    """Yield the images that hold a patch, their luma degraded."""
    for name, image in images:
        if min(image.shape[:2]) >= PATCH * SCALE:
            high = YClassic().reference(image, SCALE)
            yield make_pair(name, pixels_digest(high), high, SCALE)
