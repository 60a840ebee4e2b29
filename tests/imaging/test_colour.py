"""Luma and chroma against the formula and MATLAB's known values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upbench.benchmark.imaging.colour import luma, rgb_to_ycbcr, ycbcr_to_rgb

KNOWN = {
    "black": ([0, 0, 0], [16, 128, 128]),
    "white": ([255, 255, 255], [235, 128, 128]),
    "red": ([255, 0, 0], [81.481, 90.203, 240]),
    "green": ([0, 255, 0], [144.553, 53.797, 34.214]),
    "blue": ([0, 0, 255], [40.966, 240, 109.786]),
}
"""RGB in grey levels and what MATLAB's rgb2ycbcr gives for it as double, times 255."""

levels = st.integers(0, 255)


@pytest.mark.parametrize(("rgb", "ycbcr"), KNOWN.values(), ids=KNOWN)
def test_known_colours(rgb: list[int], ycbcr: list[float]) -> None:
    """The primaries, black and white have MATLAB's values."""
    image = np.array([[rgb]], dtype=np.uint8)
    assert luma(image)[0, 0] == pytest.approx(ycbcr[0], abs=1e-12)
    np.testing.assert_allclose(rgb_to_ycbcr(image / 255)[0, 0] * 255, ycbcr, rtol=0, atol=1e-12)


@settings(derandomize=True, deadline=None)
@given(r=levels, g=levels, b=levels)
def test_luma_is_the_formula(r: int, g: int, b: int) -> None:
    """Luma is 16 + (65.481 R + 128.553 G + 24.966 B) / 255, in float64, not rounded."""
    got = luma(np.array([[[r, g, b]]], dtype=np.uint8))
    assert got.dtype == np.float64
    assert got.shape == (1, 1)
    assert got[0, 0] == pytest.approx(16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255, abs=1e-11)


def test_luma_and_ycbcr_agree() -> None:
    """The first component of Y, Cb, Cr is the luma over 255."""
    image = np.random.default_rng(0).random((5, 7, 3))
    np.testing.assert_allclose(rgb_to_ycbcr(image)[:, :, 0] * 255, luma(image * 255), atol=1e-11)


def test_grey_passes_as_it_is() -> None:
    """A grey image is its own luma: no offset, no range compression."""
    grey = np.array([[0, 255], [7, 128]], dtype=np.uint8)
    np.testing.assert_array_equal(luma(grey[:, :, None]), grey)


def test_grey_rgb_has_no_chroma() -> None:
    """Equal R, G and B have Cb = Cr = 128/255."""
    ramp = np.repeat(np.linspace(0, 1, 9)[None, :, None], 3, axis=2)
    np.testing.assert_allclose(rgb_to_ycbcr(ramp)[:, :, 1:], 128 / 255, rtol=0, atol=1e-15)


def test_round_trip() -> None:
    """RGB to Y, Cb, Cr and back is the same image, also outside [0, 1]."""
    image = np.random.default_rng(1).uniform(-0.2, 1.2, (6, 8, 3))
    np.testing.assert_allclose(ycbcr_to_rgb(rgb_to_ycbcr(image)), image, rtol=0, atol=1e-14)


def test_input_is_read_only() -> None:
    """Read-only float32 input is taken and left as it is; the result is float64."""
    image = np.random.default_rng(2).random((3, 4, 3), dtype=np.float32)
    image.setflags(write=False)
    for convert in (luma, rgb_to_ycbcr, ycbcr_to_rgb):
        assert convert(image).dtype == np.float64
