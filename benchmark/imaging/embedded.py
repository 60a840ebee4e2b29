"""The images that ship inside scikit-image's wheel: what each is, and which side it is on.

One table, ``embedded.json``, splits them once and for all: ``standard`` images are what methods
are measured on, ``train`` images are what learned methods may be fitted on, the others are for
neither.  Images that show the same thing carry the same group, and a group is on one side.

scikit-image itself is never imported: its files are found where it is installed, and each is
compared with its SHA-256 before it is used.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from upbench.benchmark.core.errors import DatasetError, ImageError, UnknownNameError
from upbench.benchmark.imaging.decode import read_image

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image

__all__ = ["EmbeddedImage", "Side", "embedded_path", "every_image", "read_embedded", "side"]

Side: TypeAlias = Literal["standard", "train", "unused"]


@dataclass(frozen=True)
class EmbeddedImage:
    """One image file of scikit-image's wheel."""

    file: str
    """Its file name in the package's data folder."""
    side: Side
    """What it may be used for."""
    why: str
    """Why it was chosen, or why not."""
    digest: str
    """SHA-256 of the file."""
    source: str
    """Who made it, and its licence, as scikit-image states them."""
    group: str = ""
    """Images of one group show the same thing; empty for an image on its own."""

    @property
    def name(self) -> str:
        """The file name without its suffix."""
        return Path(self.file).stem


@cache
def every_image() -> tuple[EmbeddedImage, ...]:
    """Return every image file of the wheel, in a fixed order.

    (Its face crops, lfw_subset.npy, have 25 x 25 pixels; motorcycle_disp.npz is a disparity map.)
    """
    text = Path(__file__).with_name("embedded.json").read_text(encoding="utf-8")
    return tuple(EmbeddedImage(**entry) for entry in json.loads(text))


def side(which: Side) -> tuple[EmbeddedImage, ...]:
    """Return the images of one side, in the table's order."""
    return tuple(image for image in every_image() if image.side == which)


def embedded_path(image: EmbeddedImage) -> Path:
    """Find the image in the installed scikit-image and compare its checksum.

    Raises:
        DatasetError: scikit-image is not installed.
        ImageError: Its file is missing or is another one than the table's.
    """
    path = _data_folder() / image.file
    try:
        digest = sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ImageError(_other_version(image, str(error.strerror))) from None
    if digest != image.digest:
        raise ImageError(_other_version(image, f"SHA-256 {digest}"))
    return path


def read_embedded(name: str) -> Image:
    """Read one embedded image by name: float32 (H, W, 1 or 3) in [0, 1].

    Raises:
        UnknownNameError: No embedded image has this name.
        DatasetError: scikit-image is not installed.
        ImageError: Its file is missing, is another one than the table's, or is unreadable.
    """
    by_name = {image.name: image for image in every_image()}
    if name not in by_name:
        raise UnknownNameError("embedded image", name, by_name)
    return read_image(embedded_path(by_name[name]))


def _data_folder() -> Path:
    spec = find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise DatasetError(
            "The embedded images come from scikit-image's wheel, which is not installed here; "
            "install it with: pip install scikit-image"
        )
    return Path(spec.submodule_search_locations[0]) / "data"


def _other_version(image: EmbeddedImage, got: str) -> str:
    return (
        f"{image.file} of the installed scikit-image is not the known one: expected SHA-256 "
        f"{image.digest}, got {got}; install the version that constraints.txt pins."
    )
