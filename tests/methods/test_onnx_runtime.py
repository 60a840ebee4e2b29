"""ONNX Runtime's Resize against brute force, OpenCV, Pillow and PyTorch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from claims import check_claim, methods_of, need, positions
from random_images import noise

from upbench.methods import onnx_runtime, opencv, pillow, pytorch

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.core.upsampler import Method

METHODS = methods_of(onnx_runtime)
KERNELS = [name for name in METHODS if "nearest" not in name]
NEAREST = [name for name in METHODS if "nearest" in name]
ROUNDED = {
    "nearest, rounded down": np.floor,
    "nearest, rounded up": np.ceil,
    "nearest, halves down": lambda u: np.ceil(u - 0.5),
    "nearest, halves up": lambda u: np.floor(u + 0.5),
}
SAME_PIXELS = {
    "onnx-linear": opencv.opencv_linear,
    "onnx-linear-align-corners": pytorch.torch_bilinear_align_corners,
    "onnx-cubic": opencv.opencv_cubic,
    "onnx-cubic-align-corners": pytorch.torch_bicubic_align_corners,
    "onnx-keys-exclude": pillow.pillow_bicubic,
    "onnx-nearest": pytorch.torch_nearest_exact,
    "onnx-nearest-asymmetric-floor": pytorch.torch_nearest,
}


@pytest.fixture(autouse=True)
def _installed() -> None:
    need("onnxruntime")
    need("onnx")


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("shape", [(37, 40, 3), (5, 1, 1)])
def test_the_metadata_are_true(name: str, scale: int, shape: tuple[int, ...]) -> None:
    """Kernel, grid and edge rule as stated give the pixels, to float32 positions."""
    check_claim(METHODS[name], noise(*shape), scale)


@pytest.mark.parametrize("name", NEAREST)
@pytest.mark.parametrize("scale", [2, 3, 4, 7])
def test_nearest_rounds_as_stated(name: str, scale: int) -> None:
    """Each output pixel is the input pixel that the stated rounding of its position gives."""
    method, upsample = METHODS[name]
    row = np.arange(31, dtype=np.float32)[None, :, None]
    at = positions(method.sampling, 31, scale)
    rule = ROUNDED.get(method.kernel) or _plain(method)
    clear = np.abs(at * 2 - np.round(at * 2)) > 1e-4  # not where the last bit of float32 decides
    clear |= np.isclose(at * scale, np.round(at * scale)) & (scale in {2, 4})
    expected = np.clip(rule(at), 0, 30)
    np.testing.assert_array_equal(upsample(row, scale)[0, clear, 0], expected[clear])


def _plain(method: Method) -> Callable[[Any], Any]:
    """Return how plain "nearest" rounds: floor(j / s), or the pixel that lies closest."""
    return np.floor if method.sampling == "asymmetric" else ROUNDED["nearest, halves down"]


@pytest.mark.parametrize("name", SAME_PIXELS)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_equals_another_library(name: str, scale: int) -> None:
    """To 1e-4 grey levels of [0, 1] pixels, borders included: a port changes nothing."""
    image = noise(33, 29, 3)
    got, other = METHODS[name][1](image, scale), SAME_PIXELS[name](image, scale)
    np.testing.assert_allclose(255 * got, 255 * other, rtol=0, atol=2e-3)


def test_the_default_cubic_is_opencvs_and_pytorchs_inside() -> None:
    """With no attribute set a = -0.75: 1e-4 levels of 255 from both, four pixels inside."""
    image, inside = noise(24, 24, 1), (slice(8, -8),) * 2
    got = 255 * onnx_runtime.onnx_cubic(image, 2)[inside]
    for other in (opencv.opencv_cubic, pytorch.torch_bicubic):
        np.testing.assert_allclose(got, 255 * other(image, 2)[inside], rtol=0, atol=1e-4)


def test_exclude_outside_and_a_are_all_that_separates_it_from_pillow() -> None:
    """Each attribute alone is not Pillow's bicubic; both are."""
    image = noise(20, 20, 1)
    expected = pillow.pillow_bicubic(image, 2)
    apart = {
        name: np.abs(METHODS[name][1](image, 2) - expected).max()
        for name in ("onnx-cubic", "onnx-cubic-exclude", "onnx-keys", "onnx-keys-exclude")
    }
    assert {name for name, most in apart.items() if most < 1e-6} == {"onnx-keys-exclude"}
    assert sorted(apart.values())[1] > 0.01


@pytest.mark.parametrize("name", [n for n, (m, _) in METHODS.items() if m.library_8bit])
def test_eight_bits_cut_fractions_off(name: str) -> None:
    """The uint8 path is the float path rounded down; with antialiasing it is rounded."""
    method, upsample = METHODS[name]
    levels = (255 * noise(17, 12, 3)).round().astype(np.uint8)
    assert method.library_8bit is not None
    got = method.library_8bit(levels, 2)
    exact = 255.0 * upsample(levels / np.float32(255), 2).astype(np.float64)
    assert got.dtype == np.uint8
    if "antialias" in name:
        assert np.abs(got - exact).max() < 1.001  # half a level after each axis, and float32
    else:
        # float32 positions decide where a result is a whole level
        assert np.all((np.floor(exact - 0.01) <= got) & (got <= np.floor(exact + 0.01)))


def test_the_cubic_has_no_eight_bit_path() -> None:
    """ONNX Runtime refuses to resize uint8 with the cubic, so the metadata offer no such path."""
    assert all(METHODS[n][0].library_8bit is None for n in KERNELS if "linear" not in n)
