"""The pictures of a run: which there are, what they are called, and drawing them once.

A run gets one plot of quality against speed, one sheet of spectra and one of agreement matrices
per dataset, scale and protocol, and a strip of crops for the first images of each, 36 strips in
all: a strip takes a fifth of a second and a megabyte.  The page shows every pictured image.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from functools import partial
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Literal

from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.core.files import write_atomically, write_text
from upbench.benchmark.core.hashing import module_hash
from upbench.benchmark.core.progress import tracked
from upbench.benchmark.core.row import identities
from upbench.benchmark.core.sizes import scale_label
from upbench.benchmark.core.text import distinct, plain_name
from upbench.benchmark.report.agreement.figure import heat_maps
from upbench.benchmark.report.album import in_turn
from upbench.benchmark.report.figures import quality_against_speed
from upbench.benchmark.report.mosaic import spectrum_picture, strip
from upbench.benchmark.report.summary import groups

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure
    from PIL.Image import Image

    from upbench.benchmark.core.contract import Progress
    from upbench.benchmark.core.sizes import ScaleOrSize
    from upbench.benchmark.engine.plan import Identity
    from upbench.benchmark.report.album import Place
    from upbench.benchmark.report.source import Source

    Drawing = tuple[str, Callable[[Path], None]]
    Crops = Mapping[Identity, bytes]
    Dots = float | Literal["figure"]

FIGURES = "figures"
"""The folder of pictures in a run's folder."""
DRAWN = ".drawn"
"""The file in it that says which rows the pictures show, and lists them."""
LONGEST_NAME = 160
"""Bytes of a picture's file name; file systems take 255, of which ours are not all."""
MAX_STRIPS = 36
"""How many strips are drawn at most: all of the default bench's."""
EFFORT = 4
"""zlib's level for strips and spectra: half the time of the usual 6, for 4 % more bytes."""


def is_drawn(folder: Path) -> bool:
    """Say whether the pictures show the rows that the tables hold, drawn by this very code."""
    return _marked(folder)[:1] == [_drawn_from(folder)]


def _marked(folder: Path) -> list[str]:
    """Return what pictures were drawn from, and their names; nothing where none were."""
    marker = folder / FIGURES / DRAWN
    return (
        marker.read_text(encoding="utf-8", errors="replace").splitlines()
        if marker.is_file()
        else []
    )


def _drawn_from(folder: Path) -> str:
    """Return a digest of the rows, of the summary with its speeds, and of this code."""
    rows = next(name for name in ("scores.csv", "scores.parquet") if (folder / name).is_file())
    tables = [folder / name for name in (rows, "summary.csv") if (folder / name).is_file()]
    digest = sha256(b"".join(sha256(table.read_bytes()).digest() for table in tables)).hexdigest()
    return f"{digest} {module_hash('upbench.benchmark.report')}"


def draw(source: Source, progress: Progress | None = None) -> None:
    """Draw all the pictures of a run; those of an earlier one that are no longer of it go.

    Args:
        source: The run; its tables are written already.
        progress: Called with (what, done, total) after each picture.

    Raises:
        StoreError: The folder cannot be written.
    """
    place = source.folder / FIGURES
    if place.is_symlink() or (place.exists() and not place.is_dir()):
        raise StoreError(
            f"{place} is a link or a file; expected a folder of pictures: remove it, then give "
            "the same command again."
        )
    place.mkdir(exist_ok=True)
    drawings = [
        *_figures("speed", source.summary, quality_against_speed, 120),
        *_figures("agreement", source.agreement, heat_maps, "figure"),
        *_strips(source.crops, source.rows),
        *_spectra(source.crops),
    ]
    names = [*_file_names(title for title, _ in drawings)]
    named = [*zip(names, drawings, strict=True)]
    for name, (_, draw_into) in tracked("pictures", named, progress):
        with write_atomically(place / name) as file:
            draw_into(file)
    gone = {*_marked(source.folder)[1:]} - {*names}
    for file in place.glob("*.png"):  # the marker may come from anywhere: it opens no path
        if file.name in gone and file.is_file():
            file.unlink()
    write_text(place / DRAWN, "\n".join([_drawn_from(source.folder), *names, ""]))


def _figures(
    what: str, tables: pd.DataFrame, figure: Callable[[pd.DataFrame, str], Figure], dpi: Dots
) -> Iterator[Drawing]:
    for title, table in groups(tables):
        yield f"{what} {title}", partial(_save_figure, partial(figure, table, title), dpi)


def _save_figure(figure: Callable[[], Figure], dpi: Dots, file: Path) -> None:
    with warnings.catch_warnings():
        # on a busy machine matplotlib tells the user that it takes its time
        warnings.filterwarnings("ignore", "Creating legend")
        # nor that a name has signs which its font lacks: the tables show them
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        figure().savefig(file, format="png", dpi=dpi)


def _strips(crops: Crops, rows: pd.DataFrame) -> Iterator[Drawing]:
    scores = dict(zip(identities(rows), map(float, rows["psnr_db"]), strict=True))
    by_image: dict[Place, dict[str, tuple[bytes, float]]] = defaultdict(dict)
    for identity, png in crops.items():
        if identity[0] and ("", *identity[1:]) in crops:
            by_image[identity[1:]][identity[0]] = (png, scores[identity])
    for place in islice(in_turn(by_image), MAX_STRIPS):
        dataset, image, scale, protocol = place
        picture = partial(strip, crops[("", *place)], by_image[place])
        yield f"strip {dataset} {image} {scale_label(scale)} {protocol}", partial(_save, picture)


def _spectra(crops: Crops) -> Iterator[Drawing]:
    for (dataset, scale, protocol), shown in _crops_by_group(crops).items():
        picture = partial(spectrum_picture, shown, scale)
        yield f"spectra {dataset} {scale_label(scale)} {protocol}", partial(_save, picture)


def _save(picture: Callable[[], Image], file: Path) -> None:
    picture().save(file, "PNG", compress_level=EFFORT)


def _crops_by_group(crops: Crops) -> dict[tuple[str, ScaleOrSize, str], dict[str, list[bytes]]]:
    """Gather each method's crops over the images; the reference "" comes first."""
    found: dict[tuple[str, ScaleOrSize, str], dict[str, list[bytes]]] = defaultdict(dict)
    for identity in sorted(crops):
        method, dataset, _image, scale, protocol = identity
        found[dataset, scale, protocol].setdefault(method, []).append(crops[identity])
    return found


def _file_names(titles: Iterable[str]) -> Iterator[str]:
    """Yield a file name like each title: short enough for every file system, and none twice."""
    stems = (plain_name(title).encode()[:LONGEST_NAME].decode(errors="ignore") for title in titles)
    yield from (f"{name}.png" for name in distinct(stems))
