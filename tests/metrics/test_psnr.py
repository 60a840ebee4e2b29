"""PSNR: the grammar of the metrics, and the numbers of scikit-image."""

from __future__ import annotations

import math

import numpy as np
import pytest
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.core.errors import ImageError
from upbench.benchmark.metrics.psnr import psnr

RNG = np.random.default_rng(7)
PHOTO = data.astronaut()[100:221, 80:187] / 255
NOISY = np.clip(PHOTO + RNG.normal(0, 0.05, PHOTO.shape), 0, 1)


def test_it_fills_its_column() -> None:
    """The decorator states the column, the unit and the direction."""
    described = getattr(psnr, ATTRIBUTE)
    assert (described.name, described.unit, described.better) == ("psnr_db", "dB", "higher")
    assert described.signature.startswith(f"psnr|v{described.version}|")


def test_identical_images_give_infinity() -> None:
    """There is no stabiliser: no error means no bound."""
    assert psnr(PHOTO, PHOTO, 2) == math.inf


def test_it_is_symmetric() -> None:
    """Reference and output may change places."""
    assert psnr(PHOTO, NOISY, 2) == psnr(NOISY, PHOTO, 2)


def test_black_against_white_is_zero() -> None:
    """The largest possible error within the range is the lower bound, 0 dB."""
    assert psnr(np.zeros((4, 5)), np.ones((4, 5)), 2) == 0


@pytest.mark.parametrize("data_range", [1e-3, 255.0, 65535.0])
def test_it_does_not_depend_on_the_range(data_range: float) -> None:
    """The same pictures in other units have the same PSNR."""
    scaled = psnr(PHOTO * data_range, NOISY * data_range, 2, data_range=data_range)
    assert scaled == pytest.approx(psnr(PHOTO, NOISY, 2), abs=1e-9)


@pytest.mark.parametrize("channel", [0, slice(None)])
def test_it_matches_scikit_image(channel: int | slice) -> None:
    """Grey and colour agree with an independent implementation."""
    x, y = PHOTO[..., channel], NOISY[..., channel]
    assert psnr(x, y, 2) == pytest.approx(peak_signal_noise_ratio(x, y, data_range=1), abs=1e-9)


def test_channels_are_pooled_before_the_logarithm() -> None:
    """One wrong channel of three costs 10 log10(3) less than all of them, not a third."""
    x = np.zeros((8, 8, 3))
    y = x.copy()
    y[..., 0] = 0.1
    assert psnr(x, y, 2) == pytest.approx(20 + 10 * math.log10(3))


def test_one_channel_is_grey() -> None:
    """(H, W, 1) and (H, W) are the same picture."""
    assert psnr(PHOTO[..., :1], NOISY[..., :1], 2) == psnr(PHOTO[..., 0], NOISY[..., 0], 2)


@pytest.mark.parametrize("shape", [(5,), (0, 3), (2, 2, 2, 2)])
def test_it_must_be_an_image(shape: tuple[int, ...]) -> None:
    """What is no image is refused by its shape."""
    with pytest.raises(ImageError, match=r"must have shape \(H, W\) or \(H, W, C\), got \("):
        psnr(np.zeros(shape), np.zeros(shape), 2)
