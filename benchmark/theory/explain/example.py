"""The numbers that the teaching pictures show: small, whole, and always the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Floats


IMAGE = ((3, 3, 3, 6), (7, 4, 3, 2), (7, 2, 8, 5), (1, 7, 3, 1))
KERNEL = ((1, 2, 4), (1, 1, 3), (1, 2, 4))
SMALL_IMAGE = ((2, 3), (4, 3))
"""The tutorial's worked example: IMAGE and KERNEL give ((84, 84), (87, 60))."""


@dataclass(frozen=True)
class Example:
    """A layer with numbers: what one picture explains."""

    kernel: int
    """The kernel size k."""
    stride: int
    """The stride s; in a resize-convolution, the factor of the enlargement."""
    padding: int
    """The zero padding p."""
    size: int
    """The input size i, or i' of a transposed convolution."""

    @property
    def layer(self) -> tuple[int, int, int]:
        """Kernel size, stride and padding."""
        return self.kernel, self.stride, self.padding

    @property
    def image(self) -> Floats:
        """The input, ``(size, size)``."""
        return small_image(self.size)

    @property
    def weights(self) -> Floats:
        """The kernel, ``(kernel, kernel)``: whole numbers from 1 to 4, the tutorial's at size 3."""
        if self.kernel == 3:
            return np.array(KERNEL, dtype=np.float64)
        drawn = np.random.default_rng(self.kernel).integers(1, 5, (self.kernel, self.kernel))
        return drawn.astype(np.float64)


def small_image(size: int) -> Floats:
    """Return whole numbers from 1 to 8: the worked example's at sizes 2 and 4."""
    known = {2: SMALL_IMAGE, 4: IMAGE}.get(size)
    if known:
        return np.array(known, dtype=np.float64)
    return np.random.default_rng(size).integers(1, 9, (size, size)).astype(np.float64)
