"""8-bit pixels in and out, around methods that compute in floating point.

What a pipeline that holds uint8 RGB pays for a method: the conversions and the chroma belong to
the call.  Everything is float32, which is exact to far less than a level.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.sizes import output_size
from upbench.benchmark.imaging.colour import MATRIX, OFFSET
from upbench.benchmark.imaging.resample import resize

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Image, Image8
    from upbench.benchmark.core.contract import Method, Scale, Upsampler

_TO_YCBCR = np.column_stack([MATRIX / 255.0, OFFSET]) / 255.0
"""Rows Y, Cb, Cr in [0, 1] for R, G, B in levels and 1."""
_TO_RGB = np.linalg.inv(MATRIX / 255.0)
_FROM_YCBCR = np.column_stack([_TO_RGB * 255.0, -_TO_RGB @ OFFSET])
"""Rows R, G, B in levels for Y, Cb, Cr in [0, 1] and 1."""


def eight_bit_call(method: Method, loaded: Upsampler, scale: Scale) -> Callable[[Image8], Image8]:
    """Return a method as a function of 8-bit pixels.

    Its own 8-bit path where it states one, the library's first; else conversion to float32, the
    method, and rounding.  A method of luma gets the luma of BT.601, and chroma goes by the
    canonical bicubic.

    Returns:
        A function from uint8 ``(H, W, 3)`` to uint8 ``(ceil(H * s), ceil(W * s), 3)``.
    """
    own_path = method.library_8bit or method.eight_bit
    if own_path is not None:
        return lambda pixels: method.run_8bit(pixels, scale, own_path)
    if method.colour == "luma":
        return partial(_by_luma, loaded, scale)
    return lambda pixels: _rounded(loaded(pixels * np.float32(1 / 255)) * np.float32(255))


def _by_luma(loaded: Upsampler, scale: Scale, pixels: Image8) -> Image8:
    ycbcr = _linear(pixels.astype(np.float32), _TO_YCBCR)
    height, width = output_size(pixels.shape, scale)
    large = np.empty((height, width, 3), np.float32)
    large[:, :, :1] = loaded(np.ascontiguousarray(ycbcr[:, :, :1]))
    large[:, :, 1:] = resize(ycbcr[:, :, 1:], float(scale), dtype=np.float32)
    return _rounded(_linear(large, _FROM_YCBCR))


def _linear(image: Image, matrix: NDArray[np.float64]) -> Image:
    """Multiply each pixel by a 3 x 4 matrix: a linear part and a constant."""
    import cv2

    transformed: Image = cv2.transform(image, matrix)
    return transformed


def _rounded(levels: Image) -> Image8:
    """Clip to 0..255 and round, halves to even."""
    import cv2

    pixels: Image8 = cv2.convertScaleAbs(np.maximum(levels, 0.0))  # saturates above 255
    return pixels.reshape(levels.shape)
