"""The store: nothing that is finished is lost, and tables are whole or absent."""

from __future__ import annotations

import io
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from upbench.benchmark import load
from upbench.benchmark.core.contract import ImageItem
from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.core.files import write_atomically
from upbench.benchmark.core.row import columns
from upbench.benchmark.engine import store as store_module
from upbench.benchmark.engine.cell import failure
from upbench.benchmark.engine.database import SCHEMA
from upbench.benchmark.engine.opened import digest
from upbench.benchmark.engine.plan import Cell, unfinished
from upbench.benchmark.engine.result import Result, encode_png
from upbench.benchmark.engine.store import JOURNAL, Store

if TYPE_CHECKING:
    from pathlib import Path


def cell(method: str = "m", key: str = "k", **changed: Any) -> Cell:
    """Return a cell."""
    return replace(
        Cell(method, "interpolation", "set", "i", 2, "y-classic", "code", key), **changed
    )


def result(of: Cell, psnr: float = 30.5, *, crop: Any = None) -> Result:
    """Return a finished result."""
    row = replace(failure(of, "ok", "").row, reason=None, scores={"psnr_db": psnr}, height=48)
    return Result(of, row, crop, crop)


def test_rows_come_back_as_they_went_in(tmp_path: Path) -> None:
    """Every column survives, null stays null, infinity stays infinity."""
    with Store(tmp_path) as store:
        store.add(result(cell("a"), float("inf")))
        store.add(result(cell("b"), 1 / 3))
        frame = store.frame()
    assert list(frame.columns) == columns()
    assert frame["psnr_db"].tolist() == [float("inf"), 1 / 3]
    assert frame["height"].tolist() == [48, 48]
    assert frame["width"].isna().all()
    assert frame["reason"].isna().all()
    assert frame["ssim"].dtype == np.float64


def test_a_finished_cell_survives_without_closing(tmp_path: Path) -> None:
    """What was added can be read by another process at once: no close, no export."""
    store = Store(tmp_path)
    store.add(result(cell()))
    with Store(tmp_path) as other:
        assert len(other.frame()) == 1


def test_result_is_valid_while_its_key_is_the_same(tmp_path: Path) -> None:
    """Another key means that something changed: the cell is run again and replaced."""
    with Store(tmp_path) as store:
        store.add(result(cell(key="old")))
        assert unfinished((cell(key="old"),), store.finished()) == ()
        assert unfinished((cell(key="new"),), store.finished()) == (cell(key="new"),)
        store.add(result(cell(key="new"), 31.0))
        assert store.frame()["psnr_db"].tolist() == [31.0]


def test_failures_are_kept_but_tried_again(tmp_path: Path) -> None:
    """A failed cell is a row, and not valid; a skipped one is."""
    with Store(tmp_path) as store:
        store.add(failure(cell("bad"), "error", "it broke"))
        store.add(failure(cell("skip"), "skipped", "not offered"))
        assert unfinished((cell("bad"), cell("skip")), store.finished()) == (cell("bad"),)
        assert store.frame()["reason"].tolist() == ["it broke", "not offered"]


def test_exported_tables_agree(tmp_path: Path) -> None:
    """Parquet, CSV and the journal give the same frame."""
    with Store(tmp_path) as store:
        store.add(result(cell("a"), 1 / 3))
        store.add(failure(cell("b"), "error", 'quotes " and, commas'))
        exported = store.export()
    pd.testing.assert_frame_equal(load(tmp_path), exported)
    (tmp_path / JOURNAL).unlink()
    pd.testing.assert_frame_equal(load(tmp_path), exported)
    (tmp_path / "scores.parquet").unlink()
    pd.testing.assert_frame_equal(load(tmp_path), exported)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_crops_come_back(tmp_path: Path) -> None:
    """Crops are kept by cell, the reference's under an empty method's name."""
    crop = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    with Store(tmp_path) as store:
        store.add(result(cell(), crop=crop))
        crops = store.crops()
    assert set(crops) == {("m", "set", "i", 2, "y-classic"), ("", "set", "i", 2, "y-classic")}
    assert all(png.startswith(b"\x89PNG") for png in crops.values())


def test_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """The error names the folder and what would do."""
    file = tmp_path / "taken"
    file.touch()
    with pytest.raises(StoreError) as caught:
        Store(file)
    assert str(caught.value) == f"{file} is a file; expected a folder, or a name not yet taken."


def test_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A path below a file cannot be a folder."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"Cannot write in .*below .*; choose another folder"):
        Store(tmp_path / "file" / "below")


def test_journal_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """A file that is no journal is named, and not overwritten."""
    (tmp_path / JOURNAL).write_bytes(b"precious notes, not a database" * 100)
    with pytest.raises(StoreError, match="is not a journal that upbench can read"):
        Store(tmp_path)
    assert (tmp_path / JOURNAL).read_bytes().startswith(b"precious")


def test_journal_of_a_newer_upbench_is_refused(tmp_path: Path) -> None:
    """A newer schema is not guessed at."""
    connection = sqlite3.connect(tmp_path / JOURNAL)
    connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    connection.close()
    with pytest.raises(StoreError, match=r"written by a newer upbench .*update upbench"):
        Store(tmp_path)


def test_full_disk_keeps_every_finished_cell(tmp_path: Path) -> None:
    """When the journal cannot grow, the error says that finished cells are kept, and they are."""
    with Store(tmp_path) as store:
        store.add(result(cell("first")))
        (pages,) = store._database._connection.execute("PRAGMA page_count").fetchone()
        store._database._connection.execute(f"PRAGMA max_page_count = {pages}")
        big = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)

        def fill() -> None:
            for number in range(20):
                store.add(result(cell(f"m{number}"), crop=big))

        with pytest.raises(StoreError, match="every cell that was finished before is kept"):
            fill()
    with Store(tmp_path) as store:
        assert "first" in store.frame()["method"].tolist()


def test_too_full_a_disk_is_found_before_the_run(tmp_path: Path) -> None:
    """The sentence says how much space is free and how much is needed."""
    with Store(tmp_path) as store:
        store.check_disk_space(10)
        with pytest.raises(
            StoreError, match=r"has \d+\.\d MB free; expected about \d+\.\d MB for 10+ cells"
        ):
            store.check_disk_space(10**12)


def test_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """A failure in the middle leaves the old file and no litter."""
    target = tmp_path / "table.csv"
    target.write_text("old")

    def broken() -> None:
        with write_atomically(target) as file:
            file.write_text("half")
            raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        broken()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_folder_without_a_run_is_named(tmp_path: Path) -> None:
    """Loading from anywhere else says what was expected."""
    with pytest.raises(StoreError, match=r"holds no run; expected a folder that 'upbench run"):
        load(tmp_path)


def image(name: str, **changed: Any) -> Result:
    """Return a finished result on an image of the set."""
    return result(cell(image=name, **changed), crop=np.zeros((4, 4, 1), np.uint8))


def test_reader_sees_one_moment_while_another_writes(tmp_path: Path) -> None:
    """Rows and crops that a report reads belong together."""
    with Store(tmp_path) as writer, Store(tmp_path) as reader:
        writer.add(image("first"))
        assert reader.frame()["image"].tolist() == ["first"]
        writer.add(image("second"))
        assert reader.frame()["image"].tolist() == ["first"]
        assert {identity[2] for identity in reader.crops()} <= {"first"}
    with Store(tmp_path) as later:
        assert later.frame()["image"].tolist() == ["first", "second"]


def item(name: str, digest: str) -> ImageItem:
    """Return an image of a dataset that nobody reads."""
    return ImageItem(name, digest, lambda: None)  # type: ignore[arg-type, return-value]


def test_images_that_are_gone_are_not_shown(tmp_path: Path) -> None:
    """Deleted, renamed or replaced ones; the rows of other datasets are, and all come back."""
    with Store(tmp_path) as store:
        for name in ("a", "b", "c"):
            store.add(image(name, digest=name * 3))
        store.add(image("a", dataset="other"))
        shown = lambda: store.frame()[["dataset", "image"]].to_numpy().tolist()  # noqa: E731
        assert len(shown()) == 4
        store.list_images([("set", item("a", "aaa")), ("set", item("b", "another"))])
        assert shown() == [["other", "a"], ["set", "a"]]
        assert {identity[1:3] for identity in store.crops()} <= {("other", "a"), ("set", "a")}
        store.list_images([("set", item(name, name * 3)) for name in ("a", "b", "c")])
        assert len(shown()) == 4


def test_each_file_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights of gigabytes may stand in the list of every image."""
    seen: list[str] = []
    monkeypatch.setattr(store_module, "digest", lambda file: seen.append(file) or "same")
    with Store(tmp_path) as store:
        for image in "ab":
            opened = {"weights": "same", image: "same"}
            store.add(replace(result(cell(image=image)), opened=opened))
        assert len(store.finished()) == 2
    assert sorted(seen) == ["a", "b", "weights"]


@pytest.mark.parametrize("suffix", [".bin", ".py"])
def test_file_that_a_method_opened_is_part_of_what_is_kept(tmp_path: Path, suffix: str) -> None:
    """Its row is used again while the file is what it was."""
    file = tmp_path / f"table{suffix}"
    file.write_text("A = 1\n", encoding="utf-8")
    done = replace(image("a"), opened={str(file): digest(str(file))})
    with Store(tmp_path / "out") as store:
        store.add(done)
        assert unfinished((done.cell,), store.finished()) == ()
        file.write_text("A = 2\n", encoding="utf-8")
        assert unfinished((done.cell,), store.finished()) == (done.cell,)
        file.unlink()
        assert unfinished((done.cell,), store.finished()) == (done.cell,)


def test_numbers_of_any_type_are_stored_as_numbers(tmp_path: Path) -> None:
    """A lone surrogate is escaped, and what no table can hold is refused in one sentence."""
    done = image("a")
    row = replace(done.row, seconds=np.float32(0.5), scores={"psnr_db": np.float64("inf")})
    with Store(tmp_path) as store:
        store.add(replace(done, row=replace(row, reason="\udcff", height=np.int64(3))))
        frame = store.frame()
        assert frame.loc[0, ["seconds", "psnr_db", "height"]].tolist() == [0.5, np.inf, 3]
        assert frame.loc[0, "reason"] == r"\udcff"
        with pytest.raises(StoreError, match="A row holds a bytes under reason"):
            store.add(replace(done, row=replace(row, reason=b"no text")))  # type: ignore[arg-type]


def test_folder_that_is_deleted_meanwhile_is_noticed_at_once(tmp_path: Path) -> None:
    """The next row says so."""
    with Store(tmp_path / "out") as store:
        store.add(image("a"))
        shutil.rmtree(tmp_path / "out")
        with pytest.raises(StoreError, match="was deleted or replaced while upbench was writing"):
            store.add(image("b"))
        with pytest.raises(StoreError, match="was deleted or replaced while upbench was writing"):
            store.check_disk_space(1)


def test_locked_journal_is_not_called_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says that another program holds it."""
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda path, **how: connect(path, **how | {"timeout": 0})
    )
    with Store(tmp_path) as store, Store(tmp_path) as other:
        with other._database.writing(), pytest.raises(StoreError, match="end the other program"):
            store.add(image("a"))
        store.add(image("a"))
        assert len(store.frame()) == 1
    with closing(connect(tmp_path / JOURNAL)) as holding:
        holding.execute("PRAGMA locking_mode = EXCLUSIVE")
        holding.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match=r"Cannot read .*: end the other program"):
            Store(tmp_path)


def test_journal_of_the_first_schema_is_read(tmp_path: Path) -> None:
    """Its rows are shown, and new ones stand beside them."""
    with Store(tmp_path) as store:
        store.add(image("a"))
    with closing(sqlite3.connect(tmp_path / JOURNAL)) as connection, connection:
        connection.execute("DROP VIEW shown")
        for column in ("digest", "opened"):
            connection.execute(f"ALTER TABLE cells DROP COLUMN {column}")
        for table in ("listed", "opened", "timings"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("PRAGMA user_version = 1")
    with Store(tmp_path) as store:
        store.add(image("b"))
        assert store.frame()["image"].tolist() == ["a", "b"]


def test_a_picture_that_a_worker_has_encoded_is_kept_as_it_is(tmp_path: Path) -> None:
    """One that is no PNG, or of another size, is encoded again from the pixels."""
    crop = np.random.default_rng(0).integers(0, 256, (6, 8, 3)).astype(np.uint8)
    good = encode_png(crop)
    with Store(tmp_path) as store:
        store.add(replace(result(cell("a"), crop=crop), png=good + b"trailer"))
        store.add(replace(result(cell("b"), crop=crop), png=b"no picture"))
        store.add(replace(result(cell("c"), crop=crop), png=encode_png(crop[:3])))
        kept = {identity[0]: png for identity, png in store.crops().items()}
    assert kept["a"] == good + b"trailer"
    assert kept["b"] == kept["c"] == good
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(good))), crop)
