"""A user's picture: read with what it needs to look right, and written again.

Here a picture is to be looked at, while the protocols of ``decode`` score pixels as they are
stored.  So more is taken, and what a viewer would apply is applied or kept:

=======================  =====================================================================
grey, RGB, palettes      taken, in 8 or 16 bits; a palette becomes RGB
alpha                    kept
EXIF orientation         applied: the output is upright and has no EXIF data
ICC profile              kept: pixels stay in the space that it describes
CMYK, Lab, float ...     refused: the way to RGB needs a choice that nobody has made
16-bit TIFF in planes,   refused: OpenCV, which decodes 16 bits, reads them wrongly
or of grey with alpha
several frames           refused; but a JPEG's first picture is its photograph and is read
=======================  =====================================================================

Pixels of an output wait in a file without a name beside it until they are encoded, so that memory
is bounded by the size of the input.
"""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from upbench.benchmark.core.errors import ImageError, UsageError
from upbench.benchmark.core.files import write_atomically
from upbench.benchmark.imaging.decode import check_header, opened, orientation_of, read_header
from upbench.benchmark.imaging.headers import (
    ASSOCIATED,
    EXTRA,
    PHOTOMETRIC,
    WHITE_IS_ZERO,
    bits_per_channel,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from io import BufferedReader
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL.Image import Image as PillowImage

    from upbench.benchmark.core.arrays import Image

Pixels: TypeAlias = "NDArray[np.unsignedinteger[Any]]"
"""uint8 or uint16 ``(H, W, C)``, C = 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA)."""

FORMATS = {"png": ".png", "tiff": ".tif", "jpeg": ".jpg", "webp": ".webp"}
"""What can be written, with the suffix of its files."""
MAX_PIXELS = 1 << 30
"""The largest picture that is read: 3 GB in 8-bit RGB."""
QUALITY = 95
"""Of JPEG, from 0 to 100; WebP is written without loss."""
PNG_LEVEL = 3
"""zlib's level: a tenth smaller than OpenCV's default, in twice its time; 6 takes five times."""
_LONGEST_SIDE = {"jpeg": 65_500, "webp": 16_383}
_DEEPEST = 16
_WHITE = (1 << _DEEPEST) - 1
_COLOUR_TYPE, _GREY_ALPHA = 25, 4
"""Where a PNG says what its channels are (specification, 11.2.2), and what it says of grey with
alpha."""
_MODES = {"1": "L", "L": "L", "LA": "LA", "P": "RGB", "PA": "RGBA", "RGB": "RGB", "RGBA": "RGBA"}
_WITH_ALPHA = {"L": "LA", "LA": "LA", "RGB": "RGBA", "RGBA": "RGBA"}
_TURNED = {2: (1, 0), 3: (0, 2), 4: (1, 2), 5: (1, 1), 6: (0, 1), 7: (1, 3), 8: (0, 3)}
"""By EXIF orientation: whether the stored pixels are mirrored after they are turned, and how many
quarter turns clockwise make them upright."""


@dataclass(frozen=True)
class Picture:
    """A picture that has been read."""

    pixels: Pixels
    """Upright."""
    profile: bytes = b""
    """The ICC profile; empty for none, which means sRGB."""

    @property
    def size(self) -> tuple[int, int]:
        """Return height and width."""
        height, width, _ = self.pixels.shape
        return height, width

    def tile(self, rows: slice, columns: slice) -> Image:
        """Return some of the pixels as float32 in [0, 1]."""
        levels = np.float32(np.iinfo(self.pixels.dtype).max)
        return self.pixels[rows, columns].astype(np.float32) / levels

    def as_stored(self, image: Image) -> Pixels:
        """Return float32 pixels in as many bits as the picture has, clipped and rounded half up."""
        levels = np.float32(np.iinfo(self.pixels.dtype).max)
        scaled = image.clip(0, 1) * levels
        scaled += np.float32(0.5)
        return scaled.astype(self.pixels.dtype)


def read_picture(path: Path) -> Picture:
    """Read a PNG, JPEG, BMP, TIFF or WebP file; by its header alone refuse one that is too large.

    Raises:
        ImageError: It cannot be read or is of a kind that is not taken; one sentence.
    """
    with opened(path) as stream:
        bits = bits_per_channel(stream)
        with read_header(path, stream, _DEEPEST) as header:
            check_header(path, header, MAX_PIXELS, {*_MODES, "I;16", "I;16B"})
            header.verify()
        with read_header(path, stream, _DEEPEST) as image:
            profile = image.info.get("icc_profile") or b""
            # Pillow and OpenCV turn a TIFF upright by themselves
            orientation = 1 if image.format == "TIFF" else orientation_of(image)
            pixels = _plain(image) if bits <= 8 else _deep(path, stream, image)
    return Picture(np.ascontiguousarray(_upright(pixels, orientation)), profile)


def _plain(image: PillowImage) -> Pixels:
    """Decode 8-bit pixels."""
    mode = _MODES[image.mode]
    if image.has_transparency_data:
        mode = _WITH_ALPHA[mode]
    pixels = np.asarray(image.convert(mode))
    return pixels.reshape(*pixels.shape[:2], -1)


def _deep(path: Path, stream: BufferedReader, header: PillowImage) -> Pixels:
    """Decode 16-bit pixels, of which Pillow keeps 8 bits."""
    import cv2

    stream.seek(0)
    data = np.frombuffer(stream.read(), np.uint8)
    with warnings.catch_warnings(action="ignore"):
        pixels: Any = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16:
        raise ImageError(
            f"{path} is a 16-bit image that cannot be decoded; expected 16-bit grey or RGB; save "
            "it as PNG."
        )
    pixels = _swapped(pixels.reshape(*pixels.shape[:2], -1))
    if header.format == "PNG":
        return _png_as_meant(pixels, data[_COLOUR_TYPE], header.info.get("transparency"))
    return _tiff_as_meant(pixels, getattr(header, "tag_v2", {}))


def _png_as_meant(pixels: Pixels, colour_type: int, transparent: object) -> Pixels:
    """Give grey its alpha: OpenCV makes RGBA of the two, and drops a level that is transparent."""
    if colour_type == _GREY_ALPHA:
        return pixels[:, :, [0, 3]]
    if pixels.shape[2] == 1 and isinstance(transparent, int):
        return np.concatenate([pixels, np.where(pixels == transparent, 0, np.uint16(_WHITE))], 2)
    return pixels


def _tiff_as_meant(pixels: Pixels, tags: Mapping[int, Any]) -> Pixels:
    """Apply what OpenCV applies to 8 bits only: white as 0, colours multiplied by their alpha."""
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        return np.uint16(_WHITE) - pixels
    if ASSOCIATED not in tags.get(EXTRA, ()):
        return pixels
    alpha = pixels[:, :, 3:].astype(np.uint32)
    seen = np.maximum(alpha, 1)
    colours = (pixels[:, :, :3] * np.uint32(_WHITE) + seen // 2) // seen
    return np.concatenate([np.minimum(colours, _WHITE), alpha], 2).astype(np.uint16)


def _swapped(pixels: Pixels) -> Pixels:
    """Turn RGB to the order of OpenCV, BGR, or back; a view."""
    order = {3: [2, 1, 0], 4: [2, 1, 0, 3]}.get(pixels.shape[2])
    swapped: Pixels = pixels if order is None else pixels[:, :, order]
    return swapped


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Apply an EXIF orientation: first the quarter turns, then the mirror."""
    if orientation not in _TURNED:
        return pixels
    mirrored, turns = _TURNED[orientation]
    turned = np.rot90(pixels, -turns)
    return turned[:, ::-1] if mirrored else turned


def check_fits(size: tuple[int, int], channels: int, kind: str) -> None:
    """Refuse an output, (height, width), that a format cannot hold, before it is made.

    Raises:
        ImageError: It is too large, or has transparency.
    """
    longest = _LONGEST_SIDE.get(kind)
    if longest and max(size) > longest:
        raise ImageError(
            f"The output has {size[1]} x {size[0]} pixels; {kind} holds {longest} a side at most; "
            "choose png or tiff."
        )
    if kind == "jpeg" and channels in {2, 4}:
        raise ImageError("The picture has transparency, which jpeg cannot hold; choose png.")


def write_picture(
    path: Path, bands: Iterable[Pixels], size: tuple[int, int], profile: bytes, kind: str
) -> Path:
    """Write a picture that comes in rows, whole or not at all; return its path.

    Args:
        path: The file.
        bands: Full rows from the top, uint8 or uint16 ``(h, W, C)``; 16 bits are rounded to 8 for
            JPEG and WebP.
        size: Height and width of all of it.
        profile: An ICC profile to keep; empty for none.
        kind: One of FORMATS.

    Raises:
        ImageError: The format cannot hold it.
        StoreError: The disk is full or the folder cannot be written.
        UsageError: There is no such format.
    """
    if kind not in FORMATS:
        raise UsageError(f"A picture is written as {', '.join(FORMATS)}; got {kind!r}.")
    # it exists before any tile is computed, so that a folder that cannot be written costs nothing
    with write_atomically(path) as unfinished, tempfile.TemporaryFile(dir=path.parent) as file:
        canvas, top = None, 0
        for band in bands:
            pixels = _coded(band, kind)
            if canvas is None:
                shape = (*size, pixels.shape[2])
                canvas = np.memmap(file, pixels.dtype, "w+", shape=shape)
            canvas[top : top + len(pixels)] = pixels
            top += len(pixels)
        if canvas is None:
            raise ImageError("The picture has no rows.")
        profile = profile if _describes(profile, canvas.shape[2]) else b""
        encode = _encode_tiff if kind == "tiff" else _encode
        encode(unfinished, canvas, profile, FORMATS[kind])
    return path


def _describes(profile: bytes, channels: int) -> bool:
    """Say whether an ICC profile is for grey or for RGB, as the pixels are; a viewer drops others.

    Bytes 16 to 20 of a profile name its colour space (ICC.1:2022, 7.2).
    """
    return profile[16:20] == (b"GRAY" if channels == 1 else b"RGB ")


def _coded(band: Pixels, kind: str) -> Pixels:
    """Return rows in the bits and channels, and their order, that the encoder takes."""
    if band.dtype == np.uint16 and kind in {"jpeg", "webp"}:
        band = ((band.astype(np.uint32) * 255 + 32_767) // 65_535).astype(np.uint8)
    if band.shape[2] == 2:
        band = band[:, :, [0, 0, 0, 1]]
    return band if kind == "tiff" else _swapped(band)


def _encode(file: Path, pixels: Pixels, profile: bytes, suffix: str) -> None:
    import cv2

    kinds, values = [], []
    if profile:
        kinds, values = [cv2.IMAGE_METADATA_ICCP], [np.frombuffer(profile, np.uint8)]
    options = [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL]
    if suffix == ".jpg":
        options = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
        options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    elif suffix == ".webp":
        options = []  # without a quality it is lossless
    named = file.with_name(f"{file.name}{suffix}")  # OpenCV chooses the format by the suffix
    try:
        if not cv2.imwriteWithMetadata(str(named), np.asarray(pixels), kinds, values, options):
            raise OSError(f"the encoder of {suffix} failed: is the disk full?")
        named.replace(file)
    except cv2.error as error:
        raise ImageError(f"The picture cannot be encoded as {suffix}: {error.err}.") from None
    finally:
        named.unlink(missing_ok=True)


def _encode_tiff(file: Path, pixels: Pixels, profile: bytes, _suffix: str) -> None:
    import tifffile

    channels = pixels.shape[2]
    tifffile.imwrite(
        file,
        pixels if channels > 1 else pixels[:, :, 0],
        photometric="minisblack" if channels == 1 else "rgb",
        extrasamples=["unassalpha"] if channels == 4 else None,
        compression="zlib",
        rowsperstrip=64,
        iccprofile=profile or None,
        metadata=None,
    )
