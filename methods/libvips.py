"""libvips' interpolations by pyvips: ``resize`` with each kernel, and ``affine`` with its own.

Images are float, as they are; nothing is clipped.  ``affine`` runs here with the displacement
that makes it half-pixel: output pixel j lies at ``(j + 1/2) / s - 1/2`` on the input grid.  Beyond
the border the edge pixel is repeated.  Traps for whoever ports a resize:

- ``resize`` uses its kernels for shrinking alone.  It enlarges with ``affine``: nearest, bilinear
  for ``linear``, and Catmull-Rom's cubic for every other kernel, ``lanczos3`` (the default) too.
- Its grid when enlarging is ``j / s - 1/2``: all but ``nearest`` lies half an output pixel down
  and right of where other libraries have it.
- Positions are multiples of 1/64 pixel for all but ``bilinear`` and ``nearest``.
- When shrinking, the grid is half-pixel, and the kernel is stretched, which antialiases; nearest
  first takes every n-th pixel, then the nearest of these.  ``affine`` does not antialias.

The 8-bit path is the same on uchar images: weights are fixed-point numbers, results are rounded
and clipped.  nohalo (N. Robidoux, 2009), lbb (locally bounded bicubic, 2011) and vsqbs
(vertex-split quadratic B-splines, 2009) are not linear, or smooth; lbb and nohalo do not overshoot.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from upbench.methods._interpolation import interpolation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Size
    from upbench.benchmark.core.upsampler import Antialias, Edge, Sampling
    from upbench.methods._interpolation import Resize

    Run = Callable[[Any, int, int], Any]


@lru_cache(maxsize=1)
def _vips() -> Any:
    """Return pyvips, set to keep no images of former calls."""
    import pyvips

    pyvips.cache_set_max(0)
    return pyvips


def _method(
    name: str,
    source: str,
    kernel: str,
    edge: Edge,
    sampling: Sampling,
    run: Run,
    *,
    antialias: Antialias,
    shrinks: Mapping[str, str] = MappingProxyType({}),
) -> Resize:
    """Return an operation as a method."""

    @interpolation(
        name,
        backend="pyvips",
        extra="vips",
        source=f"libvips, {source}",
        kernel=kernel,
        edge=edge,
        sampling=sampling,
        antialias=antialias,
        shrinks=shrinks,
        library_8bit=True,
    )
    def resize(image: NDArray[Any], size: Size) -> NDArray[Any]:
        """Resize ``(H, W, C)`` to ``(*size, C)``, or by a scale, float32 or uint8 as it is."""
        import numpy as np

        height, width, channels = image.shape
        kind = "uchar" if image.dtype == np.uint8 else "float"
        pixels = np.ascontiguousarray(image)
        picture = _vips().Image.new_from_memory(pixels.data, width, height, channels, kind)
        found: NDArray[Any] = run(picture, *size).numpy()
        return found.reshape(*size, channels)

    return resize


def _resize(
    name: str,
    smaller: str,
    kernel: str = "Keys cubic, a = -0.5, in steps of 1/64",
    edge: Edge = "replicate",
    sampling: Sampling = "half-input-pixel",
) -> Resize:
    """Return ``resize`` with one of its kernels, which is that to shrink, as a method."""

    def run(source: Any, height: int, width: int) -> Any:
        return source.resize(width / source.width, vscale=height / source.height, kernel=name)

    called = f"resize(kernel={name!r})"
    antialias: Antialias = "none" if name == "nearest" else "stretch"
    shrinks = {"kernel": smaller, "sampling": "half-pixel"}
    return _method(
        f"vips-{name}", called, kernel, edge, sampling, run, antialias=antialias, shrinks=shrinks
    )


def _affine(name: str, kernel: str, edge: Edge = "replicate") -> Resize:
    """Return ``affine`` with one of its interpolators, on the half-pixel grid, as a method."""

    def run(source: Any, height: int, width: int) -> Any:
        across, down = width / source.width, height / source.height
        return source.affine(
            [across, 0, 0, down],
            interpolate=_vips().Interpolate.new(name),
            idx=0.5 - 0.5 / across,
            idy=0.5 - 0.5 / down,
            oarea=[0, 0, width, height],
            extend="copy",
        )

    called = f"affine(interpolate={name!r})"
    return _method(f"vips-affine-{name}", called, kernel, edge, "half-pixel", run, antialias="none")


vips_nearest = _resize("nearest", "nearest, in two steps", "nearest", "none", "asymmetric")
vips_linear = _resize("linear", "triangle, in steps of 1/64", "triangle")

# Support 4: one kernel under six names when enlarging.
vips_cubic = _resize("cubic", "Keys cubic, a = -0.5, in steps of 1/64")
vips_mitchell = _resize("mitchell", "Mitchell-Netravali, b = c = 1/3, in steps of 1/64")
vips_lanczos2 = _resize("lanczos2", "Lanczos, 2 lobes, in steps of 1/64")
vips_lanczos3 = _resize("lanczos3", "Lanczos, 3 lobes, in steps of 1/64")
vips_mks2013 = _resize("mks2013", "magic kernel sharp 2013, in steps of 1/64")
vips_mks2021 = _resize("mks2021", "magic kernel sharp 2021, in steps of 1/64")

vips_affine_bilinear = _affine("bilinear", "triangle")
vips_affine_bicubic = _affine("bicubic", "Keys cubic, a = -0.5, in steps of 1/64")
vips_affine_lbb = _affine("lbb", "locally bounded bicubic")
vips_affine_nohalo = _affine("nohalo", "nohalo, subdivided, then locally bounded bicubic")
vips_affine_vsqbs = _affine("vsqbs", "vertex-split quadratic B-spline")
