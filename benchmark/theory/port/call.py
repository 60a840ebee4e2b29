"""A call of a library, and the names of the kernels that calls and methods state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upbench.benchmark.theory.port.behaviour import Behaviour

LIBRARIES = {
    "numpy": "upbench's resampler",
    "opencv-python-headless": "OpenCV",
    "pillow": "Pillow",
    "torch": "PyTorch",
    "scikit-image": "scikit-image",
    "scipy": "SciPy",
    "onnxruntime": "ONNX Runtime",
    "jax": "JAX",
    "tensorflow": "TensorFlow",
    "pyvips": "libvips",
    "simpleitk": "SimpleITK",
    "av": "FFmpeg's swscale",
    "keras": "Keras",
    "kornia": "kornia",
}
"""What each backend is called."""

NOT_EXACT = {
    "av": "FFmpeg's swscale computes in integers and drops small taps: its results are a few "
    "thousandths of the range from those of other libraries, at the top and left up to 0.04.",
}
"""Backends that give no other library's numbers, with the reason."""

KEYS_050, KEYS_075 = "keys cubic, a = -0.5", "keys cubic, a = -0.75"
LANCZOS_3, LANCZOS_4, LANCZOS_5 = (f"lanczos, {lobes} lobes" for lobes in (3, 4, 5))
HAMMING = "hamming-windowed sinc, 1 lobe"
SPLINE = "cubic b-spline, prefiltered"
MITCHELL = "mitchell-netravali, b = c = 1/3"

PIXEL_AREAS = "pixel areas"
"""OpenCV's INTER_AREA: a pixel counts by the part of it that lies in the new one.  (A box is 0 or 1
at each pixel's centre, which is the same where the factor is whole.)"""

REACH = {
    "triangle": 1,
    KEYS_050: 2,
    KEYS_075: 2,
    MITCHELL: 2,
    "hermite": 1,
    HAMMING: 1,
    LANCZOS_3: 3,
    LANCZOS_4: 4,
    LANCZOS_5: 5,
}
"""How many pixels beyond the border a kernel reads: what is padded for another edge rule."""


def library_of(metadata: Mapping[str, Any]) -> str:
    """Return what the library of a manifest's method is called; "" is not known."""
    backend = str(metadata.get("backend") or "")
    if backend == "numpy" and not str(metadata.get("snippet") or "").startswith("upbench."):
        return "NumPy"  # of a plugin, or of ours without a call: not the resampler
    return LIBRARIES.get(backend, backend)


@dataclass(frozen=True)
class Call:
    """One way to call a library."""

    library: str
    """Its distribution, as a method's ``backend`` names it."""
    does: Behaviour
    code: str
    """The expression."""
    modules: tuple[str, ...] = ()
    """What is imported for it, beside numpy."""
    setup: str = ""
    """A function that the expression calls, where the library needs more than one."""
    caveat: str = ""
    """Where it does not do that."""
