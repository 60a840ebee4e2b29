"""Sub-pixel shift: known translations of photographs, after an enlargement that blurs them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from skimage import data

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.core.errors import MetricUndefinedError
from upbench.benchmark.metrics.shift import registration_offset, shift

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plane = NDArray[np.float64]

RNG = np.random.default_rng(7)
SIDE = 480  # divisible by 2, 3 and 4
PHOTOS = {
    "camera": data.camera()[:SIDE, :SIDE] / 255,
    "astronaut": data.astronaut()[:SIDE, :SIDE] @ [0.299, 0.587, 0.114] / 255,
}
OFFSETS = [(0, 0), (0.01, 0), (0, -0.01), (0.25, 0.5), (1.5, -0.7), (-2, 2)]


def moved(photo: Plane, dy: float, dx: float) -> Plane:
    """Move the content down and right by the Fourier shift theorem.

    The mirrored image is periodic without a seam, so nothing rings at the borders; the highest
    frequencies, for which a fraction of a pixel has no meaning, are removed.
    """
    height, width = photo.shape
    tile = np.block([[photo, photo[:, ::-1]], [photo[::-1], photo[::-1, ::-1]]])
    fy, fx = np.fft.fftfreq(2 * height)[:, None], np.fft.fftfreq(2 * width)
    turn = np.exp(-2j * np.pi * (fy * dy + fx * dx)) * (np.hypot(fy, fx) < 0.45)
    return np.fft.ifft2(np.fft.fft2(tile) * turn).real[:height, :width]


def enlarged(photo: Plane, scale: int, interpolation: int = cv2.INTER_CUBIC) -> Plane:
    """Shrink by cell means and enlarge again: blurred and partly aliased, but in place."""
    small = cv2.resize(photo, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
    return cv2.resize(small, photo.shape[::-1], interpolation=interpolation)


def align_corners(photo: Plane, scale: int) -> Plane:
    """Enlarge with the corner samples of both grids on top of each other."""
    small = cv2.resize(photo, None, fx=1 / scale, fy=1 / scale, interpolation=cv2.INTER_AREA)
    high, low = photo.shape[0], small.shape[0]
    at = np.linspace(0, low - 1, high)
    weights = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(low)))
    return weights @ small @ weights.T


def test_it_fills_its_column() -> None:
    """The decorator states the column, the unit and the direction."""
    described = getattr(shift, ATTRIBUTE)
    assert (described.name, described.unit, described.better) == ("shift_px", "px", "lower")
    assert described.signature.startswith(f"shift|v{described.version}|")


def test_identical_images_are_in_place() -> None:
    """Equal inputs have no offset at all."""
    assert registration_offset(PHOTOS["camera"], PHOTOS["camera"], 2) == (0, 0)


@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("photo", PHOTOS)
def test_a_known_shift_is_found_to_a_hundredth(
    photo: str, scale: int, offset: tuple[float, float]
) -> None:
    """A bicubic enlargement of a moved photograph is as far off as the photograph was."""
    reference = moved(PHOTOS[photo], 0, 0)
    output = enlarged(moved(PHOTOS[photo], *offset), scale)
    assert registration_offset(reference, output, scale) == pytest.approx(offset, abs=0.01)


@pytest.mark.parametrize("interpolation", [cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_LANCZOS4])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_symmetric_kernels_do_not_move_the_picture(scale: int, interpolation: int) -> None:
    """Blur and steps that are symmetric about the half-pixel grid cost less than 0.01 px."""
    for photo in PHOTOS.values():
        assert shift(photo, enlarged(photo, scale, interpolation), scale) < 0.01


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_asymmetric_sampling_is_half_a_cell_less_half_a_pixel(scale: int) -> None:
    """Repeating from the corner of a cell sampled at its corner moves by (scale - 1) / 2."""
    photo = moved(PHOTOS["astronaut"], 0, 0)
    smooth = cv2.GaussianBlur(photo, (0, 0), scale)
    output = smooth[::scale, ::scale].repeat(scale, 0).repeat(scale, 1)
    expected = (scale - 1) / 2
    assert registration_offset(smooth, output, scale) == pytest.approx([expected] * 2, abs=0.01)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_align_corners_is_a_stretch_and_no_translation(scale: int) -> None:
    """Its ends move in opposite directions, by up to (scale - 1) / 2 px; the centre stays."""
    for photo in PHOTOS.values():
        assert shift(photo, align_corners(photo, scale), scale) < 0.01


def test_it_changes_sign_when_the_images_change_places() -> None:
    """Only the length is symmetric, and only as far as the estimate goes."""
    x, y = (moved(PHOTOS["camera"], *offset) for offset in [(0, 0), (0.3, -0.6)])
    forth, back = registration_offset(x, y, 2), registration_offset(y, x, 2)
    assert forth == pytest.approx(np.negative(back), abs=0.005)
    assert shift(x, y, 2) == pytest.approx(math.hypot(0.3, 0.6), abs=0.005)


@pytest.mark.parametrize("data_range", [1e-3, 255.0])
def test_it_does_not_depend_on_the_range(data_range: float) -> None:
    """The same pictures in other units have the same offset."""
    x, y = PHOTOS["camera"], moved(PHOTOS["camera"], 0.3, -0.6)
    scaled = registration_offset(x * data_range, y * data_range, 2, data_range=data_range)
    assert scaled == pytest.approx(registration_offset(x, y, 2), abs=1e-9)


def test_brightness_and_contrast_do_not_matter() -> None:
    """A faded, brighter output is as far off as the output itself."""
    x, y = PHOTOS["camera"], moved(PHOTOS["camera"], 0.3, -0.6)
    plain = registration_offset(x, y, 2)
    assert registration_offset(x, 0.4 * y + 0.3, 2) == pytest.approx(plain, abs=1e-3)


def test_channels_are_averaged() -> None:
    """Colour registers like the mean of its channels, (H, W, 1) like (H, W)."""
    colour = data.astronaut()[:96, :90] / 255
    other = np.roll(colour, 1, axis=0)
    grey = registration_offset(colour.mean(axis=2), other.mean(axis=2), 2)
    assert registration_offset(colour, other, 2) == pytest.approx(grey, abs=1e-12)
    one = registration_offset(colour[..., :1], other[..., :1], 2)
    assert one == registration_offset(colour[..., 0], other[..., 0], 2)


@pytest.mark.parametrize("side", [16, 31, 32, 65])
def test_small_images_are_registered_too(side: int) -> None:
    """The offset is found from 16 pixels per side on."""
    x, y = (
        moved(PHOTOS["astronaut"], *offset)[60 : 60 + side, 200:230] for offset in [(0, 0), (1, -1)]
    )
    assert registration_offset(x, y, 2) == pytest.approx((1, -1), abs=0.01)


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(np.full((64, 64), 0.5), id="constant"),
        pytest.param(np.add.outer(np.arange(64), np.arange(64)) / 126, id="ramp"),
        pytest.param(np.tile(np.sin(np.arange(64) / 4), (64, 1)), id="stripes"),
    ],
)
def test_without_texture_there_is_no_offset(picture: Plane) -> None:
    """Where moving the picture changes nothing, or only its brightness, nothing is made up."""
    with pytest.raises(
        MetricUndefinedError,
        match=r"^shift_px needs texture in both directions; the reference has an RMS gradient of "
        r"\S+ per pixel along its weakest direction, the minimum is 3e-05\.$",
    ):
        registration_offset(picture, picture, 2)


def test_an_output_without_texture_has_no_offset() -> None:
    """A constant output is reported as such, not as in place."""
    with pytest.raises(MetricUndefinedError, match=r"both directions; the output has an RMS"):
        registration_offset(PHOTOS["camera"], np.full((SIDE, SIDE), 0.5), 2)


def test_unrelated_pictures_have_no_offset() -> None:
    """Where no translation fits, the metric says so."""
    x, y = RNG.random((2, 128, 128))
    with pytest.raises(MetricUndefinedError, match=r"^shift_px found no translation"):
        registration_offset(x, y, 2)


def test_it_needs_sixteen_pixels() -> None:
    """Below that there is no value, and the reason says what was given."""
    small = np.zeros((40, 15))
    with pytest.raises(MetricUndefinedError, match=r"at least 16 x 16 pixels, got 40 x 15\.$"):
        registration_offset(small, small, 2)
