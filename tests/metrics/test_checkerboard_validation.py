"""The injection experiment: what the checkerboard level is worth on photographs.

Patterns of known amplitude are added to bicubic enlargements, and images without a pattern are
scored, both rounded to 8 bits as every output is.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from skimage import data

from upbench.benchmark.imaging.colour import luma
from upbench.benchmark.imaging.degrade import matlab_bicubic
from upbench.benchmark.imaging.resample import BICUBIC, BILINEAR, LANCZOS3, NEAREST, Kernel, resize
from upbench.benchmark.metrics.checkerboard import LatticeScore, lattice_score

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Plane = NDArray[np.float64]

AMPLITUDES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
PATTERNS = ("checker", "horizontal", "vertical", "overlap", "modulated")
PHOTOS = ("astronaut", "camera", "coffee", "chelsea", "rocket")
SIDE = 192
"""Of the crops: a multiple of 2, 3, 4 and 8."""


@cache
def photo(name: str) -> NDArray[np.uint8]:
    """Return the middle of a photograph's luma, uint8 ``(192, 192)``."""
    return middle(getattr(data, name)())


def middle(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the middle of an image's luma, as the protocols score it."""
    plane = pixels
    if pixels.ndim == 3:
        plane = np.rint(luma(pixels)).astype(np.uint8)
    top, left = ((side - SIDE) // 2 for side in plane.shape)
    return plane[top : top + SIDE, left : left + SIDE]


def enlarged(high: NDArray[np.uint8], scale: int, kernel: Kernel = BICUBIC) -> Plane:
    """Return the image reduced by bicubic and enlarged by a kernel, in grey levels."""
    low = matlab_bicubic(high[:, :, None], scale).astype(np.float32)
    return resize(low, scale, kernel)[:, :, 0].astype(np.float64) * 255


def pattern(kind: str, picture: Plane, scale: int) -> Plane:
    """Return a pattern of period ``scale`` with an RMS of 1, of the picture's shape."""
    i, j = (axis % scale for axis in np.ogrid[: picture.shape[0], : picture.shape[1]])
    one, other = (np.where(axis == 0, scale - 1.0, -1.0) for axis in (i, j))
    shape = picture.shape
    plain = {
        "checker": one * other,
        "horizontal": np.broadcast_to(one, shape),
        "vertical": np.broadcast_to(other, shape),
        "overlap": (1.0 + (i == 0)) * (1.0 + (j == 0)),
        "modulated": one * other * picture,
    }[kind]
    centred = plain - plain.mean()
    return centred / np.sqrt(np.mean(centred**2))


def score(output: Plane, scale: int, reference: Plane | NDArray[np.uint8]) -> LatticeScore:
    """Score an output after rounding it to 8 bits, borders shaved."""
    rounded = np.clip(np.rint(output), 0, 255)
    return lattice_score(rounded, scale, reference, data_range=255, border=scale)


def curve(high: NDArray[np.uint8], scale: int, kind: str) -> Plane:
    """Return the level of each amplitude."""
    clean = enlarged(high, scale)
    added = pattern(kind, clean, scale)
    return np.array([score(clean + a * added, scale, high).level_db for a in AMPLITUDES])


def decibels_per_decade(levels: Plane) -> float:
    """Fit the level over log10 of the amplitude, from 1 to 8 grey levels."""
    fitted = slice(AMPLITUDES.index(1.0), AMPLITUDES.index(8.0) + 1)
    return float(np.polyfit(np.log10(AMPLITUDES[fitted]), levels[fitted], 1)[0])


# ------------------------------------------------------------------ patterns that are added


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_levels_rank_and_follow_the_amplitude(scale: int) -> None:
    """Each curve rises from 0.5 grey levels on, at 20 dB per decade: the median within 5 %."""
    curves = [curve(photo(name), scale, kind) for name in PHOTOS for kind in PATTERNS]
    for levels in curves:
        assert (np.diff(levels[1:]) > 0).all(), levels  # Spearman's rank correlation is 1
        assert levels[0] <= levels[1]
    slopes = [decibels_per_decade(levels) for levels in curves]
    assert np.median(slopes) == pytest.approx(20, rel=0.05)


@pytest.mark.parametrize("kind", PATTERNS)
def test_half_a_grey_level_is_seen(kind: str) -> None:
    """From 0.5 grey levels, below what an eye sees, every photograph scores more than 1 dB."""
    for name in PHOTOS:
        for scale in (2, 3, 4):
            assert curve(photo(name), scale, kind)[1] > 1


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_public_images_rank_and_follow_the_amplitude(public_data: Path, scale: int) -> None:
    """The same on Set5 and Set14, for a plain and a modulated pattern."""
    curves = [
        curve(high, scale, kind)
        for high in public_images(public_data)
        for kind in ("overlap", "modulated")
    ]
    assert all((np.diff(levels[1:]) > 0).all() for levels in curves)
    slopes = [decibels_per_decade(levels) for levels in curves]
    assert np.median(slopes) == pytest.approx(20, rel=0.05)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_clean_public_images_are_clean(public_data: Path, scale: int) -> None:
    """HR images and the classical interpolators of Set5 and Set14 stay under 0.7 dB."""
    for high in public_images(public_data):
        for make in CLEAN.values():
            assert score(make(high, scale), scale, high).level_db < 0.7


def public_images(folder: Path) -> list[NDArray[np.uint8]]:
    """Return the middles of those of Set5 and Set14 that are large enough."""
    from PIL import Image

    files = [*sorted(Path(folder, "Set5").glob("*.*")), *sorted(Path(folder, "Set14").glob("*.*"))]
    pictures = [np.asarray(Image.open(file)) for file in files if file.suffix in {".png", ".bmp"}]
    large = [picture for picture in pictures if min(picture.shape[:2]) >= SIDE]
    assert len(large) >= 15
    return [middle(picture) for picture in large]


# ------------------------------------------------------------------ images without a pattern


def noisy(level: float) -> Callable[[NDArray[np.uint8], int], Plane]:
    """Add white noise of a level."""

    def make(high: NDArray[np.uint8], _scale: int) -> Plane:
        return high + np.random.default_rng(0).normal(0, level, high.shape)

    return make


def blurred(high: NDArray[np.uint8], _scale: int) -> Plane:
    """Blur with a Gaussian of one pixel."""
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(high.astype(np.float64), 1.0)


def jpeg(high: NDArray[np.uint8], _scale: int) -> Plane:
    """Compress as JPEG of quality 90."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(high).save(buffer, "JPEG", quality=90)
    return np.asarray(Image.open(buffer), dtype=np.float64)


def interpolated(kernel: Kernel) -> Callable[[NDArray[np.uint8], int], Plane]:
    """Reduce and enlarge by a kernel."""
    return lambda high, scale: enlarged(high, scale, kernel)


CLEAN: dict[str, Callable[[NDArray[np.uint8], int], Plane]] = {
    "HR": lambda high, _scale: high.astype(np.float64),
    "noise 2": noisy(2),
    "noise 10": noisy(10),
    "blur": blurred,
    "JPEG 90": jpeg,
    "nearest": interpolated(NEAREST),
    "bilinear": interpolated(BILINEAR),
    "bicubic": interpolated(BICUBIC),
    "Lanczos": interpolated(LANCZOS3),
}


@pytest.mark.parametrize("kind", CLEAN)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_clean_images_are_clean(kind: str, scale: int) -> None:
    """What has no checkerboard stays under 0.7 dB."""
    for name in PHOTOS:
        assert score(CLEAN[kind](photo(name), scale), scale, photo(name)).level_db < 0.7, name


# ------------------------------------------------------------------ invariances


@pytest.fixture(scope="module", params=[2, 3, 4])
def marked(request: pytest.FixtureRequest) -> tuple[int, Plane, Plane]:
    """Return a scale, an RGB photograph and its enlargement with a strong pattern."""
    scale = request.param
    pixels = data.chelsea()[50 : 50 + SIDE, 100 : 100 + SIDE]
    low = matlab_bicubic(pixels, scale).astype(np.float32)
    clean = resize(low, scale).astype(np.float64)
    weights = np.array([1.0, -0.5, 0.8])
    added = pattern("overlap", clean[..., 0], scale)[..., None] * weights
    return scale, pixels / 255, clean + 8 / 255 * added


def test_brightness_negation_and_channel_order(marked: tuple[int, Plane, Plane]) -> None:
    """None of them changes the level, nor does an offset of the output alone."""
    scale, high, output = marked
    level = lattice_score(output, scale, high).level_db
    assert level > 10
    for changed, truth in (
        (output + 0.2, high),
        (output - 0.1, high - 0.1),
        (1 - output, 1 - high),
        (output[..., [2, 0, 1]], high[..., [2, 0, 1]]),
    ):
        assert lattice_score(changed, scale, truth).level_db == pytest.approx(level, abs=1e-9)


@pytest.mark.parametrize("contrast", [0.5, 0.75, 0.9])
def test_contrast_shifts_the_level(marked: tuple[int, Plane, Plane], contrast: float) -> None:
    """The amplitude follows it exactly, the level by 20 log10, the share not at all."""
    scale, high, output = marked
    before = lattice_score(output, scale, high)
    after = lattice_score(contrast * output, scale, contrast * high)
    assert after.amplitude == pytest.approx(contrast * before.amplitude, rel=1e-9)
    shift = 20 * np.log10(contrast)
    assert after.level_db - before.level_db == pytest.approx(shift, abs=0.15)  # the "1 +" of 0 dB
    assert after.share == pytest.approx(before.share, rel=1e-9)


@pytest.mark.parametrize(
    "change",
    [
        np.flipud,
        np.fliplr,
        np.rot90,
        lambda image: image[1:, 3:],
        lambda image: image[:-5, 7:-3],
    ],
)
def test_flips_and_crops_hardly_matter(
    marked: tuple[int, Plane, Plane], change: Callable[[Plane], Plane]
) -> None:
    """The level changes by at most 0.1 dB, although the crops move the lattice."""
    scale, high, output = marked
    before, after = (
        lattice_score(np.ascontiguousarray(one), scale, np.ascontiguousarray(two)).level_db
        for one, two in ((output, high), (change(output), change(high)))
    )
    assert after == pytest.approx(before, abs=0.1)
