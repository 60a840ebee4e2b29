"""Read an image file, or say in one sentence why it cannot be used.

The benchmark's protocols are defined on 8-bit grey or RGB pixels as they are stored in the file.
So nothing is guessed and nothing is lost on the way: what cannot be taken over exactly is refused,
with the conversion to make.

==========================  ==================================================================
8-bit grey, 8-bit RGB       read
1, 2 and 4 bits, palettes   read: expanded to 8-bit grey or RGB without loss
alpha, all opaque           read: the alpha channel holds nothing and is dropped
alpha, really transparent   refused: the colour behind it is not defined
16-bit, 32-bit, float       refused: the protocols are defined on 8-bit images
CMYK, YCbCr, Lab ...        refused: the way to RGB depends on a colour profile
several frames              refused; but a JPEG's first picture is its photograph and is read
EXIF orientation, profiles  not applied: pixels are used as they are stored
==========================  ==================================================================
"""

from __future__ import annotations

import re
import stat
import struct
import warnings
import zlib
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import ImageError

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

    from upbench.benchmark.core.contract import Image, Image8

__all__ = ["MAX_PIXELS", "SUFFIXES", "pixels_digest", "read_image", "read_image8"]

MAX_PIXELS = 100_000_000
"""The largest image that is read; 10000 x 10000 takes 1.2 GB as float32 RGB."""

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
"""File name suffixes of every format that is read."""

_FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
_PLAIN_MODES = {"1": "L", "L": "L", "LA": "L", "P": "RGB", "PA": "RGB", "RGB": "RGB", "RGBA": "RGB"}
_DEEP_MODES = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
# Pillow reads 16-bit colour as RGB by dropping the low byte; only the raw mode tells.
_DEEP_RAW_MODE = re.compile(r";(16|32)[A-Z]")

# What Pillow's decoders raise on damaged files: 80,000 of them gave OSError, SyntaxError,
# ValueError and TypeError; the others stand in its source.
_DECODER_ERRORS = (
    EOFError,
    IndexError,
    MemoryError,
    OSError,
    OverflowError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


def read_image(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> Image:
    """Read an image file as the contract's image.

    Args:
        path: A PNG, JPEG, BMP, TIFF or WebP file.
        max_pixels: The largest width x height; a larger header is refused before decoding.

    Returns:
        float32, (H, W, 1) or (H, W, 3), the 8-bit values divided by 255 in float32.

    Raises:
        ImageError: The file cannot be read or is of a kind that the benchmark does not take.
    """
    import numpy as np

    return read_image8(path, max_pixels=max_pixels).astype(np.float32) / np.float32(255)


def read_image8(path: str | Path, *, max_pixels: int = MAX_PIXELS) -> Image8:
    """Read an image file as 8-bit pixels, uint8 (H, W, 1) or (H, W, 3); see read_image."""
    import numpy as np
    import PIL.Image

    path = Path(path)
    _require_file(path)
    try:
        # Pillow warns of damaged metadata, which is not used, and of large headers, refused here.
        with warnings.catch_warnings(action="ignore"):
            with PIL.Image.open(path, formats=_FORMATS) as header:
                _check_header(path, header, max_pixels)
                header.verify()  # the checksums of a PNG; a decoder may skip them
            with PIL.Image.open(path, formats=_FORMATS) as opened:
                pixels = np.asarray(_plain(path, opened))
    except PIL.Image.DecompressionBombError:
        raise _too_large(path, "the size in its header", max_pixels) from None
    except PermissionError as error:
        raise _unopened(path, error) from None
    except PIL.UnidentifiedImageError:
        raise ImageError(
            f"{path} is not an image that can be read: expected {', '.join(_FORMATS)}, and its "
            f"content is none of them; remove the file or save the picture as PNG."
        ) from None
    except _DECODER_ERRORS as error:
        raise ImageError(
            f"{path} is damaged or cut short: expected a complete image, the decoder stopped at "
            f"'{_one_line(error)}'; replace the file."
        ) from None
    return pixels.reshape(*pixels.shape[:2], -1)


def pixels_digest(image8: Image8) -> str:
    """Return the SHA-256 of 8-bit pixels: uint8 (H, W) or (H, W, C), raw bytes, row by row.

    A file format or a grey image's last axis of length 1 does not change it.
    """
    return sha256(image8.tobytes(order="C")).hexdigest()


def _require_file(path: Path) -> None:
    """Refuse what is no regular file: opening a pipe would wait for ever."""
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        raise _unopened(path, error) from None
    if not regular:
        raise ImageError(f"{path} is not a file; expected an image file; check the path.")


def _unopened(path: Path, error: OSError) -> ImageError:
    return ImageError(
        f"{path} cannot be opened ({error.strerror}); expected a readable image file; "
        f"check the path and its permissions."
    )


def _check_header(path: Path, header: PillowImage, max_pixels: int) -> None:
    """Refuse by the header alone what cannot be used, before any pixel is decoded."""
    width, height = header.size
    if width < 1 or height < 1:
        raise ImageError(f"{path} has no pixels: its header says {width} x {height}; replace it.")
    if width * height > max_pixels:
        raise _too_large(path, f"{width} x {height}", max_pixels)
    if header.mode in _DEEP_MODES or _DEEP_RAW_MODE.search(_raw_modes(header)):
        raise ImageError(
            f"{path} has more than 8 bits per channel; expected an 8-bit image, on which the "
            f"protocols are defined; convert it to 8 bits first."
        )
    if header.mode not in _PLAIN_MODES:
        raise ImageError(
            f"{path} is a {header.mode} image; expected 8-bit grey or RGB; "
            f"convert it to RGB first, with the colour profile that it was made for."
        )
    frames = getattr(header, "n_frames", 1)
    if frames > 1 and header.format != "MPO":  # a camera's JPEG with previews behind it
        raise ImageError(
            f"{path} holds {frames} frames; expected one image; save the frame you mean as PNG."
        )


def _raw_modes(header: PillowImage) -> str:
    """Return how the decoder will find the pixels in the file, as Pillow describes its tiles."""
    return str(getattr(header, "tile", ""))


def _too_large(path: Path, size: str, max_pixels: int) -> ImageError:
    return ImageError(
        f"{path} is too large: {size} is more than the {max_pixels / 1e6:g} million pixels that "
        f"are read; crop it or make it smaller."
    )


def _plain(path: Path, image: PillowImage) -> PillowImage:
    """Decode to mode L or RGB without losing anything.

    Raises:
        ImageError: Some pixel is not opaque.
    """
    mode = _PLAIN_MODES[image.mode]
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema() != (255, 255):
            raise ImageError(
                f"{path} has transparent pixels; expected an opaque image; "
                f"flatten it on a background colour first."
            )
    return image.convert(mode)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
