"""Every method's call in its library gives the pixels that the method gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from upbench.benchmark.core.sizes import Ratio
from upbench.benchmark.core.snippets import at_scale, run_snippet
from upbench.benchmark.imaging.colour import rgb_to_ycbcr, ycbcr_to_rgb
from upbench.benchmark.imaging.pixels import eight_bit_call
from upbench.benchmark.imaging.resample import resize
from upbench.benchmark.registry.catalog import collect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Scale

METHODS = collect().methods
STATED = [name for name, method in METHODS.items() if method.snippet]


def pixels(height: int = 23, width: int = 31) -> NDArray[np.uint8]:
    """Return uint8 RGB noise that holds 0 and 255."""
    levels = np.random.default_rng(3).integers(0, 256, (height, width, 3)).astype(np.uint8)
    levels[0, 0], levels[-1, -1] = 0, 255
    return levels


def test_every_interpolation_of_a_library_says_how_to_call_it() -> None:
    """OpenCV's, Pillow's, PyTorch's, scikit-image's, SciPy's and our own resampler's do."""
    libraries = ("opencv", "pillow", "torch", "skimage", "scipy")
    usual = {name for name, method in METHODS.items() if method.default}
    assert {name for name in usual if name.split("-")[0] in libraries} <= set(STATED)
    assert {"nearest", "bilinear", "bicubic", "lanczos3", "mitchell", "hermite"} <= set(STATED)


@pytest.mark.parametrize("scale", [2, 3, Ratio(3, 2), Ratio(8, 3), Ratio(1, 2)])
@pytest.mark.parametrize("name", STATED)
def test_a_snippet_gives_the_methods_pixels(name: str, scale: Scale) -> None:
    """Run as it is copied, it equals the 8-bit call that is timed; conversions round within 1."""
    method, low = METHODS[name], pixels() if isinstance(scale, int) else pixels(24, 30)
    value: Any = run_snippet(at_scale(method.snippet, scale), low, scale)
    expected = eight_bit_call(method, method.load(scale), scale)(low)
    assert value.dtype == expected.dtype == np.uint8
    allowed = 0 if method.library_8bit or method.eight_bit else 1
    assert np.abs(value.astype(int) - expected).max() <= allowed


@pytest.mark.parametrize(
    "name", [name for name, method in METHODS.items() if method.library_8bit is not None]
)
def test_a_librarys_8bit_path_is_the_scored_method_within_rounding(name: str) -> None:
    """Where no overshoot is clipped between the axes, it is the same kernel, within 1.5 levels."""
    method = METHODS[name]
    low = (pixels() // 3 + 80).astype(np.uint8)
    exact = 255 * method.load(2)((low / 255).astype(np.float32))
    assert np.abs(eight_bit_call(method, method.load(2), 2)(low) - exact).max() < 1.5


def test_grey_pixels_keep_their_one_channel() -> None:
    """An 8-bit path takes (H, W, 1) as well."""
    for name in ("opencv-cubic", "pillow-bicubic", "torch-bicubic", "scipy-zoom-order1", "bicubic"):
        method = METHODS[name]
        assert eight_bit_call(method, method.load(2), 2)(pixels()[:, :, :1]).shape == (46, 62, 1)


def test_a_method_of_luma_gets_luma_and_chroma_goes_by_bicubic() -> None:
    """The whole call equals the protocols' luma rule in float64, within a level."""
    method, low = METHODS["cnn-subpixel-conv"], pixels()
    upsampler = method.load(2)
    ycbcr = rgb_to_ycbcr(low / 255)
    luma = upsampler(ycbcr[:, :, :1].astype(np.float32))
    large = np.concatenate([luma, resize(ycbcr[:, :, 1:], 2)], axis=2)
    expected = (255 * ycbcr_to_rgb(large)).clip(0, 255)
    output = eight_bit_call(method, upsampler, 2)(low)
    assert output.dtype == np.uint8
    assert np.abs(output - expected).max() < 0.51


def test_the_scale_is_written_out_where_it_is_a_word() -> None:
    """`scale_factor` is another word."""
    assert at_scale("f(image, scale_factor=scale)", 3) == "f(image, scale_factor=3)"


@pytest.mark.parametrize("name", ["pillow-bicubic", "skimage-order1"])
def test_a_size_at_a_fraction_is_whole_and_rounded_up(name: str) -> None:
    """Pillow refused 31 * 1.5; the method makes 47 of it."""
    call = at_scale(METHODS[name].snippet, Ratio(3, 2))
    assert "-(-image.shape[0] * 3 // 2)" in call
    assert run_snippet(call, pixels(), Ratio(3, 2)).shape == (35, 47, 3)
