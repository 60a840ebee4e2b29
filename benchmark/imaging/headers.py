"""What an image file says of its own pixels: bits, numbers, channels, colour profile.

Pillow maps every file to one of a few modes, and on the way drops low bytes, signs and channels
without a word.  So the header is read here first, as far as it speaks of these.

Sources: PNG specification, 11.2.2; ITU-T T.81, B.2.2 (JPEG frame header); TIFF 6.0 and the tag
registry of libtiff.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping

ORIENTATION, PHOTOMETRIC, EXTRA = 274, 262, 338
"""Tags of TIFF, the first also of EXIF: how to turn the pixels, what they mean, what the channels
beyond grey or RGB are."""
WHITE_IS_ZERO = 0
"""A photometric interpretation."""
ASSOCIATED = 1
"""A kind of extra samples: an alpha by which the colours are multiplied."""

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BITS, _SAMPLES, _PLANES, _FORMAT, _COLORMAP, _DEPTH = 258, 277, 284, 339, 320, 32997
_CHANNELS = {0: 1, 1: 1, 2: 3, 3: 1, 6: 3}
"""Channels without alpha of TIFF's photometric interpretations that are grey, RGB or palettes."""
_UNSIGNED = {1, 4}
"""TIFF's sample formats of unsigned numbers; 4 is "undefined", which everybody reads as 1."""
_NUMBERS = {2: "signed", 3: "floating-point", 5: "complex", 6: "complex"}
"""Its others."""
_ALPHA = {ASSOCIATED, 2}
"""TIFF's kinds of extra samples that are alpha."""

_FRAME_HEADERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_NEARLY = 3
"""Grey levels by which a profile's colours may differ from sRGB's and still be the same."""


def why_unfit(stream: BinaryIO, deepest: int = 8) -> str:
    """Say why a file's pixels cannot be taken over exactly, or "" where nothing speaks against it.

    The stream is at the file's beginning; ``deepest`` is the most bits per channel that are taken.

    Returns:
        The end of a sentence that begins with the file's path.

    Raises:
        Exception: The header is damaged: whatever a decoder raises then.
    """
    start = stream.read(26)
    if start.startswith(_TIFF):
        stream.seek(0)
        return _why_unfit_tiff(_tiff_tags(stream), deepest)
    stream.seek(0)
    return _too_deep(bits_per_channel(stream), deepest)


def bits_per_channel(stream: BinaryIO) -> int:
    """Return how many bits a channel has in a file, at its beginning; 8 where it does not say.

    Raises:
        Exception: The header is damaged: whatever a decoder raises then.
    """
    start = stream.read(26)
    if start.startswith(b"\x89PNG") and len(start) == 26:
        return start[24]
    if start.startswith(b"\xff\xd8"):
        stream.seek(2)
        return _jpeg_bits(stream)
    if start.startswith(_TIFF):
        stream.seek(0)
        return max(_numbers(_tiff_tags(stream), _BITS))
    return 8


def _too_deep(bits: int, deepest: int) -> str:
    if bits <= 8 or bits == deepest:
        return ""
    if deepest > 8:
        return (
            f"has {bits} bits per channel; expected 8 or {deepest}; convert it first, as by: "
            f"magick IN -depth {deepest} OUT.png"
        )
    return (
        f"has more than 8 bits per channel: {bits}; expected an 8-bit image, on which the "
        f"protocols are defined; convert it to 8 bits first, as by: magick IN -depth 8 OUT.png"
    )


def _jpeg_bits(stream: BinaryIO) -> int:
    """Walk a JPEG's segments up to the frame header and return its bits per sample; 0 if none."""
    while len(marker := stream.read(2)) == 2 and marker[0] == 0xFF:
        while marker[1] == 0xFF:  # fill bytes
            marker = b"\xff" + (stream.read(1) or b"\0")
        length = int.from_bytes(stream.read(2), "big")
        if marker[1] in _FRAME_HEADERS:
            return int.from_bytes(stream.read(1), "big")
        stream.seek(max(length - 2, 0), io.SEEK_CUR)
    return 0


def _tiff_tags(stream: BinaryIO) -> Mapping[int, Any]:
    """Return the tags of a TIFF file's first image."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    header = stream.read(8)
    if b"+" in header[2:4]:  # BigTIFF
        header += stream.read(8)
    tags = ImageFileDirectory_v2(header)
    stream.seek(tags.next)
    tags.load(stream)
    return tags


def _why_unfit_tiff(tags: Mapping[int, Any], deepest: int) -> str:
    """Judge a TIFF image by its tags, in the order of what a person would convert first."""
    bits = max(_numbers(tags, _BITS))
    if deep := _too_deep(bits, deepest):
        return deep
    if others := {*_numbers(tags, _FORMAT)} - _UNSIGNED:
        numbers = _NUMBERS.get(min(others), "unknown")
        taken = "8-bit" if deepest == 8 else f"8- or {deepest}-bit"
        return (
            f"holds {numbers} numbers; expected {taken} grey or RGB; scale its values to 0 to 255 "
            "and save it as an 8-bit PNG."
        )
    if any(value % 257 for value in tags.get(_COLORMAP, ())):
        return (
            "has a palette of more than 8 bits per channel; expected 8-bit colours; convert it "
            "to 8-bit RGB first, as by: magick IN -type TrueColor -depth 8 OUT.png"
        )
    if tags.get(_DEPTH, 1) > 1:
        return f"holds {tags[_DEPTH]} slices; expected one image; save the slice you mean as PNG."
    channels, expected = tags.get(_SAMPLES, 1), _CHANNELS.get(tags.get(PHOTOMETRIC, 1))
    alpha = sum(kind in _ALPHA for kind in tags.get(EXTRA, ()))
    if expected is not None and channels not in {expected, expected + min(alpha, 1)}:
        return (
            f"has {channels} channels; expected 1 for grey or 3 for RGB, and at most one for "
            f"alpha; save those that you mean as an 8-bit PNG."
        )
    return (_why_unfit_deep if bits > 8 else _why_unfit_planes)(tags, channels)


def _why_unfit_planes(tags: Mapping[int, Any], channels: int) -> str:
    """Name what Pillow reads wrongly: of these it takes pixels of one plane for another's."""
    if tags.get(_PLANES, 1) != 1 and (channels == 2 or ASSOCIATED in tags.get(EXTRA, ())):
        return (
            "stores its alpha in a plane of its own (PlanarConfiguration 2); expected channels "
            "pixel by pixel; save it as an 8-bit PNG."
        )
    return ""


def _why_unfit_deep(tags: Mapping[int, Any], channels: int) -> str:
    """Name what OpenCV, which decodes more than 8 bits, reads wrongly or not at all."""
    if tags.get(_PLANES, 1) != 1 and channels > 1:
        return (
            "stores 16-bit channels one after the other (PlanarConfiguration 2); expected them "
            "pixel by pixel; save it as a 16-bit PNG."
        )
    if channels == 2:
        return (
            "has 16-bit grey with alpha; of TIFF files expected grey, RGB or RGB with alpha; save "
            "it as a 16-bit PNG."
        )
    return ""


def _numbers(tags: Mapping[int, Any], tag: int) -> tuple[int, ...]:
    """Return the values of a tag that stands once per channel; 1 where it is not there."""
    values = tags.get(tag, (1,))
    return values if isinstance(values, tuple) else (values,)


@lru_cache(maxsize=64)
def is_srgb(profile: bytes) -> bool:
    """Say whether an ICC profile's colours are sRGB's, or grey ones with sRGB's tone curve.

    No profile, and one that cannot be read or is for another kind of pixels, changes nothing: True.
    """
    if not profile:
        return True
    import numpy as np
    from PIL import Image, ImageCms

    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = {"GRAY": "L", "RGB": "RGB"}[given.profile.xcolor_space.strip()]
        levels = np.linspace(0, 255, 9).astype(np.uint8)
        colours = levels if mode == "L" else np.stack(np.meshgrid(*[levels] * 3), -1)
        image = Image.fromarray(colours.reshape(1, -1, *colours.shape[3:]))
        srgb = ImageCms.createProfile("sRGB")
        made = ImageCms.profileToProfile(image, given, srgb, outputMode="RGB")
    except (KeyError, OSError, ImageCms.PyCMSError):
        return True
    difference = np.asarray(made, np.int16) - np.asarray(image.convert("RGB"), np.int16)
    return bool(np.abs(difference).max() <= _NEARLY)
