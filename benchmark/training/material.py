"""What a network learns from: pairs of a small and a large luma plane, and what it must not see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from upbench.benchmark.core.errors import DatasetError
from upbench.benchmark.core.hashing import digest_of
from upbench.benchmark.core.progress import tracked
from upbench.benchmark.imaging.decode import pixels_digest
from upbench.benchmark.imaging.degrade import matlab_bicubic, quantise
from upbench.benchmark.imaging.resample import BICUBIC, resize
from upbench.benchmark.protocols.y_classic import YClassic

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Dataset, Image8, Progress

    Plane32: TypeAlias = NDArray[np.float32]

HELD_OUT = 15
"""Every 15th image is kept for validation."""
TEST_SETS = ("standard", "set5", "set14", "bsd100", "urban100")
"""Sets that are scored: none of their images is trained on."""
LOOK_ALIKES = frozenset({"0515c6335ec6b31f01aa2394ea49dda181ec09f1634bef02e9394afd455c0586"})
"""SHA-256 of the pixels of training images that a test image was made from: bsd200/302003, which
set5/woman shows at 0.72 of its size (found by ``upbench data audit``).  They are left out; the
other images are split as if they were there."""


@dataclass(frozen=True)
class Pair:
    """A training image as ``y-classic`` makes it."""

    name: str
    digest: str
    """SHA-256 of the 8-bit pixels."""
    low: Plane32
    """float32 ``(h, w)``, in [0, 1] but for overshoots."""
    high: Plane32
    """float32 ``(h * s, w * s)`` in [0, 1], whole 8-bit levels."""


@dataclass(frozen=True)
class Material:
    """All that one network learns from, and is judged by meanwhile."""

    training: tuple[Pair, ...]
    validation: tuple[Pair, ...]
    too_small: tuple[str, ...]
    """Images that hold no patch: left out."""
    datasets: tuple[str, ...]
    licences: tuple[str, ...]
    look_alikes: tuple[str, ...] = ()
    """Images that a test image was made from: left out."""

    @property
    def digest(self) -> str:
        """One SHA-256 for all pixels, in order, and the split."""
        parts = [f"train {pair.digest}" for pair in self.training]
        return digest_of(parts + [f"validate {pair.digest}" for pair in self.validation])


def gather(
    datasets: Sequence[Dataset],
    scored: Iterable[Dataset],
    scale: int,
    patch: int,
    progress: Progress | None = None,
    sizes: Sequence[float] = (1.0,),
) -> Material:
    """Read datasets to train on, and refuse images that are scored.

    Args:
        datasets: What to train on, in this order.
        scored: Test sets; an image whose pixels are in one is refused.
        scale: The whole factor s.
        patch: Side of a patch in input pixels; smaller images are left out.
        progress: Called with a label, the images read and the images in all.
        sizes: Images that are learned from are so at these sizes, those that hold a patch.

    Raises:
        DatasetError: An image belongs to a test set, or too few are left.
        ImageError, FetchError: An image cannot be read or downloaded.
    """
    forbidden = _digests(scored)
    items = [(dataset.name, item) for dataset in datasets for item in dataset.items()]
    pairs, too_small, look_alikes = [], [], []
    for dataset, item in tracked("reading images", items, progress):
        image = item.load()
        digest = pixels_digest(quantise(image))
        _refuse(forbidden, {digest, item.digest}, f"{dataset}/{item.name}")
        if {digest, item.digest} & LOOK_ALIKES:
            look_alikes.append(f"{dataset}/{item.name}")
        if min(image.shape[:2]) < patch * scale:
            too_small.append(f"{dataset}/{item.name}")
        else:
            high = YClassic().reference(image, scale)
            pairs.append(make_pair(f"{dataset}/{item.name}", digest, high, scale))
    material = _split(pairs, too_small, look_alikes, datasets)
    if tuple(sizes) == (1.0,):
        return material
    return replace(material, training=_resized(material.training, scale, patch, sizes, progress))


def _resized(
    training: Sequence[Pair],
    scale: int,
    patch: int,
    sizes: Sequence[float],
    progress: Progress | None,
) -> tuple[Pair, ...]:
    """Return the images at several sizes, each as often as it still holds a patch."""
    found: list[Pair] = []
    for pair in tracked("shrinking images", training, progress):
        shrunk = (pair if size == 1 else _smaller(pair, size, scale) for size in sizes)
        found += [one for one in shrunk if min(one.low.shape) >= patch]
    if not found:
        raise DatasetError(
            f"None of {len(training)} images holds a patch of {patch * scale} pixels at "
            f"{max(sizes):g} of its size; expected larger images or sizes."
        )
    return tuple(found)


def _smaller(pair: Pair, size: float, scale: int) -> Pair:
    """Shrink an image to a share of its size; its sides stay multiples of s."""
    levels = quantise(pair.high[:, :, None])
    small = quantise(resize(levels / 255.0, size, BICUBIC).astype(np.float32))
    height, width = (side // scale * scale for side in small.shape[:2])
    return make_pair(pair.name, pair.digest, small[:height, :width], scale)


def make_pair(name: str, digest: str, high: Image8, scale: int) -> Pair:
    """Degrade 8-bit luma ``(H, W, 1)``, sides multiples of the scale, as ``y-classic`` does."""
    low = matlab_bicubic(high, scale)[:, :, 0].astype(np.float32)
    return Pair(name, digest, low, (high[:, :, 0] / np.float32(255)).astype(np.float32))


def _digests(datasets: Iterable[Dataset]) -> dict[str, str]:
    """Return digest -> "dataset/image" of every image that is scored.

    An image that is downloaded has the digest of its pixels in the table of its set, so it is
    known without being here; one that is always here is read.
    """
    found = {}
    for dataset in datasets:
        for item in dataset.items():
            found[item.digest] = f"{dataset.name}/{item.name}"
            if dataset.fetch is None:
                found[pixels_digest(quantise(item.load()))] = f"{dataset.name}/{item.name}"
    return found


def _refuse(forbidden: dict[str, str], digests: set[str], name: str) -> None:
    for digest in digests & forbidden.keys():
        raise DatasetError(
            f"{name} has the very pixels of {forbidden[digest]}, which is a test image; scores on "
            "it would mean nothing: leave it out of --data."
        )


def _split(
    pairs: list[Pair], too_small: list[str], look_alikes: list[str], datasets: Sequence[Dataset]
) -> Material:
    """Hold every 15th image back; what a test image was made from is counted, and left out."""
    fit = [pair.name not in look_alikes for pair in pairs]
    validation = tuple(pairs[n] for n in range(0, len(pairs), HELD_OUT) if fit[n])
    training = tuple(pair for n, pair in enumerate(pairs) if n % HELD_OUT and fit[n])
    names = tuple(dataset.name for dataset in datasets)
    if not training:
        raise DatasetError(
            f"{', '.join(names)}: {len(pairs)} images are large enough to train on, of "
            f"{len(pairs) + len(too_small)}; expected at least 2: give more with --data."
        )
    licences = tuple(f"{dataset.name}: {dataset.licence}" for dataset in datasets)
    return Material(training, validation, tuple(too_small), names, licences, tuple(look_alikes))
