"""Pillow's interpolations, ``Image.resize`` on 32-bit float images (mode "F"), channel by channel.

All of them sample half-pixel: output pixel j lies at ``(j + 1/2) / s - 1/2`` on the input grid.
Taps beyond the border are dropped and the weights of the others are normalised to sum 1.  When
shrinking, Pillow stretches the kernel, which antialiases; that has no switch.  Traps:

- Pillow has no float RGB: ``Image.fromarray`` of (H, W, 3) float32 fails, hence the channels.
- The 8-bit path rounds after each axis and its weights are fixed-point numbers.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import method

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image

interpolation = partial(
    method, family="interpolation", backend="pillow", sampling="half-pixel", parameters=0
)


def _enlarge(image: Image, scale: int, resampling: str) -> Image:
    import numpy as np
    from PIL import Image as Pillow

    height, width, channels = image.shape
    size = (width * scale, height * scale)
    planes = (Pillow.fromarray(image[:, :, c]) for c in range(channels))
    enlarged = [np.asarray(p.resize(size, Pillow.Resampling[resampling])) for p in planes]
    return np.stack(enlarged, axis=2)


@interpolation(
    "pillow-nearest",
    source="Pillow, Image.resize with NEAREST",
    kernel="nearest",
    edge="none",
)
def pillow_nearest(image: Image, scale: int) -> Image:
    """Nearest neighbour, half-pixel sampling: every pixel becomes s x s equal ones.

    Args:
        image: ``(H, W, C)`` float32 in [0, 1].
        scale: The whole factor s.

    Returns:
        ``(H * s, W * s, C)`` float32.
    """
    return _enlarge(image, scale, "NEAREST")


@interpolation(
    "pillow-box",
    source="Pillow, Image.resize with BOX",
    kernel="box",
    edge="none",
)
def pillow_box(image: Image, scale: int) -> Image:
    """Box kernel, support 1, half-pixel sampling: at whole enlargements the same as nearest.

    Shapes as :func:`pillow_nearest`.
    """
    return _enlarge(image, scale, "BOX")


@interpolation(
    "pillow-bilinear",
    source="Pillow, Image.resize with BILINEAR",
    kernel="triangle",
    edge="renormalise",
)
def pillow_bilinear(image: Image, scale: int) -> Image:
    """Triangle kernel, support 2, half-pixel sampling, weights renormalised at the border.

    Shapes as :func:`pillow_nearest`.
    """
    return _enlarge(image, scale, "BILINEAR")


@interpolation(
    "pillow-hamming",
    source="Pillow, Image.resize with HAMMING",
    kernel="Hamming-windowed sinc, 1 lobe",
    edge="renormalise",
)
def pillow_hamming(image: Image, scale: int) -> Image:
    """``sinc(x) (0.54 + 0.46 cos(pi x))`` on [-1, 1], half-pixel sampling.

    Made for shrinking (sharper than bilinear at the same support); the weights are renormalised
    everywhere, since the kernel alone does not sum to 1.  Shapes as :func:`pillow_nearest`.
    """
    return _enlarge(image, scale, "HAMMING")


@interpolation(
    "pillow-bicubic",
    source="Pillow, Image.resize with BICUBIC",
    kernel="Keys cubic, a = -0.5",
    edge="renormalise",
)
def pillow_bicubic(image: Image, scale: int) -> Image:
    """Cubic convolution with a = -0.5, support 4, half-pixel sampling.

    The canonical ``bicubic`` but within two input pixels of the border, where Pillow drops taps
    and MATLAB mirrors the image.  It may leave [0, 1].  Shapes as :func:`pillow_nearest`.
    """
    return _enlarge(image, scale, "BICUBIC")


@interpolation(
    "pillow-lanczos",
    source="Pillow, Image.resize with LANCZOS",
    kernel="Lanczos, 3 lobes",
    edge="renormalise",
)
def pillow_lanczos(image: Image, scale: int) -> Image:
    """Lanczos-windowed sinc of 3 lobes, support 6, half-pixel sampling.

    The canonical ``lanczos3`` but for the border, as :func:`pillow_bicubic`; OpenCV's has 4 lobes.
    It may leave [0, 1].  Shapes as :func:`pillow_nearest`.
    """
    return _enlarge(image, scale, "LANCZOS")
