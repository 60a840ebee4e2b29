"""What the segmentation role learns from: images with a class for every pixel, in three splits."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.errors import DatasetError
from upbench.benchmark.core.hashing import digest_of
from upbench.benchmark.imaging.decode import pixels_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Image8

    Labels = NDArray[np.uint8]

__all__ = ["DEEPEST", "PERIODS", "Scenes", "Split", "checked_split"]

PERIODS = (2, 4, 8, 16)
"""Periods, in pixels of the output, of what the layers of the four upsampling steps can leave: the
last step first."""
DEEPEST = PERIODS[-1]
"""Pixels of the image to a pixel of the encoder's deepest features."""
LEAST_CELLS = 8
"""Cells along a side without which lattice energy is not defined."""


@dataclass(frozen=True)
class Split:
    """Images of one size, and what is in them."""

    images: Image8
    """uint8, ``(N, H, W, 3)``."""
    labels: Labels
    """uint8, ``(N, H, W)``: the number of a pixel's class; the number of classes stands for void,
    which is neither learned nor scored."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.images.shape[1], self.images.shape[2]


@dataclass(frozen=True)
class Scenes:
    """A segmentation dataset."""

    name: str
    """What tables call it."""
    classes: tuple[str, ...]
    train: Split
    validation: Split
    """Scored along training."""
    test: Split
    """Scored at the end, and never learned from."""
    crop: tuple[int, int]
    """Height and width of what is cut out of a training image; multiples of ``DEEPEST``."""
    colours: tuple[tuple[int, int, int], ...] = field(default=())
    """A colour for each class in pictures; () for some that differ."""

    @property
    def void(self) -> int:
        """The label of pixels that do not count."""
        return len(self.classes)

    @cached_property
    def digest(self) -> str:
        """A text that changes when the images, the labels or the classes do."""
        arrays = (
            array
            for split in (self.train, self.validation, self.test)
            for array in (split.images, split.labels)
        )
        return digest_of([*self.classes, repr(self.crop), *map(pixels_digest, arrays)])

    @cached_property
    def frequencies(self) -> NDArray[np.float64]:
        """Share of each class among the labelled pixels of the training images."""
        counts = np.bincount(self.train.labels.ravel(), minlength=self.void + 1)[: self.void]
        shares: NDArray[np.float64] = counts / max(1, counts.sum())
        return shares

    @property
    def undefined(self) -> Mapping[str, str]:
        """Columns without a value on these data, each with the reason."""
        side = min(self.validation.size)
        reason = "images of {} px have fewer than {} cells of {} px along a side"
        return {
            f"lattice_{period}_db": reason.format(side, LEAST_CELLS, period)
            for period in PERIODS
            if side < LEAST_CELLS * period
        }


def checked_split(
    place: str, images: list[Image8], labels: list[Labels], classes: int, names: list[str]
) -> Split:
    """Stack the images of a split and their labels; labels beyond the classes become void.

    Args:
        place: Where they are from, for messages.
        images: uint8, ``(H, W, 1 or 3)`` each; grey ones become RGB.
        labels: uint8, ``(H, W, 1)`` each.
        classes: How many classes there are.
        names: The images' names.

    Raises:
        DatasetError: There is no image, labels do not fit their image, or sizes differ.
    """
    if not images:
        raise DatasetError(f"{place} holds no image; expected at least one; add some.")
    first = images[0].shape[:2]
    for name, image, label in zip(names, images, labels, strict=True):
        if label.ndim != 3 or label.shape[2] != 1:
            raise DatasetError(
                f"The labels of {name} in {place} are a colour image; expected one channel that "
                "holds the number of each pixel's class; save them as an 8-bit grey PNG."
            )
        if label.shape[:2] != image.shape[:2]:
            raise DatasetError(
                f"The labels of {name} in {place} do not fit: expected {_size(image)} as its image "
                f"has, got {_size(label)}; make them of the same size, without interpolation."
            )
        if image.shape[:2] != first:
            raise DatasetError(
                f"{name} in {place} is of {_size(image)}; expected {_size(images[0])} as "
                f"{names[0]} is, for images are learned in batches; crop them to one size."
            )
    numbers = np.minimum(np.stack([label[:, :, 0] for label in labels]), np.uint8(classes))
    shape = (len(images), *first, 3)
    rgb = np.stack([np.broadcast_to(image, shape[1:]) for image in images])
    return Split(rgb, numbers)


def _size(image: NDArray[np.uint8]) -> str:
    return f"{image.shape[1]} x {image.shape[0]} px"
