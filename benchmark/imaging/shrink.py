"""Shrinking as each library does it: the same "bicubic" is five different images.

The dtype decides, as it does in the libraries: uint8 goes through the library's 8-bit path, float
through its float path.

==================  ===================================  ===========  =============
name                call                                 kernel       antialiasing
==================  ===================================  ===========  =============
``matlab``          ``imresize(x, 1 / s)``               Keys -0.5    yes
``pillow``          ``Image.resize(BICUBIC)``            Keys -0.5    yes
``torch-antialias`` ``interpolate(antialias=True)``      Keys -0.5    yes
``opencv``          ``cv2.resize(INTER_CUBIC)``          Keys -0.75   no
``torch``           ``interpolate(mode="bicubic")``      Keys -0.75   no
``opencv-area``     ``cv2.resize(INTER_AREA)``           box          yes
==================  ===================================  ===========  =============
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.errors import UnknownNameError
from upbench.benchmark.imaging.degrade import matlab_bicubic_8bit
from upbench.benchmark.imaging.resample import resize

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def shrink(image: NDArray[Any], scale: int, library: str) -> NDArray[Any]:
    """Shrink an image by 1/scale as a library does.

    Args:
        image: ``(H, W, C)``, uint8 or float; the sides are multiples of the scale.
        scale: The whole factor s.
        library: A name of ``SHRINKERS``.

    Returns:
        ``(H / s, W / s, C)``: uint8 for uint8, else float64, not clipped.

    Raises:
        UnknownNameError: There is no such name.
    """
    if library not in SHRINKERS:
        raise UnknownNameError("shrinking", library, SHRINKERS)
    eight_bit = image.dtype == np.uint8
    given = np.ascontiguousarray(image if eight_bit else image.astype(np.float64))
    made = SHRINKERS[library](given, scale)
    return made if eight_bit else made.astype(np.float64)


def _matlab(image: NDArray[Any], scale: int) -> NDArray[Any]:
    return matlab_bicubic_8bit(image, scale) if _is_8bit(image) else resize(image, 1 / scale)


def _pillow(image: NDArray[Any], scale: int) -> NDArray[Any]:
    from PIL import Image as Pillow

    size = (image.shape[1] // scale, image.shape[0] // scale)
    given = image if _is_8bit(image) else image.astype(np.float32)  # no float64 there
    planes = (Pillow.fromarray(np.ascontiguousarray(p)) for p in np.moveaxis(given, 2, 0))
    return np.stack([np.asarray(p.resize(size, Pillow.Resampling.BICUBIC)) for p in planes], axis=2)


def _opencv(flag: str) -> Callable[[NDArray[Any], int], NDArray[Any]]:
    def smaller(image: NDArray[Any], scale: int) -> NDArray[Any]:
        import cv2

        height, width, channels = image.shape
        size = (width // scale, height // scale)
        made: NDArray[Any] = cv2.resize(image, size, interpolation=getattr(cv2, flag))
        return made.reshape(height // scale, width // scale, channels)

    return smaller


def _torch(*, antialias: bool) -> Callable[[NDArray[Any], int], NDArray[Any]]:
    def smaller(image: NDArray[Any], scale: int) -> NDArray[Any]:
        import torch

        height, width, _ = image.shape
        last = torch.from_numpy(np.moveaxis(image, 2, 0)[None].astype(np.float32))
        with torch.inference_mode():
            made = torch.nn.functional.interpolate(
                last,
                size=(height // scale, width // scale),
                mode="bicubic",
                align_corners=False,
                antialias=antialias,
            )
            # 8 bits: what people do to a float tensor; the own uint8 path is one level off at most
            made = made.clamp(0, 255).round().to(torch.uint8) if _is_8bit(image) else made
            return np.moveaxis(made[0].numpy(), 0, 2)

    return smaller


def _is_8bit(image: NDArray[Any]) -> bool:
    return image.dtype == np.uint8


SHRINKERS: dict[str, Callable[[NDArray[Any], int], NDArray[Any]]] = {
    "matlab": _matlab,
    "pillow": _pillow,
    "torch-antialias": _torch(antialias=True),
    "opencv": _opencv("INTER_CUBIC"),
    "torch": _torch(antialias=False),
    "opencv-area": _opencv("INTER_AREA"),
}
"""By name: takes uint8 or float64 ``(H, W, C)`` and a whole factor; uint8 gives uint8."""
