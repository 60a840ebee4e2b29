"""The canonical interpolations: our own separable resampler, MATLAB-compatible.

All of them sample half-pixel: output pixel j lies at ``(j + 1/2) / s - 1/2`` on the input grid,
and the image is mirrored beyond its border.  They make any size: where that is smaller, the kernel
is stretched, which antialiases (``nearest`` apart).  In protocols whose images have 8 bits they run
MATLAB's 8-bit path, which rounds after each axis.

``bicubic`` is the reference of every published super-resolution table.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import method
from upbench.benchmark.core.sizes import asked_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.core.contract import Image, Image8, Scale, Size
    from upbench.benchmark.core.upsampler import Edge

_MATLAB = "equals MATLAB's imresize"
_KEYS = f"R. Keys, Cubic convolution interpolation, 1981; {_MATLAB}"
_DUCHON = f"C. Duchon, Lanczos filtering in one and two dimensions, 1979; {_MATLAB}"
_MITCHELL = "D. Mitchell and A. Netravali, Reconstruction filters in computer graphics, 1988"
_HERMITE = "D. Mitchell and A. Netravali, 1988 (B = C = 0)"

_described = partial(
    method, family="interpolation", sampling="half-pixel", parameters=0, any_size=True
)


def _scales(shape: tuple[int, ...], size: Size | Scale) -> tuple[float, float]:
    """Return the scales of both axes, whose product with the sides is the size."""
    height, width = asked_size(shape, size)
    return height / shape[0], width / shape[1]


def _resize(
    name: str, constant: str, kernel: str, source: str = _MATLAB, edge: Edge = "mirror"
) -> Callable[[Image, Size | Scale], Image]:
    """Return the resampler with one of its kernels, a constant of ``resample``, as a method."""

    def resize_8bit(image: Image8, size: Size | Scale) -> Image8:
        """Resize uint8 ``(H, W, C)`` to a size, or by a scale, rounding after each axis."""
        from upbench.benchmark.imaging import resample

        scales = _scales(image.shape, size)
        return resample.resize_8bit(image, scales, getattr(resample, constant))

    resampler = "upbench.benchmark.imaging.resample"

    @_described(
        name,
        source=source,
        kernel=kernel,
        edge=edge,
        antialias="none" if constant == "NEAREST" else "stretch",
        eight_bit=resize_8bit,
        snippet=f"{resampler}.resize_8bit(image, scale, {resampler}.{constant})",
    )
    def resize(image: Image, size: Size | Scale) -> Image:
        """Resize ``(H, W, C)`` float32 in [0, 1] to ``(*size, C)`` float32, or by a scale."""
        import numpy as np

        from upbench.benchmark.imaging import resample

        scales = _scales(image.shape, size)
        return resample.resize(image, scales, getattr(resample, constant)).astype(np.float32)

    return resize


# Every pixel becomes s x s equal ones.
nearest = _resize("nearest", "NEAREST", "nearest", edge="none")

# Support 2.
bilinear = _resize("bilinear", "BILINEAR", "triangle")

# Support 4: the baseline of the published tables.  May leave [0, 1].
bicubic = _resize("bicubic", "BICUBIC", "Keys cubic, a = -0.5", _KEYS)

# Support 6, normalised weights.  May leave [0, 1].
lanczos3 = _resize("lanczos3", "LANCZOS3", "Lanczos, 3 lobes", _DUCHON)

# Support 4.  It smooths instead of interpolating.
mitchell = _resize("mitchell", "MITCHELL", "Mitchell-Netravali, B = C = 1/3", _MITCHELL)

# ``2|x|^3 - 3|x|^2 + 1``, support 2.  Never leaves the range of its input.
hermite = _resize("hermite", "HERMITE", "Hermite", _HERMITE)

# Support 1: pixel areas.  At whole enlargements it equals nearest; it is here because the
# libraries' area modes do not all agree on that.
area = _resize("area", "AREA", "box", f"{_MATLAB} with 'box'", edge="none")
