"""PyTorch's interpolations against the canonical resampler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from random_images import noise

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.imaging import resample
from upbench.methods import pytorch

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

METHODS = [value for value in vars(pytorch).values() if hasattr(value, ATTRIBUTE)]


CANONICAL = {
    pytorch.torch_nearest: (resample.NEAREST, "replicate"),
    pytorch.torch_nearest_exact: (resample.NEAREST, "replicate"),
    pytorch.torch_bilinear: (resample.BILINEAR, "replicate"),
    pytorch.torch_bicubic: (resample.keys_cubic(-0.75), "replicate"),
    pytorch.torch_bicubic_antialias: (resample.BICUBIC, "renormalise"),
}
ALIGNED = {
    pytorch.torch_bilinear_align_corners: resample.BILINEAR,
    pytorch.torch_bicubic_align_corners: resample.keys_cubic(-0.75),
}


@pytest.mark.parametrize("upsample", CANONICAL, ids=lambda m: getattr(m, ATTRIBUTE).name)
@pytest.mark.parametrize("scale", [2, 3, 4, 7])
@pytest.mark.parametrize("shape", [(37, 40, 3), (2, 3, 1)])
def test_equals_the_canonical_resampler(
    upsample: Callable[..., NDArray[np.float32]], scale: int, shape: tuple[int, ...]
) -> None:
    """The kernel that the metadata name gives PyTorch's values.

    To 1e-6 at powers of two: float32 arithmetic, some ten operations of 6e-8.  Otherwise to 1e-5:
    positions are float32 too, half a bit of a position of 40 is 2e-6, and the slope of a cubic
    between random pixels reaches a few units.
    """
    (kernel, edge), image = CANONICAL[upsample], noise(*shape)
    expected = resample.resize(image, scale, kernel, edge=edge)
    atol = 1e-6 if scale in {2, 4} else 1e-5
    np.testing.assert_allclose(upsample(image, scale), expected, rtol=0, atol=atol)
    assert getattr(upsample, ATTRIBUTE).kernel == kernel.name


def _align_corners(
    image: NDArray[np.float32], scale: int, kernel: resample.Kernel
) -> NDArray[np.float64]:
    """Evaluate the kernel at j (n - 1) / (s n - 1), the edge repeated."""
    result = image.astype(np.float64)
    for axis in (0, 1):
        size = image.shape[axis]
        places = np.arange(size * scale)[:, None] * (size - 1) / (size * scale - 1)
        taps = np.arange(-2, size + 2)
        lines = np.take(result, np.clip(taps, 0, size - 1), axis=axis)
        result = np.moveaxis(
            np.tensordot(kernel.function(places - taps), lines, (1, axis)), 0, axis
        )
    return result


@pytest.mark.parametrize("upsample", ALIGNED, ids=lambda m: getattr(m, ATTRIBUTE).name)
@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("shape", [(17, 20, 3), (1, 6, 1)])
def test_align_corners_stretches_between_the_corner_pixels(
    upsample: Callable[..., NDArray[np.float32]], scale: int, shape: tuple[int, ...]
) -> None:
    """Output j lies at j (n - 1) / (s n - 1), to float32 positions; corners keep their values."""
    image = noise(*shape)
    got = upsample(image, scale)
    expected = _align_corners(image, scale, ALIGNED[upsample])
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5)
    np.testing.assert_allclose(got[[0, -1]][:, [0, -1]], image[[0, -1]][:, [0, -1]], atol=5e-6)
    assert getattr(upsample, ATTRIBUTE).sampling == "align-corners"
    assert getattr(upsample, ATTRIBUTE).kernel == ALIGNED[upsample].name


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_antialias_changes_the_kernel(scale: int) -> None:
    """With antialias=True the cubic has another a, so the image differs also inside."""
    image = noise(20, 20, 1)
    apart = pytorch.torch_bicubic(image, scale) - pytorch.torch_bicubic_antialias(image, scale)
    assert np.abs(apart[16:-16, 16:-16]).max() > 0.001


@pytest.mark.parametrize(("size", "scale"), [(333, 3), (1000, 7), (1023, 11)])
def test_nearest_repeats_pixels_far_from_the_origin(size: int, scale: int) -> None:
    """No rounding of float32 positions picks a wrong pixel, however far to the right."""
    row = np.arange(size, dtype=np.float32)[None, :, None]
    for upsample in (pytorch.torch_nearest, pytorch.torch_nearest_exact):
        np.testing.assert_array_equal(upsample(row, scale)[0], row.repeat(scale, axis=1)[0])


def test_strided_views_are_taken() -> None:
    """A view with negative strides, which PyTorch does not accept, is copied first."""
    image = noise(6, 7, 3)
    got = pytorch.torch_bilinear(image[::-1, ::-1], 2)
    np.testing.assert_allclose(got, pytorch.torch_bilinear(image, 2)[::-1, ::-1], atol=1e-6)
