"""SimpleITK's interpolators: ``Resample`` to the enlarged grid, on float32.

The output's spacing is 1 / s and its origin 1 / (2 s) - 1/2, so that output pixel j lies at
``(j + 1/2) / s - 1/2`` on the input grid (half-pixel).  That is the caller's to say: a resample
that keeps the origin lies (s - 1) / 2 output pixels down and right.  Nothing is antialiased when
shrinking.  Traps for whoever ports a resize:

- B-splines interpolate: a prefilter runs first.  They mirror without repeating the edge pixel;
  the others repeat it, but for the Gaussian, which drops taps there.
- ``sitkGaussian`` weighs a pixel by the integral over it of a bell of deviation 0.8: it smooths.
- The windowed sincs reach 5 pixels and their weights are not normalised, so a flat area gets a
  pattern: of 0.7 % of its level at most with Hamming's window, of 0.25 % with the others.
- Of an axis of 2 or 3 pixels a B-spline reads memory beyond the image, and the result is chance.
  Here such an axis is mirrored to 4 or 7 pixels first, which changes no spline.
- A place outside the image is black, not an error.

The 8-bit path is the same on uint8, computed in double precision and clipped; fractions are cut off
instead of rounded, which makes an image half a level darker.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from upbench.methods._interpolation import interpolation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Size
    from upbench.benchmark.core.upsampler import Edge
    from upbench.methods._interpolation import Resize

SPLINE = "BSpline"
"""What the names of interpolators have that mirror the image."""


def _resampled(image: NDArray[Any], size: tuple[int, int], interpolator: str) -> NDArray[Any]:
    """Resample ``(H, W, C)`` float32 or uint8 to a size."""
    import numpy as np
    import SimpleITK as sitk  # noqa: N813 - as its documentation imports it

    height, width, channels = image.shape
    grey = channels == 1
    before = [side - 1 if 2 <= side <= 3 and SPLINE in interpolator else 0 for side in image.shape]
    image = np.pad(image, [*((one, one) for one in before[:2]), (0, 0)], mode="reflect")
    source = sitk.GetImageFromArray(image[:, :, 0] if grey else image, isVector=not grey)
    spacing = [width / size[1], height / size[0]]  # x goes first
    origin = [
        one / 2 - 0.5 + mirrored for one, mirrored in zip(spacing, before[1::-1], strict=True)
    ]
    resampled = sitk.Resample(
        source,
        [size[1], size[0]],
        sitk.Transform(),
        getattr(sitk, interpolator),
        origin,
        spacing,
        source.GetDirection(),
        0.0,
        source.GetPixelID(),
    )
    found: NDArray[Any] = sitk.GetArrayFromImage(resampled)
    return found.reshape(*size, channels)


def _resample(name: str, interpolator: str, kernel: str, edge: Edge) -> Resize:
    """Return ``Resample`` with one of its interpolators as a method."""

    @interpolation(
        f"itk-{name}",
        source=f"SimpleITK, Resample with {interpolator}",
        backend="simpleitk",
        extra="itk",
        kernel=kernel,
        edge=edge,
        antialias="none",
        library_8bit=True,
    )
    def resize(image: NDArray[Any], size: Size) -> NDArray[Any]:
        """Resize ``(H, W, C)`` to ``(*size, C)``, or by a scale, float32 or uint8 as it is."""
        return _resampled(image, size, interpolator)

    return resize


itk_nearest = _resample("nearest", "sitkNearestNeighbor", "nearest", "none")
itk_linear = _resample("linear", "sitkLinear", "triangle", "replicate")

# Splines of order 2 to 5; SciPy's and scikit-image's order 3 is the cubic one.
itk_bspline2 = _resample("bspline2", "sitkBSpline2", "quadratic B-spline, prefiltered", "reflect")
itk_bspline3 = _resample("bspline3", "sitkBSpline3", "cubic B-spline, prefiltered", "reflect")
itk_bspline4 = _resample("bspline4", "sitkBSpline4", "quartic B-spline, prefiltered", "reflect")
itk_bspline5 = _resample("bspline5", "sitkBSpline5", "quintic B-spline, prefiltered", "reflect")

itk_gaussian = _resample(
    "gaussian", "sitkGaussian", "Gaussian, sigma 0.8, over each pixel", "renormalise"
)

# Support 10, five windows on one sinc.
_sinc = partial(_resample, edge="replicate")
itk_sinc_lanczos = _sinc(
    "sinc-lanczos", "sitkLanczosWindowedSinc", "Lanczos, 5 lobes, not normalised"
)
itk_sinc_hamming = _sinc(
    "sinc-hamming", "sitkHammingWindowedSinc", "Hamming-windowed sinc, 5 lobes"
)
itk_sinc_cosine = _sinc("sinc-cosine", "sitkCosineWindowedSinc", "cosine-windowed sinc, 5 lobes")
itk_sinc_welch = _sinc("sinc-welch", "sitkWelchWindowedSinc", "Welch-windowed sinc, 5 lobes")
itk_sinc_blackman = _sinc(
    "sinc-blackman", "sitkBlackmanWindowedSinc", "Blackman-windowed sinc, 5 lobes"
)
