"""OpenCV's interpolations, ``cv2.resize`` on float32; on uint8 it computes in fixed-point numbers.

All but ``opencv-nearest`` sample half-pixel: output pixel j lies at ``(j + 1/2) / s - 1/2`` on the
input grid.  Beyond the border the edge pixel is repeated.  Traps for whoever ports a resize:

- The cubic has a = -0.75; MATLAB's and Pillow's have -0.5.
- Nothing is antialiased when shrinking, except INTER_AREA.
- ``cv2.resize`` wants (width, height), and drops the channel axis of one-channel images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import method

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Image
    from upbench.benchmark.core.kinds import Edge, Sampling


def _resize(
    name: str, flag: str, kernel: str, edge: Edge, sampling: Sampling = "half-pixel"
) -> Callable[[Image, int], Image]:
    """Return ``cv2.resize`` with one of its flags as a method."""

    def resize(image: NDArray[Any], scale: int) -> NDArray[Any]:
        """Enlarge ``(H, W, C)`` to ``(H * s, W * s, C)`` of the same dtype, float32 or uint8."""
        import cv2

        height, width, channels = image.shape
        size = (width * scale, height * scale)
        enlarged: NDArray[Any] = cv2.resize(image, size, interpolation=getattr(cv2, flag))
        # the channel axis of a one-channel image was dropped
        return enlarged.reshape(height * scale, width * scale, channels)

    @method(
        name,
        family="interpolation",
        source=f"OpenCV, cv2.resize with {flag}",
        backend="opencv-python-headless",
        sampling=sampling,
        kernel=kernel,
        edge=edge,
        parameters=0,
        library_8bit=resize,
        snippet=f"cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.{flag})",
    )
    def enlarge(image: Image, scale: int) -> Image:
        """Enlarge ``(H, W, C)`` float32 in [0, 1] to ``(H * s, W * s, C)`` float32."""
        return resize(image, scale)

    return enlarge


# At ``floor(j / s)``.  At whole enlargements these are the pixels of half-pixel sampling; when
# shrinking, or at other scales, they are not: the exact one agrees with other libraries.
opencv_nearest = _resize("opencv-nearest", "INTER_NEAREST", "nearest", "none", "asymmetric")
opencv_nearest_exact = _resize("opencv-nearest-exact", "INTER_NEAREST_EXACT", "nearest", "none")

# Support 2.
opencv_linear = _resize("opencv-linear", "INTER_LINEAR", "triangle", "replicate")

# Support 4.  Sharper than the canonical bicubic (a = -0.5), with more overshoot; may leave [0, 1].
opencv_cubic = _resize("opencv-cubic", "INTER_CUBIC", "Keys cubic, a = -0.75", "replicate")

# At whole enlargements the same as nearest neighbour.  A trap only at other scales: there OpenCV
# interpolates between pixels instead of averaging.
opencv_area = _resize("opencv-area", "INTER_AREA", "box", "none")

# Support 8, one lobe more than what Pillow and MATLAB call Lanczos; may leave [0, 1].  Positions
# are float32: at scales that are no power of two the weights drift, by 1e-4 at 2000 pixels.
opencv_lanczos4 = _resize("opencv-lanczos4", "INTER_LANCZOS4", "Lanczos, 4 lobes", "replicate")
