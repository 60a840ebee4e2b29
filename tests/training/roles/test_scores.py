"""Scores of samples: each measures what it says, on images whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from upbench.benchmark.training.roles.generate.pictures import grid, spectra, walk
from upbench.benchmark.training.roles.generate.scores import (
    azimuthal,
    frechet,
    lattice_db,
    lattice_power,
    line_mask,
    mean_spectrum,
    phase_means,
    projections,
    sliced_wasserstein,
    spectral_db,
)

Images8 = NDArray[np.uint8]
PERIODS = (2, 4, 8, 16)


def flat(number: int = 3, level: int = 100) -> Images8:
    """Return flat grey images."""
    return np.full((number, 1, 32, 32), level, np.uint8)


def board(period: int, height: int = 20) -> Images8:
    """Return flat images of which one pixel in period x period is brighter."""
    images = flat()
    images[:, :, ::period, ::period] += np.uint8(height)
    return images


def noise(seed: int, number: int = 200, channels: int = 1) -> Images8:
    """Return images of noise."""
    shape = (number, channels, 32, 32)
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


@pytest.mark.parametrize("period", PERIODS)
def test_a_pattern_has_its_energy_on_its_own_lines_and_those_of_shorter_periods(
    period: int,
) -> None:
    """A period's power is the mean square of what repeats with it and with no shorter one."""
    spectrum = mean_spectrum(board(period))
    powers = {one: lattice_power(spectrum, one) for one in PERIODS}
    part = 20 / period**2
    square = 20 * part - part**2  # the pattern's variance
    assert sum(powers.values()) == pytest.approx(square, rel=1e-4)
    assert powers[period] > 0.7 * square
    assert all(powers[one] < 1e-6 for one in PERIODS if one > period)


def test_lines_of_all_periods_are_apart() -> None:
    """No frequency is counted twice, and none is frequency 0."""
    masks = sum(line_mask(32, period).astype(int) for period in PERIODS)
    assert masks.max() == 1
    assert masks[0, 0] == 0
    assert [int(line_mask(32, period).sum()) for period in PERIODS] == [3, 12, 48, 192]


def test_lattice_of_real_images_is_zero_decibel() -> None:
    """Twice the pattern is 6 dB more; none at all is down to rounding noise."""
    real = mean_spectrum(board(2))
    assert lattice_db(real, real, 2) == 0
    assert lattice_db(mean_spectrum(board(2, 40)), real, 2) == pytest.approx(6.0, abs=0.1)
    assert lattice_db(mean_spectrum(flat()), mean_spectrum(flat(level=9)), 2) == 0


def test_spectrum_adds_up_to_the_mean_square() -> None:
    """Parseval, over images and channels."""
    images = noise(0, channels=3)
    assert mean_spectrum(images).sum() == pytest.approx(
        (images.astype(float) ** 2).mean(), rel=1e-4
    )


def test_phase_means_are_those_of_the_pixels() -> None:
    """Of four phases one is brighter."""
    assert phase_means(board(2)).tolist() == [[120, 100], [100, 100]]
    assert np.ptp(phase_means(flat())) == 0


def test_azimuthal_average_of_white_noise_is_flat() -> None:
    """Each ring has the variance over the number of frequencies."""
    rings = azimuthal(mean_spectrum(noise(0)))
    assert len(rings) == 16
    assert rings == pytest.approx(np.full(16, (256**2 - 1) / 12 / 1024), rel=0.1)


def test_spectral_distance_is_in_decibel() -> None:
    """Half the contrast is 6 dB at each ring; the same images are none."""
    images = noise(0)
    half = (images // 2).astype(np.uint8)
    assert spectral_db(mean_spectrum(images), mean_spectrum(images)) == 0
    assert spectral_db(mean_spectrum(half), mean_spectrum(images)) == pytest.approx(6.0, abs=0.1)


def test_sliced_wasserstein_tells_other_textures() -> None:
    """Of two draws of one noise it is small, of a checkerboard in it large; of equal sets zero."""
    one, other = projections(noise(0)), projections(noise(1))
    dirty = (noise(1) // 2 + 60 * (np.indices((32, 32)).sum(axis=0) % 2)).astype(np.uint8)
    assert sliced_wasserstein(one, one) == 0
    same, apart = sliced_wasserstein(other, one), sliced_wasserstein(projections(dirty), one)
    assert 0 < same < apart / 3
    assert [len(level) for level in one] == [200 * 32] * 2


def test_sliced_wasserstein_of_flat_images_is_a_number() -> None:
    """Patches without contrast are not divided by zero."""
    assert sliced_wasserstein(projections(flat(200)), projections(flat(200, 7))) == 0


def test_frechet_distance_is_that_of_normal_distributions() -> None:
    """Shifted by m it is m squared; of diagonal covariances it is the squared distance of roots."""
    random = np.random.default_rng(0)
    features = random.normal(size=(4000, 5))
    features -= features.mean(axis=0)
    assert frechet(features, features) == pytest.approx(0, abs=1e-9)
    assert frechet(features + 2, features) == pytest.approx(20)
    own = np.linalg.cholesky(np.cov(features, rowvar=False))
    white = features @ np.linalg.inv(own).T
    assert frechet(3 * white, white) == pytest.approx(5 * (3 - 1) ** 2)


def test_frechet_distance_equals_scipys_root_of_a_matrix() -> None:
    """The formula as Heusel et al. wrote it, with the root of the product of covariances."""
    from scipy.linalg import sqrtm

    random = np.random.default_rng(1)
    one = random.normal(size=(50, 6)) @ random.normal(size=(6, 6))
    other = random.normal(size=(70, 6)) @ random.normal(size=(6, 6)) + 1
    first, second = (np.cov(each, rowvar=False) for each in (one, other))
    apart = ((one.mean(axis=0) - other.mean(axis=0)) ** 2).sum()
    expected = apart + np.trace(first + second - 2 * sqrtm(first @ second).real)
    assert frechet(one, other) == pytest.approx(expected)


def test_pictures_have_their_shapes() -> None:
    """A grid has a border of one pixel; grey images make a grey picture."""
    assert grid(noise(0, 5), 3).shape == (2 * 33 + 1, 3 * 33 + 1)
    assert grid(noise(0, 5, 3), 3).shape == (2 * 33 + 1, 3 * 33 + 1, 3)
    assert grid(flat(1), 1)[1:-1, 1:-1].tolist() == flat(1)[0, 0].tolist()
    sheet = spectra([mean_spectrum(noise(0)), mean_spectrum(board(2))], PERIODS)
    assert sheet.shape == (32 * 9, 32 * 9 * 2 + 9, 3)
    assert sheet.dtype == np.uint8


def test_a_walk_stays_where_random_numbers_are() -> None:
    """Ends and middles have about the same length, and a row's ends are unlike."""
    numbers = walk(4, 9, 64).reshape(4, 9, 64)
    lengths = np.linalg.norm(numbers, axis=2)
    assert lengths.min() > 5
    assert lengths.max() < 11
    assert abs(np.corrcoef(numbers[0, 0], numbers[0, -1])[0, 1]) < 0.5
