"""Pictures of crops: their size, their order, and what they show."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from upbench.benchmark.report.mosaic import (
    COLUMNS,
    GAP,
    TILE,
    Tile,
    decode,
    mean_spectrum,
    mosaic,
    spectrum_picture,
    strip,
)


def png(pixels: np.ndarray) -> bytes:
    """Encode grey pixels."""
    buffer = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def noise(seed: int = 0, side: int = 96) -> np.ndarray:
    """Return grey noise."""
    return np.random.default_rng(seed).integers(0, 256, (side, side))


def test_decoded_crops_have_three_channels() -> None:
    """Grey and colour crops are shown alike."""
    assert decode(png(noise())).shape == (96, 96, 3)


def test_rows_hold_eight_tiles() -> None:
    """The mosaic wraps after eight tiles and is as wide as it needs to be."""
    tile = Tile(("a",), (np.zeros((96, 96, 3), dtype=np.uint8),))
    assert mosaic([tile] * 3).width == 3 * (TILE + GAP) + GAP
    assert mosaic([tile] * 20).width == COLUMNS * (TILE + GAP) + GAP
    assert mosaic([tile] * 9).height > mosaic([tile] * 8).height


def test_equal_outputs_share_a_tile() -> None:
    """Methods with the very same pixels are one finding."""
    reference, same, other = png(noise()), png(noise(1)), png(noise(2))
    three = strip(reference, {"a": (same, 30.0), "b": (same, 30.0), "c": (other, 20.0)})
    assert three.width == 3 * (TILE + GAP) + GAP


def test_long_names_are_cut_to_the_tile() -> None:
    """A name that is wider than its tile does not run into the next."""
    tile = Tile(("x" * 300,), (np.zeros((96, 96, 3), dtype=np.uint8),))
    picture = np.asarray(mosaic([tile]))
    assert (picture[:, -GAP:] == 255).all()


def test_spectrum_of_a_checker_is_at_the_lattice() -> None:
    """A pattern of period 2 has its line at (1/2, 1/2): the corner of the picture."""
    rows, columns = np.mgrid[:96, :96]
    spectrum = mean_spectrum([png(128 + 50 * (-1) ** (rows + columns))])
    assert np.unravel_index(spectrum.argmax(), spectrum.shape) == (0, 0)


def test_spectra_of_grey_pictures_do_not_fail() -> None:
    """A constant crop has no power anywhere, which is no error."""
    constant = png(np.full((96, 96), 7))
    assert spectrum_picture({"": [constant], "m": [constant]}, 2).width > 0
