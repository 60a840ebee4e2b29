"""TensorFlow's interpolations: ``tf.image.resize``, and that of TensorFlow 1, on float32.

``tf.image.resize`` samples half-pixel: output pixel j lies at ``(j + 1/2) / s - 1/2`` on the input
grid.  Taps beyond the border are dropped and the weights of the others are normalised to sum 1.
Nothing is antialiased when shrinking unless ``antialias=True``; when enlarging that changes no
more than the last bits.  Traps for whoever ports a resize:

- ``bicubic`` has a = -0.5, but -0.75 in TensorFlow 1, where the edge pixel is repeated.
- TensorFlow 1 (``tf.compat.v1.image.resize``) samples at ``j / s``, or aligns corners.
- Without antialiasing the cubic's positions are rounded to 1/1024 pixel.
- ``area`` averages when shrinking; when enlarging by whole factors it repeats pixels.
- uint8 images come out as float32, unclipped, but for ``nearest``: there is no 8-bit path.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from upbench.methods._interpolation import interpolation

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.core.contract import Image, Size
    from upbench.benchmark.core.upsampler import Edge, Sampling
    from upbench.methods._interpolation import Resize

tf_interpolation = partial(interpolation, backend="tensorflow", extra="tensorflow")


def _run(image: Image, call: Callable[[Any, Any], Any]) -> Image:
    """Run a function of (TensorFlow, image) on the CPU."""
    import numpy as np
    import tensorflow as tf

    with tf.device("/CPU:0"):
        return np.asarray(call(tf, tf.constant(image)))


def _resize(
    kind: str, kernel: str, edge: Edge = "renormalise", *, antialias: bool = False
) -> Resize:
    """Return ``tf.image.resize`` with one of its methods as a method."""
    options = ", antialias=True" if antialias else ""

    @tf_interpolation(
        f"tf-{kind}{'-antialias' if antialias else ''}",
        source=f"TensorFlow, image.resize(method={kind!r}{options})",
        sampling="half-pixel",
        kernel=kernel,
        edge=edge,
        antialias="stretch" if antialias or kind == "area" else "none",
    )
    def resize(image: Image, size: Size) -> Image:
        """Resize ``(H, W, C)`` float32 in [0, 1] to ``(*size, C)`` float32, or by a scale."""
        return _run(image, lambda tf, x: tf.image.resize(x, size, kind, antialias=antialias))

    return resize


def _resize_v1(kind: str, kernel: str, sampling: Sampling, edge: Edge = "replicate") -> Resize:
    """Return TensorFlow 1's ``resize`` with one of its methods as a method."""
    aligned = sampling == "align-corners"
    options = ", align_corners=True" if aligned else ""

    @tf_interpolation(
        f"tf1-{kind}{'-align-corners' if aligned else ''}",
        source=f"TensorFlow, compat.v1.image.resize({kind}{options})",
        sampling=sampling,
        kernel=kernel,
        edge=edge,
        antialias="none",
    )
    def resize(image: Image, size: Size) -> Image:
        """Resize ``(H, W, C)`` float32 in [0, 1] to ``(*size, C)`` float32, or by a scale."""

        def of_version_1(tf: Any, pixels: Any) -> Any:
            of_v1 = tf.compat.v1.image
            word = "NEAREST_NEIGHBOR" if kind == "nearest" else kind.upper()
            which = getattr(of_v1.ResizeMethod, word)
            return of_v1.resize(pixels, size, method=which, align_corners=aligned)

        return _run(image, of_version_1)

    return resize


tf_nearest = _resize("nearest", "nearest", "none")
# Pixels count by the part of them that is covered: ResizeArea is documented as OpenCV's INTER_AREA.
tf_area = _resize("area", "pixel areas", "none")
tf_bilinear = _resize("bilinear", "triangle")
tf_bilinear_antialias = _resize("bilinear", "triangle", antialias=True)
# Weights come of a table: positions are rounded to 1/1024 pixel.
tf_bicubic = _resize("bicubic", "Keys cubic, a = -0.5, in steps of 1/1024")
tf_bicubic_antialias = _resize("bicubic", "Keys cubic, a = -0.5", antialias=True)
tf_mitchell = _resize("mitchellcubic", "Mitchell-Netravali, B = C = 1/3")
tf_mitchell_antialias = _resize("mitchellcubic", "Mitchell-Netravali, B = C = 1/3", antialias=True)
tf_lanczos3 = _resize("lanczos3", "Lanczos, 3 lobes")
tf_lanczos3_antialias = _resize("lanczos3", "Lanczos, 3 lobes", antialias=True)
tf_lanczos5 = _resize("lanczos5", "Lanczos, 5 lobes")
tf_lanczos5_antialias = _resize("lanczos5", "Lanczos, 5 lobes", antialias=True)

# Cut off at 1.5 pixels; it smooths, so it does not interpolate.
tf_gaussian = _resize("gaussian", "Gaussian, sigma 0.5, cut at 1.5")
tf_gaussian_antialias = _resize("gaussian", "Gaussian, sigma 0.5, cut at 1.5", antialias=True)

tf1_nearest = _resize_v1("nearest", "nearest", "asymmetric", "none")
tf1_nearest_align_corners = _resize_v1("nearest", "nearest", "align-corners", "none")
tf1_bilinear = _resize_v1("bilinear", "triangle", "asymmetric")
tf1_bilinear_align_corners = _resize_v1("bilinear", "triangle", "align-corners", "none")
_TABLE = "Keys cubic, a = -0.75, in steps of 1/1024"
tf1_bicubic = _resize_v1("bicubic", _TABLE, "asymmetric")
tf1_bicubic_align_corners = _resize_v1("bicubic", _TABLE, "align-corners")
