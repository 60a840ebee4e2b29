"""The store: a run's folder, its journal, and the tables made of it.

``journal.sqlite`` takes one transaction per finished cell (SQLite, write-ahead log), so a run that
is interrupted at any moment keeps every finished cell.  ``scores.parquet`` and ``scores.csv`` are
written from it, each under another name first and then renamed, so that a reader never sees half a
table.

SQLite because it is the best-tested durable file format there is and comes with Python.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from upbench.benchmark.core.csv import read_csv, write_csv
from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.core.files import make_folder, write_atomically
from upbench.benchmark.core.row import columns, record, text_columns, typed
from upbench.benchmark.core.text import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    import pandas as pd

    from upbench.benchmark.core.contract import Image8
    from upbench.benchmark.engine.plan import Cell, Identity
    from upbench.benchmark.engine.result import Result

__all__ = ["JOURNAL", "LOGS", "MANIFEST", "Store", "load"]

JOURNAL = "journal.sqlite"
MANIFEST = "manifest.json"
LOCK = ".lock"
"""The file that a run holds while it writes in the folder."""
LOGS = "logs"
"""The folder of what workers printed."""
BYTES_PER_CELL = 30_000
"""What a cell leaves on the disk at most: its row, its crop and its share of the pictures."""
SCHEMA = 1
"""The journal's version; a journal of a newer one is refused."""

_TABLES = """
CREATE TABLE IF NOT EXISTS cells (
    method TEXT, dataset TEXT, image TEXT, scale INTEGER, protocol TEXT,
    key TEXT NOT NULL, status TEXT NOT NULL, row TEXT NOT NULL, crop BLOB,
    elapsed REAL NOT NULL,
    PRIMARY KEY (method, dataset, image, scale, protocol)
);
CREATE TABLE IF NOT EXISTS reference_crops (
    dataset TEXT, image TEXT, scale INTEGER, protocol TEXT, crop BLOB NOT NULL,
    PRIMARY KEY (dataset, image, scale, protocol)
);
"""


class Store:
    """One run's folder.

    Args:
        folder: The folder; made if it is not there.

    Raises:
        StoreError: The folder is a file, cannot be written, or holds a newer upbench's journal.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        make_folder(folder)
        try:
            self._connection = _open(folder / JOURNAL)
        except sqlite3.Error as error:
            raise _unreadable(folder / JOURNAL, error) from None
        self._referenced: set[tuple[str, str, int, str]] = set()
        """Images whose reference crop this process has written already."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def valid(self, cells: tuple[Cell, ...]) -> set[Identity]:
        """Return which cells have a result already that nothing has changed since.

        Failures are not among them: the same command tries them again.
        """
        kept = {
            (method, dataset, image, scale, protocol): key
            for method, dataset, image, scale, protocol, key in self._read(
                "SELECT method, dataset, image, scale, protocol, key FROM cells "
                "WHERE status IN ('ok', 'skipped')"
            )
        }
        return {cell.identity for cell in cells if kept.get(cell.identity) == cell.key}

    def failed(self) -> set[Identity]:
        """Return which cells have been tried and failed."""
        return {
            (method, dataset, image, scale, protocol)
            for method, dataset, image, scale, protocol in self._read(
                "SELECT method, dataset, image, scale, protocol FROM cells "
                "WHERE status NOT IN ('ok', 'skipped')"
            )
        }

    def mean_seconds(self) -> dict[tuple[str, int], float]:
        """Return what a cell of each method and scale has taken on average, all included."""
        return {
            (method, scale): seconds
            for method, scale, seconds in self._read(
                "SELECT method, scale, avg(elapsed) FROM cells WHERE status != 'skipped' "
                "GROUP BY method, scale"
            )
        }

    @contextmanager
    def claimed(self) -> Iterator[None]:
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

    def check_room(self, cells: int) -> None:
        """Find out before a run that its rows and crops would not fit.

        Raises:
            StoreError: The disk is too full.
        """
        free, needed = shutil.disk_usage(self.folder).free, cells * BYTES_PER_CELL
        if free < needed:
            raise StoreError(
                f"{self.folder} has room for {free / 1e6:.0f} MB; {cells} cells need about "
                f"{needed / 1e6:.0f} MB: make room or choose another --out."
            )

    def add(self, result: Result) -> None:
        """Write one finished cell, for good; a result of the same cell is replaced.

        Raises:
            StoreError: The disk is full or the folder is gone; finished cells are safe.
        """
        cell = result.cell
        row = json.dumps(record(result.row))
        values = (
            *cell.identity,
            cell.key,
            result.row.status,
            row,
            _png(result.crop),
            result.elapsed,
        )
        place = cell.identity[1:]
        reference = None if place in self._referenced else _png(result.reference_crop)
        try:
            with self._connection:
                self._connection.execute(
                    "INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values
                )
                if reference is not None:
                    self._connection.execute(
                        "INSERT OR REPLACE INTO reference_crops VALUES (?, ?, ?, ?, ?)",
                        (*place, reference),
                    )
        except sqlite3.Error as error:
            raise StoreError(
                f"Cannot write to {self.folder / JOURNAL} ({error}); every cell that was finished "
                "before is kept: make room, then give the same command again."
            ) from None
        if reference is not None:
            self._referenced.add(place)

    def frame(self) -> pd.DataFrame:
        """Return every row, in the order of dataset, scale, protocol, image and method."""
        import pandas as pd

        rows = self._read("SELECT row FROM cells ORDER BY dataset, scale, protocol, image, method")
        found = [json.loads(row) for (row,) in rows]
        names = columns(name for row in found for name in row)
        return typed(pd.DataFrame(found, columns=names))

    def crops(self) -> dict[Identity, bytes]:
        """Return the PNG of every kept crop; the reference's stands under the method ""."""
        found: dict[Identity, bytes] = {}
        for *identity, crop in self._read(
            "SELECT method, dataset, image, scale, protocol, crop FROM cells WHERE crop NOT NULL "
            "UNION ALL SELECT '', dataset, image, scale, protocol, crop FROM reference_crops"
        ):
            method, dataset, image, scale, protocol = identity
            found[method, dataset, image, scale, protocol] = crop
        return found

    def export(self) -> pd.DataFrame:
        """Write ``scores.parquet`` and ``scores.csv``; return the rows."""
        frame = self.frame()
        with write_atomically(self.folder / "scores.parquet") as file:
            frame.to_parquet(file, index=False)
        with write_atomically(self.folder / "scores.csv") as file:
            write_csv(frame, file)
        return frame

    def _read(self, query: str) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._connection.execute(query)
        except sqlite3.Error as error:
            raise _unreadable(self.folder / JOURNAL, error) from None


def load(folder: str | Path) -> pd.DataFrame:
    """Read a run's rows, failures included: one per (method, dataset, image, scale, protocol).

    Args:
        folder: A run's folder: with a journal, or with ``scores.parquet`` or ``scores.csv`` alone,
            like the published tables.

    Returns:
        A frame with the columns of :func:`upbench.benchmark.core.row.columns`; not known is null.

    Raises:
        StoreError: The folder holds no run, or its table is damaged.
    """
    import pandas as pd

    place = Path(folder)
    # SQLite opens its journal for writing even to read it; a folder that is shared read-only has
    # its tables
    if (place / JOURNAL).is_file() and os.access(place, os.W_OK):
        with Store(place) as store:
            return store.frame()
    if (place / "scores.parquet").is_file():
        return _read_table(place / "scores.parquet", pd.read_parquet)
    if (place / "scores.csv").is_file():
        return _read_table(place / "scores.csv", lambda file: typed(read_csv(file, text_columns())))
    raise StoreError(
        f"{place} holds no run; expected a folder that 'upbench run --out {place}' wrote."
    )


def _read_table(file: Path, read: Callable[[Path], pd.DataFrame]) -> pd.DataFrame:
    try:
        return read(file)
    except (OSError, ValueError, KeyError) as error:  # pyarrow's and pandas' own are ValueErrors
        raise StoreError(
            f"{file} is not a table that upbench can read ({describe(error)}); it is damaged or "
            "of another program: copy it again from where the run was made."
        ) from None


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30)
    try:
        _make_ready(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_ready(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA:
        raise StoreError(
            f"{path} was written by a newer upbench (schema {version}, this one knows {SCHEMA}); "
            "update upbench or choose another --out."
        )
    connection.executescript(_TABLES)
    connection.execute(f"PRAGMA user_version = {SCHEMA}")


def _unreadable(path: Path, error: sqlite3.Error) -> StoreError:
    return StoreError(
        f"{path} is not a journal that upbench can read ({error}); "
        "move it away or choose another --out."
    )


def _png(crop: Image8 | None) -> bytes | None:
    if crop is None:
        return None
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(crop[:, :, 0] if crop.shape[2] == 1 else crop).save(
        buffer, "PNG", compress_level=1
    )
    return buffer.getvalue()
