"""Which methods claim the same kernel, and how far apart two kernels can be.

A method says its kernel in its metadata, in words ("Keys cubic, a = -0.5").  Four families are
compared, each of what libraries call by one name:

======== ==================================================================================
family   kernels
======== ==================================================================================
nearest  nearest, box (when enlarging by whole factors a pixel's area is one pixel), nearest with
         another rule of rounding ("nearest, rounded down")
bilinear triangle
bicubic  Keys cubic with any a, Catmull-Rom (a = -0.5), prefiltered cubic B-spline,
         Mitchell-Netravali, Hermite, "bicubic" and "cubic" alone (parameter not stated)
lanczos  Lanczos with any number of lobes
======== ==================================================================================

Three more words may follow a kernel: ", in 8 bits" where the method rounds to them whatever it is
given, ", in steps of 1/64" where it rounds positions to such parts of a pixel, ", not normalised"
where its weights do not add up to 1.

Everything else (a learned kernel, one that is alone in the suite) is compared with nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from upbench.benchmark.imaging.kernels import lanczos
from upbench.benchmark.imaging.resample import BILINEAR, HERMITE, MITCHELL, NEAREST, keys_cubic

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.core.arrays import Floats

    Curve = Callable[[Floats], Floats]

FAMILIES = ("nearest", "bilinear", "bicubic", "lanczos")

PHASES = 16
"""Positions between two samples at which kernels are compared."""
REACH = 12
"""Input samples on each side: the B-spline's weights, 0.27 to the power of it, are nothing by
then."""
MOST_LOBES = 10

Kind = Literal["nearest", "triangle", "keys", "spline", "cubic", "lanczos", "unstated"]


@dataclass(frozen=True)
class Claim:
    """What a method says that its kernel is."""

    family: str
    """One of FAMILIES: methods of one family are compared."""
    kind: Kind
    name: str
    """As it reads within a sentence; equal names are equal kernels."""
    curve: Curve | None = field(default=None, compare=False)
    """Its value at distances in input samples; None where the metadata do not say enough."""
    eight_bit: bool = field(default=False, compare=False)
    """Whether the method rounds to 8 bits, whatever it is given."""
    steps: int = field(default=0, compare=False)
    """Positions per pixel that the method knows; 0 is all."""
    normalised: bool = True
    """Whether its weights are divided by their sum."""


def claim(kernel: str) -> Claim | None:
    """Read a method's ``kernel``; None for one that is not compared.

    >>> claim("Keys cubic, a = -0.75").name
    'cubic convolution with a = -0.75'
    >>> claim("nearest, then least squares") is None
    True
    """
    words = " ".join(kernel.lower().split())
    if found := re.fullmatch(r"(.+), in 8 bits", words):
        return _marked(claim(found[1]), eight_bit=True)
    if found := re.fullmatch(r"(.+), in steps of 1/(\d{1,5})", words):
        return _marked(claim(found[1]), steps=int(found[2]))
    if found := re.fullmatch(r"(.+), not normalised", words):
        named = claim(found[1])
        return _marked(named, name=f"{named and named.name}, not normalised", normalised=False)
    if found := re.fullmatch(r"keys cubic, a = ([-+]?\d*\.?\d+)", words):
        return _keys(float(found[1]))
    if found := re.fullmatch(r"lanczos, (\d{1,2}) lobes?", words):
        return _lanczos(int(found[1]))
    return _BY_NAME.get(words)


@lru_cache(maxsize=256)
def largest_difference(a: Claim, b: Claim) -> float | None:
    """Return how far apart two kernels' results can be on an image of range [0, 1].

    With the difference d of both kernels' weights at one position, ``|sum d x|`` is at most the sum
    of the positive d, or that of the negative ones, for x in [0, 1]; in two dimensions with the
    outer products of the weights of both axes.  (Both sums are equal where all weights sum to 1.)
    The bound is taken over the positions between two samples; it holds for methods that sample at
    the same places, as far as no border is in reach.

    Returns:
        The bound; None where the metadata do not say the kernel.
    """
    if a.curve is None or b.curve is None:
        return None
    one, other = _weights(a, a.curve), _weights(b, b.curve)
    rows = np.einsum("pi,qj->pqij", one, one) - np.einsum("pi,qj->pqij", other, other)
    above, below = (part.clip(0).sum(axis=(2, 3)).max() for part in (rows, -rows))
    return float(max(above, below))


def largest_rounding(a: Claim, steps: int) -> float | None:
    """Return how far rounding positions to 1 / steps of a pixel can move a kernel's results.

    The bound of :func:`largest_difference` between a kernel and itself moved by half a step.

    Returns:
        The bound; None where the metadata do not say the kernel.
    """
    if a.curve is None or not steps:
        return None
    curve = a.curve
    # the name tells steps apart where bounds are remembered: curves are not compared
    moved = replace(a, name=f"moved by 1/{2 * steps}", curve=lambda x: curve(x + 0.5 / steps))
    return largest_difference(a, moved)


def _marked(found: Claim | None, **marks: Any) -> Claim | None:
    return found and replace(found, **marks)


def _weights(a: Claim, curve: Curve) -> Floats:
    """Return the weights ``(positions, samples)``, each position's summing to 1."""
    position = np.arange(PHASES) / PHASES
    values = curve(position[:, None] - np.arange(-REACH, REACH + 1))
    total = values.sum(axis=1, keepdims=True) if a.normalised else 1.0
    return np.asarray(values / total)


def _keys(a: float) -> Claim:
    return Claim("bicubic", "keys", f"cubic convolution with a = {a:g}", keys_cubic(a).function)


def _lanczos(lobes: int) -> Claim | None:
    if not 1 <= lobes <= MOST_LOBES:
        return None
    return Claim("lanczos", "lanczos", f"Lanczos with {lobes} lobes", lanczos(lobes).function)


def _cardinal_spline(x: Floats) -> Floats:
    """Return the interpolating cubic B-spline of an impulse.

    B-spline coefficients of an impulse are ``-6 z / (1 - z^2) z^|k|`` with z = sqrt(3) - 2: M.
    Unser, "Splines: a perfect fit for signal and image processing", 1999, eq. 11.
    """
    pole = np.sqrt(3.0) - 2.0
    k = np.arange(-REACH - 3, REACH + 4)
    coefficients = -6.0 * pole / (1.0 - pole**2) * pole ** np.abs(k)
    distance = np.abs(x[..., None] - k)
    inner = 2.0 / 3.0 - distance**2 + distance**3 / 2.0
    outer = (2.0 - distance) ** 3 / 6.0
    spline = np.where(distance < 1.0, inner, np.where(distance < 2.0, outer, 0.0))
    return np.asarray(spline @ coefficients)


_NEAREST = Claim("nearest", "nearest", "nearest neighbour", NEAREST.function)
_TRIANGLE = Claim("bilinear", "triangle", "the triangle", BILINEAR.function)
_UNSTATED = Claim("bicubic", "unstated", "a cubic that its metadata do not state")
_BY_NAME = {
    "nearest": _NEAREST,
    "box": _NEAREST,
    "pixel areas": _NEAREST,
    **{
        f"nearest, {rule}": Claim("nearest", "nearest", f"nearest neighbour, {rule}")
        for rule in ("rounded down", "rounded up", "halves down", "halves up", "in two steps")
    },
    "triangle": _TRIANGLE,
    "bilinear": _TRIANGLE,
    "catmull-rom": _keys(-0.5),
    "cubic b-spline, prefiltered": Claim(
        "bicubic", "spline", "a prefiltered cubic B-spline", _cardinal_spline
    ),
    "mitchell-netravali, b = c = 1/3": Claim(
        "bicubic", "cubic", "Mitchell and Netravali's cubic", MITCHELL.function
    ),
    "hermite": Claim("bicubic", "cubic", "Hermite's cubic", HERMITE.function),
    "bicubic": _UNSTATED,
    "cubic": _UNSTATED,
}
