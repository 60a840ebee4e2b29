"""Journals of other programs, damaged ones and hostile ones: one sentence, and nothing is run."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from upbench.benchmark import load
from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.engine.cell import failure
from upbench.benchmark.engine.database import SCHEMA, Database
from upbench.benchmark.engine.plan import Cell
from upbench.benchmark.engine.store import JOURNAL, Store, contents
from upbench.benchmark.engine.trainings import StoredTraining
from upbench.benchmark.timing import read_rows

if TYPE_CHECKING:
    from pathlib import Path

CELL = Cell("m", "interpolation", "set", "i", 2, "y-classic", "code", "key")
COPIED = (
    "CREATE TABLE other AS SELECT * FROM cells; DROP TABLE cells;"
    "CREATE VIEW cells AS SELECT * FROM other;"
)
DEEP = (
    "UPDATE cells SET row = (WITH deep(t, n) AS (SELECT '[', 1 UNION ALL "
    "SELECT t || t, n + 1 FROM deep WHERE n < 18) SELECT t FROM deep ORDER BY n DESC);"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a run's folder with one row."""
    with Store(tmp_path / "run") as store:
        store.add(failure(CELL, "error", "a reason"))
    return tmp_path / "run"


def spoil(folder: Path, script: str) -> None:
    """Change a journal behind upbench's back."""
    with closing(sqlite3.connect(folder / JOURNAL)) as connection:
        connection.executescript(script)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("CREATE TABLE notes (a TEXT);", "it holds notes"),
        (COPIED, "it holds other"),
        ("DROP VIEW shown; CREATE VIEW shown AS SELECT 1 AS row;", "its shown is not that"),
        ("DROP VIEW shown; CREATE TABLE shown (row TEXT);", "its shown is not that"),
        ("DROP TABLE listed;", "its listed is not that"),
        ("ALTER TABLE cells DROP COLUMN crop;", "DROP|its cells is not that"),
        ("ALTER TABLE timings ADD COLUMN more TEXT;", "its timings is not that"),
        ("CREATE INDEX fast ON cells (abs(scale));", "it holds fast"),
        (
            "CREATE TRIGGER bite AFTER INSERT ON listed BEGIN DELETE FROM cells; END;",
            "it holds bite",
        ),
        ("UPDATE cells SET scale = 'two';", "cells hold values of other types"),
        ("UPDATE cells SET scale = 0;", "cells hold values of other types"),
        ("UPDATE cells SET scale = 9e999;", "cells hold values of other types"),
        ("UPDATE cells SET row = x'00ff';", "cells hold values of other types"),
        ("UPDATE cells SET method = NULL;", "cells hold values of other types"),
        ("UPDATE cells SET elapsed = 'long';", "cells hold values of other types"),
        ("UPDATE cells SET crop = 'text';", "cells hold values of other types"),
        ("UPDATE cells SET row = zeroblob(70000000);", "too big|values of other types"),
        ("UPDATE cells SET row = 'no JSON';", "is not a table"),
        ("UPDATE cells SET row = '[1, 2]';", "a row is a list"),
        ("""UPDATE cells SET row = '{"method": ["m"]}';""", "a row holds a list"),
        ("""UPDATE cells SET row = '{"scale": 2}';""", "is not a table"),
        ("UPDATE cells SET row = json_set(row, '$.psnr_db', 'high');", "is not a table"),
        ("UPDATE cells SET row = json_set(row, '$.height', 1e300);", "is not a table"),
        (DEEP, "is not a table"),
    ],
)
def test_a_spoiled_journal_is_one_sentence(folder: Path, script: str, why: str) -> None:
    """Other tables, views, triggers, missing columns, values of other types, deep nesting."""
    try:
        spoil(folder, script)
    except sqlite3.OperationalError:
        pytest.skip("this SQLite refuses to write it")
    with pytest.raises(StoreError, match=why) as caught:
        load(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("row", ["[]", "{}", '{"method": "m", "scale": "x"}', '{"method": {}}'])
def test_spoiled_timings_are_one_sentence(folder: Path, row: str) -> None:
    """A timing is a row of the known columns."""
    with closing(sqlite3.connect(folder / JOURNAL)) as connection, connection:
        connection.execute("INSERT INTO timings VALUES ('a', ?)", (row,))
    with pytest.raises(StoreError, match="is not a table that upbench can read"):
        read_rows(folder)


@pytest.mark.parametrize("version", [0, 1, SCHEMA])
def test_a_database_of_another_program_is_left_alone(tmp_path: Path, version: int) -> None:
    """Nothing is added to it, whatever version it claims."""
    spoil(tmp_path, f"CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = {version};")
    before = (tmp_path / JOURNAL).read_bytes()
    for read in (load, contents, Store):
        with pytest.raises(StoreError, match=r"not a journal that upbench can read .*bookmarks"):
            read(tmp_path)
    assert (tmp_path / JOURNAL).read_bytes() == before


def test_a_journal_is_a_file_of_its_own(folder: Path, tmp_path: Path) -> None:
    """A link could make upbench write elsewhere; a pipe would be waited for."""
    elsewhere = (folder / JOURNAL).rename(tmp_path / "elsewhere")
    (folder / JOURNAL).symlink_to(elsewhere)
    with pytest.raises(StoreError, match="it is a link or no file"):
        load(folder)
    (folder / JOURNAL).unlink()
    os.mkfifo(folder / JOURNAL)
    with pytest.raises(StoreError, match="it is a link or no file"):
        Store(folder)


def test_a_reader_writes_nothing(folder: Path) -> None:
    """Also where it is asked to."""
    with (
        Store(folder, reading=True) as store,
        pytest.raises(StoreError, match="Cannot write"),
    ):
        store.add(failure(CELL, "error", "another"))
    assert load(folder)["reason"].tolist() == ["a reason"]


def test_a_query_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the steps that it takes, not by a clock."""
    monkeypatch.setattr("upbench.benchmark.engine.database.MOST_LOOKS", 2)
    database = Database(tmp_path / JOURNAL)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with pytest.raises(StoreError, match="interrupted"):
        list(database.read(endless))
    database.close()


def test_a_journal_may_name_files_that_must_not_be_read(folder: Path) -> None:
    """Files that a method opened are read again to see whether they changed: regular ones only."""
    with closing(sqlite3.connect(folder / JOURNAL)) as connection, connection:
        files = '{"/dev/zero": "0", "": "0", "\\u0000": "0"}'
        connection.execute("INSERT INTO opened VALUES ('k', ?)", (files,))
        connection.execute("UPDATE cells SET status = 'ok', opened = 'k'")
    with Store(folder) as store:
        assert store.finished() == {}


def test_damaged_tables_are_one_sentence(tmp_path: Path) -> None:
    """Tables that are copied without a journal hold the columns of a run."""
    (tmp_path / "scores.csv").write_text("method,scale\nm,two\n", encoding="utf-8")
    with pytest.raises(StoreError, match=r"scores.csv is not a table that upbench can read"):
        load(tmp_path)
    pd.DataFrame({"method": ["m"]}).to_parquet(tmp_path / "scores.parquet")
    with pytest.raises(StoreError, match=r"scores.parquet is not a table that upbench can read"):
        load(tmp_path)


@pytest.mark.parametrize(
    "script",
    [
        "UPDATE trainings SET row = 'no JSON';",
        "UPDATE trainings SET row = '[1]';",
        "UPDATE trainings SET row = '{}';",
        "UPDATE trainings SET curve = '{}'; UPDATE trainings SET curve = '[1]';",
        "UPDATE trainings SET identity = '[1]';",
        "UPDATE trainings SET row = x'00';",
        "DROP TABLE training_pictures;",
    ],
)
def test_trainings_of_a_foreign_journal_are_refused_in_one_sentence(
    tmp_path: Path, script: str
) -> None:
    """Whatever stands in the place of a row, a curve or an identity."""
    row = {"role": "r", "layer": "l", "seed": 0, "data": "d", "steps": 1, "device": "cpu"}
    kept = StoredTraining(tuple(row.values()), "key", row, ({"step": 0},), {"dot": b"png"})
    with Store(tmp_path / "run") as store:
        store.add_training(kept)
        assert store.trainings() == [kept]
    spoil(tmp_path / "run", script)
    with pytest.raises(StoreError), Store(tmp_path / "run", reading=True) as store:
        store.trainings()


def test_a_journal_of_the_second_schema_gets_the_tables_of_trainings(folder: Path) -> None:
    """Its rows stay, and trainings stand beside them."""
    spoil(folder, "DROP TABLE trainings; DROP TABLE training_pictures; PRAGMA user_version = 2;")
    with Store(folder) as store:
        assert len(store.frame()) == 1
        assert store.trainings() == []
