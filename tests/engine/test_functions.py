"""``upbench.upscale``, ``psnr`` and ``ssim``: functions of images in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from model_files import SubPixel, made
from PIL import Image
from skimage import data

import upbench
from upbench.benchmark.core.errors import ImageError, UsageError

COFFEE = data.coffee()[100:148, 200:260]


@pytest.mark.parametrize(
    "image",
    [
        COFFEE,
        COFFEE[:, :, 0],
        COFFEE[:, :, :1],
        COFFEE / 255,
        (COFFEE / 255).astype(np.float32),
        COFFEE.astype(np.uint16) * 257,
        np.dstack([COFFEE, COFFEE[:, :, :1]]),
    ],
    ids=["uint8", "grey", "grey of one channel", "float64", "float32", "uint16", "alpha"],
)
def test_an_image_comes_back_as_it_was_given(image: Any) -> None:
    """Its dtype, its axes and its range."""
    larger = upbench.upscale(image, "nearest", 2)
    assert larger.dtype == image.dtype
    colour = slice(None) if image.ndim == 2 else slice(0, 3)
    expected = image.repeat(2, axis=0).repeat(2, axis=1)
    if image.ndim == 3 and image.shape[2] == 4:  # hidden colours are not compared
        larger, expected = larger[:, :, colour], expected[:, :, colour]
        visible = image[:, :, 3].repeat(2, axis=0).repeat(2, axis=1) == 255
        larger, expected = larger[visible], expected[visible]
    np.testing.assert_allclose(larger, expected, rtol=1e-6)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1"])
def test_a_pillow_image_comes_back_as_one(mode: str) -> None:
    """A palette becomes colours."""
    larger = upbench.upscale(Image.fromarray(COFFEE).convert(mode), made(SubPixel, channels=3), 2)
    assert isinstance(larger, Image.Image)
    assert larger.size == (120, 96)


def test_a_pillow_image_keeps_its_colour_profile() -> None:
    """Its colours are others without it; a profile of inks is none of RGB."""
    image = Image.fromarray(COFFEE)
    for mode, kept in (("RGB", b"profile"), ("P", b"profile"), ("CMYK", None)):
        given = image.convert(mode)
        given.info["icc_profile"] = b"profile"
        assert upbench.upscale(given, "nearest").info.get("icc_profile") == kept


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ([[1, 2], [3]], "A list like this is no image; expected a numpy array or a Pillow"),
        (torch.zeros(4, 4, requires_grad=True), "of a tensor, tensor.detach().cpu().numpy()."),
        (np.zeros((3,)), "An image has shape (H, W) or (H, W, C)"),
        (np.zeros((4, 4, 5)), "An image has shape (H, W) or (H, W, C)"),
        (np.zeros((4, 4), dtype=np.int64), "An image is uint8, uint16 or float in [0, 1]"),
        (np.full((4, 4), 255.0), "A float image has values in [0, 1]; got 255 to 255"),
        (np.full((4, 4), np.nan), "A float image has values in [0, 1]; got some that are NaN"),
        (np.full((4, 4), 1.1), "got 1.1 to 1.1: divide it by its white, or clip it."),
    ],
)
def test_what_is_no_image_is_refused(image: Any, problem: str) -> None:
    """What, expected, got."""
    with pytest.raises(ImageError) as caught:
        upbench.upscale(image, "nearest")
    assert problem in str(caught.value)


def test_a_scale_or_several_methods_that_do_not_fit_are_refused() -> None:
    """One method, one whole factor, of any type: a table holds it as numpy's."""
    for whole in (np.int64(2), 2.0):
        assert upbench.upscale(COFFEE, "nearest", whole).shape == (96, 120, 3)
    with pytest.raises(UsageError, match="The scale is a whole factor from 2 to 16; got True"):
        upbench.upscale(COFFEE, "nearest", scale=True)
    with pytest.raises(UsageError, match=r"The scale is a whole factor from 2 to 16; got 1\.5"):
        upbench.upscale(COFFEE, "nearest", 1.5)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="One method enlarges an image"):
        upbench.upscale(COFFEE, "opencv-*")


def test_psnr_and_ssim_take_whole_levels_and_a_border() -> None:
    """White is that of the dtype; the border is cut off."""
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    noisy = COFFEE.copy()
    noisy[0, 0] = 255 - noisy[0, 0]
    noisy[10:20, 10:20, 1] //= 2
    assert upbench.psnr(COFFEE, noisy) == pytest.approx(peak_signal_noise_ratio(COFFEE, noisy))
    inner = (slice(3, -3), slice(3, -3))
    expected = structural_similarity(
        COFFEE[inner][:, :, 1],
        noisy[inner][:, :, 1],
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    got = upbench.ssim(COFFEE[:, :, 1], noisy[:, :, 1], border=3)
    assert got == pytest.approx(expected, abs=1e-9)
    with pytest.raises(ImageError, match="One image is uint8, the other float64"):
        upbench.psnr(COFFEE, noisy / 255)
    flat = COFFEE[:, 0, 0]
    for shapes in ((COFFEE, COFFEE[:, :, 0]), (flat, flat), (COFFEE, flat)):
        with pytest.raises(ImageError, match="expected one shape for both, "):
            upbench.psnr(*shapes)
    with pytest.raises(UsageError, match="A border of 24 leaves nothing"):
        upbench.psnr(COFFEE, noisy, border=24)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"border": 1.5}, "border takes a whole number from 0 up; got 1.5."),
        ({"border": None}, "border takes a whole number from 0 up; got None."),
        ({"border": -1}, "border takes a whole number from 0 up; got -1."),
        ({"data_range": "255"}, "data_range takes a number above 0; got '255'."),
        ({"data_range": 0}, "data_range must be a positive number, got 0"),
    ],
)
def test_a_border_or_a_range_that_is_none_is_refused(options: Any, problem: str) -> None:
    """A range of 0 is not the range of the dtype."""
    for function in (upbench.psnr, upbench.ssim):
        with pytest.raises(UsageError) as caught:
            function(COFFEE, COFFEE, **options)
        assert problem in str(caught.value)


def test_the_colours_of_a_palette_are_compared() -> None:
    """Not their places in it, which two images may share with all colours different."""
    image = Image.fromarray(COFFEE).convert("P", palette=Image.Palette.ADAPTIVE)
    other = image.copy()
    other.putpalette(bytes(255 - level for level in image.getpalette() or ()))
    expected = upbench.psnr(image.convert("RGB"), other.convert("RGB"))
    assert upbench.psnr(image, other) == expected < 20
