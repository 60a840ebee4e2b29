"""What is learned from: small images in two halves, one to train on and one to score against."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.errors import DatasetError, UnknownNameError
from upbench.benchmark.core.files import user_path
from upbench.benchmark.core.hashing import digest_of
from upbench.benchmark.imaging.embedded import every_image, read_embedded
from upbench.benchmark.training.roles.generate.networks import SIDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray
    from torch import Tensor

    from upbench.benchmark.core.contract import Image, Progress

__all__ = ["Images", "as_input", "load"]

PATCHES = 10_000
"""How many patches are cut of photographs."""
UNLABELLED = "the Fréchet distance needs labels for its classifier, which these images have not"


@dataclass(frozen=True)
class Images:
    """Small images in two halves."""

    name: str
    digest: str
    training: NDArray[np.uint8]
    """uint8 ``(N, C, 32, 32)``: what networks are trained on."""
    held_out: NDArray[np.uint8]
    """uint8 ``(N, C, 32, 32)``: what samples are scored against."""
    labels: NDArray[np.uint8] | None = None
    """The classes of the training half; None where there are none."""
    held_out_labels: NDArray[np.uint8] | None = None
    known: dict[str, Any] = field(default_factory=dict, compare=False)
    """What scoring has computed of the images, once."""

    @property
    def channels(self) -> int:
        """1 or 3."""
        return int(self.training.shape[1])

    @property
    def undefined(self) -> Mapping[str, str]:
        """Say which columns have no value, and why."""
        return {} if self.labels is not None else {"frechet": UNLABELLED}


def as_input(images: NDArray[np.uint8]) -> Tensor:
    """Return images as networks take them: float32 in [-1, 1]."""
    import torch

    return torch.from_numpy(images.astype(np.float32) / np.float32(127.5) - np.float32(1))


def load(name: str, progress: Progress | None) -> Images:
    """Return the images of a name: "patches", "mnist", a dataset's name, or a folder's path.

    Args:
        name: As ``--data`` takes it.
        progress: Called with (what, done, total) while something is downloaded.

    Raises:
        UnknownNameError: It is no name and no folder.
        DataError: Images are missing or damaged, or too few hold a patch.
    """
    if name == "mnist":
        from upbench.benchmark.training.roles.generate.mnist import read_mnist

        images, labels = read_mnist(progress)
        return _halves(name, images, labels)
    pictures = _embedded() if name == "patches" else _of_dataset(name, progress)
    return _halves(name, _patches(name, pictures), None)


def _halves(name: str, images: NDArray[np.uint8], labels: NDArray[np.uint8] | None) -> Images:
    """Deal images into two halves, in an order of chance that is always the same."""
    order = np.random.default_rng(0).permutation(len(images))
    one, other = order[: len(order) // 2], order[len(order) // 2 :]
    digest = sha256(images[one].tobytes() + images[other].tobytes()).hexdigest()
    if labels is None:
        return Images(name, digest, images[one], images[other])
    digest = digest_of([digest, sha256(labels[order].tobytes()).hexdigest()])
    return Images(name, digest, images[one], images[other], labels[one], labels[other])


def _embedded() -> Iterator[Image]:
    for image in every_image():
        if image.side != "unused":
            yield read_embedded(image.name)


def _of_dataset(name: str, progress: Progress | None) -> Iterator[Image]:
    """Yield the images of a dataset, or of a folder."""
    from upbench.benchmark.registry.catalog import collect, ensure_available

    catalog = collect()
    place = user_path(name)
    if place.is_dir():
        name = f"folder:{place}"
    elif ":" not in name and name not in catalog.datasets:
        if place.name != name:
            raise DatasetError(f"--data {name} is no folder; expected one of colour pictures.")
        raise UnknownNameError("set of images", name, ("patches", "mnist", *catalog.datasets))
    dataset = catalog.dataset(name)
    ensure_available(dataset, progress)
    for item in dataset.items():
        yield item.load()


def _patches(name: str, pictures: Iterable[Image]) -> NDArray[np.uint8]:
    """Cut patches at random places, of colour pictures alone, each pixel as likely.

    Returns:
        uint8 ``(10000, 3, 32, 32)``.

    Raises:
        DatasetError: No picture is in colour and large enough.
    """
    fitting = [one for one in pictures if one.shape[2] == 3 and min(one.shape[:2]) >= SIDE]
    if not fitting:
        raise DatasetError(
            f"--data {name} has no colour image of {SIDE} x {SIDE} pixels or more; expected at "
            "least one to cut patches of: name another set or folder."
        )
    random = np.random.default_rng(0)
    shares = np.array([one.shape[0] * one.shape[1] for one in fitting], dtype=float)
    chosen = random.choice(len(fitting), PATCHES, p=shares / shares.sum())
    places = random.random((PATCHES, 2))
    patches = np.empty((PATCHES, 3, SIDE, SIDE), np.uint8)
    for number, (index, place) in enumerate(zip(chosen, places, strict=True)):
        picture = fitting[index]
        top, left = (place * (np.array(picture.shape[:2]) - SIDE + 1)).astype(int)
        cut = picture[top : top + SIDE, left : left + SIDE]
        patches[number] = np.rint(cut * 255).astype(np.uint8).transpose(2, 0, 1)
    return patches
