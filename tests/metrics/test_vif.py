"""VIF, against the authors' algorithm written out here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from metrics_on_request import check_agreement, moments, skip_without, window
from scipy.signal import convolve2d

from upbench.benchmark.core.errors import MetricUndefinedError
from upbench.benchmark.metrics.vif import vif

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def authors_vif(x: Floats, y: Floats) -> float:
    """Sheikh and Bovik's vifp_mscale.m."""
    noise, tiny = 2.0, 1e-10
    x, y = 255 * x, 255 * y
    kept = known = 0.0
    for scale in range(1, 5):
        size = 2 ** (5 - scale) + 1
        weights = window(size, size / 5)
        if scale > 1:
            x, y = (convolve2d(plane, weights, mode="valid")[::2, ::2] for plane in (x, y))
        _, _, vx, vy, cov = moments(x, y, weights)
        vx, vy = vx.clip(0), vy.clip(0)
        gain = cov / (vx + tiny)
        rest = vy - gain * cov
        gain[vx < tiny], rest[vx < tiny], vx[vx < tiny] = 0, vy[vx < tiny], 0
        gain[vy < tiny], rest[vy < tiny] = 0, 0
        rest[gain < 0], gain[gain < 0] = vy[gain < 0], 0
        rest = rest.clip(tiny)
        kept += np.log10(1 + gain**2 * vx / (rest + noise)).sum()
        known += np.log10(1 + vx / noise).sum()
    return float(kept / known)


def test_it_agrees_with_the_authors_algorithm() -> None:
    """To 1e-6 on a blurred and on a noisy photograph."""
    skip_without(vif)
    check_agreement(vif, authors_vif)


def test_a_flat_reference_has_no_information_to_keep() -> None:
    """VIF divides by it."""
    skip_without(vif)
    flat = np.full((64, 64), 0.5)
    with pytest.raises(MetricUndefinedError, match="vif has no value where the reference is flat"):
        vif(flat, flat, 2)
