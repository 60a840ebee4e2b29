"""The window and the constants of SSIM, for the metric and for the conventions of published ones.

Source: Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to
structural similarity", IEEE TIP 13(4), 2004, doi 10.1109/TIP.2003.819861.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from upbench.benchmark.core.arrays import Floats

K1, K2 = 0.01, 0.03
"""The constants that steady the division, relative to the data range."""
GAUSSIAN_SIDE = 11
"""Edge of the Gaussian window, in pixels."""
_SIGMA = 1.5
"""Its standard deviation, in pixels."""


def gaussian_window() -> Floats:
    """Return the window along one axis, ``(11,)``; it adds up to 1."""
    places = np.arange(GAUSSIAN_SIDE) - GAUSSIAN_SIDE // 2
    weights = np.exp(-0.5 * (places / _SIGMA) ** 2)
    return np.asarray(weights / weights.sum())
