"""A dataset's images, listed and read: the contract is checked at this boundary, for each."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from itertools import islice
from numbers import Real
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import ImageItem, LocalStatus
from upbench.benchmark.core.errors import DatasetError, ImageError, UpbenchError, pass_on_ctrl_c
from upbench.benchmark.core.metadata import MAX_SCALE, MIN_SCALE, is_scale
from upbench.benchmark.core.text import describe, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from upbench.benchmark.core.arrays import Image
    from upbench.benchmark.core.contract import Dataset


MOST_IMAGES = 1_000_000
"""A listing that goes on after so many has no end."""
LONGEST_NAME = 1000
"""Characters of an image's name, or of its digest."""


@contextmanager
def dataset_errors(dataset: Dataset, task: str) -> Iterator[None]:
    """Say in one sentence what a dataset raises meanwhile: its name, "cannot", the task, and why.

    Raises:
        UpbenchError: The dataset's own, as it is; a DatasetError for whatever else is raised.
    """
    try:
        yield
    except UpbenchError:
        raise
    except BaseException as error:  # noqa: BLE001 - the plugin boundary
        pass_on_ctrl_c(error)
        reason = describe(error).removesuffix(".")
        raise DatasetError(f"{dataset.name} cannot {task}: {reason}.") from None


def status_of(dataset: Dataset) -> LocalStatus | None:
    """Return how much of a dataset is on this machine; None where nothing is downloaded.

    Raises:
        DatasetError: It cannot say, or says something else.
    """
    with dataset_errors(dataset, "say what is on this machine"):
        status: object = dataset.status() if dataset.status is not None else None
    if status is None:
        return None
    if not isinstance(status, LocalStatus):
        raise DatasetError(
            f"{dataset.name}: status returned a {type(status).__name__}; expected a LocalStatus."
        )
    if not all(isinstance(one, Real) for one in (status.present, status.total, status.bytes)):
        raise DatasetError(
            f"{dataset.name}: status returned {printable(repr(status))[:200]}; expected numbers as "
            "present, total and bytes."
        )
    return status


def list_images(dataset: Dataset) -> tuple[ImageItem, ...]:
    """Return the images of a dataset, not yet read.

    Raises:
        DatasetError: It cannot list them, has none, two of one name, or what is no image.
        UpbenchError: Whatever the dataset says itself, like a failed download.
    """
    with dataset_errors(dataset, "list its images"):
        items = tuple(islice(dataset.items(), MOST_IMAGES + 1))
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
    if not (item.scale is None or is_scale(item.scale)):
        raise DatasetError(
            f"{dataset} lists {item.name!r} with the scale {item.scale!r}; expected that of a real "
            f"pair, a whole number from {MIN_SCALE} to {MAX_SCALE}, or None."
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
