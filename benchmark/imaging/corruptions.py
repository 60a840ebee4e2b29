"""Harder degradations of 8-bit pixels: blur, noise and compression.

Each is deterministic: the noise of an image depends on its pixels and on nothing else.
"""

from __future__ import annotations

import io
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.imaging.resample import round_half_up

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Image8


def blurred(pixels: Image8, sigma: float, side: int) -> Image8:
    """Blur by a Gaussian window, as MATLAB's ``imfilter(x, fspecial("gaussian", side, sigma))``.

    Args:
        pixels: uint8 ``(H, W, C)``.
        sigma: Standard deviation in pixels.
        side: Of the square window.  An even one lies half a pixel down and right of each pixel.

    Returns:
        uint8 of the same shape, rounded half up; beyond the border lies the edge pixel
        (``"replicate"``).
    """
    from scipy.ndimage import correlate1d

    places = np.arange(side) - (side - 1) / 2
    weights = np.exp(-(places**2) / (2 * sigma**2))
    weights /= weights.sum()
    smooth = pixels.astype(np.float64)
    for axis in (0, 1):
        # MATLAB's middle of an even window is its (side / 2)-th pixel, SciPy's the one after it
        smooth = correlate1d(smooth, weights, axis=axis, mode="nearest", origin=side % 2 - 1)
    levels: Image8 = round_half_up(smooth).astype(np.uint8)
    return levels


def decimated(pixels: Image8, scale: int) -> Image8:
    """Keep one pixel of each cell: the middle one, or the one above and left of the middle.

    At an odd scale that is MATLAB's ``imresize(x, 1 / scale, "nearest")``, and nothing is shifted.
    (Other code keeps the first, ``x[::s, ::s]``, which shifts the image by (s - 1) / 2 pixels.)  At
    an even scale it is half a pixel off, which an even window of :func:`blurred` makes good.
    """
    first = (scale - 1) // 2
    return np.ascontiguousarray(pixels[first::scale, first::scale])


def with_noise(pixels: Image8, sigma: float) -> Image8:
    """Add white Gaussian noise, clip and round to 8 bits.

    Args:
        pixels: uint8 ``(H, W, C)``.
        sigma: Standard deviation in levels of 255; each channel has noise of its own.

    Returns:
        uint8 of the same shape.  The seed is the SHA-256 of the pixels: an image has the same noise
        in every run and beside whatever other images.
    """
    seed = int.from_bytes(sha256(np.ascontiguousarray(pixels).tobytes()).digest()[:16], "big")
    noise = np.random.default_rng(seed).standard_normal(pixels.shape)
    levels: Image8 = round_half_up(pixels + sigma * noise).clip(0, 255).astype(np.uint8)
    return levels


def as_jpeg(pixels: Image8, quality: int) -> Image8:
    """Compress as JPEG by Pillow, with chroma at half resolution (4:2:0), and read it again.

    Args:
        pixels: uint8 ``(H, W, 1)`` or ``(H, W, 3)``.
        quality: From 1 to 95, as the IJG library's.
    """
    from PIL import Image

    picture = Image.fromarray(pixels if pixels.shape[2] == 3 else pixels[:, :, 0])
    with io.BytesIO() as file:
        picture.save(file, "JPEG", quality=quality, subsampling="4:2:0")
        with Image.open(file) as read:
            return np.asarray(read).reshape(pixels.shape)
