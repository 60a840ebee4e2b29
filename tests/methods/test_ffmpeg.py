"""FFmpeg's swscale and pixel-art filters against brute force and by their rules."""

from __future__ import annotations

import numpy as np
import pytest
from claims import claimed, methods_of, need, positions, sampled
from random_images import noise

from upbench.benchmark.core.errors import UnsupportedScaleError
from upbench.methods import ffmpeg, opencv, pillow, scipy_zoom

METHODS = methods_of(ffmpeg)
TRIANGLES = ["swscale-fast-bilinear", "swscale-bilinear", "swscale-area"]
# Weights of 14 bits; positions of 16, so that at x3 the last one of 40 pixels is 6e-4 off.
TOLERANCES = {
    **dict.fromkeys(TRIANGLES, 1e-3),
    "swscale-bicubic": 1e-3,
    "swscale-bicublin": 1e-3,
    "swscale-lanczos": 3e-3,  # taps of under 0.002 at the ends are dropped
    "swscale-spline": 2e-3,  # cut off at 20 taps: the next weight is 1e-3
}


@pytest.fixture(autouse=True)
def _installed() -> None:
    need("av")


def grey(*shape: int) -> np.ndarray:
    """Return noise that no kernel takes out of [0, 1], where it would be clipped."""
    return 0.25 + 0.5 * noise(*shape)


@pytest.mark.parametrize("name", TOLERANCES)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_metadata_are_true_inside_and_at_the_bottom_right(name: str, scale: int) -> None:
    """Kernel, grid and edge rule as stated give the pixels, to the precision of the weights."""
    method, upsample = METHODS[name]
    image = grey(33, 40, 3)
    apart = np.abs(upsample(image, scale) - claimed(method, image, scale))
    assert apart[4 * scale :, 4 * scale :].max() < TOLERANCES[name]


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_taps_are_missing_at_the_top_left_of_wide_kernels(scale: int) -> None:
    """There bicubic and Lanczos are neither "replicate" nor far from it, the others are exact."""
    image = grey(33, 40, 1)
    for name, tolerance in TOLERANCES.items():
        method, upsample = METHODS[name]
        apart = np.abs(upsample(image, scale) - claimed(method, image, scale)).max()
        is_wide = name in {"swscale-bicubic", "swscale-bicublin", "swscale-lanczos"}
        assert (apart > tolerance) == is_wide, name
        assert apart < 0.04


def test_the_cubics_parameter() -> None:
    """Only a = -0.6 explains the weights; Pillow's -0.5 and OpenCV's -0.75 do not."""
    image, inside = grey(24, 24, 1), (slice(12, -12),) * 2
    got = ffmpeg.swscale_bicubic(image, 2)[inside]
    for other in (pillow.pillow_bicubic, opencv.opencv_cubic):
        assert np.abs(got - other(image, 2)[inside]).max() > 5e-3


def test_names_that_are_one_kernel() -> None:
    """Enlarging one plane, area and fast_bilinear are bilinear, and bicublin is bicubic."""
    image = noise(11, 14, 3)
    for name in TRIANGLES:
        got, plain = METHODS[name][1](image, 3), ffmpeg.swscale_bilinear(image, 3)
        np.testing.assert_allclose(got, plain, rtol=0, atol=3e-4)
    bicublin, bicubic = ffmpeg.swscale_bicublin(image, 3), ffmpeg.swscale_bicubic(image, 3)
    np.testing.assert_array_equal(bicublin, bicubic)


@pytest.mark.parametrize("size", [(100, 133), (150, 200), (200, 267), (225, 300)])
def test_made_smaller_area_averages_and_fast_bilinear_skips(size: tuple[int, int]) -> None:
    """They are OpenCV's INTER_AREA and INTER_LINEAR, as they state; bilinear is neither."""
    image, plain = grey(300, 400, 1), ffmpeg.swscale_bilinear
    for name, other, kernel in (
        ("swscale-area", opencv.opencv_area, "pixel areas"),
        ("swscale-fast-bilinear", opencv.opencv_linear, "triangle"),
    ):
        method, resize = METHODS[name]
        assert (method.antialias, dict(method.shrinks).get("kernel", method.kernel)) == (
            "none",
            kernel,
        )
        apart = np.abs(resize(image, size) - other(image, size))
        assert apart[4:-4, 4:-4].max() < 2e-3
        assert np.abs(resize(image, size) - plain(image, size)).max() > 0.02


def test_fast_bilinear_has_a_grid_of_its_own_in_8_bits() -> None:
    """On a slope its 8-bit path is not where bilinear's is, which is the float path rounded."""
    levels = np.tile(np.arange(0, 200, 8, dtype=np.uint8), (25, 1))[:, :, None]
    plain, fast = (
        ffmpeg._scaled(levels, (50, 50), flag, "gray8").astype(int)
        for flag in ("bilinear", "fast_bilinear")
    )
    assert METHODS["swscale-fast-bilinear"][0].library_8bit is None
    apart = np.abs(plain - fast)[8:-8, 8:-8]
    assert apart.min() >= 1
    assert apart.max() > 4  # half an input pixel on this slope


def test_spline_is_scipys_cubic_spline_inside() -> None:
    """Not the cubic convolution: the interpolating B-spline."""
    image, inside = grey(60, 60, 1), (slice(40, -40),) * 2
    zoom = methods_of(scipy_zoom)["scipy-zoom-grid-order3"][1]
    apart = ffmpeg.swscale_spline(image, 2) - zoom(image, 2)
    assert np.abs(apart[inside]).max() < 2e-3


@pytest.mark.parametrize("scale", [2, 3])
def test_gauss_and_sinc_are_what_they_say(scale: int) -> None:
    """2^(-3 x^2), normalised; and the bare sinc, cut off at 10.5 pixels."""
    image = grey(33, 31, 1)
    inside = (slice(12 * scale, -12 * scale),) * 2
    at = [positions("half-pixel", size, scale) for size in image.shape[:2]]
    curves = {
        "swscale-gauss": lambda x: np.where(np.abs(x) < 4, 2.0 ** (-3 * x**2), 0),
        "swscale-sinc": lambda x: np.where(np.abs(x) < 10.5, np.sinc(x), 0),
    }
    for name, curve in curves.items():
        expected = sampled(image, *at, curve, "replicate")[inside]
        np.testing.assert_allclose(
            METHODS[name][1](image, scale)[inside], expected, rtol=0, atol=1e-3
        )


def test_nearest_repeats_pixels_to_16_bits() -> None:
    """Positions pick the right pixel, and a level is one of 65536."""
    image = noise(7, 9, 3)
    expected = image.repeat(3, axis=0).repeat(3, axis=1)
    np.testing.assert_allclose(ffmpeg.swscale_neighbor(image, 3), expected, atol=0.51 / 65535)


def test_overshoot_is_clipped() -> None:
    """Next to a white edge Lanczos stays within [0, 1]; the metadata say so."""
    edge = np.zeros((12, 12, 1), np.float32)
    edge[:, 6:] = 1.0
    got = ffmpeg.swscale_lanczos(edge, 2)
    assert (got.min(), got.max()) == (0.0, 1.0)
    assert METHODS["swscale-lanczos"][0].clips


@pytest.mark.parametrize("name", ["hqx", "xbr", "epx"])
def test_pixel_art_keeps_colours_and_straightens_a_diagonal(name: str) -> None:
    """Flat areas keep their colour, and a staircase of two colours is not just larger pixels."""
    method, upsample = METHODS[f"ffmpeg-{name}"]
    steps = np.tril(np.ones((8, 8), np.float32))[:, :, None].repeat(3, axis=2)
    got = upsample(steps, 2)
    repeated = steps.repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(got[-4:, :4], repeated[-4:, :4])
    assert np.abs(got - repeated).max() > 0.2
    assert method.family == "pixel-art"


def test_epx_is_its_published_rule() -> None:
    """Each quarter of a pixel takes two equal neighbours' colour, unless three are equal."""
    image = (noise(9, 9, 1) > 0.5).astype(np.float32)
    got = ffmpeg.ffmpeg_epx(image, 2)[2:-2, 2:-2, 0]
    np.testing.assert_array_equal(got, _epx(image[:, :, 0])[2:-2, 2:-2])


def _epx(image: np.ndarray) -> np.ndarray:
    """E. Johnston's rule on the 4 neighbours, as the Scale2x of A. Mazzoleni writes it."""
    padded = np.pad(image, 1, mode="edge")
    up, down = padded[:-2, 1:-1], padded[2:, 1:-1]
    left, right = padded[1:-1, :-2], padded[1:-1, 2:]
    clear = (up != down) & (left != right)
    result = image.repeat(2, axis=0).repeat(2, axis=1)
    for (row, column), (a, b) in {
        (0, 0): (left, up),
        (0, 1): (up, right),
        (1, 0): (left, down),
        (1, 1): (down, right),
    }.items():
        result[row::2, column::2] = np.where(clear & (a == b), b, image)
    return result


def test_pixel_art_offers_the_scales_that_the_filters_have() -> None:
    """Filters hqx and xbr x2 to x4, epx x2 and x3; others are refused."""
    offered = {name: METHODS[f"ffmpeg-{name}"][0].scales for name in ("hqx", "xbr", "epx")}
    assert offered == {"hqx": (2, 3, 4), "xbr": (2, 3, 4), "epx": (2, 3)}
    with pytest.raises(UnsupportedScaleError, match="ffmpeg-epx offers x2, x3, not x4"):
        METHODS["ffmpeg-epx"][0].load(4)
