"""OpenCV's interpolations, ``cv2.resize`` on float32; on uint8 it computes in fixed-point numbers.

All but ``opencv-nearest`` sample half-pixel: output pixel j lies at ``(j + 1/2) / s - 1/2`` on the
input grid.  Beyond the border the edge pixel is repeated.  Traps for whoever ports a resize:

- The cubic has a = -0.75; MATLAB's and Pillow's have -0.5.
- Nothing is antialiased when shrinking, except by INTER_AREA.
- ``cv2.resize`` wants (width, height), and drops the channel axis of one-channel images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.methods._interpolation import interpolation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Size
    from upbench.benchmark.core.upsampler import Edge, Sampling
    from upbench.methods._interpolation import Resize


def _resize(
    name: str, flag: str, kernel: str, edge: Edge, sampling: Sampling = "half-pixel"
) -> Resize:
    """Return ``cv2.resize`` with one of its flags as a method."""

    @interpolation(
        name,
        source=f"OpenCV, cv2.resize with {flag}",
        backend="opencv-python-headless",
        sampling=sampling,
        kernel=kernel,
        edge=edge,
        antialias="stretch" if flag == "INTER_AREA" else "none",
        library_8bit=True,
        snippet=f"cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.{flag})",
    )
    def resize(image: NDArray[Any], size: Size) -> NDArray[Any]:
        """Resize ``(H, W, C)`` to ``(*size, C)``, or by a scale, float32 or uint8 as it is."""
        import cv2

        height, width = size
        resized: NDArray[Any] = cv2.resize(image, (width, height), interpolation=getattr(cv2, flag))
        # the channel axis of a one-channel image was dropped
        return resized.reshape(height, width, image.shape[2])

    return resize


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
opencv_area = _resize("opencv-area", "INTER_AREA", "pixel areas", "none")

# Support 8, one lobe more than what Pillow and MATLAB call Lanczos; may leave [0, 1].  Positions
# are float32: at scales that are no power of two the weights drift, by 1e-4 at 2000 pixels.
opencv_lanczos4 = _resize("opencv-lanczos4", "INTER_LANCZOS4", "Lanczos, 4 lobes", "replicate")
