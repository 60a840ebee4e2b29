"""SSIM: the grammar of the metrics, and the numbers of two independent implementations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.signal import correlate2d
from skimage import data
from skimage.metrics import structural_similarity

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.core.errors import MetricUndefinedError
from upbench.benchmark.metrics.ssim import ssim

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plane = NDArray[np.float64]

RNG = np.random.default_rng(7)
PHOTO = data.astronaut()[50:271, 80:187] / 255
NOISY = np.clip(PHOTO + RNG.normal(0, 0.05, PHOTO.shape), 0, 1)


def by_scikit_image(x: Plane, y: Plane) -> float:
    """Return scikit-image's value with the papers' settings; it crops to valid positions itself."""
    return structural_similarity(
        x,
        y,
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        channel_axis=2 if x.ndim == 3 else None,
    )


def by_definition(x: Plane, y: Plane) -> float:
    """Return Wang's equation 13 with one 2-D correlation per moment, at valid positions."""
    d = np.arange(-5, 6)
    window = np.exp(-(d[:, None] ** 2 + d**2) / (2 * 1.5**2))
    window /= window.sum()

    def mean(a: Plane) -> Plane:
        return correlate2d(a, window, mode="valid")

    mx, my = mean(x), mean(y)
    vx, vy, vxy = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    parts = (2 * mx * my + c1) * (2 * vxy + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    return parts.mean()


def test_it_fills_its_column() -> None:
    """The decorator states the column, the unit and the direction."""
    described = getattr(ssim, ATTRIBUTE)
    assert (described.name, described.unit, described.better) == ("ssim", "1", "higher")
    assert described.signature.startswith(f"ssim|v{described.version}|")


def test_identical_images_give_one() -> None:
    """Equal inputs reach the maximum."""
    assert ssim(PHOTO, PHOTO, 2) == pytest.approx(1, abs=1e-12)


def test_identical_constant_images_give_one() -> None:
    """The constants steady the division where there is no structure at all."""
    assert ssim(np.zeros((20, 20)), np.zeros((20, 20)), 2) == pytest.approx(1)


def test_it_is_symmetric() -> None:
    """Reference and output may change places."""
    assert ssim(PHOTO, NOISY, 2) == pytest.approx(ssim(NOISY, PHOTO, 2), abs=1e-14)


def test_it_is_bounded() -> None:
    """Noise lowers it, and an inverted texture makes it negative but not below -1."""
    texture = RNG.random((64, 64))
    assert ssim(PHOTO, NOISY, 2) < 1
    assert -1 <= ssim(texture, 1 - texture, 2) < 0


@pytest.mark.parametrize("data_range", [1e-3, 255.0, 65535.0])
def test_it_does_not_depend_on_the_range(data_range: float) -> None:
    """The same pictures in other units have the same SSIM."""
    scaled = ssim(PHOTO * data_range, NOISY * data_range, 2, data_range=data_range)
    assert scaled == pytest.approx(ssim(PHOTO, NOISY, 2), abs=1e-9)


@pytest.mark.parametrize("height", [11, 12, 18, 19, 96, 106, 107, 117, 221])
def test_it_matches_scikit_image(height: int) -> None:
    """Grey agrees to 1e-9, upright and lying, at sides around the borders of strips and blocks."""
    x, y = PHOTO[:height, :, 1], NOISY[:height, :, 1]
    expected = by_scikit_image(x, y)
    assert ssim(x, y, 2) == pytest.approx(expected, abs=1e-9)
    assert ssim(x.T, y.T, 2) == pytest.approx(expected, abs=1e-9)


def test_it_matches_the_definition() -> None:
    """A direct 2-D correlation with the whole window gives the same number."""
    x, y = PHOTO[..., 0], NOISY[..., 0]
    assert ssim(x, y, 2) == pytest.approx(by_definition(x, y), abs=1e-9)


def test_channels_are_averaged() -> None:
    """Colour is the mean of its channels, as in scikit-image."""
    each = [ssim(PHOTO[..., c], NOISY[..., c], 2) for c in range(3)]
    assert ssim(PHOTO, NOISY, 2) == pytest.approx(np.mean(each), abs=1e-12)
    assert ssim(PHOTO, NOISY, 2) == pytest.approx(by_scikit_image(PHOTO, NOISY), abs=1e-9)


def test_one_channel_is_grey() -> None:
    """(H, W, 1) and (H, W) are the same picture."""
    assert ssim(PHOTO[..., :1], NOISY[..., :1], 2) == ssim(PHOTO[..., 0], NOISY[..., 0], 2)


def test_it_needs_an_image_as_large_as_the_window() -> None:
    """Below 11 pixels there is no value, and the reason says what was given."""
    small = np.zeros((10, 40))
    with pytest.raises(
        MetricUndefinedError, match=r"^ssim needs at least 11 x 11 pixels, got 10 x 40\.$"
    ):
        ssim(small, small, 2)
