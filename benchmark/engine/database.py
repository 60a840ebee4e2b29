"""The journal: one SQLite file, its tables, and what its errors mean to a user."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from functools import cache
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.core.sizes import is_target_size
from upbench.benchmark.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

JOURNAL = "journal.sqlite"
SCHEMA = 4
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
CREATE TABLE IF NOT EXISTS views (
    method TEXT, dataset TEXT, image TEXT, scale INTEGER, protocol TEXT, view TEXT,
    loss REAL NOT NULL, picture BLOB NOT NULL,
    PRIMARY KEY (method, dataset, image, scale, protocol, view)
);
CREATE TABLE IF NOT EXISTS listed (
    dataset TEXT, image TEXT, digest TEXT, PRIMARY KEY (dataset, image)
);
CREATE TABLE IF NOT EXISTS opened (key TEXT PRIMARY KEY, files TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS timings (identity TEXT PRIMARY KEY, row TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS trainings (
    identity TEXT PRIMARY KEY, key TEXT NOT NULL, row TEXT NOT NULL, curve TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS training_pictures (
    identity TEXT, name TEXT, png BLOB NOT NULL, PRIMARY KEY (identity, name)
);
CREATE VIEW IF NOT EXISTS shown AS SELECT * FROM cells WHERE dataset NOT IN (
    SELECT dataset FROM listed
) OR (dataset, image, digest) IN (SELECT dataset, image, digest FROM listed);
"""
_ADDED = ("digest TEXT NOT NULL DEFAULT ''", "opened TEXT NOT NULL DEFAULT ''")
"""Columns of cells that the first schema has not."""
LONGEST_TEXT = 5000
"""Characters of a text in a row."""
PLAIN = {"str", "int", "float", "bool", "NoneType"}
"""The types of values in a row."""
COLUMNS = 'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?)'
KINDS = {"TEXT": "'text'", "INTEGER": "'integer', 'real'", "REAL": "'real'", "BLOB": "'blob'"}
"""What SQLite may hold in a column of each type; it would hold anything."""
SCALES = (0.001, 1000)
LONGEST_VALUE = 64 << 20
"""Bytes; a crop has some thousands."""
OF_THE_MACHINE = tuple(f"SQLITE_{one}" for one in ("BUSY", "LOCKED", "FULL", "IOERR", "CANTOPEN"))
"""Errors that say nothing about the file itself."""
STEPS, MOST_LOOKS = 1_000_000, 5000
"""How often a query is looked at, in steps of SQLite's machine, and after how many looks it ends:
minutes, where the largest journals take seconds."""


class Database:
    """An open journal.

    What is read is one snapshot, from the first look on, until this process writes.  A folder may
    come from anywhere: a journal is a file of its own, with exactly our tables, without triggers,
    and each value is of its column's type.

    Args:
        path: Its file; made if it is not there.
        reading: Whether nothing will be written.

    Raises:
        StoreError: It is no journal, or a newer upbench's.
    """

    def __init__(self, path: Path, *, reading: bool = False) -> None:
        self._path = path
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise self._foreign("it is a link or no file")
        self._looks = 0
        try:
            self._connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        except sqlite3.Error as error:
            raise self._unreadable(error) from None
        try:
            self._make_ready()
            self._check_values()
            self._connection.execute(f"PRAGMA query_only = {int(reading)}")
        except (sqlite3.Error, StoreError) as error:
            self._connection.close()
            raise error if isinstance(error, StoreError) else self._unreadable(error) from None
        self._file = self._identity()
        self._has_written = False

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def read(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query.

        Raises:
            StoreError: The journal is damaged.
        """
        try:
            if not self._connection.in_transaction and not self._has_written:
                self._connection.execute("BEGIN")
            self._looks = 0
            return self._connection.execute(query).fetchall()
        except sqlite3.Error as error:
            raise self._unreadable(error) from None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write in one transaction.

        Raises:
            StoreError: Nothing of it has been written; what was written before is safe.
        """
        self.check_in_place()
        try:
            if self._connection.in_transaction:
                self._connection.rollback()  # the snapshot of a reader
            self._has_written = True
            self._looks = 0
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
        except sqlite3.Error as error:
            raise StoreError(
                f"Cannot write to {self._path} ({error}); every cell that was finished before is "
                f"kept: {_remedy(error)}, then give the same command again."
            ) from None

    def check_in_place(self) -> None:
        """Find out whether the file is still the one that was opened.

        Raises:
            StoreError: The folder was deleted or replaced.
        """
        if self._identity() != self._file:
            raise StoreError(
                f"{self._path.parent} was deleted or replaced while upbench was writing in it; "
                "give the same command again, or another --out."
            )

    def _make_ready(self) -> None:
        """Make the tables, or find out that they are ours.

        Raises:
            StoreError: They are another program's, or a newer upbench's.
        """
        connection = self._connection
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        connection.set_progress_handler(self._takes_too_long, STEPS)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.create_function("is_size", 1, is_target_size, deterministic=True)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        found, ours = _shape(connection), _our_shape()
        connection.execute("COMMIT")
        if version > SCHEMA:
            raise StoreError(
                f"{self._path} was written by a newer upbench (schema {version}, this one knows "
                f"{SCHEMA}); update upbench or choose another --out."
            )
        if (found and not version) or not found.keys() <= ours.keys():
            others = sorted(found.keys() - ours.keys()) or sorted(found)
            raise self._foreign(f"it holds {', '.join(others[:3])}")
        if version < SCHEMA:
            connection.execute("PRAGMA journal_mode = WAL")
            added = [f"ALTER TABLE cells ADD COLUMN {column};" for column in _ADDED if version == 1]
            connection.executescript(
                f"BEGIN IMMEDIATE; {' '.join(added)} {_TABLES} PRAGMA user_version = {SCHEMA};"
            )
            found = _shape(connection)
            connection.execute("COMMIT" if found == ours else "ROLLBACK")
        if found != ours:
            other = next(name for name in ours if found.get(name) != ours[name])
            raise self._foreign(f"its {other} is not that of a run")

    def _check_values(self) -> None:
        """Refuse values of other types than their columns'.

        Raises:
            StoreError: There is one.
        """
        for table, columns in _our_shape().items():
            if isinstance(columns, str):
                continue  # the view
            query = f"SELECT 1 FROM {table} WHERE {_is_wrong(columns)} LIMIT 1"  # noqa: S608 - ours
            if self._connection.execute(query).fetchone():
                raise self._foreign(f"its {table} hold values of other types")

    def _takes_too_long(self) -> bool:
        self._looks += 1
        return self._looks > MOST_LOOKS

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _unreadable(self, error: sqlite3.Error) -> StoreError:
        if str(getattr(error, "sqlite_errorname", "")).startswith(OF_THE_MACHINE):
            return StoreError(
                f"Cannot read {self._path} ({error}): {_remedy(error)}, then give the same command "
                "again."
            )
        return self._foreign(str(error))

    def _foreign(self, why: str) -> StoreError:
        return StoreError(
            f"{self._path} is not a journal that upbench can read ({printable(why)[:200]}); "
            "move it away or choose another --out."
        )


def _shape(connection: sqlite3.Connection) -> dict[str, Any]:
    """Return what a database consists of: the columns of each table, the text of anything else."""
    objects = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite|_%' ESCAPE '|'"
    ).fetchall()
    return {
        str(name): connection.execute(COLUMNS, (name,)).fetchall()
        if (kind, str(text)[:13]) == ("table", "CREATE TABLE ")
        else " ".join(str(text).split())
        for kind, name, text in objects
    }


def _is_wrong(columns: Iterable[tuple[Any, ...]]) -> str:
    """Return in SQL that a value of a row is of another type than its column."""
    wrong = []
    for name, kind, required, _, place_in_key, _ in columns:
        kinds = KINDS[kind] if required or place_in_key else f"{KINDS[kind]}, 'null'"
        kinds += ", 'text'" if name == "scale" else ""
        wrong.append(f"typeof({name}) NOT IN ({kinds})")
        if name == "scale":  # a number, or a size in its place
            wrong.append("typeof(scale) != 'text' AND scale NOT BETWEEN {} AND {}".format(*SCALES))
            wrong.append("typeof(scale) = 'text' AND NOT is_size(scale)")
    return " OR ".join(wrong)


@cache
def _our_shape() -> dict[str, Any]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_TABLES)
        return _shape(connection)


def _remedy(error: sqlite3.Error) -> str:
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return "end the other program that holds it"
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return "free disk space, or see to the disk"
    return "see to the disk and the folder"


def checked(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as JSON has it: text that every table can hold, Python's own numbers.

    Raises:
        StoreError: It holds something else.
    """
    return {name: _plain(name, value) for name, value in row.items()}


def _plain(name: str, value: Any) -> Any:
    if value is None or type(value) in {bool, int, float}:
        return value  # nearly all: asking the abstract kinds below takes many times as long
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()[:LONGEST_TEXT]
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    kind = type(value).__name__
    raise StoreError(f"A row holds a {kind} under {name}; expected text, a number or nothing.")


def plain_object(found: Any) -> dict[str, Any]:
    """Return what is a row: plain values by name.

    Raises:
        TypeError: It is something else.
    """
    if not isinstance(found, dict):
        raise TypeError(f"a row is a {type(found).__name__}")
    if kinds := {type(value).__name__ for value in found.values()} - PLAIN:
        raise TypeError(f"a row holds a {min(kinds)}")
    return found
