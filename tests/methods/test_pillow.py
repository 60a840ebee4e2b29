"""Pillow's interpolations against the canonical resampler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from random_images import noise

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.imaging import resample
from upbench.methods import canonical, pillow

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

METHODS = [value for value in vars(pillow).values() if hasattr(value, ATTRIBUTE)]
each_method = pytest.mark.parametrize("upsample", METHODS, ids=lambda m: getattr(m, ATTRIBUTE).name)


HAMMING = resample.Kernel(
    "Hamming-windowed sinc, 1 lobe",
    lambda x: np.where(np.abs(x) < 1, np.sinc(x) * (0.54 + 0.46 * np.cos(np.pi * x)), 0),
    2,
)
CANONICAL = {
    pillow.pillow_nearest: resample.NEAREST,
    pillow.pillow_box: resample.AREA,
    pillow.pillow_bilinear: resample.BILINEAR,
    pillow.pillow_hamming: HAMMING,
    pillow.pillow_bicubic: resample.BICUBIC,
    pillow.pillow_lanczos: resample.LANCZOS3,
}


@each_method
@pytest.mark.parametrize("scale", [2, 3, 4, 7])
@pytest.mark.parametrize("shape", [(37, 40, 3), (2, 3, 1)])
def test_equals_the_canonical_resampler(
    upsample: Callable[..., NDArray[np.float32]], scale: int, shape: tuple[int, ...]
) -> None:
    """The kernel that the metadata name, renormalised at the border, gives Pillow's values.

    To 2e-7: weights and sums are float64, and only the results of each axis are float32.
    """
    kernel, image = CANONICAL[upsample], noise(*shape)
    expected = resample.resize(image, scale, kernel, edge="renormalise")
    np.testing.assert_allclose(upsample(image, scale), expected, rtol=0, atol=2e-7)
    assert getattr(upsample, ATTRIBUTE).kernel == kernel.name


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize(
    ("theirs", "ours", "border"),
    [
        (pillow.pillow_bilinear, canonical.bilinear, 0),
        (pillow.pillow_bicubic, canonical.bicubic, 2),
        (pillow.pillow_lanczos, canonical.lanczos3, 3),
    ],
    ids=["bilinear", "bicubic", "lanczos"],
)
def test_equals_matlab_but_for_the_border(
    theirs: Callable[..., NDArray[np.float32]],
    ours: Callable[..., NDArray[np.float32]],
    border: int,
    scale: int,
) -> None:
    """Pillow's kernels are MATLAB's; only half a support from the border they differ."""
    image = noise(20, 24, 3)
    apart = np.abs(theirs(image, scale) - ours(image, scale))
    cut = border * scale
    assert apart[cut : 20 * scale - cut, cut : 24 * scale - cut].max() < 3e-7
    if border:
        assert apart.max() > 0.01


@pytest.mark.parametrize(("size", "scale"), [(333, 3), (1000, 7), (1023, 11)])
def test_nearest_repeats_pixels_far_from_the_origin(size: int, scale: int) -> None:
    """No rounding of positions picks a wrong pixel, however far to the right."""
    row = np.arange(size, dtype=np.float32)[None, :, None]
    for upsample in (pillow.pillow_nearest, pillow.pillow_box):
        np.testing.assert_array_equal(upsample(row, scale)[0], row.repeat(scale, axis=1)[0])
