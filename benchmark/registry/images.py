"""A dataset's images, listed and read: the contract is checked at this boundary, for each."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import ImageItem
from upbench.benchmark.core.errors import DatasetError, ImageError, UpbenchError, pass_on_ctrl_c
from upbench.benchmark.core.text import describe, printable

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Image
    from upbench.benchmark.core.contract import Dataset


MOST_IMAGES = 1_000_000
"""A listing that goes on after so many has no end."""
LONGEST_NAME = 1000
"""Characters of an image's name, or of its digest."""


def list_images(dataset: Dataset) -> tuple[ImageItem, ...]:
    """Return the images of a dataset, not yet read.

    Raises:
        DatasetError: It cannot list them, has none, two of one name, or what is no image.
        UpbenchError: Whatever the dataset says itself, like a failed download.
    """
    try:
        items = tuple(islice(dataset.items(), MOST_IMAGES + 1))
    except UpbenchError:
        raise
    except BaseException as error:  # noqa: BLE001 - the plugin boundary
        pass_on_ctrl_c(error)
        raise DatasetError(f"{dataset.name} cannot list its images: {describe(error)}.") from None
    if not items:
        raise DatasetError(f"{dataset.name} has no images; expected at least one.")
    if len(items) > MOST_IMAGES:
        raise DatasetError(f"{dataset.name} lists more than {MOST_IMAGES} images; expected an end.")
    for item in items:
        _check_item(dataset.name, item)
    name, count = Counter(item.name for item in items).most_common(1)[0]
    if count > 1:
        raise DatasetError(
            f"{dataset.name} has {count} images named {name!r}; expected a name for each."
        )
    return items


def _check_item(dataset: str, item: object) -> None:
    if not isinstance(item, ImageItem):
        raise DatasetError(
            f"{dataset} lists a {type(item).__name__}; expected ImageItem(name, digest, load)."
        )
    if not isinstance(item.name, str) or not item.name or not isinstance(item.digest, str):
        raise DatasetError(
            f"{dataset} lists an image whose name or digest is no text; "
            "expected ImageItem(name, digest, load)."
        )
    for text in (item.name, item.digest):
        if len(text) > LONGEST_NAME or any("\ud800" <= sign <= "\udfff" for sign in text):
            raise DatasetError(
                f"{dataset} lists an image whose name or digest has more than {LONGEST_NAME} "
                f"characters, or one that is no text: {text[:40]!a}."
            )
    if not isinstance(item.scale, int | None):
        raise DatasetError(
            f"{dataset} lists {item.name!r} with the scale {item.scale!r}; expected the whole "
            "scale of a real pair, or None."
        )


def read_image(item: ImageItem) -> Image:
    """Read an image: float32 ``(H, W, C)`` in [0, 1], a copy of its own.

    Raises:
        ImageError: It is not what the contract says, or cannot be read, in one sentence.
        Exception: Whatever the dataset's own loader raises.
    """
    return _checked(item, item.load())


def read_low(item: ImageItem) -> Image | None:
    """Read the low-resolution image of a real pair, as :func:`read_image`; None for no pair."""
    return None if item.low is None else _checked(item, item.low())


def _checked(item: ImageItem, loaded: object) -> Image:
    from upbench.benchmark.imaging.validation import checked_image  # numpy: no list needs it

    try:
        return checked_image(loaded)
    except ImageError as error:
        raise ImageError(f"{printable(item.name)}: {error}") from None
