"""The report: tables and pictures from stored rows and crops.  It never runs a method."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from hashlib import sha256
from typing import TYPE_CHECKING

from upbench.benchmark.errors import StoreError
from upbench.benchmark.provenance import module_hash
from upbench.benchmark.report.figures import quality_against_speed
from upbench.benchmark.report.mosaic import spectrum_picture, strip
from upbench.benchmark.report.summary import groups, summarise, to_markdown
from upbench.benchmark.store import JOURNAL, Store, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import pandas as pd

    from upbench.benchmark.contract import Progress
    from upbench.benchmark.plan import Identity

__all__ = ["FIGURES", "rebuild", "write_report"]

FIGURES = "figures"
"""The folder of pictures in a run's folder."""
DRAWN = ".drawn"
"""The file in it that says which rows the pictures show."""
LONGEST_NAME = 160
"""Bytes of a picture's file name; file systems take 255, of which ours are not all."""


def rebuild(folder: Path, progress: Progress | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write a run's tables and pictures anew from its journal; return rows and summary.

    Raises:
        StoreError: The folder holds no journal, or cannot be written.
    """
    if not (folder / JOURNAL).is_file():
        raise StoreError(
            f"{folder} holds no run; expected a folder that 'upbench run --out {folder}' wrote."
        )
    with Store(folder) as store:
        rows = store.export()
        return rows, write_report(store, rows, progress, anew=True)


def write_report(
    store: Store,
    rows: pd.DataFrame,
    progress: Progress | None = None,
    *,
    anew: bool = False,
) -> pd.DataFrame:
    """Write ``summary.csv``, ``summary.md`` and the pictures of a run.

    Args:
        store: The run, for its folder and its crops.
        rows: The run's rows.
        progress: Called with (what, done, total) after each picture.
        anew: Draw the pictures even if they show these very rows already.

    Returns:
        The summary.

    Raises:
        StoreError: The folder cannot be written.
    """
    summary = summarise(rows)
    with write_atomically(store.folder / "summary.csv") as file:
        summary.to_csv(file, index=False)
    with write_atomically(store.folder / "summary.md") as file:
        file.write_text(to_markdown(summary), encoding="utf-8")
    if anew or not _is_drawn(store.folder):
        _draw(store, summary, rows, progress)
    return summary


def _is_drawn(folder: Path) -> bool:
    """Say whether the pictures show the rows that the tables hold, drawn by this very code."""
    marker = folder / FIGURES / DRAWN
    return marker.is_file() and marker.read_text(encoding="utf-8") == _drawn_from(folder)


def _drawn_from(folder: Path) -> str:
    rows = sha256((folder / "scores.csv").read_bytes()).hexdigest()
    return f"{rows} {module_hash('upbench.benchmark.report')}\n"


def _draw(
    store: Store,
    summary: pd.DataFrame,
    rows: pd.DataFrame,
    progress: Progress | None,
) -> None:
    folder = store.folder / FIGURES
    folder.mkdir(exist_ok=True)
    drawings = [*_plots(summary), *_strips(store, rows), *_spectra(store)]
    names = _file_names(title for title, _ in drawings)
    for done, ((_, draw), name) in enumerate(zip(drawings, names, strict=True), start=1):
        with write_atomically(folder / name) as file:
            draw(file)
        if progress:
            progress("pictures", done, len(drawings))
    with write_atomically(folder / DRAWN) as file:
        file.write_text(_drawn_from(store.folder), encoding="utf-8")


Drawing = tuple[str, "Callable[[Path], None]"]


def _plots(summary: pd.DataFrame) -> Iterator[Drawing]:
    for title, table in groups(summary):

        def draw(file: Path, table: pd.DataFrame = table, title: str = title) -> None:
            quality_against_speed(table, title).savefig(file, format="png", dpi=120)

        yield f"speed {title}", draw


def _strips(store: Store, rows: pd.DataFrame) -> Iterator[Drawing]:
    crops = store.crops()
    scores = rows.set_index(["method", "dataset", "image", "scale", "protocol"])["psnr_db"]
    by_image: dict[tuple[str, str, int, str], dict[str, tuple[bytes, float]]] = defaultdict(dict)
    for identity, png in crops.items():
        if identity[0]:
            by_image[identity[1:]][identity[0]] = (png, float(scores.loc[identity]))
    for place, outputs in by_image.items():
        reference = crops[("", *place)]

        def draw(
            file: Path,
            reference: bytes = reference,
            outputs: dict[str, tuple[bytes, float]] = outputs,
        ) -> None:
            strip(reference, outputs).save(file, "PNG")

        dataset, image, scale, protocol = place
        yield f"strip {dataset} {image} x{scale} {protocol}", draw


def _spectra(store: Store) -> Iterator[Drawing]:
    for (dataset, scale, protocol), crops in _crops_by_group(store.crops()).items():

        def draw(file: Path, crops: dict[str, list[bytes]] = crops, scale: int = scale) -> None:
            spectrum_picture(crops, scale).save(file, "PNG")

        yield f"spectra {dataset} x{scale} {protocol}", draw


def _crops_by_group(
    crops: dict[Identity, bytes],
) -> dict[tuple[str, int, str], dict[str, list[bytes]]]:
    """Gather each method's crops over the images; the reference "" comes first."""
    found: dict[tuple[str, int, str], dict[str, list[bytes]]] = defaultdict(dict)
    for identity in sorted(crops):
        method, dataset, _image, scale, protocol = identity
        found[dataset, scale, protocol].setdefault(method, []).append(crops[identity])
    return found


def _file_names(titles: Iterable[str]) -> Iterator[str]:
    """Yield a file name like each title: short enough for every file system, and none twice."""
    seen: Counter[str] = Counter()
    for title in titles:
        stem = re.sub(r"[^\w.-]+", "-", title).strip("-")
        stem = stem.encode()[:LONGEST_NAME].decode(errors="ignore")
        seen[stem.casefold()] += 1
        number = seen[stem.casefold()]
        yield f"{stem}.png" if number == 1 else f"{stem}-{number}.png"
