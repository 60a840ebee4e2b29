"""The store: a run's folder, its journal, and the tables made of it.

``journal.sqlite`` holds the rows of cells, their crops, the timings and the trainings of roles.  It
takes one transaction per finished cell (SQLite, write-ahead log), so that a run which is
interrupted or killed at any moment keeps every finished cell; a power cut may cost the last few.
``scores.parquet`` and ``scores.csv`` are written from it, each under another name first and then
renamed, so that a reader never sees half a table.

The store keeps every row that it was ever given.  It shows those of the images that the datasets
of the last request listed: an image that was deleted, renamed or replaced is in no table.

SQLite because it is the best-tested durable file format there is and comes with Python.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from upbench.benchmark.core.csv import read_csv, write_csv
from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.core.files import make_folder, write_atomically
from upbench.benchmark.core.row import HEADLINE, IDENTITY, columns, record, text_columns, typed
from upbench.benchmark.core.sizes import as_scale_or_size, scale_number
from upbench.benchmark.core.text import counted
from upbench.benchmark.engine import trainings
from upbench.benchmark.engine.database import JOURNAL, Database, checked, plain_object
from upbench.benchmark.engine.opened import digest
from upbench.benchmark.engine.result import WHOLE, View, encode_png
from upbench.benchmark.engine.tables import check_size, readable, table_of_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

    from upbench.benchmark.core.contract import ImageItem
    from upbench.benchmark.core.sizes import ScaleOrSize
    from upbench.benchmark.engine.plan import Identity
    from upbench.benchmark.engine.result import Result
    from upbench.benchmark.engine.trainings import StoredTraining

__all__ = ["JOURNAL", "LOGS", "MANIFEST", "Contents", "Store", "contents", "load"]

MANIFEST = "manifest.json"
LOCK = ".lock"
"""The file that a run holds while it writes in the folder."""
LOGS = "logs"
"""The folder of what workers printed."""
BYTES_PER_CELL = 60_000
"""What a cell leaves on the disk at most: its row, its crop, its worst place and its share of the
pictures."""
IS_SHOWN = (
    "(dataset, image, scale, protocol) IN (SELECT dataset, image, scale, protocol FROM shown)"
)
"""In SQL, that a picture is of a row that is shown."""
OLD_TIMINGS = "timing.jsonl"
"""Where an older upbench kept timings."""


class Store:
    """One run's folder.

    What is read is one snapshot, from the first look on, until this process writes: a report beside
    a run is of one moment.

    Args:
        folder: The folder; made if it is not there.
        reading: Whether nothing will be written.

    Raises:
        StoreError: The folder is a file, cannot be written, or holds a journal that is not ours or
            a newer upbench's.
    """

    def __init__(self, folder: Path, *, reading: bool = False) -> None:
        self.folder = folder
        make_folder(folder)
        self._database = Database(folder / JOURNAL, reading=reading)
        self._referenced: set[tuple[str, str, int | float | str, str]] = set()
        """Images whose reference crop this process has written already."""
        self._opened: set[str] = set()
        """Keys of lists of opened files that this process has written already."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other runs out of the folder meanwhile.

        Raises:
            StoreError: Another run is writing here.
        """
        from filelock import FileLock, Timeout

        try:
            with FileLock(self.folder / LOCK, blocking=False):
                yield
        except Timeout:
            raise StoreError(
                f"Another upbench is writing in {self.folder}; wait until it has ended, or choose "
                "another --out."
            ) from None

    def check_disk_space(self, number: int, what: str = "cell", each: int = BYTES_PER_CELL) -> None:
        """Find out before a run that so many rows, of ``each`` bytes with pictures, do not fit.

        Raises:
            StoreError: The disk is too full, or the folder is gone.
        """
        self._database.check_in_place()
        free, needed = shutil.disk_usage(self.folder).free, number * each
        if free < needed:
            raise StoreError(
                f"{self.folder} has {free / 1e6:.1f} MB free; expected about {needed / 1e6:.1f} MB "
                f"for {counted(number, what)}: free disk space or choose another --out."
            )

    def list_images(self, images: Iterable[tuple[str, ImageItem]]) -> None:
        """Note the images that the datasets of a request list; others of them are not shown.

        Raises:
            StoreError: The disk is full or the folder is gone.
        """
        listed = [(dataset, item.name, item.digest) for dataset, item in images]
        with self._database.writing() as connection:
            for dataset in {dataset for dataset, _, _ in listed}:
                connection.execute("DELETE FROM listed WHERE dataset = ?", (dataset,))
            connection.executemany("INSERT OR REPLACE INTO listed VALUES (?, ?, ?)", listed)

    def finished(self) -> dict[Identity, str]:
        """Return the key of each result that no file has changed since which a method opened.

        Failures are not among them: the same command tries them again.
        """
        digest_now = cache(digest)  # many lists may name one file, and weights are large
        changed = {
            key
            for key, files in self._database.read(
                "SELECT * FROM opened WHERE key IN (SELECT opened FROM cells)"
            )
            if any(digest_now(file) != known for file, known in self._object(files).items())
        }
        finished = self._by_identity("key, opened FROM cells WHERE status IN ('ok', 'skipped')")
        return {which: key for which, (key, opened) in finished if opened not in changed}

    def failed(self) -> set[Identity]:
        """Return which cells have been tried and failed."""
        failed = self._by_identity("status FROM cells WHERE status NOT IN ('ok', 'skipped')")
        return {which for which, _ in failed}

    def mean_seconds(self) -> dict[tuple[str, ScaleOrSize], float]:
        """Return what a cell of each method and scale has taken on average, all included."""
        return {
            (method, as_scale_or_size(scale)): seconds
            for method, scale, seconds in self._database.read(
                "SELECT method, scale, avg(elapsed) FROM cells WHERE status != 'skipped' "
                "GROUP BY method, scale"
            )
        }

    def add(self, result: Result) -> None:
        """Write one finished cell; a result of the same cell is replaced.

        Raises:
            StoreError: The disk is full, the folder is gone, or the row holds what no table can;
                finished cells are safe.
        """
        cell, files = result.cell, json.dumps(dict(sorted(result.opened.items())))
        opened = hashlib.sha256(files.encode()).hexdigest()[:16] if result.opened else ""
        row = json.dumps(checked(record(result.row)))
        place = (cell.dataset, cell.image, scale_number(cell.scale), cell.protocol)
        reference = None
        if place not in self._referenced and result.reference_crop is not None:
            reference = encode_png(result.reference_crop)
        with self._database.writing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(cell.method, *place, cell.key, result.row.status, row, result.picture),
                    *(result.elapsed, cell.digest, opened),
                ),
            )
            if opened and opened not in self._opened:
                connection.execute("INSERT OR REPLACE INTO opened VALUES (?, ?)", (opened, files))
            if reference is not None:
                # other methods' crops of another place than this one would be compared with it
                connection.execute(
                    "UPDATE cells SET crop = NULL WHERE (dataset, image, scale, protocol) = "
                    "(?, ?, ?, ?) AND method != ? AND (SELECT crop FROM reference_crops WHERE "
                    "(dataset, image, scale, protocol) = (?, ?, ?, ?)) != ?",
                    (*place, cell.method, *place, reference),
                )
                connection.execute(
                    "INSERT OR REPLACE INTO reference_crops VALUES (?, ?, ?, ?, ?)",
                    (*place, reference),
                )
            # what stands beside other methods' worst places has no loss and stays
            connection.execute(
                "DELETE FROM views WHERE (method, dataset, image, scale, protocol) = "
                "(?, ?, ?, ?, ?) AND (loss > 0 OR view = ?)",
                (cell.method, *place, WHOLE),
            )
            connection.executemany(
                "INSERT OR REPLACE INTO views VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(one.method, *place, one.view, one.loss, one.picture) for one in result.views],
            )
        self._opened.add(opened)
        if reference is not None:
            self._referenced.add(place)

    def add_timing(self, identity: tuple[Any, ...], row: Mapping[str, Any]) -> None:
        """Write one timing; one of the same identity is replaced.

        Raises:
            StoreError: The disk is full or the folder is gone; timings written before are safe.
        """
        values = (json.dumps(identity), json.dumps(checked(row)))
        with self._database.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO timings VALUES (?, ?)", values)

    def timings(self) -> list[dict[str, Any]]:
        """Return the rows of all timings."""
        return [
            self._object(row)
            for (row,) in self._database.read("SELECT row FROM timings ORDER BY rowid")
        ]

    def add_training(self, training: StoredTraining) -> None:
        """Write one trained network; one of its identity is replaced.

        Raises:
            StoreError: The disk is full or the folder is gone; what was written before is safe.
        """
        trainings.add(self._database, training)

    def trainings(self) -> list[StoredTraining]:
        """Return every trained network, in the order in which they were first finished.

        Raises:
            StoreError: The journal holds something else.
        """
        with readable(self.folder / JOURNAL):
            return trainings.read(self._database, plain_object)

    def frame(self) -> pd.DataFrame:
        """Return every row, in the order of dataset, scale, protocol, image and method."""
        import pandas as pd

        rows = self._database.read(
            "SELECT row FROM shown ORDER BY dataset, scale, protocol, image, method"
        )
        found = [self._object(row) for (row,) in rows]
        names = columns(name for row in found for name in row)
        with readable(self.folder / JOURNAL):
            for name in (*IDENTITY, "status") if found else ():
                if not all(row.get(name) for row in found):
                    raise ValueError(f"a row has no {name}")
            return typed(pd.DataFrame(found, columns=names))

    def crops(self) -> dict[Identity, bytes]:
        """Return the PNG of every kept crop; the reference's stands under the method ""."""
        references = "SELECT '', dataset, image, scale, protocol, crop FROM reference_crops WHERE "
        rows = self._by_identity(
            f"crop FROM shown WHERE crop NOT NULL UNION ALL {references} {IS_SHOWN}"
        )
        return {which: crop for which, (crop,) in rows}

    def views(self) -> dict[Identity, list[View]]:
        """Return the worst place and the whole image of each cell, and what stands beside them.

        The true image stands under the method "".
        """
        found: dict[Identity, list[View]] = {}
        for which, rest in self._by_identity(f"view, loss, picture FROM views WHERE {IS_SHOWN}"):
            found.setdefault(which, []).append(View(which[0], *rest))
        return found

    def _by_identity(self, query: str) -> Iterator[tuple[Identity, list[Any]]]:
        """Yield the rows of a query, each behind what it is about; it begins after "SELECT"."""
        for method, dataset, image, scale, protocol, *rest in self._database.read(
            f"SELECT method, dataset, image, scale, protocol, {query}"
        ):
            yield (method, dataset, image, as_scale_or_size(scale), protocol), rest

    def _object(self, text: str) -> dict[str, Any]:
        """Return what a text of the journal holds: plain values by name.

        Raises:
            StoreError: It is something else.
        """
        with readable(self.folder / JOURNAL):
            return plain_object(json.loads(text))

    def export(self) -> pd.DataFrame:
        """Write ``scores.parquet`` and ``scores.csv``; return the rows."""
        frame = self.frame()
        with write_atomically(self.folder / "scores.parquet") as file:
            frame.to_parquet(file, index=False)
        write_csv(frame, self.folder / "scores.csv")
        return frame


def load(folder: str | Path) -> pd.DataFrame:
    """Read a run's rows, failures included: one per (method, dataset, image, scale, protocol).

    Args:
        folder: A run's folder: with a journal, or with ``scores.parquet`` or ``scores.csv`` alone,
            like the published tables.

    Returns:
        A frame with the columns of :func:`upbench.benchmark.core.row.columns`; not known is null.
        What the manifest says of metrics on request is in ``frame.attrs["metrics"]``, by name.

    Raises:
        StoreError: The folder holds no run, or its table is damaged.
    """
    from upbench.benchmark.engine.manifest import read_manifest

    frame = _read_rows(Path(folder))
    if asked := on_request(read_manifest(Path(folder))["metrics"], frame):
        frame.attrs["metrics"] = asked
    return frame


def on_request(stated: Mapping[str, Any], frame: pd.DataFrame) -> dict[str, Any]:
    """Return what is stated of metrics in a frame that not every run has."""
    return {
        name: one for name, one in stated.items() if name in frame.columns and name not in HEADLINE
    }


def _read_rows(place: Path) -> pd.DataFrame:
    import pandas as pd

    # SQLite opens its journal for writing even to read it; a folder that is shared read-only has
    # its tables
    if (place / JOURNAL).is_file() and os.access(place, os.W_OK):
        with Store(place, reading=True) as store:
            return store.frame()
    if (file := place / "scores.parquet").is_file():
        with readable(file):
            check_size(file)
            return table_of_rows(pd.read_parquet(file), file)
    if (file := place / "scores.csv").is_file():
        with readable(file):
            return table_of_rows(read_csv(file, [*text_columns(), "scale"]), file)
    raise StoreError(
        f"{place} holds no run; expected a folder that 'upbench run --out {place}' wrote."
    )


class Contents(NamedTuple):
    """Which rows a folder's journal holds."""

    cells: bool = False
    timings: bool = False
    trainings: bool = False


def contents(folder: Path) -> Contents:
    """Say whether a folder's journal holds rows of cells, timings, and trainings of roles.

    Raises:
        StoreError: There is a journal that cannot be read, or timings of an older upbench alone.
    """
    if not (folder / JOURNAL).is_file():
        if (folder / OLD_TIMINGS).is_file():
            raise StoreError(
                f"{folder} holds timings of an older upbench ({OLD_TIMINGS}), which this one does "
                "not read; measure again with 'upbench run --timing'."
            )
        return Contents()
    if not os.access(folder, os.W_OK):
        return Contents(cells=True)
    with Store(folder, reading=True) as store:
        return Contents(
            bool(store.mean_seconds() or store.failed()),
            bool(store.timings()),
            bool(store.trainings()),
        )
