"""OpenCV's interpolations against the canonical resampler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from random_images import noise

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.imaging import resample
from upbench.methods import opencv, pillow

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

METHODS = [value for value in vars(opencv).values() if hasattr(value, ATTRIBUTE)]
each_method = pytest.mark.parametrize("upsample", METHODS, ids=lambda m: getattr(m, ATTRIBUTE).name)


LANCZOS4 = resample.Kernel(
    "Lanczos, 4 lobes", lambda x: np.where(np.abs(x) < 4, np.sinc(x) * np.sinc(x / 4), 0), 8
)
CANONICAL = {
    opencv.opencv_nearest: resample.NEAREST,
    opencv.opencv_nearest_exact: resample.NEAREST,
    opencv.opencv_linear: resample.BILINEAR,
    opencv.opencv_cubic: resample.keys_cubic(-0.75),
    opencv.opencv_area: resample.AREA,
    opencv.opencv_lanczos4: LANCZOS4,
}


STATED = {opencv.opencv_area: "pixel areas"}
"""Kernels under a name of their own: at whole factors areas are the nearest pixel."""


@each_method
@pytest.mark.parametrize("scale", [2, 3, 4, 7])
def test_equals_the_canonical_resampler(
    upsample: Callable[..., NDArray[np.float32]], scale: int
) -> None:
    """The kernel that the metadata name, edge repeated, gives OpenCV's values to 1e-6.

    That is float32 arithmetic: some ten operations of 6e-8.  Lanczos gets 3e-6, because its
    positions are float32 too: half a bit of a position of 40 is 2e-6.
    """
    kernel, image = CANONICAL[upsample], noise(37, 40, 3)
    expected = resample.resize(image, scale, kernel, edge="replicate")
    atol = 3e-6 if kernel is LANCZOS4 else 1e-6
    np.testing.assert_allclose(upsample(image, scale), expected, rtol=0, atol=atol)
    assert getattr(upsample, ATTRIBUTE).kernel == STATED.get(upsample, kernel.name)


@pytest.mark.parametrize("name", ["nearest", "nearest_exact", "area"])
@pytest.mark.parametrize(("size", "scale"), [(333, 3), (1000, 7), (1023, 11)])
def test_nearest_repeats_pixels_far_from_the_origin(name: str, size: int, scale: int) -> None:
    """No rounding of positions picks a wrong pixel, however far to the right."""
    row = np.arange(size, dtype=np.float32)[None, :, None]
    got = getattr(opencv, f"opencv_{name}")(row, scale)
    np.testing.assert_array_equal(got[0], row.repeat(scale, axis=1)[0])


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_cubic_is_not_pillows(scale: int) -> None:
    """The cubics of a = -0.75 and a = -0.5 are visibly different, also inside."""
    image = noise(20, 20, 1)
    apart = opencv.opencv_cubic(image, scale) - pillow.pillow_bicubic(image, scale)
    assert np.abs(apart[16:-16, 16:-16]).max() > 0.001
