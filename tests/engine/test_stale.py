"""Numbers that are no longer true are not shown: changed helpers, files and images."""

from __future__ import annotations

import ctypes
import json
import sqlite3
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from plugins import plugin_text
from stored_runs import run_into

from upbench.benchmark.engine.opened import OpenedFiles
from upbench.benchmark.engine.runner import Request

PLUGIN = plugin_text("reads_a_helper_and_a_file")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder with a plugin, what lies beside it, and three images."""
    (tmp_path / "changing.py").write_text(PLUGIN, encoding="utf-8")
    (tmp_path / "helper_of_plugin.py").write_text("FACTOR = 1.0\n", encoding="utf-8")
    (tmp_path / "factor.txt").write_text("1.0", encoding="utf-8")
    (tmp_path / "images").mkdir()
    for number in range(3):
        save(tmp_path / "images" / f"{number}.png", number)
    return tmp_path


def save(file: Path, seed: int) -> None:
    """Write a small random image."""
    pixels = np.random.default_rng(seed).integers(0, 256, (32, 32), dtype=np.uint8)
    Image.fromarray(pixels).save(file)


def psnr(place: Path, **more: str) -> dict[str, float]:
    """Run the method of the plugin; return its PSNR by image."""
    images, plugin = f"folder:{place / 'images'}", str(place / "changing.py")
    rows = run_into(place / "o", Request("changing", images, "2", plugins=(plugin,), **more))
    assert set(rows["status"]) == {"ok"}
    return dict(zip(rows["image"], rows["psnr_db"], strict=True))


def test_what_lies_beside_a_plugin_is_part_of_the_key(place: Path) -> None:
    """A helper that it imports, a file that it opens: when they change, the new score comes."""
    first = psnr(place)
    assert psnr(place) == first
    (place / "helper_of_plugin.py").write_text("FACTOR = 0.5\n", encoding="utf-8")
    second = psnr(place)
    (place / "factor.txt").write_text("0.1", encoding="utf-8")
    third = psnr(place)
    for name, best in first.items():
        assert best > second[name] > third[name]


def test_images_that_are_gone_are_in_no_table(place: Path) -> None:
    """Deleted, renamed, replaced ones; also where nothing is left to be run."""
    first = psnr(place)
    images = place / "images"
    (images / "0.png").unlink()
    assert psnr(place) == {name: first[name] for name in ("1", "2")}
    (images / "1.png").rename(images / "named.png")
    assert psnr(place, rerun="all") == {"2": first["2"], "named": first["1"]}
    save(images / "2.png", 99)
    third = psnr(place)
    assert set(third) == {"2", "named"}
    assert third["2"] != first["2"]
    assert "0.png" not in (place / "o" / "scores.csv").read_text(encoding="utf-8")


def test_a_listing_of_the_plugins_own_folder_counts_with_its_files(tmp_path: Path) -> None:
    """Names that only a listing knows; but not where Python itself looks for modules."""
    (tmp_path / "plugin" / "weights").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    kept = tmp_path / "plugin" / "weights" / "x2.bin"
    for file in (kept, tmp_path / "plugin" / "beside.txt", tmp_path / "elsewhere" / "other.bin"):
        file.write_text("a", encoding="utf-8")
    opened = OpenedFiles(tmp_path / "plugin")
    with opened.watched():
        list(kept.parent.iterdir())
        list((tmp_path / "elsewhere").iterdir())
        list(metadata.distributions(path=[str(tmp_path / "plugin")]))
        PathFinder.find_spec("no_such_module", [str(tmp_path / "plugin")])
    assert list(opened.digests()) == [str(kept)]


def test_the_library_that_lists_distributions_lists_no_input(tmp_path: Path) -> None:
    """Once something has imported it, it looks through every folder of a search beside Python."""
    library = pytest.importorskip("importlib_metadata")
    (tmp_path / "beside.txt").write_text("a", encoding="utf-8")
    opened = OpenedFiles(tmp_path)
    with opened.watched():
        list(library.distributions(path=[str(tmp_path)]))
    assert list(opened.digests()) == []


def test_files_that_a_plugin_names_count_unless_it_writes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C code may read one unseen; a log or a counter beside it makes nothing stale."""
    plugin = tmp_path / "plugin.py"
    plugin.write_text("NAMES = ['taps.bin', 'calls.txt', 'link.txt']\n", encoding="utf-8")
    for name in ("taps.bin", "calls.txt"):
        (tmp_path / name).write_text("a", encoding="utf-8")
    (tmp_path / "link.txt").symlink_to(tmp_path / "calls.txt")
    monkeypatch.setattr("upbench.benchmark.engine.opened._WRITTEN", set())
    opened = OpenedFiles(tmp_path)
    with opened.watched(), (tmp_path / "calls.txt").open("a", encoding="utf-8") as file:
        file.write("b")
    assert list(opened.digests(str(plugin))) == [str(tmp_path / "taps.bin")]


def test_databases_and_libraries_count_as_files(tmp_path: Path) -> None:
    """Python says which files it connects to and loads."""
    connection = sqlite3.connect(tmp_path / "lut.sqlite")
    connection.execute("CREATE TABLE lut (a)")
    connection.close()
    (tmp_path / "taps.so").write_bytes(b"no library")
    opened = OpenedFiles(tmp_path)
    with opened.watched():
        sqlite3.connect(tmp_path / "lut.sqlite").close()
        with pytest.raises(OSError, match="taps"):
            ctypes.CDLL(str(tmp_path / "taps.so"))
    assert {Path(name).name for name in opened.digests()} == {"lut.sqlite", "taps.so"}


def test_files_of_installed_libraries_are_left_out(tmp_path: Path) -> None:
    """Wherever they are installed: their versions are in the key."""
    library = tmp_path / "venv" / "site-packages" / "library"
    library.mkdir(parents=True)
    own = tmp_path / "own.txt"
    opened = OpenedFiles(tmp_path / "plugin")
    with opened.watched():
        for file in (library / "code.py", own):
            file.write_text("A = 1\n", encoding="utf-8")
            file.read_text(encoding="utf-8")
        json.decoder.__spec__.loader.get_data(str(json.decoder.__file__))  # type: ignore[union-attr]
    assert list(opened.digests()) == [str(own)]
