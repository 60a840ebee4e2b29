"""OpenCV's interpolations, ``cv2.resize`` on float32.

All but ``opencv-nearest`` sample half-pixel: output pixel j lies at ``(j + 1/2) / s - 1/2`` on the
input grid.  Beyond the border the edge pixel is repeated.  Traps for whoever ports a resize:

- The cubic has a = -0.75; MATLAB's and Pillow's have -0.5.
- Nothing is antialiased when shrinking, except INTER_AREA.
- ``cv2.resize`` wants (width, height), and drops the channel axis of one-channel images.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import method

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image

interpolation = partial(
    method, family="interpolation", backend="opencv-python-headless", parameters=0
)


def _enlarge(image: Image, scale: int, flag: str) -> Image:
    import cv2

    height, width, channels = image.shape
    size = (width * scale, height * scale)
    enlarged: Image = cv2.resize(image, size, interpolation=getattr(cv2, flag))
    # the channel axis of a one-channel image was dropped
    return enlarged.reshape(height * scale, width * scale, channels)


@interpolation(
    "opencv-nearest",
    source="OpenCV, cv2.resize with INTER_NEAREST",
    sampling="asymmetric",
    kernel="nearest",
    edge="none",
)
def opencv_nearest(image: Image, scale: int) -> Image:
    """Nearest neighbour at ``floor(j / s)``: asymmetric sampling.

    At whole enlargements these are the pixels of half-pixel sampling; when shrinking, or at other
    scales, they are not, and ``opencv-nearest-exact`` is the one that agrees with other libraries.

    Args:
        image: ``(H, W, C)`` float32 in [0, 1].
        scale: The whole factor s.

    Returns:
        ``(H * s, W * s, C)`` float32.
    """
    return _enlarge(image, scale, "INTER_NEAREST")


@interpolation(
    "opencv-nearest-exact",
    source="OpenCV, cv2.resize with INTER_NEAREST_EXACT",
    sampling="half-pixel",
    kernel="nearest",
    edge="none",
)
def opencv_nearest_exact(image: Image, scale: int) -> Image:
    """Nearest neighbour, half-pixel sampling, as Pillow, scikit-image and MATLAB have it.

    Shapes as :func:`opencv_nearest`.
    """
    return _enlarge(image, scale, "INTER_NEAREST_EXACT")


@interpolation(
    "opencv-linear",
    source="OpenCV, cv2.resize with INTER_LINEAR",
    sampling="half-pixel",
    kernel="triangle",
    edge="replicate",
)
def opencv_linear(image: Image, scale: int) -> Image:
    """Triangle kernel, support 2, half-pixel sampling, edge pixel repeated.

    Shapes as :func:`opencv_nearest`.
    """
    return _enlarge(image, scale, "INTER_LINEAR")


@interpolation(
    "opencv-cubic",
    source="OpenCV, cv2.resize with INTER_CUBIC",
    sampling="half-pixel",
    kernel="Keys cubic, a = -0.75",
    edge="replicate",
)
def opencv_cubic(image: Image, scale: int) -> Image:
    """Cubic convolution with a = -0.75, support 4, half-pixel sampling, edge pixel repeated.

    Sharper than the canonical ``bicubic`` (a = -0.5), with more overshoot; it may leave [0, 1].
    Shapes as :func:`opencv_nearest`.
    """
    return _enlarge(image, scale, "INTER_CUBIC")


@interpolation(
    "opencv-area",
    source="OpenCV, cv2.resize with INTER_AREA",
    sampling="half-pixel",
    kernel="box",
    edge="none",
)
def opencv_area(image: Image, scale: int) -> Image:
    """Pixel areas, half-pixel sampling: at whole enlargements the same as nearest neighbour.

    A trap only at other scales: there OpenCV interpolates between pixels instead of averaging.
    Shapes as :func:`opencv_nearest`.
    """
    return _enlarge(image, scale, "INTER_AREA")


@interpolation(
    "opencv-lanczos4",
    source="OpenCV, cv2.resize with INTER_LANCZOS4",
    sampling="half-pixel",
    kernel="Lanczos, 4 lobes",
    edge="replicate",
)
def opencv_lanczos4(image: Image, scale: int) -> Image:
    """Lanczos-windowed sinc of 4 lobes, support 8, half-pixel sampling, edge pixel repeated.

    One lobe more than what Pillow and MATLAB call Lanczos; it may leave [0, 1].  Positions are
    float32: at scales that are no power of two the weights drift, by 1e-4 at 2000 pixels.
    Shapes as :func:`opencv_nearest`.
    """
    return _enlarge(image, scale, "INTER_LANCZOS4")
