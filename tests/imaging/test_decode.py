"""Reading image files: what is taken over exactly, and the sentence for what is not."""

from __future__ import annotations

import hashlib
import io
import os
import random
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import PIL.Image
import pytest
import tifffile
from PIL import Image, ImageCms
from png_files import GREY, chunk, png_file, transparent

from upbench.benchmark.core.errors import ImageError
from upbench.benchmark.imaging.decode import (
    image_size,
    pixels_digest,
    read_image,
    read_image8,
    unapplied,
)

if TYPE_CHECKING:
    from pathlib import Path

RGB = (np.arange(40 * 50 * 3).reshape(40, 50, 3) * 7 % 256).astype(np.uint8)


def saved(folder: Path, image: Image.Image, name: str, **options: Any) -> Path:
    """Write an image and return its path."""
    image.save(folder / name, **options)
    return folder / name


def refusal(path: Path, **options: int) -> str:
    """Return the sentence with which a file is refused; it must name the file."""
    with pytest.raises(ImageError) as caught:
        read_image(path, **options)
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    return message


def header_png(width: int, height: int) -> bytes:
    """Build a PNG that promises a size and holds next to nothing."""
    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(b"\0" * 10)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif"])
def test_rgb_is_taken_over_exactly(tmp_path: Path, suffix: str) -> None:
    """An 8-bit RGB file gives its values / 255 in float32."""
    image = read_image(saved(tmp_path, Image.fromarray(RGB), f"a.{suffix}"))
    assert image.dtype == np.float32
    np.testing.assert_array_equal(image, RGB.astype(np.float32) / np.float32(255))


def test_grey_keeps_one_channel(tmp_path: Path) -> None:
    """An 8-bit grey file gives one channel."""
    grey = read_image8(saved(tmp_path, Image.fromarray(RGB[..., 0]), "g.png"))
    np.testing.assert_array_equal(grey, RGB[..., :1])


def test_one_bit_becomes_black_and_white(tmp_path: Path) -> None:
    """A 1-bit file gives grey values 0 and 255."""
    bits = Image.fromarray(RGB[..., 0]).point(lambda value: 255 * (value > 99), mode="1")
    grey = read_image8(saved(tmp_path, bits, "b.png"))
    np.testing.assert_array_equal(grey, np.where(RGB[..., :1] > 99, 255, 0))


def test_a_palette_is_looked_up(tmp_path: Path) -> None:
    """A palette file gives the palette's colours as RGB."""
    palette = Image.fromarray(RGB).quantize(16)
    got = read_image8(saved(tmp_path, palette, "p.png"))
    np.testing.assert_array_equal(got, np.asarray(palette.convert("RGB")))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_opaque_alpha_is_dropped(tmp_path: Path, mode: str) -> None:
    """An alpha channel that is opaque everywhere changes nothing."""
    plain = Image.fromarray(RGB).convert(mode[:-1])
    got = read_image8(saved(tmp_path, plain.convert(mode), "a.png"))
    np.testing.assert_array_equal(got.squeeze(), np.asarray(plain))


def test_transparency_is_refused(tmp_path: Path) -> None:
    """One transparent pixel is enough, in an alpha channel or in a palette."""
    alpha = Image.fromarray(RGB).convert("RGBA")
    alpha.putpixel((3, 3), (0, 0, 0, 254))
    assert "transparent pixels" in refusal(saved(tmp_path, alpha, "a.png"))
    palette = Image.fromarray(RGB).quantize(16)
    assert "transparent" in refusal(saved(tmp_path, palette, "p.png", transparency=0))


@pytest.mark.parametrize(("bits", "row"), [(1, b"\x50"), (2, b"\x1b"), (4, b"\x0f\x5a")])
def test_a_transparent_grey_of_few_bits_is_refused(tmp_path: Path, bits: int, row: bytes) -> None:
    """Whichever level it is: black, white or one between; other levels say nothing."""
    width, path = 8 * len(row) // bits, tmp_path / "g.png"
    levels = int.from_bytes(row, "big")
    used = {levels >> place & ((1 << bits) - 1) for place in range(0, 8 * len(row), bits)}
    for level in range(1 << bits):
        path.write_bytes(png_file((width, 1), bits, GREY, [row], transparent(level)))
        if level in used:
            assert "transparent pixels" in refusal(path)
        else:
            assert read_image8(path).shape == (1, width, 1)


def test_sixteen_bit_grey_is_refused(tmp_path: Path) -> None:
    """A 16-bit grey PNG is refused, and the sentence says what to do."""
    deep = Image.fromarray(RGB[..., 0].astype(np.uint16) * 257)
    message = refusal(saved(tmp_path, deep, "deep.png"))
    assert "more than 8 bits" in message
    assert "convert it to 8 bits" in message


def test_sixteen_bit_rgb_is_not_cut_to_eight(tmp_path: Path) -> None:
    """A 16-bit RGB PNG, which Pillow would shorten silently, is refused."""
    data = bytearray(header_png(1, 1))
    data[24] = 16
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    (tmp_path / "deep.png").write_bytes(data)
    assert "more than 8 bits" in refusal(tmp_path / "deep.png")


def test_float_tiff_is_refused(tmp_path: Path) -> None:
    """A floating-point TIFF is refused."""
    path = saved(tmp_path, Image.fromarray(RGB[..., 0].astype(np.float32)), "f.tif")
    assert "more than 8 bits" in refusal(path)


DEEP = RGB.astype(np.uint16) * 257
PLANES = RGB.transpose(2, 0, 1)
EXACT_TIFFS: dict[str, tuple[Any, dict[str, Any]]] = {
    "planes": (PLANES, {"photometric": "rgb", "planarconfig": "separate"}),
    "compressed planes": (
        PLANES,
        {"photometric": "rgb", "planarconfig": "separate", "compression": "zlib"},
    ),
    "tiles": (RGB, {"photometric": "rgb", "tile": (16, 16)}),
    "a predictor": (RGB, {"photometric": "rgb", "compression": "zlib", "predictor": True}),
    "64-bit offsets": (RGB, {"photometric": "rgb", "bigtiff": True}),
    "an orientation": (RGB, {"photometric": "rgb", "extratags": [(274, 3, 1, 6, True)]}),
    "a mirrored orientation": (RGB, {"photometric": "rgb", "extratags": [(274, 3, 1, 7, True)]}),
}
REFUSED_TIFFS: dict[str, tuple[Any, dict[str, Any], str]] = {
    "16-bit planes": (
        DEEP.transpose(2, 0, 1),
        {"photometric": "rgb", "planarconfig": "separate"},
        "more than 8 bits per channel: 16",
    ),
    "16-bit colour": (DEEP, {"photometric": "rgb"}, "more than 8 bits per channel: 16"),
    "16-bit, other byte order": (
        DEEP, {"photometric": "rgb", "byteorder": ">"}, "more than 8 bits per channel: 16",
    ),
    "32-bit grey": (DEEP[..., 0].astype(np.uint32), {}, "more than 8 bits per channel: 32"),
    "float colour": (RGB / np.float32(255), {"photometric": "rgb"}, "bits per channel: 32"),
    "half-precision grey": (
        (RGB[..., 0] / 255).astype(np.float16), {}, "more than 8 bits per channel: 16",
    ),
    "signed grey": (
        (RGB[..., 0] // 2).astype(np.int8), {}, "holds signed numbers; expected 8-bit grey or RGB",
    ),
    "two unnamed channels": (
        RGB[..., :2], {"photometric": "minisblack", "planarconfig": "contig"}, "has 2 channels",
    ),
    "colour and an unnamed channel": (
        np.dstack([RGB, RGB[..., 0]]), {"photometric": "rgb", "extrasamples": [0]},
        "has 4 channels",
    ),
    "three channels that are not colours": (
        RGB, {"photometric": "minisblack", "planarconfig": "contig"}, "has 3 channels",
    ),
    "a volume": (
        np.stack([RGB[..., 0]] * 4),
        {"photometric": "minisblack", "volumetric": True, "tile": (2, 16, 16)},
        "holds 4 slices",
    ),
    "a palette of 16 bits": (
        RGB[..., 0],
        {"photometric": "palette", "colormap": np.arange(768, dtype=np.uint16).reshape(3, 256)},
        "palette of more than 8 bits",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("pixels", "options"), EXACT_TIFFS.values(), ids=list(EXACT_TIFFS))
def test_a_tiff_of_8_bits_is_taken_over_exactly(
    tmp_path: Path, pixels: Any, options: dict[str, Any]
) -> None:
    """However the pixels lie in the file, and without the turn that its orientation asks for."""
    tifffile.imwrite(tmp_path / "a.tif", pixels, **options)
    np.testing.assert_array_equal(read_image8(tmp_path / "a.tif"), RGB)


@pytest.mark.parametrize(
    ("pixels", "options", "why"), REFUSED_TIFFS.values(), ids=list(REFUSED_TIFFS)
)
def test_a_tiff_is_judged_by_its_own_tags(
    tmp_path: Path, pixels: Any, options: dict[str, Any], why: str
) -> None:
    """Bits, numbers and channels that Pillow would drop are refused, with what to do."""
    tifffile.imwrite(tmp_path / "a.tif", pixels, **options)
    message = refusal(tmp_path / "a.tif")
    assert why in message
    assert "PNG" in message or "convert it" in message


def test_a_palette_of_a_tiff_is_looked_up(tmp_path: Path) -> None:
    """8-bit colours that are stored in 16 bits are 8-bit colours."""
    colours = (np.arange(768) * 7 % 256).reshape(3, 256).astype(np.uint16)
    options: dict[str, Any] = {"photometric": "palette", "colormap": colours * 257}
    tifffile.imwrite(tmp_path / "p.tif", RGB[..., 0], **options)
    expected = colours.T[RGB[..., 0]]
    np.testing.assert_array_equal(read_image8(tmp_path / "p.tif"), expected)


@pytest.mark.parametrize("orientation", [1, 3, 5, 6, 7, 8])
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif"])
def test_a_size_is_that_of_the_pixels_as_stored(
    tmp_path: Path, orientation: int, suffix: str
) -> None:
    """Also of a TIFF file that asks to be laid on its side, as of any other."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path, Image.fromarray(RGB), f"o.{suffix}", exif=exif)
    assert image_size(path) == (50, 40)
    assert read_image8(path).shape == (40, 50, 3)


def test_a_jpeg_of_12_bits_is_refused_as_such(tmp_path: Path) -> None:
    """The frame header's precision is read behind other segments."""
    path = saved(tmp_path, Image.fromarray(RGB), "j.jpg", exif=Image.Exif(), comment="twelve")
    data = path.read_bytes()
    frame = data.index(b"\xff\xc0")
    path.write_bytes(data[: frame + 4] + b"\x0c" + data[frame + 5 :])
    assert "more than 8 bits per channel: 12" in refusal(path)


@pytest.mark.parametrize("name", ["m.png", "m.webp"])
def test_an_animation_is_refused(tmp_path: Path, name: str) -> None:
    """An animated PNG or WebP does not say which frame is meant."""
    frames = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
    path = saved(tmp_path, frames[0], name, save_all=True, append_images=frames[1:])
    assert "holds 2 frames" in refusal(path)


def test_pillows_own_bound_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """max_pixels above Pillow's bound has effect, and Pillow's is there again afterwards."""
    path = saved(tmp_path, Image.fromarray(RGB), "a.png")
    monkeypatch.setattr(PIL.Image, "MAX_IMAGE_PIXELS", 100)
    assert read_image(path, max_pixels=2000).shape == (40, 50, 3)
    assert "more than the 0.001999 million" in refusal(path, max_pixels=1999)
    assert PIL.Image.MAX_IMAGE_PIXELS == 100


def test_a_file_is_the_one_that_was_listed(tmp_path: Path) -> None:
    """A file that was replaced since it was listed is refused by its digest."""
    path = saved(tmp_path, Image.fromarray(RGB), "a.png")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_image(path, digest=digest).shape == (40, 50, 3)
    saved(tmp_path, Image.fromarray(255 - RGB), "a.png")
    with pytest.raises(ImageError, match="another file than when the images were listed"):
        read_image(path, digest=digest)


def test_what_is_not_applied_is_named(tmp_path: Path) -> None:
    """An EXIF rotation and a profile other than sRGB are said; an sRGB profile asks for nothing."""
    exif = Image.Exif()
    exif[0x0112] = 6
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.fromarray(RGB)
    assert unapplied(saved(tmp_path, image, "r.jpg", exif=exif)) == ("an EXIF orientation",)
    assert unapplied(saved(tmp_path, image, "s.png", icc_profile=srgb)) == ()
    assert unapplied(saved(tmp_path, image, "l.png", icc_profile=lab)) == ()  # not for RGB at all
    assert unapplied(saved(tmp_path, image, "w.png", icc_profile=wide(srgb))) == (
        "a colour profile other than sRGB",
    )
    assert unapplied(tmp_path / "missing.png") == ()


def wide(srgb: bytes) -> bytes:
    """Exchange the red and the blue primary of a profile: another colour space than sRGB."""
    return srgb.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")


@pytest.mark.parametrize(("mode", "name"), [("CMYK", "c.jpg"), ("LAB", "l.tif")])
def test_other_colour_spaces_are_refused(tmp_path: Path, mode: str, name: str) -> None:
    """A colour space that needs a profile is refused with the conversion to make."""
    message = refusal(saved(tmp_path, Image.new(mode, (8, 8)), name))
    assert f"is a {mode} image" in message
    assert "convert it to RGB" in message


def test_several_frames_are_refused(tmp_path: Path) -> None:
    """A file of two frames does not say which image is meant."""
    frame = Image.fromarray(RGB)
    path = saved(tmp_path, frame, "m.tif", save_all=True, append_images=[frame])
    assert "holds 2 frames" in refusal(path)


def test_text_named_png_is_refused(tmp_path: Path) -> None:
    """A text file with an image's suffix is no image."""
    (tmp_path / "t.png").write_text("not a picture")
    assert "is not an image" in refusal(tmp_path / "t.png")


@pytest.mark.parametrize("name", ["t.png", "t.jpg", "t.bmp", "t.tif", "t.webp"])
def test_a_truncated_file_is_refused(tmp_path: Path, name: str) -> None:
    """A file cut in the middle is never read half."""
    path = saved(tmp_path, Image.fromarray(RGB), name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "damaged or cut short" in refusal(path)


def test_a_flipped_bit_in_a_png_is_noticed(tmp_path: Path) -> None:
    """A PNG whose pixels do not fit its checksum is refused, though the decoder might go on."""
    path = saved(tmp_path, Image.fromarray(RGB), "t.png", compress_level=0)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert "damaged" in refusal(path)


def test_a_huge_header_is_refused_before_decoding(tmp_path: Path) -> None:
    """30000 x 30000 and even 2 x 10^9 pixels are refused by the header, as too large."""
    for side in (10_001, 30_000, 45_000):
        (tmp_path / "huge.png").write_bytes(header_png(side, side))
        assert "too large" in refusal(tmp_path / "huge.png")


def test_the_bound_is_the_callers(tmp_path: Path) -> None:
    """max_pixels is inclusive."""
    path = saved(tmp_path, Image.fromarray(RGB), "a.png")
    assert read_image(path, max_pixels=2000).shape == (40, 50, 3)
    assert "50 x 40" in refusal(path, max_pixels=1999)


def test_a_header_without_pixels_is_refused(tmp_path: Path) -> None:
    """A width of zero is an error, not an empty array."""
    (tmp_path / "z.png").write_bytes(header_png(0, 5))
    refusal(tmp_path / "z.png")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder and a pipe are refused at once."""
    assert "cannot be opened" in refusal(tmp_path / "none.png")
    (tmp_path / "folder.png").mkdir()
    assert "is not a file" in refusal(tmp_path / "folder.png")
    os.mkfifo(tmp_path / "pipe.png")
    assert "is not a file" in refusal(tmp_path / "pipe.png")


def test_exif_orientation_is_not_applied(tmp_path: Path) -> None:
    """Pixels are used as they are stored."""
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(tmp_path, Image.fromarray(RGB), "o.jpg", exif=exif)
    assert read_image(path).shape == (40, 50, 3)


def test_a_digest_is_of_the_pixels_alone(tmp_path: Path) -> None:
    """The format and a last axis of length 1 do not change the digest; a pixel does."""
    grey = RGB[..., 0]
    png = read_image8(saved(tmp_path, Image.fromarray(grey), "a.png"))
    bmp = read_image8(saved(tmp_path, Image.fromarray(grey), "a.bmp"))
    assert pixels_digest(png) == pixels_digest(bmp) == pixels_digest(grey)
    assert pixels_digest(grey) != pixels_digest(grey ^ 1)
    assert pixels_digest(RGB[:, ::2]) == pixels_digest(RGB[:, ::2].copy())


def mutated(generator: random.Random, data: bytes) -> bytes:
    """Damage a file: cut it, flip bits, lie in the header, or take bytes out."""
    damaged = bytearray(data)
    kind = generator.randrange(4)
    if kind == 0:
        return data[: generator.randrange(len(data))]
    if kind == 1:
        for _ in range(3):
            damaged[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
    elif kind == 2:
        for _ in range(3):
            damaged[generator.randrange(min(64, len(data)))] = generator.choice((0, 1, 127, 255))
    else:
        start = generator.randrange(len(data))
        del damaged[start : start + generator.randrange(1, 20)]
    return bytes(damaged)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "WEBP"])
def test_damaged_files_are_read_or_refused(tmp_path: Path, kind: str) -> None:
    """Of 60 damaged files of each format, each is an image or one sentence, nothing else."""
    stream = io.BytesIO()
    Image.fromarray(RGB).save(stream, kind)
    generator = random.Random(kind)  # noqa: S311 - seeded on purpose
    for _ in range(60):
        path = tmp_path / f"damaged.{kind.lower()}"
        path.write_bytes(mutated(generator, stream.getvalue()))
        try:
            image = read_image(path)
        except ImageError as error:
            assert path.name in str(error)  # noqa: PT017 - both outcomes are right
        else:
            assert image.ndim == 3
            assert image.shape[2] in (1, 3)
