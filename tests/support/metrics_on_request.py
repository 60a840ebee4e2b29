"""What the tests of metrics on request share: images, windows, and the grammar of a metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from photograph import GREY
from scipy.ndimage import gaussian_filter
from scipy.signal import convolve2d

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.registry.extras import command

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Measure = Callable[..., float]

TRUTH = np.asarray(GREY, dtype=np.float64)[:203, :218]
BLURRED = gaussian_filter(TRUTH, 0.8)
NOISY = (TRUTH + np.random.default_rng(0).normal(0, 0.03, TRUTH.shape)).clip(0, 1)


def window(size: int, sigma: float) -> Floats:
    """Return a Gaussian window that adds up to 1."""
    distance = np.arange(size) - (size - 1) / 2
    line = np.exp(-(distance**2) / (2 * sigma**2))
    return np.outer(line, line) / line.sum() ** 2


def moments(x: Floats, y: Floats, weights: Floats) -> tuple[Floats, ...]:
    """Return means, variances and covariance where the whole window fits."""

    def mean(plane: Floats) -> Floats:
        return np.asarray(convolve2d(plane, weights, mode="valid"))

    mx, my = mean(x), mean(y)
    return mx, my, mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my


def skip_without(measure: Measure) -> None:
    """Skip where the optional library is not installed."""
    described = getattr(measure, ATTRIBUTE)
    if described.extra:
        pytest.importorskip(described.backend, reason=f"needs {command(described.extra)}")


def check_agreement(measure: Measure, authors: Callable[[Floats, Floats], float]) -> None:
    """Compare with the authors' algorithm, to the digits that the tables print and beyond."""
    for image in (BLURRED, NOISY):
        assert measure(TRUTH, image, 2) == pytest.approx(authors(TRUTH, image), abs=1e-6)
