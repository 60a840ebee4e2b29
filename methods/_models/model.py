"""A network as a method: images in, images out, whatever the network takes and gives.

An image that is larger than one call takes is cut into overlapping tiles; two tiles have in common
all that an output pixel depends on, so that the output is that of the whole image.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from upbench.benchmark.core.errors import MethodError
from upbench.benchmark.imaging.resample import resize
from upbench.benchmark.imaging.tiles import equal_spans
from upbench.methods._models.conventions import RANGES
from upbench.methods._models.network import open_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Image
    from upbench.methods._models.conventions import Conventions
    from upbench.methods._models.network import Network, Place

LARGEST = 1024
"""The longest side of a call, in the network's input pixels: larger images are cut into tiles, so
that memory is bounded."""


class Model:
    """A network from a file at one scale; ``--model`` makes a subclass for each file.

    Args:
        scale: The whole factor s.
        device: Where it runs: "cpu" or "cuda".

    Raises:
        UsageError: The file cannot be opened.
    """

    place: ClassVar[Place]
    held: ClassVar[Network | None] = None
    """A network that is in memory, in place of a file."""
    conventions: ClassVar[Conventions]
    macs_per_px: ClassVar[float | None] = None
    """Multiply-adds per output pixel."""

    def __init__(self, scale: int, device: str = "cpu") -> None:
        self.network = self.held or open_network(self.place, device)
        self.scale = scale
        self.parameters = self.network.parameters

    def __call__(self, image: Image) -> Image:
        """Enlarge an image: ``(H, W, C)`` float32 -> ``(H * s, W * s, C)``; it may leave [0, 1].

        Raises:
            MethodError: The image has another number of channels, or the network's output has not
                the size that it should have.
        """
        channels = self.conventions.channels
        if image.ndim != 3 or image.shape[2] != channels:
            takes = "luma" if channels == 1 else "RGB"
            raise MethodError(
                f"The network takes {takes}, expected an image (H, W, {channels}), got "
                f"{image.shape}."
            )
        return enlarge(self.network, self.conventions, image, self.scale)


def enlarge(network: Network, conventions: Conventions, image: Image, scale: int) -> Image:
    """Make an image larger with a network.

    Args:
        network: The network.
        conventions: What it takes and gives.
        image: float32 ``(H, W, C)`` in [0, 1].
        scale: The whole factor s.

    Returns:
        float32 ``(H * s, W * s, C)``; it may leave [0, 1].

    Raises:
        MethodError: The network's output has not the size that it should have.
    """
    if conventions.is_enlarged_first:
        image = resize(image, scale).astype(np.float32)
    height, width, _ = image.shape
    padded, offset = _padded(image, conventions)
    large = _in_tiles(network, conventions, padded)
    factor, (top, left) = conventions.scale, offset
    own = large[top * factor : (top + height) * factor, left * factor : (left + width) * factor]
    if conventions.residual:
        own = own + (image if factor == 1 else resize(image, factor).astype(np.float32))
    return own


def _padded(image: Image, conventions: Conventions) -> tuple[Image, tuple[int, int]]:
    """Mirror an image at its border up to a size that the network takes; also say where it is."""
    height, width, _ = image.shape
    before = conventions.lost
    tall, wide = (-(-(side + 2 * before) // conventions.multiple) for side in (height, width))
    tall, wide = tall * conventions.multiple, wide * conventions.multiple
    if conventions.tile:
        tall, wide = max(tall, conventions.tile[0]), max(wide, conventions.tile[1])
    after = (tall - height - before, wide - width - before)
    if not (before or any(after)):
        return image, (0, 0)
    margins = ((before, after[0]), (before, after[1]), (0, 0))
    return np.pad(image, margins, mode="symmetric"), (before, before)


def _in_tiles(network: Network, conventions: Conventions, image: Image) -> Image:
    """Run a network on an image whose sides it takes, in one call if that is not too large."""
    factor, (height, width, channels) = conventions.scale, image.shape
    sides = _tile_of(conventions, height, width)
    if sides == (height, width):
        return call_network(network, conventions, image)
    whole = np.empty((height * factor, width * factor, channels), dtype=np.float32)
    down, right = (
        equal_spans(size, side, conventions.shared, conventions.multiple)
        for size, side in zip((height, width), sides, strict=True)
    )
    for rows, columns in product(down, right):
        large = call_network(network, conventions, image[rows.seen, columns.seen])
        kept = large[rows.kept(factor), columns.kept(factor)]
        whole[rows.placed(factor), columns.placed(factor)] = kept
    return whole


def _tile_of(conventions: Conventions, height: int, width: int) -> tuple[int, int]:
    if conventions.tile:
        return conventions.tile
    # four times what tiles share: at least half of each is kept
    least = max(LARGEST, 4 * conventions.shared, conventions.least_side)
    most = -(-least // conventions.multiple) * conventions.multiple
    if height * width <= most * most:
        return height, width
    return min(height, most), min(width, most)


def call_network(network: Network, conventions: Conventions, image: Image) -> Image:
    """Call a network once, with an image of a size that it takes.

    Returns:
        float32 ``(H * s, W * s, C)``, s the network's own scale; a border that it loses is 0.

    Raises:
        MethodError: The output has another size.
    """
    outputs = network(_batch(image, conventions))
    output = outputs[conventions.output] if conventions.output < len(outputs) else None
    expected = (*(side * conventions.scale - conventions.border for side in image.shape[:2]),)
    found = _image(output, conventions)
    if found is None or found.shape != (*expected, conventions.channels):
        raise MethodError(
            f"The network made {getattr(output, 'shape', 'nothing')} of an input of "
            f"{image.shape[0]}x{image.shape[1]}; expected {expected[0]}x{expected[1]}."
        )
    if not conventions.border:
        return found
    lost = conventions.border // 2
    return np.pad(found, ((lost, lost), (lost, lost), (0, 0)))


def _batch(image: Image, conventions: Conventions) -> NDArray[np.float32]:
    """Return an image as the network takes it: one copy, into which it may write."""
    black, white = RANGES[conventions.given]
    if conventions.order == "bgr":
        image = image[:, :, ::-1]
    batch = image[None] if conventions.layout == "nhwc" else image.transpose(2, 0, 1)[None]
    if (black, white) != (0.0, 1.0):
        batch = batch * np.float32(white - black) + np.float32(black)
    return np.array(batch, dtype=np.float32, order="C")


def _image(output: Any, conventions: Conventions) -> Image | None:
    """Return an output as an image, a view where nothing differs; None for no batch of one."""
    if getattr(output, "ndim", 0) != 4 or output.shape[0] != 1:
        return None
    black, white = RANGES[conventions.returned]
    image: Any = np.asarray(output[0], dtype=np.float32)
    if conventions.layout == "nchw":
        image = image.transpose(1, 2, 0)
    if conventions.order == "bgr":
        image = image[:, :, ::-1]
    if (black, white) != (0.0, 1.0):
        image = (image - np.float32(black)) / np.float32(white - black)
    found: Image = image
    return found
