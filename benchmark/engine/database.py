"""The journal: one SQLite file, its tables, and what its errors mean to a user."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["JOURNAL", "SCHEMA", "Database"]

JOURNAL = "journal.sqlite"
SCHEMA = 2
"""The journal's version; a journal of a newer one is refused."""

_TABLES = """
CREATE TABLE IF NOT EXISTS cells (
    method TEXT, dataset TEXT, image TEXT, scale INTEGER, protocol TEXT,
    key TEXT NOT NULL, status TEXT NOT NULL, row TEXT NOT NULL, crop BLOB,
    elapsed REAL NOT NULL, digest TEXT NOT NULL DEFAULT '', opened TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (method, dataset, image, scale, protocol)
);
CREATE TABLE IF NOT EXISTS reference_crops (
    dataset TEXT, image TEXT, scale INTEGER, protocol TEXT, crop BLOB NOT NULL,
    PRIMARY KEY (dataset, image, scale, protocol)
);
CREATE TABLE IF NOT EXISTS listed (
    dataset TEXT, image TEXT, digest TEXT, PRIMARY KEY (dataset, image)
);
CREATE TABLE IF NOT EXISTS opened (key TEXT PRIMARY KEY, files TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS timings (identity TEXT PRIMARY KEY, row TEXT NOT NULL);
CREATE VIEW IF NOT EXISTS shown AS SELECT * FROM cells WHERE dataset NOT IN (
    SELECT dataset FROM listed
) OR (dataset, image, digest) IN (SELECT dataset, image, digest FROM listed);
"""
_ADDED = {"digest": "TEXT NOT NULL DEFAULT ''", "opened": "TEXT NOT NULL DEFAULT ''"}
"""Columns of cells that the first schema has not."""


class Database:
    """An open journal.

    What is read is one snapshot, from the first look on, until this process writes.

    Args:
        path: Its file; made if it is not there.

    Raises:
        StoreError: It is no journal, or a newer upbench's.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = sqlite3.connect(path, timeout=30, isolation_level=None)
            self._make_ready()
        except sqlite3.Error as error:
            raise self._unreadable(error) from None
        self._file = self._identity()
        self._has_written = False

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def read(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query."""
        try:
            if not self._connection.in_transaction and not self._has_written:
                self._connection.execute("BEGIN")
            yield from self._connection.execute(query)
        except sqlite3.Error as error:
            raise self._unreadable(error) from None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write in one transaction.

        Raises:
            StoreError: Nothing of it has been written; what was written before is safe.
        """
        if self._identity() != self._file:
            raise StoreError(
                f"{self._path.parent} was deleted or replaced while upbench was writing in it; "
                "give the same command again, or another --out."
            )
        try:
            if self._connection.in_transaction:
                self._connection.rollback()  # the snapshot of a reader
            self._has_written = True
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
        except sqlite3.Error as error:
            raise StoreError(
                f"Cannot write to {self._path} ({error}); every cell that was finished before is "
                f"kept: {_remedy(error)}, then give the same command again."
            ) from None

    def _make_ready(self) -> None:
        connection = self._connection
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == SCHEMA:
            return
        if version > SCHEMA:
            connection.close()
            raise StoreError(
                f"{self._path} was written by a newer upbench (schema {version}, this one knows "
                f"{SCHEMA}); update upbench or choose another --out."
            )
        for name, kind in _ADDED.items() if version else ():
            connection.execute(f"ALTER TABLE cells ADD COLUMN {name} {kind}")
        connection.executescript(f"{_TABLES}PRAGMA user_version = {SCHEMA};")

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _unreadable(self, error: sqlite3.Error) -> StoreError:
        return StoreError(
            f"{self._path} is not a journal that upbench can read ({error}); "
            "move it away or choose another --out."
        )


def _remedy(error: sqlite3.Error) -> str:
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return "end the other program that holds it"
    return "free disk space" if name.startswith("SQLITE_FULL") else "see to the disk and the folder"
