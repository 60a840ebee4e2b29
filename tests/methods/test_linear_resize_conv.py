"""A resize and a convolution: equal to the two steps, whatever the size of the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.imaging.resample import BILINEAR, NEAREST, resize
from upbench.methods.linear_resize_conv import LinearResizeConv, LinearResizeConvBilinear

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

Either = type[LinearResizeConv] | type[LinearResizeConvBilinear]
BOTH = [LinearResizeConv, LinearResizeConvBilinear]
both = pytest.mark.parametrize("cls", BOTH, ids=["nearest", "bilinear"])


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the weights of these tests in a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UPBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def noise(*shape: int) -> NDArray[np.float32]:
    """Return an image that cannot be written to."""
    image = np.random.default_rng(0).random(shape, dtype=np.float32)
    image.flags.writeable = False
    return image


@pytest.mark.parametrize("scale", [2, 3, 4])
@both
def test_equals_the_two_steps(cls: Either, scale: int) -> None:
    """The output is that of enlarging, mirroring at the border and torch's conv2d, everywhere."""
    import torch
    from torch.nn import functional

    image = noise(12, 15, 3)
    layer = cls(scale)
    reach = layer.weights.shape[0] // 2
    large = resize(image, scale, NEAREST if cls is LinearResizeConv else BILINEAR)
    mirrored = np.pad(large, ((reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    expected = functional.conv2d(
        torch.from_numpy(mirrored.transpose(2, 0, 1).copy())[:, None],
        torch.from_numpy(layer.weights.astype(np.float64))[None, None],
    )[:, 0].numpy()

    assert np.abs(layer(image) - expected.transpose(1, 2, 0)).max() < 1e-5


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 9, 3), (8, 1, 1), (7, 5, 3), (2, 2, 1)])
@pytest.mark.parametrize("scale", [2, 3])
@both
def test_any_size(cls: Either, scale: int, shape: tuple[int, int, int]) -> None:
    """Odd, thin and one-pixel images, grey and RGB, come out scale times as large."""
    image = noise(*shape)
    before = image.copy()
    output = cls(scale)(image)

    assert output.shape == (shape[0] * scale, shape[1] * scale, shape[2])
    assert output.dtype == np.float32
    assert np.isfinite(output).all()
    assert np.array_equal(image, before)


@pytest.mark.parametrize("scale", [2, 3, 4])
@both
def test_kernel_is_symmetric(cls: Either, scale: int) -> None:
    """Flipping or transposing the kernel changes nothing, so nothing is moved."""
    weights = cls(scale).weights

    for turned in (weights[::-1], weights[:, ::-1], weights.T):
        assert np.abs(weights - turned).max() < 1e-5


@pytest.mark.parametrize("scale", [2, 3, 4])
@both
def test_phases_have_one_gain(cls: Either, scale: int) -> None:
    """A constant stays constant to 0.00004, and no checkerboard can come out of it."""
    layer = cls(scale)

    assert np.abs(layer.dc_gains - 1.0).max() < 4e-5
    assert np.ptp(layer.dc_gains) < 1e-6


@pytest.mark.parametrize("scale", [2, 3, 8])
@both
def test_cost_is_stated(cls: Either, scale: int) -> None:
    """The odd kernel sees 7 x 7 input pixels, for 49 multiply-adds in polyphase form."""
    layer = cls(scale)
    expected = 6 * scale + 1 if cls is LinearResizeConv else (5 * scale + 1) | 1

    assert layer.weights.shape == (expected, expected)
    assert layer.parameters == expected**2
    assert layer.macs_per_px == 49.0


@both
def test_scales(cls: Either) -> None:
    """x2 to x8 are offered."""
    assert getattr(cls, ATTRIBUTE).scales == (2, 3, 4, 5, 6, 7, 8)
