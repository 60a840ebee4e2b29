"""What a resize does, found from its outputs alone: the nearest of the behaviours that are known.

Every candidate (kernel, grid, edge rule) is written as the matrix of one axis, and its output on
noise is compared with the method's.  Noise has all frequencies.  What candidates share at a whole
factor, as the grids of nearest neighbour do, they do not share at another one.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from upbench.benchmark.imaging import resample
from upbench.benchmark.imaging.kernels import lanczos
from upbench.benchmark.theory.port.behaviour import Behaviour

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.core.contract import Size

    Resize = Callable[[NDArray[Any], Size], NDArray[Any]]
    Indices = NDArray[np.intp]

GRIDS = ("half-pixel", "align-corners", "asymmetric")
EDGES = ("mirror", "replicate", "renormalise", "reflect")
ROUNDING = 1e-9
SHARP = 1e-4
"""Largest difference from a candidate that is a method's own: float32's, with the drift of
positions that are float32 too."""


KERNELS = {
    "nearest": resample.NEAREST,
    "triangle": resample.BILINEAR,
    "keys cubic, a = -0.5": resample.BICUBIC,
    "keys cubic, a = -0.75": resample.keys_cubic(-0.75),
    "mitchell-netravali, b = c = 1/3": resample.MITCHELL,
    "hermite": resample.HERMITE,
    "lanczos, 3 lobes": resample.LANCZOS3,
    "lanczos, 4 lobes": lanczos(4),
}


class Identified(NamedTuple):
    """The known behaviour that is nearest to a method."""

    behaviour: Behaviour
    off: float
    """The largest difference on noise of range [0, 1]."""

    @property
    def is_it(self) -> bool:
        """Whether the method is that behaviour, but for rounding."""
        return self.off < SHARP


def identify(resize: Resize, before: Size = (23, 29), after: Size = (46, 58)) -> Identified:
    """Find the known behaviour that is nearest to a method.

    Args:
        resize: The method on a float32 plane: ((H, W), (H', W')) -> (H', W').
        before: The size of the noise that it is tried on.
        after: The size that it makes of it; where that is smaller, the antialiasing is found too.

    Returns:
        The nearest behaviour, and how far off it is.
    """
    noise = np.random.default_rng(0).random(before).astype(np.float32)
    output = np.asarray(resize(noise, after), dtype=np.float64)
    smaller = after[0] < before[0]
    found = [
        Identified(one, _off(one, noise, output))
        for kernel, grid, edge in product(KERNELS, GRIDS, EDGES)
        for antialias in (("none", "stretch") if smaller else ("none",))
        for one in [Behaviour(kernel, grid, edge, antialias)]
    ]
    best = min(found, key=lambda one: one.off)
    alike = [one for one in found if one.off <= best.off + SHARP]
    if before[0] * 2 == after[0] and len({one.behaviour.sampling for one in alike}) > 1:
        best = _at_another_factor(resize, before, alike) or best
    if best.behaviour.kernel == "nearest":
        best = best._replace(behaviour=replace(best.behaviour, edge="none"))
    return best


def _at_another_factor(resize: Resize, before: Size, alike: list[Identified]) -> Identified | None:
    """Return which of several it is at a factor that is not whole; None where it makes no such."""
    after = (before[0] * 8 // 5, before[1] * 12 // 7)
    noise = np.random.default_rng(1).random(before).astype(np.float32)
    try:
        output = np.asarray(resize(noise, after), dtype=np.float64)
    except Exception:  # noqa: BLE001 - the plugin boundary: it is for whole factors alone
        return None
    return min(alike, key=lambda one: _off(one.behaviour, noise, output))


def _off(one: Behaviour, noise: NDArray[Any], output: Floats) -> float:
    down = axis_matrix(noise.shape[0], output.shape[0], one)
    right = axis_matrix(noise.shape[1], output.shape[1], one)
    return float(np.abs(down @ noise @ right.T - output).max())


@cache
def axis_matrix(size: int, wanted: int, one: Behaviour) -> Floats:
    """Return the weights of one axis, ``(wanted, size)``, of a behaviour."""
    kernel, scale = KERNELS[one.kernel], wanted / size
    stretch = (
        1 / scale if scale < 1 and one.antialias == "stretch" and one.kernel != "nearest" else 1
    )
    centres = _centres(size, wanted, one.sampling)
    if one.kernel == "nearest" and one.sampling == "asymmetric":
        centres = np.floor(centres + ROUNDING)  # as OpenCV, PyTorch's "nearest" and ONNX's floor
    width = kernel.support * stretch
    firsts: Indices = np.floor(centres - width / 2).astype(np.intp)
    indices = firsts[:, None] + np.arange(int(width) + 3)
    values = kernel.function((centres[:, None] - indices) / stretch)
    inside = (indices >= 0) & (indices < size)
    if one.edge == "renormalise":
        values = np.where(inside, values, 0.0)
    total = values.sum(axis=1, keepdims=True)
    values = values / np.where(total == 0, 1.0, total)  # none is in reach: no such method
    matrix = np.zeros((wanted, size))
    rows = np.arange(wanted)[:, None]
    np.add.at(matrix, (rows, _folded(indices, size, one.edge)), values)
    return matrix


def _centres(size: int, wanted: int, sampling: str) -> Floats:
    """Return where output samples lie on the input's grid."""
    places = np.arange(wanted, dtype=np.float64)
    step = size / wanted
    if sampling == "align-corners":
        return np.asarray(places * ((size - 1) / max(wanted - 1, 1)))
    return np.asarray(places * step if sampling == "asymmetric" else (places + 0.5) * step - 0.5)


def _folded(indices: Indices, size: int, edge: str) -> Indices:
    """Map indices beyond the border to those that stand for them."""
    if edge == "mirror":
        mirrored: Indices = indices % (2 * size)
        return np.minimum(mirrored, 2 * size - 1 - mirrored)
    if edge == "reflect" and size > 1:
        reflected: Indices = indices % (2 * size - 2)
        return np.minimum(reflected, 2 * size - 2 - reflected)
    return np.clip(indices, 0, size - 1)
