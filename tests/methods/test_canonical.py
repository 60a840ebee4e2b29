"""The canonical interpolations: our resampler, wired to the right kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from random_images import noise

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.imaging import resample
from upbench.methods import canonical

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

METHODS = [value for value in vars(canonical).values() if hasattr(value, ATTRIBUTE)]
each_method = pytest.mark.parametrize("upsample", METHODS, ids=lambda m: getattr(m, ATTRIBUTE).name)


KERNELS = {
    kernel.name: kernel
    for kernel in (
        resample.NEAREST,
        resample.BILINEAR,
        resample.BICUBIC,
        resample.LANCZOS3,
        resample.MITCHELL,
        resample.HERMITE,
        resample.AREA,
    )
}


@each_method
@pytest.mark.parametrize("scale", [2, 3, 5])
def test_runs_the_kernel_it_states(
    upsample: Callable[..., NDArray[np.float32]], scale: int
) -> None:
    """The kernel that the metadata name is the one that runs, in float and in 8 bits."""
    described = getattr(upsample, ATTRIBUTE)
    kernel, image = KERNELS[described.kernel], noise(9, 7, 3)
    expected = resample.resize(image, scale, kernel).astype(np.float32)
    np.testing.assert_array_equal(upsample(image, scale), expected)

    levels = (image * 255).astype(np.uint8)
    expected = resample.resize_8bit(levels, scale, kernel)
    np.testing.assert_array_equal(described.eight_bit(levels, scale), expected)


@pytest.mark.parametrize("scale", [2, 3, 7, 16])
def test_nearest_and_area_repeat_pixels(scale: int) -> None:
    """At whole enlargements every pixel becomes s x s equal ones, with either name."""
    image = noise(6, 5, 3)
    blocks = image.repeat(scale, axis=0).repeat(scale, axis=1)
    np.testing.assert_array_equal(canonical.nearest(image, scale), blocks)
    np.testing.assert_array_equal(canonical.area(image, scale), blocks)


STEP = {
    "nearest": [0, 0, 1, 1],
    "bilinear": [0, 1 / 4, 3 / 4, 1],
    "hermite": [0, 5 / 32, 27 / 32, 1],
    "bicubic": [-12 / 128, 26 / 128, 102 / 128, 140 / 128],
}


@pytest.mark.parametrize("name", STEP)
def test_known_values_of_a_step(name: str) -> None:
    """Black beside white at x2 has the values that one computes by hand, mirror included."""
    got = getattr(canonical, name)(np.array([[[0], [1]]], dtype=np.float32), 2)
    np.testing.assert_allclose(got[:, :, 0], [STEP[name]] * 2, atol=1e-7)


@pytest.mark.parametrize("name", ["nearest", "bilinear", "hermite", "area", "mitchell"])
def test_step_without_overshoot(name: str) -> None:
    """These kernels keep a step (nearly, for Mitchell's) within the range of the input."""
    step = np.repeat(np.array([[[0], [1]]], dtype=np.float32), 8, axis=1)
    got = getattr(canonical, name)(step, 4)
    slack = 0.04 if name == "mitchell" else 0
    assert got.min() >= -slack
    assert got.max() <= 1 + slack
