"""Pictures that are looked at: what is taken, kept, applied and refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, ImageOps

from upbench.benchmark.core.errors import ImageError, UsageError
from upbench.benchmark.imaging.picture import FORMATS, check_fits, read_picture, write_picture

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)
RGBA = RNG.integers(1, 256, (20, 30, 4)).astype(np.uint8)
DEEP = RNG.integers(1, 65536, (20, 30, 4)).astype(np.uint16)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "webp"])
def test_a_picture_comes_upright(tmp_path: Path, orientation: int, suffix: str) -> None:
    """Each of the eight EXIF orientations is applied, in every format, as Pillow applies it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = tmp_path / f"turned.{suffix}"
    Image.fromarray(RGBA[..., :3]).save(file, exif=exif)
    with Image.open(file) as image:
        upright = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(read_picture(file).pixels, upright)


def test_a_deep_tiff_comes_upright(tmp_path: Path) -> None:
    """A turned TIFF of 16 bits is turned upright once."""
    tag = (0x0112, "H", 1, 6, True)
    tifffile.imwrite(tmp_path / "t.tif", DEEP[..., :3], photometric="rgb", extratags=[tag])
    np.testing.assert_array_equal(
        read_picture(tmp_path / "t.tif").pixels, np.rot90(DEEP[..., :3], -1)
    )


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("pixels", [RGBA, DEEP], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_what_is_written_is_read_again(
    tmp_path: Path, kind: str, pixels: np.ndarray, channels: int
) -> None:
    """PNG and TIFF keep 8 and 16 bits exactly, WebP 8 bits, JPEG nearly; the profile stays."""
    pixels = pixels[:, :, :channels]
    if kind == "jpeg":
        pixels = pixels[:, :, :3]  # it has no alpha, which another test covers
    file = tmp_path / f"a{FORMATS[kind]}"
    write_picture(file, [pixels[:7], pixels[7:]], (20, 30), SRGB if channels > 1 else b"", kind)
    found = read_picture(file)
    assert found.profile == (SRGB if channels > 1 else b"")
    if kind in {"png", "tiff"} or (kind == "webp" and pixels.dtype == np.uint8):
        np.testing.assert_array_equal(found.pixels[:, :, : channels or None], pixels[:])
        assert found.pixels.dtype == pixels.dtype
    else:
        levels = np.iinfo(pixels.dtype).max
        error = np.abs(found.pixels[:, :, :channels] / 255 - pixels / levels)
        assert error.max() < (0.003 if kind == "webp" else 0.15)
    assert [entry.name for entry in tmp_path.iterdir()] == [file.name]


def test_grey_with_alpha_becomes_rgba(tmp_path: Path) -> None:
    """Two channels are read as they are and written as RGBA, which every viewer takes."""
    Image.fromarray(RGBA[..., :2], "LA").save(tmp_path / "a.png")
    found = read_picture(tmp_path / "a.png")
    np.testing.assert_array_equal(found.pixels, RGBA[..., :2])
    write_picture(tmp_path / "b.png", [found.pixels], (20, 30), b"", "png")
    np.testing.assert_array_equal(read_picture(tmp_path / "b.png").pixels, RGBA[..., [0, 0, 0, 1]])


@pytest.mark.parametrize(
    ("mode", "options", "channels"),
    [
        ("1", {}, 1),
        ("L", {}, 1),
        ("L", {"transparency": 7}, 2),
        ("P", {}, 3),
        ("P", {"transparency": 0}, 4),
        ("RGB", {"transparency": (1, 2, 3)}, 4),
    ],
)
def test_kinds_that_are_expanded(
    tmp_path: Path, mode: str, options: dict[str, object], channels: int
) -> None:
    """Bits, palettes and a transparent colour become grey or RGB, with alpha where there is any."""
    Image.fromarray(RGBA[..., :3]).convert(mode).save(tmp_path / "a.png", **options)
    assert read_picture(tmp_path / "a.png").pixels.shape == (20, 30, channels)


def test_a_profile_of_other_channels_is_left_out(tmp_path: Path) -> None:
    """A grey picture with an RGB profile, which viewers refuse, is written without it."""
    write_picture(tmp_path / "a.png", [RGBA[..., :1]], (20, 30), SRGB, "png")
    assert read_picture(tmp_path / "a.png").profile == b""


def test_a_cmyk_picture_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """The way to RGB needs a profile; the sentence says so."""
    Image.fromarray(RGBA, "CMYK").save(tmp_path / "a.jpg")
    with pytest.raises(ImageError, match=r"a\.jpg is a CMYK image; .* convert it to RGB first"):
        read_picture(tmp_path / "a.jpg")


def test_other_bits_are_refused_in_a_sentence(tmp_path: Path) -> None:
    """Bits that are neither 8 nor 16 are named, with what to do."""
    tifffile.imwrite(tmp_path / "a.tif", DEEP.astype(np.float32)[..., 0])
    with pytest.raises(ImageError, match="has 32 bits per channel; expected 8 or 16; convert"):
        read_picture(tmp_path / "a.tif")


def test_a_damaged_picture_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """A deep PNG that is cut short does not come to a traceback."""
    write_picture(tmp_path / "a.png", [DEEP], (20, 30), b"", "png")
    whole = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImageError, match=r"a\.png is .*(damaged|cannot)"):
        read_picture(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("size", "channels", "kind", "sentence"),
    [
        ((10, 16_384), 3, "webp", "16384 x 10 pixels; webp holds 16383 a side at most"),
        ((70_000, 10), 3, "jpeg", "10 x 70000 pixels; jpeg holds 65500 a side at most"),
        ((10, 10), 4, "jpeg", "transparency, which jpeg cannot hold; choose png"),
    ],
)
def test_what_a_format_cannot_hold_is_said_before(
    size: tuple[int, int], channels: int, kind: str, sentence: str
) -> None:
    """Sides and alpha are checked before anything is computed."""
    with pytest.raises(ImageError, match=sentence):
        check_fits(size, channels, kind)


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    """Only what can be written is."""
    with pytest.raises(UsageError, match="png, tiff, jpeg, webp; got 'gif'"):
        write_picture(tmp_path / "a.gif", [RGBA], (20, 30), b"", "gif")
