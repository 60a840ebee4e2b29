"""The public sets of super-resolution: Set5, Set14, BSD100, Urban100; T91 and BSD200 to train.

Their images are not ours to ship.  ``sources.json`` pins where each lies and what it holds:
``$UPBENCH_DATA/<Set>`` is read where it exists, in any lossless format and under any name (see
``_local``), and compared pixel by pixel (by SHA-256); otherwise each file is downloaded on first
use into the cache and compared with its checksum.  Either way the same pixels come out, so an
image's digest is that of its pixels.

Traps that move published numbers:

- Urban100's widely copied x2 folder holds half-size images; here the x4 folder's full-size ones
  are used at every scale.
- Set14: ``bridge`` is single-channel, ``man`` is grey stored as RGB.
- Set5's ``butterfly`` and ``head`` are crops of Set14's ``monarch`` and ``face``: the two sets are
  not independent.  Its ``woman`` is BSD200's ``302003`` at 0.72 of its size.
- BSD100 is the 100 test images of BSDS300; BSD200 is its training part.  The 200 test images that
  BSDS500 added are more to train with: none is in BSD100.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, partial
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from upbench.benchmark.core.contract import ImageItem, LocalStatus, dataset
from upbench.benchmark.core.errors import ImageError, UnknownNameError
from upbench.benchmark.imaging.decode import pixels_digest, read_image8
from upbench.benchmark.imaging.download import Pinned, cache_folder, fetch
from upbench.datasets import _local as local

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from upbench.benchmark.core.contract import Image, Image8, Progress

__all__ = [
    "NAMES",
    "bsd100",
    "bsd200",
    "bsd200_test",
    "fetch_all",
    "list_images",
    "load_image",
    "local_status",
    "notes",
    "set5",
    "set14",
    "t91",
    "urban100",
]

# Each set's name, and its key in sources.json, which is also its folder's name.
_KEYS = {
    "set5": "Set5",
    "set14": "Set14",
    "bsd100": "BSD100",
    "urban100": "Urban100",
    "t91": "T91",
    "bsd200": "BSD200-train",
    "bsd200-test": "BSD200-test",
}
NAMES = tuple(_KEYS)
"""The public sets."""

_BSDS = "Martin et al., ICCV 2001 (Berkeley Segmentation Dataset)"
_RESEARCH = "none stated; research images"
_BSDS_LICENCE = "Berkeley: non-commercial research and education"


# What `upbench data audit` found; tests/imaging/test_audited_sets.py compares.
_MONARCH = "row 144, column 271"
_ABOUT = {
    ("set5", "butterfly_GT"): f"a crop of set14's monarch, 256 x 256 pixels from {_MONARCH}",
    ("set5", "head_GT"): "set14's face with a border of 2 pixels more",
    ("set5", "woman_GT"): "bsd200's 302003 at 0.72 of its size; JPEG of about quality 75",
    ("set14", "monarch"): f"set5's butterfly is a crop of it, 256 x 256 pixels from {_MONARCH}",
    ("set14", "face"): "set5's head without a border of 2 pixels",
    ("set14", "coastguard"): "a video frame, with its 8 x 8 grid",
    ("set14", "foreman"): "a video frame, with its 8 x 8 grid",
    ("bsd200", "302003"): "set5's woman is this at 0.72 of its size: left out of training",
}
_SHARED = (
    "butterfly and head show what monarch and face of set14 show: the sets are not independent."
)
_SET5 = (
    _SHARED,
    "woman is bsd200's 302003 at 0.72 of its size: upbench train leaves it out (docs/learned.md).",
)
_SET14 = ("monarch and face hold set5's butterfly and head: the sets are not independent.",)
_BSD200 = ("302003 is what set5's woman was made from: upbench train leaves it out.",)


@dataclass(frozen=True)
class _Source:
    """One image of sources.json."""

    stem: str
    pinned: Pinned
    pixels_sha256: str
    size: tuple[int, int] | None
    """(width, height), where the table says it."""


def list_images(name: str, *, base_url: str | None = None) -> Sequence[ImageItem]:
    """List a public set's images, sorted by name; nothing is downloaded before one is loaded.

    Args:
        name: One of NAMES.
        base_url: Download from here instead of the pinned address (a mirror, a test).

    Returns:
        Items named by file stem; digests are SHA-256 of the 8-bit pixels.

    Raises:
        UnknownNameError: No public set has this name.
    """
    return [
        ImageItem(
            stem,
            source.pixels_sha256,
            partial(load_image, name, stem, base_url=base_url),
            about=_ABOUT.get((name, stem), ""),
        )
        for stem, source in _sources(name, base_url).items()
    ]


def load_image(name: str, stem: str, *, base_url: str | None = None) -> Image:
    """Read one image of a public set, downloading it on first use: float32 (H, W, 1 or 3).

    Raises:
        UnknownNameError: No public set has this name, or the set no such image.
        ImageError: The local file is missing, unreadable or not the pinned image.
        FetchError: It is not on this machine and could not be downloaded.
    """
    import numpy as np

    sources = _sources(name, base_url)
    if stem not in sources:
        raise UnknownNameError(f"{name} image", stem, sources)
    own, source = _own_folder(name), sources[stem]
    if own:
        pixels = _own_pixels(own, source)
    else:
        pixels = _checked(fetch(source.pinned, _cached_folder(name)), source)
    return pixels.astype(np.float32) / np.float32(255)


def fetch_all(name: str, progress: Progress | None = None, *, base_url: str | None = None) -> Path:
    """Have every image of a public set on this machine, verified; download what is missing.

    A set in $UPBENCH_DATA is compared with its checksums and nothing is downloaded.

    Args:
        name: One of NAMES.
        progress: Called as ``progress(name, bytes done, bytes in all)`` for the whole set.
        base_url: Download from here instead of the pinned address.

    Returns:
        The folder that holds the set.

    Raises:
        UnknownNameError: No public set has this name.
        ImageError: A local file is missing, unreadable or not the pinned image.
        FetchError: A file could not be downloaded; those already fetched stay.
    """
    sources = _sources(name, base_url)
    own, cached = _own_folder(name), _cached_folder(name)
    if own and (missing := [stem for stem in sources if not _is_in(own, sources[stem])]):
        raise _missing(own, missing)
    done, total = 0, sum(source.pinned.bytes for source in sources.values())
    for source in sources.values():
        if own:
            _own_pixels(own, source)
        else:
            within = partial(_report, progress, name, done, total) if progress else None
            fetch(source.pinned, cached, progress=within)
        done += source.pinned.bytes
        if progress:
            progress(name, done, total)
    return own or cached


def local_status(name: str) -> LocalStatus:
    """Say how much of a public set is on this machine, from file names and sizes alone.

    Raises:
        UnknownNameError: No public set has this name.
    """
    sources, own, cached = _sources(name, None), _own_folder(name), _cached_folder(name)
    if own:
        present = sum(_is_in(own, source) for source in sources.values())
    else:
        present = sum(_has(cached / s.pinned.name, s.pinned.bytes) for s in sources.values())
    size = sum(source.pinned.bytes for source in sources.values())
    return LocalStatus(str(own or cached), present, len(sources), size)


def notes(name: str) -> Sequence[str]:
    """Say that a public set was looked for in $UPBENCH_DATA in vain, before it is downloaded.

    Raises:
        UnknownNameError: No public set has this name.
    """
    here, looked = local_status(name), local.what_is_there()
    if not looked or _own_folder(name) or here.present == here.total:
        return []
    download = (
        f"{here.total - here.present} of {here.total} images will be downloaded into {here.place} "
        f"({here.bytes / 1e6:.1f} MB for all)"
    )
    return [f"{looked}; expected {_KEYS[name]} in it: {download}."]


def _sources(name: str, base_url: str | None) -> dict[str, _Source]:
    """Return the set's images by stem, sorted."""
    if name not in _KEYS:
        raise UnknownNameError("public dataset", name, _KEYS)
    pinned_set = _table()[_KEYS[name]]
    base = base_url or pinned_set["base_url"]
    sources = [
        _Source(
            unquote(PurePosixPath(path).stem),
            Pinned(base + path, entry["sha256"], entry["bytes"]),
            entry["pixels_sha256"],
            (entry["width"], entry["height"]) if "width" in entry else None,
        )
        for path, entry in pinned_set["files"].items()
    ]
    return {source.stem: source for source in sorted(sources, key=lambda source: source.stem)}


@cache
def _table() -> dict[str, Any]:
    text = Path(__file__).with_name("sources.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def _own_folder(name: str) -> Path | None:
    """Return the set's folder in $UPBENCH_DATA where there is one."""
    return local.find_set(_KEYS[name], name)


def _cached_folder(name: str) -> Path:
    return cache_folder() / "datasets" / _KEYS[name]


def _is_in(folder: Path, source: _Source) -> bool:
    return bool(local.named_image(folder, source.stem) or _same(folder, source))


def _same(folder: Path, source: _Source) -> Path | None:
    return local.same_image(folder, source.stem, source.pixels_sha256, source.size)


def _own_pixels(folder: Path, source: _Source) -> Image8:
    """Read an image by its name, or from whatever other file holds its pixels."""
    named = local.named_image(folder, source.stem)
    try:
        if named:
            return _checked(named, source)
        refusal = _missing(folder, [source.stem])
    except ImageError as error:
        refusal = error
    same = _same(folder, source)
    if same is None:
        raise refusal
    return read_image8(same)


def _missing(folder: Path, stems: Sequence[str]) -> ImageError:
    return ImageError(
        f"{folder} has no image {', '.join(stems)}: expected {stems[0]}.png, or its pixels in "
        f"another lossless file there (looked for because UPBENCH_DATA names the folder); add the "
        f"file, or move the folder out of UPBENCH_DATA to have the set downloaded."
    )


def _checked(path: Path, source: _Source) -> Image8:
    """Read the file and compare it: JPEG by the file's hash (decoders differ), others by pixels."""
    pixels = read_image8(path)
    if local.is_jpeg(path):
        expected, got = source.pinned.sha256, sha256(path.read_bytes()).hexdigest()
    else:
        expected, got = source.pixels_sha256, pixels_digest(pixels)
    if got != expected:
        what = "file" if local.is_jpeg(path) else "pixels"
        raise ImageError(
            f"{path} is not the published image: expected SHA-256 of its {what} {expected}, got "
            f"{got}; replace the file, or move its folder away to have the set downloaded."
        )
    return pixels


def _has(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _report(
    progress: Progress, name: str, before: int, total: int, _file: str, done: int, _size: int
) -> None:
    """Turn one file's progress into the whole set's."""
    progress(name, before + done, total)


def _public(
    name: str, source: str, licence: str, summary: str, caveats: Sequence[str] = ()
) -> Callable[[], Sequence[ImageItem]]:
    """Return a public set as a dataset: all are listed and fetched in one way."""

    @dataset(
        name,
        source=source,
        licence=licence,
        summary=summary,
        fetch=partial(fetch_all, name),
        status=partial(local_status, name),
        notes=partial(notes, name),
        caveats=caveats,
    )
    def items() -> Sequence[ImageItem]:
        """List the set's images."""
        return list_images(name)

    return items


# Baby, bird, butterfly, head, woman.
set5 = _public(
    "set5",
    "Bevilacqua et al., BMVC 2012",
    _RESEARCH,
    "5 RGB photographs, the most quoted set; too few to rank close methods",
    _SET5,
)

# Not independent of Set5, see this file's first lines.
set14 = _public(
    "set14",
    "Zeyde et al., Curves and Surfaces 2010",
    _RESEARCH,
    "14 images; bridge is grey, man is grey stored as RGB, monarch and face are in Set5, too",
    _SET14,
)

# JPEG originals, pixel-identical to the PNG copies in common use.
bsd100 = _public(
    "bsd100",
    _BSDS,
    _BSDS_LICENCE,
    "100 RGB photographs, 321 x 481: the test images of BSDS300, B100 in papers",
)

# The x4 folder's images, because the x2 folder's have half the size.
urban100 = _public(
    "urban100",
    "Huang et al., CVPR 2015",
    "none stated in its repository",
    "100 RGB photographs of buildings; full-size images at every scale (135 MB)",
)

# The training images of SRCNN, FSRCNN, ESPCN and VDSR.
t91 = _public(
    "t91",
    "Yang et al., IEEE Trans. Image Processing 19(11), 2010",
    _RESEARCH,
    "91 small RGB images for training; do not measure on what you train on",
)

# With T91 the classic training set of 291 images.
bsd200 = _public(
    "bsd200",
    _BSDS,
    _BSDS_LICENCE,
    "200 RGB photographs for training, disjoint from BSD100",
    _BSD200,
)

# With the training part the 400 images that denoisers and later networks learn from.
bsd200_test = _public(
    "bsd200-test",
    "Arbelaez et al., IEEE Trans. PAMI 33(5), 2011 (BSDS500)",
    _BSDS_LICENCE,
    "200 RGB photographs for training, the test images of BSDS500; disjoint from BSD100",
)
