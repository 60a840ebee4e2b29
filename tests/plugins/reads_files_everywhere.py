"""A dataset, a metric and a protocol; each reads a file beside it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from upbench import ImageItem, dataset, metric, protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

HERE = Path(__file__).parent
LISTED_WITH = float((HERE / "listed.txt").read_text(encoding="utf-8"))


def number(name: str) -> float:
    """Read a number from a file that no text of this code names."""
    return float((HERE / name).with_suffix(".txt").read_text(encoding="utf-8"))


def image(name: str) -> NDArray[np.float32]:
    """Return an image that depends on two files and on its own."""
    rows, columns = np.mgrid[:32, :32]
    wave = 0.25 + 0.2 * np.sin(rows * columns / (20 * number("read") * LISTED_WITH))
    return (wave[:, :, None] * number(name)).astype(np.float32)


@dataset("filed", source="generated", licence="CC0-1.0", summary="images that depend on files")
def filed() -> list[ImageItem]:
    """List two images; their digests say nothing of what they are."""
    return [ImageItem(name, f"of {name}", partial(image, name)) for name in ("one", "two")]


@metric("filed-error", unit="1", better="lower")
def filed_error(reference: NDArray[np.float64], output: NDArray[np.float64], scale: int) -> float:
    """Return a weighted error."""
    return float(number("weight") * np.mean(np.abs(reference - output)))


@protocol("filed-grey", signature="filed-grey|v1", summary="grey, with a gain from a file")
class FiledGrey:
    """Grey images, every s-th pixel, times a gain."""

    def reference(self, image: NDArray[np.float32], scale: int) -> NDArray[np.uint8]:
        """Return whole blocks in 8 bits."""
        return np.rint(image * 255).astype(np.uint8)

    def degrade(self, pixels: NDArray[np.uint8], scale: int) -> NDArray[np.float32]:
        """Return every s-th pixel, times the gain."""
        return (pixels[::scale, ::scale] / 255 * number("gain")).astype(np.float32)

    def finish(self, output: NDArray[np.float32], scale: int) -> NDArray[np.uint8]:
        """Return 8 bits."""
        return np.rint(output.clip(0, 1) * 255).astype(np.uint8)

    def score(self, pixels: NDArray[np.uint8], scale: int) -> NDArray[np.float64]:
        """Return the only channel."""
        return pixels[:, :, 0] / 255
