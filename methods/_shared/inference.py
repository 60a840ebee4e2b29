"""Running a trained network on images of any size, in bounded memory.

A large image runs window by window.  The windows of an image are equal in size, so that the CPU's
convolutions are prepared once; they overlap by all that an output pixel depends on, so that the
output is that of the whole image.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import torch

from upbench.benchmark.core.device import exact_convolutions
from upbench.benchmark.imaging.tiles import equal_spans
from upbench.methods._shared.forms import running_form

if TYPE_CHECKING:
    from torch import Tensor

    from upbench.benchmark.core.contract import Image
    from upbench.benchmark.imaging.tiles import Span
    from upbench.methods._shared.network import Network

__all__ = ["Runner", "windows"]

GPU_WINDOW = 1024
"""The largest side, in input pixels, that runs at once on a GPU: small ones leave it idle."""


class Runner:
    """A network, its trunk of plain convolutions, ready to enlarge images."""

    def __init__(self, network: Network, device: str = "cpu") -> None:
        self.form = running_form(network).to(device)
        self.device = device
        self.side = self.form.window if device == "cpu" else GPU_WINDOW
        """The largest side, in input pixels, that runs at once."""

    def __call__(self, image: Image) -> Image:
        """Enlarge: ``(H, W, 1)`` float32 -> ``(H * s, W * s, 1)`` float32."""
        # a copy: torch refuses arrays that are turned around, and warns of read-only ones
        low = torch.from_numpy(np.array(image[None, None, :, :, 0], np.float32, order="C"))
        with torch.inference_mode():
            large: Image = self._enlarge(low)[0, 0, :, :, None].numpy()
        return large

    def _enlarge(self, low: Tensor) -> Tensor:
        height, width = low.shape[2:]
        if max(height, width) <= self.side:
            return self._forward(low)
        scale, overlap = self.form.scale, self.form.overlap
        large = low.new_empty(1, 1, height * scale, width * scale)
        down, across = (windows(size, self.side, overlap) for size in (height, width))
        for rows, columns in product(down, across):
            window = self._forward(low[:, :, rows.seen, columns.seen])
            inner = window[:, :, rows.kept(scale), columns.kept(scale)]
            large[:, :, rows.placed(scale), columns.placed(scale)] = inner
        return large

    def _forward(self, low: Tensor) -> Tensor:
        """Run the network on its device; the copy back waits until it is done."""
        if self.device == "cpu":
            on_cpu: Tensor = self.form(low)
            return on_cpu
        with exact_convolutions():
            large: Tensor = self.form(low.to(self.device))
            return large.cpu()


def windows(size: int, side: int, overlap: int) -> list[Span]:
    """Cover one axis of an image with equal windows, as few and as small as can be.

    Args:
        size: The image's side.
        side: The longest window, more than two overlaps.
        overlap: Pixels at a window's end, unless it is the image's, that are not kept.

    Returns:
        Windows in order; what they keep covers the axis once.

    >>> [(window.first, window.last) for window in windows(20, 10, 2)]
    [(0, 10), (5, 15), (10, 20)]
    """
    if size <= side:
        return equal_spans(size, size, overlap)
    inside = size - 2 * overlap
    number = -(-inside // (side - 2 * overlap))
    return equal_spans(size, -(-inside // number) + 2 * overlap, overlap)
