"""What samples are scored by: lattice energy, azimuthal spectra, sliced Wasserstein, Fréchet.

All compare a set of samples with a set of real images, both uint8 ``(N, C, 32, 32)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Images8 = NDArray[np.uint8]

__all__ = [
    "frechet",
    "lattice_db",
    "lattice_power",
    "line_mask",
    "mean_spectrum",
    "phase_means",
    "projections",
    "sliced_wasserstein",
    "spectral_db",
]

QUANTISATION = 1 / 12
"""Variance of rounding to 8 bits, in squared grey levels: weaker lines are as good as none."""
TAPS = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
"""Burt and Adelson's filter of the Laplacian pyramid."""
PATCH = 7
"""Side of the patches of the sliced Wasserstein distance (Karras et al. 2018, section 5)."""
PER_IMAGE = 32
"""Patches an image."""
DIRECTIONS = 128
"""Directions that patches are projected on."""
LEAST_LEVEL = 16
"""Side of the smallest level of the pyramid."""


def mean_spectrum(images: Images8) -> Floats:
    """Return the mean power of each frequency over images and channels, in squared grey levels.

    Returns:
        ``(32, 32)``, frequency 0 first; they add up to the mean square of the pixels (Parseval).
    """
    transformed = np.fft.fft2(images.astype(np.float32))
    power: Floats = (np.abs(transformed / images[0, 0].size) ** 2).mean(axis=(0, 1))
    return power


def line_mask(side: int, period: int) -> NDArray[np.bool_]:
    """Return which frequencies are a period's own: multiples of 1 / period but not of 2 / period.

    A pattern that repeats every ``period`` pixels has its energy on them, and on the lines of half
    the period, which a later stage makes as well.
    """
    steps = np.arange(side)
    own, later = steps % (side // period) == 0, steps % (2 * side // period) == 0
    mask: NDArray[np.bool_] = np.outer(own, own) & ~np.outer(later, later)
    return mask


def lattice_power(spectrum: Floats, period: int) -> float:
    """Return the energy on a period's own lines, in squared grey levels.

    It is the mean square of the part of the images that repeats with this period and no shorter
    one.
    """
    return float(spectrum[line_mask(len(spectrum), period)].sum())


def lattice_db(samples: Floats, real: Floats, period: int) -> float:
    """Return the lattice energy of a mean spectrum against a real one, in dB; 0 is as much."""
    powers = (lattice_power(one, period) + QUANTISATION for one in (samples, real))
    return 10 * float(np.log10(next(powers) / next(powers)))


def phase_means(images: Images8, period: int = 2) -> Floats:
    """Return the mean of each phase of a period over all images, ``(period, period)``."""
    mean = images.mean(axis=(0, 1), dtype=np.float64)
    cells = mean.reshape(len(mean) // period, period, -1, period)
    means: Floats = cells.mean(axis=(0, 2))
    return means


def azimuthal(spectrum: Floats) -> Floats:
    """Return the mean power of each ring of frequencies, from 1 to the Nyquist frequency.

    R. Durall, M. Keuper and J. Keuper, "Watch your Up-Convolution: CNN Based Generative Deep
    Neural Networks are Failing to Reproduce Spectral Distributions", CVPR 2020, section 3.
    """
    steps = np.fft.fftfreq(len(spectrum), 1 / len(spectrum))
    radius = np.rint(np.hypot(steps[:, None], steps)).astype(int)
    rings = range(1, len(spectrum) // 2 + 1)
    return np.array([spectrum[radius == ring].mean() for ring in rings])


def spectral_db(samples: Floats, real: Floats) -> float:
    """Return the mean absolute distance of two azimuthal spectra over the rings, in dB."""
    small = QUANTISATION / samples.size
    logs = [10 * np.log10(azimuthal(one) + small) for one in (samples, real)]
    return float(np.abs(logs[0] - logs[1]).mean())


def sliced_wasserstein(samples: list[Floats], real: list[Floats]) -> float:
    """Return the sliced Wasserstein distance, times 1000, the mean over the pyramid's levels.

    T. Karras, T. Aila, S. Laine and J. Lehtinen, "Progressive Growing of GANs for Improved
    Quality, Stability, and Variation", ICLR 2018, section 5; with 32 patches an image and 128
    directions.

    Args:
        samples: As :func:`projections` gives it.
        real: The same, of as many images.
    """
    levels = [np.abs(one - other).mean() for one, other in zip(samples, real, strict=True)]
    return 1000 * float(np.mean(levels))


def projections(images: Images8) -> list[Floats]:
    """Return the sorted projections of patches on random directions, for each pyramid level.

    Patches are normalised by each channel's mean and deviation.  Places and directions are the
    same for every set of as many images.
    """
    random = np.random.default_rng(0)
    found = []
    for level in _laplacian(images.astype(np.float32)):
        patches = _patches(level, random)
        axes = random.standard_normal((patches.shape[1], DIRECTIONS)).astype(np.float32)
        axes /= np.linalg.norm(axes, axis=0)
        found.append(np.sort(patches @ axes, axis=0))
    return found


def _laplacian(images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return the levels of the Laplacian pyramid, the finest first; the last is what is left."""
    from scipy.ndimage import convolve1d

    levels = []
    while images.shape[-1] > LEAST_LEVEL:
        low = images
        for axis in (2, 3):
            low = convolve1d(low, TAPS, axis, mode="mirror")
        low = low[:, :, ::2, ::2]
        up = np.zeros_like(images)
        up[:, :, ::2, ::2] = low
        for axis in (2, 3):
            up = convolve1d(up, 2 * TAPS, axis, mode="mirror")
        levels.append(images - up)
        images = low
    return [*levels, images]


def _patches(images: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.float32]:
    """Return patches at random places as rows, normalised by channel."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (PATCH, PATCH), (2, 3))
    number, places = len(images), windows.shape[2]
    tops, lefts = random.integers(places, size=(2, number, PER_IMAGE))
    chosen = windows[np.arange(number)[:, None], :, tops, lefts].reshape(
        -1, *windows.shape[1:2], PATCH**2
    )
    centred = chosen - chosen.mean(axis=(0, 2), keepdims=True)
    deviation = chosen.std(axis=(0, 2), keepdims=True)
    normal: NDArray[np.float32] = centred / np.maximum(deviation, 1e-8)
    return normal.reshape(len(normal), -1)


def frechet(samples: Floats, real: Floats) -> float:
    """Return the Fréchet distance of two sets of features, as of two normal distributions.

    M. Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
    Equilibrium", NeurIPS 2017, equation 6.  The trace of the root of the product of the
    covariances is the sum of the roots of its eigenvalues.

    Args:
        samples: ``(N, F)``.
        real: ``(M, F)``.
    """
    means, covariances = zip(
        *((one.mean(axis=0), np.cov(one, rowvar=False)) for one in (samples, real)), strict=True
    )
    apart = float(((means[0] - means[1]) ** 2).sum())
    roots = np.sqrt(np.linalg.eigvals(covariances[0] @ covariances[1]).real.clip(0)).sum()
    traces = float(np.trace(covariances[0]) + np.trace(covariances[1]))
    return max(0.0, apart + traces - 2 * float(roots))
