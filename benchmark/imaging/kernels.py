"""Interpolation kernels: each a function with a support.

Sources: R. Keys, "Cubic convolution interpolation for digital image processing", 1981
(doi 10.1109/TASSP.1981.1163711); D. Mitchell and A. Netravali, "Reconstruction filters in
computer graphics", 1988 (doi 10.1145/54852.378514).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.core.arrays import Floats


@dataclass(frozen=True)
class Kernel:
    """An interpolation kernel: an even function that is zero outside its support."""

    name: str
    """What the tables call it."""
    function: Callable[[Floats], Floats]
    """Values at the given distances, in input samples; need not be normalised."""
    support: float
    """The full width in input samples outside which the function is zero."""


def kernel(name: str, support: float) -> Callable[[Callable[[Floats], Floats]], Kernel]:
    """Make a kernel of a function by stating its support."""
    return lambda function: Kernel(name, function, support)


@kernel("box", support=1)
def AREA(x: Floats) -> Floats:  # noqa: N802 - the decorator makes a constant of it
    """1 on [-1/2, 1/2): averages when shrinking."""
    return ((x >= -0.5) & (x < 0.5)).astype(np.float64)


NEAREST = Kernel("nearest", AREA.function, support=1)
"""The box again, but never stretched: it picks one sample at any scale."""


@kernel("triangle", support=2)
def BILINEAR(x: Floats) -> Floats:  # noqa: N802
    """``1 - |x|`` on [-1, 1]."""
    return np.maximum(0.0, 1.0 - np.abs(x))


@kernel("Hermite", support=2)
def HERMITE(x: Floats) -> Floats:  # noqa: N802
    """``2|x|^3 - 3|x|^2 + 1`` on [-1, 1]: the cubic B = C = 0 of Mitchell and Netravali."""
    d = np.minimum(np.abs(x), 1.0)
    return (2.0 * d - 3.0) * d * d + 1.0


def keys_cubic(a: float) -> Kernel:
    """Cubic convolution, Keys 1981 eq. 4 with free parameter a (MATLAB and Pillow: -0.5)."""

    def function(x: Floats) -> Floats:
        d = np.abs(x)
        near = ((a + 2.0) * d - (a + 3.0)) * d * d + 1.0
        far = ((a * d - 5.0 * a) * d + 8.0 * a) * d - 4.0 * a
        return np.where(d <= 1.0, near, np.where(d <= 2.0, far, 0.0))

    return Kernel(f"Keys cubic, a = {a:g}", function, support=4)


BICUBIC = keys_cubic(-0.5)
"""The canonical bicubic: MATLAB's, Pillow's, and Keys' third-order choice."""


@kernel("Mitchell-Netravali, B = C = 1/3", support=4)
def MITCHELL(x: Floats) -> Floats:  # noqa: N802
    """The cubic B = C = 1/3, eq. 8 of the paper; it smooths, so it does not interpolate."""
    d = np.abs(x)
    near = (7.0 * d - 12.0) * d * d + 16.0 / 3.0
    far = ((-7.0 / 3.0 * d + 12.0) * d - 20.0) * d + 32.0 / 3.0
    return np.where(d < 1.0, near, np.where(d < 2.0, far, 0.0)) / 6.0


def lanczos(lobes: int) -> Kernel:
    """``sinc(x) sinc(x / n)`` on [-n, n] for n lobes."""

    def function(x: Floats) -> Floats:
        return np.where(np.abs(x) < lobes, np.sinc(x) * np.sinc(x / lobes), 0.0)

    return Kernel(f"Lanczos, {lobes} lobes", function, support=2 * lobes)


LANCZOS3 = lanczos(3)
