"""Files that a decoder reads wrongly, or for which it raises what no decoder should."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import PIL.ImageFile
import pytest
import tifffile
from PIL import Image
from png_files import GREY, chunk, png_file

from upbench.benchmark.core.errors import ImageError
from upbench.benchmark.imaging.decode import image_channels, read_image8, unapplied
from upbench.benchmark.imaging.picture import read_picture

if TYPE_CHECKING:
    from pathlib import Path

PALETTE = 3
"""A colour type of PNG."""
PIXELS = (np.arange(20 * 30 * 4).reshape(20, 30, 4) * 7 % 256).astype(np.uint8)


def test_a_png_that_has_lost_its_palette_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """Pillow has an assertion of its own for it."""
    path = tmp_path / "lost.png"
    path.write_bytes(png_file((2, 1), 8, PALETTE, [b"\0\0"]))
    for read in (read_image8, read_picture):
        with pytest.raises(ImageError, match=r"lost\.png is damaged or cut short: "):
            read(path)


def test_damaged_exif_takes_no_pixels_away(tmp_path: Path) -> None:
    """The picture is taken as upright, and what else it asks for is named."""
    path = tmp_path / "torn.png"
    exif, profile = chunk(b"eXIf", b"no TIFF at all"), Image.new("RGB", (1, 1))
    path.write_bytes(png_file((2, 1), 8, GREY, [b"\1\2"], exif))
    assert read_picture(path).pixels.ravel().tolist() == [1, 2]
    assert read_image8(path).ravel().tolist() == [1, 2]
    assert unapplied(path) == ()
    profile.save(tmp_path / "whole.webp", exif=b"Exif\0\0" + struct.pack(">8B", *range(8)))
    assert read_picture(tmp_path / "whole.webp").size == (1, 1)


@pytest.mark.parametrize(
    ("channels", "alpha"), [(2, "unassalpha"), (2, "assocalpha"), (4, "assocalpha")]
)
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_tiff_whose_alpha_is_a_plane_of_its_own_is_refused(
    tmp_path: Path, channels: int, alpha: str, compression: str | None
) -> None:
    """Pillow takes grey for alpha, and says nothing."""
    path = tmp_path / "planes.tif"
    tifffile.imwrite(
        path,
        np.moveaxis(PIXELS[:, :, :channels], 2, 0),
        photometric="rgb" if channels == 4 else "minisblack",
        planarconfig="separate",
        extrasamples=[alpha],
        compression=compression,
    )
    for read in (read_image8, read_picture):
        with pytest.raises(ImageError) as caught:
            read(path)
        assert str(caught.value) == (
            f"{path} stores its alpha in a plane of its own (PlanarConfiguration 2); expected "
            "channels pixel by pixel; save it as an 8-bit PNG."
        )


def test_planes_without_such_alpha_are_taken(tmp_path: Path) -> None:
    """Red, green and blue one after the other, and alpha that multiplies nothing behind them."""
    for channels, alpha in ((3, None), (4, ["unassalpha"])):
        path = tmp_path / "planes.tif"
        planes = np.moveaxis(PIXELS[:, :, :channels], 2, 0)
        options = {"photometric": "rgb", "planarconfig": "separate", "extrasamples": alpha}
        tifffile.imwrite(path, planes, **options)
        np.testing.assert_array_equal(read_picture(path).pixels, PIXELS[:, :, :channels])


@pytest.mark.parametrize("lenient", [True, False])
def test_a_truncated_file_is_refused_whatever_a_script_lets_pillow_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, lenient: bool
) -> None:
    """Many a script for torch has Pillow fill up such files with grey; its own setting stays."""
    path = tmp_path / "cut.jpg"
    Image.fromarray(PIXELS[:, :, :3]).resize((200, 100)).save(path)
    path.write_bytes(path.read_bytes()[:-500])
    monkeypatch.setattr(PIL.ImageFile, "LOAD_TRUNCATED_IMAGES", lenient)
    for read in (read_image8, read_picture):
        with pytest.raises(ImageError, match="damaged or cut short"):
            read(path)
    assert lenient == PIL.ImageFile.LOAD_TRUNCATED_IMAGES


@pytest.mark.parametrize(
    ("mode", "channels"), [("L", 1), ("1", 1), ("LA", 1), ("RGB", 3), ("P", 3), ("RGBA", 3)]
)
def test_channels_are_those_that_are_read(tmp_path: Path, mode: str, channels: int) -> None:
    """By the header, as by the pixels."""
    path = tmp_path / "x.png"
    Image.fromarray(PIXELS[:, :, :3]).convert(mode).save(path)
    assert image_channels(path) == read_image8(path).shape[2] == channels


def test_what_is_neither_grey_nor_rgb_has_no_channels(tmp_path: Path) -> None:
    """Nor has what cannot be read."""
    Image.new("CMYK", (2, 2)).save(tmp_path / "ink.jpg")
    assert image_channels(tmp_path / "ink.jpg") is None
    assert image_channels(tmp_path / "gone.png") is None
