"""Read an image file, or say in one sentence why it cannot be used.

The benchmark's protocols are defined on 8-bit grey or RGB pixels as they are stored in the file.
So nothing is guessed and nothing is lost on the way: what cannot be taken over exactly is refused,
with the conversion to make.  What decides is what the file itself says of its bits, numbers and
channels; the decoder's mode hides some of it (see ``headers``).

===========================  =================================================================
8-bit grey, 8-bit RGB        read
1, 2 and 4 bits, palettes    read: expanded to 8-bit grey or RGB without loss
alpha, all opaque            read: the alpha channel holds nothing and is dropped
alpha, really transparent    refused: the colour behind it is not defined
10 bits and more, float      refused: the protocols are defined on 8-bit images
signed numbers, other        refused: no value says what black and white are, or which channels
channels than grey or RGB    are meant
CMYK, YCbCr, Lab ...         refused: the way to RGB depends on a colour profile
several frames, volumes      refused; but a JPEG's first picture is its photograph and is read
EXIF orientation, profiles   not applied: pixels are used as they are stored; ``unapplied``
                             names them
===========================  =================================================================
"""

from __future__ import annotations

import stat
import struct
import threading
import warnings
import zlib
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import ImageError
from upbench.benchmark.core.sizes import MAX_PIXELS
from upbench.benchmark.imaging.headers import ORIENTATION, bits_per_channel, is_srgb, why_unfit

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from io import BufferedReader

    from PIL.Image import Image as PillowImage

    from upbench.benchmark.core.contract import Image, Image8

__all__ = [
    "MAX_PIXELS",
    "SUFFIXES",
    "check_header",
    "image_channels",
    "image_size",
    "opened",
    "orientation_of",
    "pixels_digest",
    "read_header",
    "read_image",
    "read_image8",
    "unapplied",
]

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
"""File name suffixes of every format that is read."""

_FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
_PLAIN_MODES = {"1": "L", "L": "L", "LA": "L", "P": "RGB", "PA": "RGB", "RGB": "RGB", "RGBA": "RGB"}
_ON_ITS_SIDE = {5, 6, 7, 8}
"""Orientations that exchange width and height."""
_PILLOW = threading.Lock()
"""Held while what Pillow reads, globals of it, is set."""

# What Pillow's decoders raise on damaged files: 80,000 of them gave OSError, SyntaxError,
# ValueError and TypeError; the others stand in its source, AssertionError for a PNG that has lost
# its palette.
_DECODER_ERRORS = (
    AssertionError,
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


def read_image(path: str | Path, *, max_pixels: int = MAX_PIXELS, digest: str = "") -> Image:
    """Read an image file as the contract's image.

    Args:
        path: A PNG, JPEG, BMP, TIFF or WebP file.
        max_pixels: The largest width x height; a larger header is refused before decoding.
        digest: The SHA-256 that the file must have; "" for any.

    Returns:
        float32, (H, W, 1) or (H, W, 3), the 8-bit values divided by 255 in float32.

    Raises:
        ImageError: The file cannot be read, is of a kind that the benchmark does not take, or is
            not the one of the digest.
    """
    import numpy as np

    pixels = read_image8(path, max_pixels=max_pixels, digest=digest)
    return pixels.astype(np.float32) / np.float32(255)


def read_image8(path: str | Path, *, max_pixels: int = MAX_PIXELS, digest: str = "") -> Image8:
    """Read an image file as 8-bit pixels, uint8 (H, W, 1) or (H, W, 3); see read_image."""
    import numpy as np

    path = Path(path)
    with opened(path) as stream:
        if digest:
            _check_digest(path, stream, digest)
        with read_header(path, stream) as header:
            check_header(path, header, max_pixels)
            header.verify()  # the checksums of a PNG; a decoder may skip them
        with read_header(path, stream) as image:
            pixels = np.asarray(_plain(path, image))
    return pixels.reshape(*pixels.shape[:2], -1)


def image_size(path: Path) -> tuple[int, int] | None:
    """Return (width, height) as stored, by a file's header alone, or None where it has none."""
    try:
        with opened(path) as stream, read_header(path, stream) as header:
            # of a TIFF, and of no other format, Pillow states the size after its turn
            turned = header.format == "TIFF" and orientation_of(header) in _ON_ITS_SIDE
            return header.size[::-1] if turned else header.size
    except ImageError:
        return None


def image_channels(path: Path) -> int | None:
    """Return 1 for grey or 3 for RGB, by a file's header alone, or None where it is neither."""
    try:
        with opened(path) as stream, read_header(path, stream) as header:
            return {"L": 1, "RGB": 3}.get(_PLAIN_MODES.get(header.mode, ""))
    except ImageError:
        return None


def orientation_of(image: PillowImage) -> int:
    """Return an image's EXIF orientation; 1, upright, where it states none or its EXIF is damaged.

    Damaged metadata do not make pixels unusable: of PNG and WebP files Pillow raises it here.
    """
    try:
        stated: int = image.getexif().get(ORIENTATION, 1)
    except _DECODER_ERRORS:
        return 1
    return stated


def unapplied(path: Path) -> tuple[str, ...]:
    """Say what an image file asks for in vain, as ("an EXIF orientation",); () for nothing.

    A file that cannot be read asks for nothing here: reading it says why.
    """
    try:
        with opened(path) as stream, read_header(path, stream) as header:
            found = [
                ("an EXIF orientation", orientation_of(header) not in {0, 1}),
                (
                    "a colour profile other than sRGB",
                    not is_srgb(header.info.get("icc_profile") or b""),
                ),
            ]
    except ImageError:
        return ()
    return tuple(name for name, is_there in found if is_there)


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """Open a file for Pillow, and turn whatever its decoders raise into one sentence."""
    import PIL.Image
    import PIL.ImageFile

    _require_file(path)
    try:
        # Pillow warns of damaged metadata, which is not used.  Its own bound on sizes is lifted:
        # max_pixels is the one that counts.  Many scripts let it fill up truncated files with grey.
        with _PILLOW, path.open("rb") as stream, warnings.catch_warnings(action="ignore"):
            bound, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, None
            lenient = PIL.ImageFile.LOAD_TRUNCATED_IMAGES
            PIL.ImageFile.LOAD_TRUNCATED_IMAGES = False
            try:
                yield stream
            finally:
                PIL.Image.MAX_IMAGE_PIXELS = bound
                PIL.ImageFile.LOAD_TRUNCATED_IMAGES = lenient
    except PIL.UnidentifiedImageError:
        raise ImageError(
            f"{path} is not an image that can be read: expected {', '.join(_FORMATS)}, and its "
            f"content is none of them, or of a rare kind; remove the file or save the picture "
            f"as 8-bit PNG."
        ) from None
    except PermissionError as error:
        raise _unopened(path, error) from None
    except _DECODER_ERRORS as error:
        raise ImageError(
            f"{path} is damaged or cut short: expected a complete image, the decoder stopped at "
            f"'{' '.join(str(error).split()) or type(error).__name__}'; replace the file."
        ) from None


def read_header(path: Path, stream: BufferedReader, deepest: int = 8) -> PillowImage:
    """Let Pillow read the header, after the file's own header was found to be of a plain kind."""
    import PIL.Image

    stream.seek(0)
    unfit = why_unfit(stream, deepest)
    if unfit:
        raise ImageError(f"{path} {unfit}")
    stream.seek(0)
    bits = bits_per_channel(stream)
    stream.seek(0)
    image = PIL.Image.open(stream, formats=_FORMATS)
    level = image.info.get("transparency")
    if image.mode == "L" and isinstance(level, int):
        # Pillow spreads grey of few bits over 8, but not the grey that a PNG says is transparent
        most = (1 << bits) - 1
        image.info["transparency"] = (level & most) * 255 // most
    return image


def _check_digest(path: Path, stream: BufferedReader, digest: str) -> None:
    got = file_digest(stream, "sha256").hexdigest()
    if got != digest:
        raise ImageError(
            f"{path} is another file than when the images were listed: expected SHA-256 {digest}, "
            f"got {got}; run the command again."
        )


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


def check_header(
    path: Path,
    header: PillowImage,
    max_pixels: int,
    modes: Container[str] = frozenset(_PLAIN_MODES),
) -> None:
    """Refuse by the header alone what cannot be used, before any pixel is decoded."""
    width, height = header.size
    if width < 1 or height < 1:
        raise ImageError(f"{path} has no pixels: its header says {width} x {height}; replace it.")
    if width * height > max_pixels:
        raise ImageError(
            f"{path} is too large: {width} x {height} is more than the {max_pixels / 1e6:g} "
            f"million pixels that are read; crop it or make it smaller."
        )
    if header.mode not in modes:
        raise ImageError(
            f"{path} is a {header.mode} image; expected grey or RGB; "
            f"convert it to RGB first, with the colour profile that it was made for."
        )
    frames = getattr(header, "n_frames", 1)
    if frames > 1 and header.format != "MPO":  # a camera's JPEG with previews behind it
        raise ImageError(
            f"{path} holds {frames} frames; expected one image; save the frame you mean as PNG."
        )


def _plain(path: Path, image: PillowImage) -> PillowImage:
    """Decode to mode L or RGB without losing anything.

    Raises:
        ImageError: Some pixel is not opaque.
    """
    mode = _PLAIN_MODES[image.mode]
    if image.format == "TIFF":  # the one format that Pillow would turn upright by itself
        image = _as_stored(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema() != (255, 255):
            raise ImageError(
                f"{path} has transparent pixels; expected an opaque image; "
                f"flatten it on a background colour first."
            )
    return image.convert(mode)


def _as_stored(image: PillowImage) -> PillowImage:
    """Undo the turn that Pillow gives to TIFF files, and to no others, as it loads them."""
    from PIL.Image import Transpose

    undone = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_90,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_270,
    }
    orientation = orientation_of(image)
    image.load()
    return image.transpose(undone[orientation]) if orientation in undone else image
