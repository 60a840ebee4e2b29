"""What every interpolation keeps, whichever library does the work."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_images import noise

from upbench.benchmark.core.contract import ATTRIBUTE, Method
from upbench.benchmark.registry.catalog import collect

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

METHODS = [
    method.target
    for method in collect().methods.values()
    if method.family == "interpolation" and method.default
]
each_method = pytest.mark.parametrize("upsample", METHODS, ids=lambda m: getattr(m, ATTRIBUTE).name)
sizes = st.integers(1, 15)
OFFERED = {
    "canonical": (
        "numpy",
        ["nearest", "bilinear", "bicubic", "lanczos3", "mitchell", "hermite", "area"],
    ),
    "opencv": (
        "opencv-python-headless",
        [
            "opencv-nearest",
            "opencv-nearest-exact",
            "opencv-linear",
            "opencv-cubic",
            "opencv-area",
            "opencv-lanczos4",
        ],
    ),
    "pillow": (
        "pillow",
        [
            "pillow-nearest",
            "pillow-box",
            "pillow-bilinear",
            "pillow-hamming",
            "pillow-bicubic",
            "pillow-lanczos",
        ],
    ),
    "pytorch": (
        "torch",
        [
            "torch-nearest",
            "torch-nearest-exact",
            "torch-bilinear",
            "torch-bilinear-align-corners",
            "torch-bicubic",
            "torch-bicubic-align-corners",
            "torch-bicubic-antialias",
        ],
    ),
    "scikit_image": (
        "scikit-image",
        ["skimage-order0", "skimage-order1", "skimage-order3"],
    ),
    "scipy_zoom": (
        "scipy",
        [
            "scipy-zoom-order0",
            "scipy-zoom-order1",
            "scipy-zoom-order3",
            "scipy-zoom-grid-order0",
            "scipy-zoom-grid-order1",
            "scipy-zoom-grid-order3",
        ],
    ),
}
"""Module -> the distribution that does the work, and the methods in their order."""


@pytest.mark.parametrize("name", OFFERED)
def test_names_and_backend(name: str) -> None:
    """Each file offers these methods, and says which distribution does the work."""
    module = importlib.import_module(f"upbench.methods.{name}")
    described = [getattr(value, ATTRIBUTE, None) for value in vars(module).values()]
    methods = [one for one in described if isinstance(one, Method)]
    backend, names = OFFERED[name]
    assert [one.name for one in methods] == names
    assert {one.backend for one in methods} == {backend}
    assert all(one.family == "interpolation" and one.parameters == 0 for one in methods)


@each_method
@settings(derandomize=True, deadline=None, max_examples=25)
@given(height=sizes, width=sizes, channels=st.sampled_from([1, 3]), scale=st.integers(2, 8))
def test_contract(
    upsample: Callable[..., NDArray[np.float32]],
    height: int,
    width: int,
    channels: int,
    scale: int,
) -> None:
    """Odd, thin and one-pixel images give the right shape, float32, finite; input is read-only."""
    got = upsample(noise(height, width, channels), scale)
    assert got.shape == (height * scale, width * scale, channels)
    assert got.dtype == np.float32
    assert np.isfinite(got).all()


@each_method
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 9, 3), (9, 1, 1), (13, 12, 3)])
@pytest.mark.parametrize("scale", [2, 3, 16])
def test_constant_stays_constant(
    upsample: Callable[..., NDArray[np.float32]], shape: tuple[int, ...], scale: int
) -> None:
    """A constant image stays constant, up to the last bits of float32 weights."""
    np.testing.assert_allclose(upsample(np.full(shape, 0.7, np.float32), scale), 0.7, atol=1e-6)


@each_method
def test_channels_are_independent(upsample: Callable[..., NDArray[np.float32]]) -> None:
    """A channel of a colour image comes out as it does alone, up to the last bits of float32."""
    image = noise(11, 14, 3).copy()
    image[0, :2] = [[0], [1]]  # scikit-image clips order 3 to the range of the image as a whole
    together = upsample(image, 3)
    for c in range(3):
        np.testing.assert_allclose(together[:, :, [c]], upsample(image[:, :, [c]], 3), atol=5e-7)
