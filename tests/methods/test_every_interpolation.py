"""What every interpolation keeps, whichever library does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upbench.benchmark.registry.catalog import collect

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

METHODS = [m.target for m in collect().methods.values() if m.family == "interpolation"]
each_method = pytest.mark.parametrize("upsample", METHODS, ids=lambda method: method.__name__)
sizes = st.integers(1, 15)


def _random(*shape: int) -> NDArray[np.float32]:
    image = np.random.default_rng(0).random(shape, dtype=np.float32)
    image.setflags(write=False)
    return image


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
    got = upsample(_random(height, width, channels), scale)
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
    image = _random(11, 14, 3).copy()
    image[0, :2] = [[0], [1]]  # scikit-image clips order 3 to the range of the image as a whole
    together = upsample(image, 3)
    for c in range(3):
        np.testing.assert_allclose(together[:, :, [c]], upsample(image[:, :, [c]], 3), atol=5e-7)
