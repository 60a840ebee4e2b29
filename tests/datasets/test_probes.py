"""The probes are what their formulas say."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from upbench.datasets.probes import SIZE, _formulas, draw, probes


def test_every_probe_is_an_image_of_eight_bit_values() -> None:
    """Each is float32, 256 x 256, and holds whole numbers / 255 only."""
    for item in pickle.loads(pickle.dumps(list(probes()))):  # noqa: S301 - our own bytes
        image = item.load()
        assert image.dtype == np.float32
        assert image.shape[:2] == (SIZE, SIZE)
        levels = np.rint(image * 255).astype(np.float32)
        np.testing.assert_array_equal(image, levels / np.float32(255))


def test_names_and_digests_are_unique() -> None:
    """No two probes share a name or their pixels."""
    items = probes()
    assert len({item.name for item in items}) == len({item.digest for item in items}) == 11


def test_no_value_is_near_a_rounding_tie() -> None:
    """A last-digit difference of some platform's cosine cannot change a pixel."""
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float64)
    for formula in _formulas().values():
        fraction = formula(x, y) % 1
        assert np.abs(fraction - 0.5).min() > 1e-9


def test_the_simple_ones() -> None:
    """Constant, ramps, step and impulse hold exactly what is stated."""
    levels = np.arange(256, dtype=np.float32) / np.float32(255)
    np.testing.assert_array_equal(draw("ramp-x")[7, :, 0], levels)
    np.testing.assert_array_equal(draw("ramp-y")[:, 7, 0], levels)
    assert np.unique(draw("constant")).tolist() == [np.float32(128 / 255)]
    step = draw("step")[9, :, 0] * 255
    assert step[[0, 127, 128, 255]].tolist() == [64, 64, 192, 192]
    impulse = draw("impulse")
    assert impulse.sum() == impulse[128, 128, 0] == 1


@pytest.mark.parametrize(
    ("name", "row", "column"),
    [("nyquist-x", 0, 128), ("nyquist-y", 128, 0), ("nyquist-checker", 128, 128)],
)
def test_gratings_hold_one_frequency(name: str, row: int, column: int) -> None:
    """All the power beside the mean is at the stated frequency."""
    spectrum = np.abs(np.fft.fft2(draw(name)[..., 0].astype(np.float64)))
    spectrum[0, 0] = 0
    assert np.unravel_index(spectrum.argmax(), spectrum.shape) == (row, column)
    assert spectrum[row, column] > 1e6 * np.sort(spectrum.ravel())[-2]


def test_the_zone_plate_reaches_nyquist_at_the_edge() -> None:
    """The phase step along a row grows from almost 0 to almost pi per pixel."""
    x = np.arange(SIZE) - (SIZE - 1) / 2
    steps = np.abs(np.diff(np.pi * x**2 / SIZE))
    assert steps.max() < np.pi
    assert steps.max() > 0.98 * np.pi
    row = draw("zone-plate")[128, :, 0] * 255
    expected = 127.5 + 127.5 * np.cos(np.pi * (x**2 + 0.25) / SIZE)
    np.testing.assert_allclose(row, expected, atol=0.5001)


def test_the_star_has_36_spokes() -> None:
    """Around a circle of 100 pixels there are 36 bright spokes; the centre is grey."""
    star = draw("siemens-star")[..., 0] * 255
    angles = np.arange(3600) / 3600 * 2 * np.pi
    rows = np.rint(127.5 + 100 * np.sin(angles)).astype(int)
    columns = np.rint(127.5 + 100 * np.cos(angles)).astype(int)
    circle = np.abs(np.fft.rfft(star[rows, columns] - 127.5))
    assert circle.argmax() == 36
    assert star[128, 128] == star[0, 0] == 128


def test_the_bars_go_from_white_to_black() -> None:
    """The eight bars are the eight corners of the RGB cube, in the usual order."""
    colours = draw("colour-bars")[100, 16::32].astype(int).tolist()
    white, yellow, cyan, green = [1, 1, 1], [1, 1, 0], [0, 1, 1], [0, 1, 0]
    magenta, red, blue, black = [1, 0, 1], [1, 0, 0], [0, 0, 1], [0, 0, 0]
    assert colours == [white, yellow, cyan, green, magenta, red, blue, black]
