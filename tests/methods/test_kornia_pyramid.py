"""kornia's pyramid step against OpenCV and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from claims import need
from random_images import noise

from upbench.methods import kornia_pyramid, pytorch


@pytest.fixture(autouse=True)
def _installed() -> None:
    need("kornia")


def test_is_bilinear_then_binomial() -> None:
    """PyTorch's bilinear, smoothed by (1, 4, 6, 4, 1) / 16 and mirrored without the edge pixel."""
    from scipy.ndimage import convolve1d

    image = noise(17, 12, 3)
    expected = pytorch.torch_bilinear(image, 2).astype(np.float64)
    for axis in (0, 1):
        expected = convolve1d(expected, np.array([1, 4, 6, 4, 1]) / 16, axis=axis, mode="mirror")
    np.testing.assert_allclose(kornia_pyramid.kornia_pyrup(image, 2), expected, rtol=0, atol=1e-6)
