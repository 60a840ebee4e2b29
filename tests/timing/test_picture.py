"""The picture that methods are timed on."""

from __future__ import annotations

import numpy as np
import pytest

from upbench.benchmark.timing.picture import picture


@pytest.mark.parametrize("shape", [(64, 48, 3), (33, 31, 1), (1, 1, 3), (1, 9, 1)])
def test_picture_is_an_image(shape: tuple[int, int, int]) -> None:
    """It has the asked shape and what the contract says of every image, in 256 levels."""
    made = picture(*shape)
    assert made.shape == shape
    assert made.dtype == np.float32
    assert made.flags.c_contiguous
    assert made.min() >= 0.0
    assert made.max() <= 1.0
    assert np.allclose(made * 255, np.round(made * 255), atol=1e-4)


def test_picture_is_the_same_every_time() -> None:
    """Two processes are timed on the same pixels."""
    assert np.array_equal(picture(32, 32, 3), picture(32, 32, 3))


def test_amplitude_falls_as_in_natural_images() -> None:
    """The slope of amplitude over frequency is about -1 on logarithmic axes, and colours differ."""
    made = picture(256, 256, 3)
    amplitude = np.abs(np.fft.rfft2(made[:, :, 0] - made[:, :, 0].mean()))
    frequency = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.rfftfreq(256)[None])
    band = (frequency > 0.02) & (frequency < 0.4)
    slope = np.polyfit(np.log(frequency[band]), np.log(amplitude[band]), 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.1)
    assert not np.array_equal(made[:, :, 0], made[:, :, 1])
