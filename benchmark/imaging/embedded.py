"""The images that are always here: what each is, what was done to it, and which side it is on.

One table, ``embedded.json``, splits them once and for all: ``standard`` images are what methods
are measured on, ``train`` images are what learned methods may be fitted on, the others are for
neither.  Images that show the same thing carry the same group, and a group is on one side.

The files lie in the wheels of scikit-image and Matplotlib, which are never imported for it, and in
``pictures/`` beside this file.  Each is compared with its SHA-256 before it is used.

A JPEG makes a poor reference: its 8 x 8 blocks are in it.  ``standard`` takes such images at half
their size, by the antialiased bicubic of ``y-classic``, which leaves no grid.  All its weights are
multiples of 1 / 256, so the result is the same to the bit on every machine.
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
from upbench.benchmark.core.hashing import digest_of
from upbench.benchmark.imaging.decode import read_image

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image

__all__ = ["EmbeddedImage", "Side", "embedded_path", "every_image", "read_embedded", "side"]

Side: TypeAlias = Literal["standard", "train", "unused"]
Package: TypeAlias = Literal["scikit-image", "matplotlib", "upbench"]
_FOLDERS: dict[str, tuple[str, str]] = {
    "scikit-image": ("skimage", "data"),
    "matplotlib": ("matplotlib", "mpl-data/sample_data"),
}
"""The import package of a wheel, and where its images lie in it."""


@dataclass(frozen=True)
class EmbeddedImage:
    """One image file."""

    file: str
    """Its file name in the package's folder of images."""
    side: Side
    """What it may be used for."""
    why: str
    """Why it was chosen, or why not."""
    digest: str
    """SHA-256 of the file."""
    source: str
    """Who made it, and its licence, as the package states them."""
    package: Package = "scikit-image"
    """Whose wheel it lies in."""
    jpeg: str = ""
    """What the audit finds of JPEG in the file's pixels; "" where it was not looked at."""
    processing: str = ""
    """What is done to the file's pixels; "" is nothing."""
    group: str = ""
    """Images of one group show the same thing; empty for an image on its own."""

    @property
    def name(self) -> str:
        """The file name without its suffix."""
        return Path(self.file).stem

    @property
    def item_digest(self) -> str:
        """What changes when the pixels do: the file's, with what is done to them."""
        return digest_of([self.digest, self.processing]) if self.processing else self.digest

    @property
    def about(self) -> str:
        """Where it is from, its licence, its JPEG history and what was done to it."""
        place = f"{self.file} of {self.package}'s wheel"
        return "; ".join(
            part
            for part in (
                self.source,
                place if self.package != "upbench" else "",
                f"JPEG: {self.jpeg}" if self.jpeg else "",
                f"processing: {self.processing or 'none'}",
            )
            if part
        )


@cache
def every_image() -> tuple[EmbeddedImage, ...]:
    """Return every image file, in a fixed order: all of scikit-image's wheel, and three more.

    (The wheel's lfw_subset.npy has 25 x 25 pixels; motorcycle_disp.npz is a disparity map.)
    """
    text = Path(__file__).with_name("embedded.json").read_text(encoding="utf-8")
    return tuple(EmbeddedImage(**entry) for entry in json.loads(text))


def side(which: Side) -> tuple[EmbeddedImage, ...]:
    """Return the images of one side, in the table's order."""
    return tuple(image for image in every_image() if image.side == which)


def embedded_path(image: EmbeddedImage) -> Path:
    """Find the image in the installed package and compare its checksum.

    Raises:
        DatasetError: The package is not installed.
        ImageError: Its file is missing or is another one than the table's.
    """
    path = _folder_of(image.package) / image.file
    try:
        digest = sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ImageError(_other_version(image, str(error.strerror))) from None
    if digest != image.digest:
        raise ImageError(_other_version(image, f"SHA-256 {digest}"))
    return path


def read_embedded(name: str, *, original: bool = False) -> Image:
    """Read one embedded image by name: float32 (H, W, 1 or 3) in [0, 1].

    Args:
        name: The file's name without its suffix.
        original: The file's own pixels, not what ``standard`` makes of them.

    Raises:
        UnknownNameError: No embedded image has this name.
        DatasetError: The package that it lies in is not installed.
        ImageError: Its file is missing, is another one than the table's, or is unreadable.
    """
    by_name = {image.name: image for image in every_image()}
    if name not in by_name:
        raise UnknownNameError("embedded image", name, by_name)
    image = by_name[name]
    pixels = read_image(embedded_path(image))
    return pixels if original else _PROCESSING[image.processing](pixels)


def _unchanged(pixels: Image) -> Image:
    return pixels


def _every_second(pixels: Image) -> Image:
    """Undo an enlargement by repeated pixels."""
    return pixels[::2, ::2]


def _halved(pixels: Image) -> Image:
    """Shrink by 2 with the antialiased bicubic, in 8-bit levels, halves up."""
    import numpy as np

    from upbench.benchmark.imaging.resample import BICUBIC, resize, round_half_up

    levels = np.rint(pixels.astype(np.float64) * 255)
    small = round_half_up(resize(levels, 0.5, BICUBIC)).clip(0, 255)
    return small.astype(np.float32) / np.float32(255)


_PROCESSING = {
    "": _unchanged,
    "every second pixel": _every_second,
    "halved": _halved,
    "halved before it was stored": _unchanged,
}


def _folder_of(package: Package) -> Path:
    if package == "upbench":
        return Path(__file__).with_name("pictures")
    module, folder = _FOLDERS[package]
    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise DatasetError(
            f"Some of the embedded images come from {package}'s wheel, which is not installed "
            f"here; install it with: pip install {package}"
        )
    return Path(spec.submodule_search_locations[0]) / folder


def _other_version(image: EmbeddedImage, got: str) -> str:
    return (
        f"{image.file} of the installed {image.package} is not the known one: expected SHA-256 "
        f"{image.digest}, got {got}; install the version that constraints.txt pins."
    )
