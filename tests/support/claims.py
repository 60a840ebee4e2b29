"""What a method's metadata claim, computed: kernel, grid and edge rule at brute force."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from upbench.benchmark.core.contract import ATTRIBUTE, Method
from upbench.benchmark.report.agreement.kernels import claim

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

REACH = 14
"""Input samples on each side of a position that may count."""


@lru_cache
def _fails(module: str) -> str:
    """Return how importing a module fails in a process of its own, or "" where it does not."""
    command = [sys.executable, "-c", f"import {module}"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if not ended.returncode:
        return ""
    return ended.stderr.strip().rpartition("\n")[2] or f"exit code {ended.returncode}"


def need(module: str) -> None:
    """Skip what follows where a library is missing, or crashes as it is imported."""
    if reason := _fails(module):
        pytest.skip(f"{module} cannot be imported here: {reason}")


def methods_of(module: ModuleType) -> dict[str, tuple[Method, Callable[..., Any]]]:
    """Return the methods of a plugin file by name: metadata and function."""
    found = ((getattr(value, ATTRIBUTE, None), value) for value in vars(module).values())
    return {one.name: (one, value) for one, value in found if isinstance(one, Method)}


def positions(sampling: str, size: int, scale: int) -> Floats:
    """Return where the output samples of one axis lie on the input's grid."""
    j = np.arange(size * scale)
    match sampling:
        case "half-pixel":
            return (j + 0.5) / scale - 0.5
        case "asymmetric":
            return j / scale
        case "half-input-pixel":
            return j / scale - 0.5
        case "align-corners":
            return j * (size - 1) / (size * scale - 1)
    raise AssertionError(sampling)


def claimed(method: Method, image: NDArray[np.floating], scale: int) -> Floats:
    """Enlarge an image by what a method's metadata say of its kernel, grid and edge rule."""
    words = claim(method.kernel)
    assert words is not None, method.kernel
    assert words.curve is not None, method.kernel
    at = (positions(method.sampling, size, scale) for size in image.shape[:2])
    return sampled(image, *at, words.curve, method.edge)


def check_claim(
    found: tuple[Method, Callable[..., Any]],
    image: NDArray[np.floating],
    scale: int,
    atol: float = 1e-5,
) -> None:
    """Compare what a method makes of an image with what its metadata claim."""
    method, upsample = found
    np.testing.assert_allclose(
        upsample(image, scale), claimed(method, image, scale), rtol=0, atol=atol
    )


def sampled(
    image: NDArray[np.floating],
    rows: Floats,
    columns: Floats,
    curve: Callable[[Floats], Floats],
    edge: str,
    *,
    normalise: bool = True,
) -> Floats:
    """Evaluate a separable kernel at rows and columns of an image."""
    result = image.astype(np.float64)
    for axis, places in enumerate((rows, columns)):
        size = image.shape[axis]
        taps = np.arange(-REACH, size + REACH)
        weights = curve(places[:, None] - taps)
        if edge == "renormalise":
            weights = np.where((taps >= 0) & (taps < size), weights, 0)
        if normalise:
            weights = weights / weights.sum(axis=1, keepdims=True)
        lines = np.take(result, _folded(taps, size, edge), axis=axis)
        result = np.moveaxis(np.tensordot(weights, lines, (1, axis)), 0, axis)
    return result


def _folded(taps: NDArray[np.int64], size: int, edge: str) -> NDArray[np.int64]:
    if edge == "mirror":
        folded = taps % (2 * size)
        return np.minimum(folded, 2 * size - 1 - folded)
    if edge == "reflect":
        folded = taps % max(2 * size - 2, 1)
        return np.minimum(folded, 2 * size - 2 - folded) if size > 1 else 0 * taps
    return np.clip(taps, 0, size - 1)
