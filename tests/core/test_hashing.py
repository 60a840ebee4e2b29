"""What a number depends on: code hashes, digests, versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.environment import library_version, machine, versions
from upbench.benchmark.core.hashing import code_hash, digest_of, module_hash

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = '''"""A module."""

def upsample(image, scale):
    """Make it larger."""
    return image * 2  # a comment
'''


def hash_of(folder: Path, source: str, name: str = "plugin.py") -> str:
    """Write a file and return its code hash."""
    file = folder / name
    file.write_text(source, encoding="utf-8")
    return code_hash(file)


def test_comments_docstrings_and_layout_do_not_count(tmp_path: Path) -> None:
    """An edit that cannot change a number does not change the hash."""
    before = hash_of(tmp_path, SOURCE)
    edited = SOURCE.replace("A module.", "The module.").replace("Make it larger.", "Enlarge.")
    edited = edited.replace("# a comment", "").replace("image * 2", "image  *  2")
    assert hash_of(tmp_path, edited, "edited.py") == before


def test_code_counts(tmp_path: Path) -> None:
    """An edit of the code changes the hash."""
    changed = hash_of(tmp_path, SOURCE.replace("* 2", "* 3"), "b.py")
    assert changed != hash_of(tmp_path, SOURCE)


def test_our_modules_below_a_plugin_count(tmp_path: Path) -> None:
    """A plugin that calls our resampler changes with it; one that takes the contract does not."""
    bare = hash_of(tmp_path, "x = 1\n", "bare.py")
    contract = "from upbench.benchmark.core.contract import method\nx = 1\n"
    resampler = "from upbench.benchmark import resample\nx = 1\n"
    hashes = {hash_of(tmp_path, contract, "c.py"), hash_of(tmp_path, resampler, "r.py"), bare}
    assert len(hashes) == 3


def test_a_file_that_is_moved_keeps_its_hash(tmp_path: Path) -> None:
    """The path is no part of the hash."""
    other = tmp_path / "elsewhere"
    other.mkdir()
    assert hash_of(tmp_path, SOURCE) == hash_of(other, SOURCE, "renamed.py")


def test_a_file_that_cannot_be_parsed_has_no_hash(tmp_path: Path) -> None:
    """A missing or broken file gives an empty hash instead of an error."""
    assert not code_hash(tmp_path / "missing.py")
    assert not hash_of(tmp_path, "def broken(:\n")


def test_digest_knows_where_strings_end() -> None:
    """("ab", "c") and ("a", "bc") are different."""
    assert digest_of(["ab", "c"]) != digest_of(["a", "bc"])
    assert len(digest_of([])) == 64


def test_module_hash_is_of_the_code() -> None:
    """Hashes of modules of ours are stable and differ from each other."""
    first = module_hash("upbench.benchmark.imaging.resample")
    assert first == module_hash("upbench.benchmark.imaging.resample")
    assert first != module_hash("upbench.benchmark.imaging.colour")


def test_versions_name_the_libraries_that_take_part() -> None:
    """Python and the numeric libraries are listed; an unknown one has no version."""
    found = versions()
    assert {"python", "numpy", "torch", "opencv-python-headless"} <= set(found)
    assert library_version("numpy") == found["numpy"]
    assert not library_version("no-such-distribution")


def test_machine_is_one_line() -> None:
    """The machine is described by system, processor and cores, in one line."""
    assert "cores" in machine()
    assert "\n" not in machine()
