"""libvips' interpolations against brute force, Pillow and each other."""

from __future__ import annotations

import numpy as np
import pytest
from claims import check_claim, methods_of, need
from random_images import noise

from upbench.benchmark.registry.checks import _shift
from upbench.methods import libvips, pillow

METHODS = methods_of(libvips)
LINEAR = ["vips-linear", "vips-affine-bilinear"]
CUBIC = [name for name, (one, _) in METHODS.items() if one.kernel.startswith("Keys cubic")]
OWN = ["vips-affine-lbb", "vips-affine-nohalo", "vips-affine-vsqbs"]


@pytest.fixture(autouse=True)
def _installed() -> None:
    need("pyvips")


@pytest.mark.parametrize("name", [*LINEAR, *CUBIC])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_metadata_are_true(name: str, scale: int) -> None:
    """Kernel, grid and edge rule as stated give the pixels; the cubic's positions are rounded.

    At x2 and x4 all positions are multiples of 1/64, so the cubic is exact; at x3 half a step of
    1/128 pixel, times the slope of a cubic between random pixels, is 0.02.
    """
    atol = 0.02 if scale == 3 and name in CUBIC else 1e-6
    check_claim(METHODS[name], noise(23, 20, 3), scale, atol=atol)


def test_resize_enlarges_with_one_cubic_whatever_its_kernel() -> None:
    """Kernels mitchell, lanczos2, lanczos3, mks2013 and mks2021 are for shrinking alone."""
    image = noise(9, 8, 3)
    first = libvips.vips_cubic(image, 3)
    for name in ("mitchell", "lanczos2", "lanczos3", "mks2013", "mks2021"):
        np.testing.assert_array_equal(METHODS[f"vips-{name}"][1](image, 3), first)


def test_its_lanczos3_is_not_pillows() -> None:
    """The default of resize neither has Pillow's kernel when enlarging nor lies where it does."""
    image = noise(20, 20, 1)
    apart = libvips.vips_lanczos3(image, 2) - pillow.pillow_lanczos(image, 2)
    assert np.abs(apart[12:-12, 12:-12]).max() > 0.1


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_resize_lies_half_an_output_pixel_late(scale: int) -> None:
    """A blob lies 0.5 px down and right of half-pixel; affine and nearest put it right."""
    late = "shift (+0.500, +0.500)"
    for name, (method, _) in METHODS.items():
        moved = method.sampling == "half-input-pixel"
        said = _shift(method.load(scale), scale, 1)[1]
        assert said.startswith(late if moved else "shift (+0.000, +0.000)"), name


def test_nearest_repeats_pixels() -> None:
    """It is floor(j / s)."""
    image = noise(7, 9, 3)
    expected = image.repeat(3, axis=0).repeat(3, axis=1)
    np.testing.assert_array_equal(libvips.vips_nearest(image, 3), expected)


def test_affine_bicubic_is_pillows_inside() -> None:
    """On the half-pixel grid at x2 it is Pillow's and the canonical bicubic, but for the border."""
    image = noise(20, 20, 3)
    inside = (slice(6, -6),) * 2
    np.testing.assert_allclose(
        libvips.vips_affine_bicubic(image, 2)[inside],
        pillow.pillow_bicubic(image, 2)[inside],
        rtol=0,
        atol=1e-6,
    )


@pytest.mark.parametrize("name", OWN)
def test_its_own_interpolators_do_not_overshoot(name: str) -> None:
    """Across an edge lbb, nohalo and vsqbs stay within the image's range; the cubic does not."""
    edge = np.full((16, 16, 1), 0.2, np.float32)
    edge[:, 8:] = 0.8
    got = METHODS[name][1](edge, 4)
    assert got.min() >= 0.2 - 1e-6
    assert got.max() <= 0.8 + 1e-6
    assert libvips.vips_affine_bicubic(edge, 4).max() > 0.81


def test_nohalo_and_lbb_are_not_linear_and_vsqbs_is() -> None:
    """The mean of two enlarged images is the enlarged mean for a linear method alone."""
    one, other = noise(12, 12, 1), noise(24, 12, 1)[12:]
    for name in OWN:
        run = METHODS[name][1]
        apart = np.abs(run((one + other) / 2, 2) - (run(one, 2) + run(other, 2)) / 2).max()
        assert (apart < 1e-5) == (name == "vips-affine-vsqbs"), name
