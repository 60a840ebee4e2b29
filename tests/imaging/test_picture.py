"""Pictures that are looked at: what is taken, kept, applied and refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, ImageOps
from png_files import GREY, GREY_ALPHA, png_file, transparent

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


def test_a_transparent_grey_of_2_bits_stays_transparent(tmp_path: Path) -> None:
    """Levels 0 to 3 become 0 to 255, and so does the one that is transparent."""
    (tmp_path / "a.png").write_bytes(png_file((4, 1), 2, GREY, [b"\x1b"], transparent(2)))
    assert read_picture(tmp_path / "a.png").pixels.tolist() == [
        [[0, 255], [85, 255], [170, 0], [255, 255]]
    ]


def test_deep_grey_keeps_its_alpha(tmp_path: Path) -> None:
    """Of a PNG of 16 bits: a channel of its own, or one level that is transparent."""
    pixels = DEEP[..., :2]
    rows = [row.astype(">u2").tobytes() for row in pixels]
    (tmp_path / "a.png").write_bytes(png_file((30, 20), 16, GREY_ALPHA, rows))
    np.testing.assert_array_equal(read_picture(tmp_path / "a.png").pixels, pixels)
    grey, level = pixels[..., :1], int(pixels[3, 4, 0])
    rows = [row.astype(">u2").tobytes() for row in grey]
    (tmp_path / "t.png").write_bytes(png_file((30, 20), 16, GREY, rows, transparent(level)))
    seen = np.where(grey == level, 0, 65535)
    np.testing.assert_array_equal(
        read_picture(tmp_path / "t.png").pixels, np.concatenate([grey, seen], 2)
    )


@pytest.mark.parametrize("pixels", [RGBA, DEEP], ids=["8 bits", "16 bits"])
def test_white_may_be_zero(tmp_path: Path, pixels: np.ndarray) -> None:
    """A TIFF of either depth whose 0 is white is not read as a negative."""
    tifffile.imwrite(tmp_path / "w.tif", pixels[..., 0], photometric="miniswhite")
    found = read_picture(tmp_path / "w.tif").pixels
    np.testing.assert_array_equal(found[..., 0], np.iinfo(pixels.dtype).max - pixels[..., 0])


@pytest.mark.parametrize("pixels", [RGBA, DEEP], ids=["8 bits", "16 bits"])
def test_colours_that_were_multiplied_by_alpha_are_divided(
    tmp_path: Path, pixels: np.ndarray
) -> None:
    """Associated alpha, of either depth: the colours are those before, to the rounding."""
    white = np.iinfo(pixels.dtype).max
    colours, alpha = pixels[..., :3].astype(np.float64), pixels[..., 3:].copy()
    alpha[:3] = [[0], [1], [white]] * 10
    stored = np.rint(colours * alpha / white).astype(pixels.dtype)
    options = {"photometric": "rgb", "extrasamples": ["assocalpha"]}
    tifffile.imwrite(tmp_path / "a.tif", np.concatenate([stored, alpha], 2), **options)
    found = read_picture(tmp_path / "a.tif").pixels
    np.testing.assert_array_equal(found[..., 3:], alpha)
    off = np.abs(found[..., :3] - colours) * alpha / white
    assert off.max() <= 1  # a level of what was stored


@pytest.mark.parametrize(
    ("pixels", "options", "sentence"),
    [
        (
            DEEP[..., :3].transpose(2, 0, 1),
            {"photometric": "rgb", "planarconfig": "separate"},
            r"stores 16-bit channels one after the other .*; save it as a 16-bit PNG",
        ),
        (
            DEEP[..., :2],
            {"photometric": "minisblack", "extrasamples": ["unassalpha"]},
            r"has 16-bit grey with alpha; of TIFF files expected .*; save it as a 16-bit PNG",
        ),
        (
            (DEEP[..., 0] / 65536).astype(np.float16),
            {},
            "holds floating-point numbers; expected 8- or 16-bit grey or RGB; scale its values",
        ),
    ],
)
def test_a_deep_tiff_that_would_be_read_wrongly_is_refused(
    tmp_path: Path, pixels: np.ndarray, options: dict[str, object], sentence: str
) -> None:
    """The sentence says what is in the file, and what to save instead."""
    tifffile.imwrite(tmp_path / "a.tif", pixels, **options)
    with pytest.raises(ImageError, match=rf"a\.tif {sentence}"):
        read_picture(tmp_path / "a.tif")


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
