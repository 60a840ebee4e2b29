"""Pictures side by side: strips of outputs with their error maps, spectra, comparison sheets.

Numbers say how much two methods differ, pictures say how.  Methods whose pixels are equal share
one tile, which is a finding by itself.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.core.files import write_atomically
from upbench.benchmark.core.sizes import TargetSize
from upbench.benchmark.report.crops import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image as PillowImage

    from upbench.benchmark.core.contract import Image8
    from upbench.benchmark.core.sizes import ScaleOrSize
    from upbench.benchmark.engine.upscaling import Output

TILE = 192
COLUMNS = 8
GAP, LINE = 6, 13
ERROR_GAIN = 4
SPECTRUM_RANGE_DB = 70.0
SPECTRUM_SIDE = 96
"""Side of the spectra in pixels: that of the largest crop that a run keeps."""


@dataclass(frozen=True)
class Tile:
    """Some pictures under one another, with lines of text above them."""

    lines: tuple[str, ...]
    pictures: tuple[Image8, ...]


def strip(reference: bytes, outputs: Mapping[str, tuple[bytes, float]]) -> PillowImage.Image:
    """Draw one image's crop: the reference, then each method's output over its error map.

    Args:
        reference: The PNG of the high-resolution crop.
        outputs: By method's name, the PNG of the same place and the PSNR of the whole image in dB.

    Returns:
        The picture, best PSNR first; error maps show ``|output - reference|`` times 4.
    """
    high = decode(reference)
    alike: dict[bytes, list[str]] = defaultdict(list)
    for name in sorted(outputs, key=lambda name: -outputs[name][1]):
        alike[outputs[name][0]].append(name)
    tiles = [Tile(("HR reference", f"below: error x{ERROR_GAIN}"), (high, np.zeros_like(high)))]
    for png, names in alike.items():
        output = decode(png)
        lines = (_names(names), f"{outputs[names[0]][1]:.2f} dB")
        tiles.append(Tile(lines, (output, _error_map(output, high))))
    return mosaic(tiles)


def spectrum_picture(crops: Mapping[str, Sequence[bytes]], scale: ScaleOrSize) -> PillowImage.Image:
    """Draw the mean power spectrum of each method's crops, the reference's first.

    Args:
        crops: By method's name ("" is the reference), the PNGs of its crops.
        scale: The factor s: circles mark the lattice frequencies k/s, where checkerboards
            live.

    Returns:
        The picture; zero frequency in the middle, 70 dB from black to white.
    """
    spectra = {name: mean_spectrum(pngs) for name, pngs in crops.items()}
    top = max(float(spectrum.max()) for spectrum in spectra.values())
    alike: dict[bytes, list[str]] = defaultdict(list)
    for name, pngs in crops.items():
        alike[b"".join(pngs)].append(name or "HR reference")
    tiles = []
    for names in alike.values():
        spectrum = spectra["" if names[0] == "HR reference" else names[0]]
        picture = _coloured((spectrum - top) / SPECTRUM_RANGE_DB + 1.0)
        tiles.append(Tile((_names(names),), (_with_lattice(picture, scale),)))
    return mosaic(tiles)


def write_sheet(file: Path, outputs: Sequence[Output]) -> Path:
    """Draw a sheet of one picture: where its crops are, its own pixels, then each method's crops.

    Args:
        file: The PNG to write.
        outputs: The input's own first.

    Raises:
        StoreError: The file cannot be written.
    """
    with write_atomically(file) as unfinished:
        mosaic([*_tiles_of(outputs)]).save(unfinished, "PNG")
    return file


def _tiles_of(outputs: Sequence[Output]) -> Iterator[Tile]:
    for output in outputs:
        if output.overview is not None:
            yield Tile(("the picture", "frames: the crops"), (output.overview,))
        name = output.method or "input, pixels repeated"
        if output.crops:
            yield Tile((name,), output.crops)


def mean_spectrum(pngs: Sequence[bytes]) -> NDArray[np.float64]:
    """Return the mean power spectrum of crops in dB, zero frequency in the middle.

    A crop of an image that is smaller than the others is padded with its mean.
    """
    total = np.zeros((SPECTRUM_SIDE, SPECTRUM_SIDE))
    for png in pngs:
        grey = decode(png).mean(axis=2)
        window = np.outer(np.hanning(grey.shape[0]), np.hanning(grey.shape[1]))
        total += np.abs(np.fft.fft2((grey - grey.mean()) * window, total.shape)) ** 2
    power = np.asarray(np.fft.fftshift(total / len(pngs)))
    return 10.0 * np.log10(power + 1.0)


def mosaic(tiles: Sequence[Tile]) -> PillowImage.Image:
    """Lay tiles out in rows of 8, each picture with its text above."""
    from PIL import Image, ImageDraw

    columns = min(COLUMNS, len(tiles))
    cell_width = TILE + GAP
    text = LINE * max(len(tile.lines) for tile in tiles) + GAP
    cell_height = text + (TILE + GAP) * max(len(tile.pictures) for tile in tiles)
    rows = -(-len(tiles) // columns)
    canvas = Image.new("RGB", (columns * cell_width + GAP, rows * cell_height + GAP), "white")
    draw = ImageDraw.Draw(canvas)
    for index, tile in enumerate(tiles):
        left = GAP + index % columns * cell_width
        top = GAP + index // columns * cell_height
        for number, line in enumerate(tile.lines):
            draw.text((left, top + number * LINE), _fitted(draw, line), fill="black")
        for number, picture in enumerate(tile.pictures):
            place = (left, top + text + number * (TILE + GAP))
            canvas.paste(_sized(picture), place)
    return canvas


def _sized(picture: Image8) -> PillowImage.Image:
    """Enlarge a small picture to the tile's size by whole pixels, never smoothed."""
    from PIL import Image

    image = Image.fromarray(picture)
    factor = max(1, TILE // max(image.size))
    return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)


def _fitted(draw: object, text: str) -> str:
    """Shorten a line that is wider than its tile."""
    width = draw.textlength  # type: ignore[attr-defined]
    if width(text) <= TILE:
        return text
    while width(text + "...") > TILE:
        text = text[:-1]
    return text + "..."


def _names(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} (+{len(names) - 1} equal)"


def _error_map(output: Image8, high: Image8) -> Image8:
    error = np.abs(output.astype(np.float64) - high).mean(axis=2)
    return _coloured(error * ERROR_GAIN / 255.0)


def _coloured(values: NDArray[np.float64]) -> Image8:
    """Map [0, 1] to the magma colours, which print and survive colour blindness."""
    from matplotlib import colormaps

    coloured = colormaps["magma"](np.clip(values, 0.0, 1.0), bytes=True)
    return np.asarray(coloured)[:, :, :3]


def _with_lattice(picture: Image8, scale: ScaleOrSize) -> Image8:
    """Circle the lattice frequencies (k/s, l/s) other than zero; a size has none."""
    if isinstance(scale, TargetSize):
        return picture
    from PIL import Image, ImageDraw

    image = Image.fromarray(np.ascontiguousarray(picture))
    draw = ImageDraw.Draw(image)
    height, width = picture.shape[:2]
    along = range(scale) if isinstance(scale, int) else range(-(scale // 2), scale // 2 + 1)
    for k in along:
        for column in along:
            if k or column:
                y = (height // 2 + round(k * height / scale)) % height
                x = (width // 2 + round(column * width / scale)) % width
                draw.ellipse((x - 4, y - 4, x + 4, y + 4), outline=(120, 255, 120))
    return np.asarray(image)
