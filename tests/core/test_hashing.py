"""What a number depends on: code hashes, digests, versions."""

from __future__ import annotations

import ast
import gc
import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from typing import TYPE_CHECKING

import pytest

from upbench.benchmark.core import imports
from upbench.benchmark.core.distributions import distribution_of, version_of
from upbench.benchmark.core.environment import library_version, machine, versions
from upbench.benchmark.core.hashing import code_hash, content_hash, digest_of, module_hash
from upbench.benchmark.core.imports import code_files, libraries_of, named_files

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
    resampler = "from upbench.benchmark.imaging import resample\nx = 1\n"
    hashes = {hash_of(tmp_path, contract, "c.py"), hash_of(tmp_path, resampler, "r.py"), bare}
    assert len(hashes) == 3
    assert [file.name for file in code_files(tmp_path / "r.py")][1:] == [
        "__init__.py",
        "resample.py",
        "kernels.py",
    ]
    assert code_files(tmp_path / "c.py") == (tmp_path / "c.py",)


def test_a_file_that_is_moved_keeps_its_hash(tmp_path: Path) -> None:
    """The path is no part of the hash."""
    other = tmp_path / "elsewhere"
    other.mkdir()
    assert hash_of(tmp_path, SOURCE) == hash_of(other, SOURCE, "renamed.py")


def test_a_file_that_cannot_be_parsed_has_no_hash(tmp_path: Path) -> None:
    """A missing or broken file gives an empty hash instead of an error."""
    assert not code_hash(tmp_path / "missing.py")
    assert not hash_of(tmp_path, "def broken(:\n")


def test_garbage_that_parses_while_a_file_is_parsed_spoils_nothing(tmp_path: Path) -> None:
    """A worker's finaliser that logged a warning made CPython 3.11 refuse a sound file."""

    class Parses:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            ast.parse("1 + (2 * 3)")

    source = "total = 0\n" + "total = (total + 1) * 2\n" * 200
    expected = hash_of(tmp_path, source)
    before = gc.get_threshold()
    try:
        gc.set_threshold(50)
        for _ in range(20):
            Parses()
        assert hash_of(tmp_path, source, "another.py") == expected
    finally:
        gc.set_threshold(*before)


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


PLUGIN_FOLDERS = {
    "a helper beside it": ({"plugin.py": "import helper\n"}, "helper.py"),
    "a helper under another name": ({"plugin.py": "import helper as h\n"}, "helper.py"),
    "a name from a helper": ({"plugin.py": "from helper import kernel\n"}, "helper.py"),
    "the helper of a helper": (
        {"plugin.py": "import first\n", "first.py": "from second import x\n"},
        "second.py",
    ),
    "a helper imported in a function": (
        {"plugin.py": "def up(image, scale):\n    import helper\n    return helper.up(image)\n"},
        "helper.py",
    ),
    "a helper imported by its name": (
        {"plugin.py": "import importlib\nh = importlib.import_module('helper')\n"},
        "helper.py",
    ),
    "a helper imported by import_module alone": (
        {"plugin.py": "from importlib import import_module\nh = import_module('lib.helper')\n"},
        "lib/helper.py",
    ),
    "a module of a folder without __init__": ({"plugin.py": "import lib.taps\n"}, "lib/taps.py"),
    "a package's own file": (
        {"plugin.py": "import lib.taps\n", "lib/taps.py": ""},
        "lib/__init__.py",
    ),
    "a relative import in a package": (
        {"plugin.py": "import lib\n", "lib/__init__.py": "from .deep import taps\n"},
        "lib/deep/taps.py",
    ),
    "a relative import from above": (
        {"plugin.py": "import lib.deep.a\n", "lib/__init__.py": "", "lib/deep/__init__.py": "",
         "lib/deep/a.py": "from .. import taps\n"},
        "lib/taps.py",
    ),
    "a file loaded by its path": (
        {"plugin.py": "import runpy\nfrom pathlib import Path\n"
         "taps = runpy.run_path(Path(__file__).with_name('taps.py'))\n"},
        "taps.py",
    ),
    "a module in a folder put on sys.path": (
        {"plugin.py": "import sys\nfrom pathlib import Path\n"
         "sys.path.insert(0, str(Path(__file__).parent / 'lib'))\nimport taps\n"},
        "lib/taps.py",
    ),
    "a helper that needs a newer Python": ({"plugin.py": "import helper\n"}, "helper.py"),
    "a compiled helper": ({"plugin.py": "import taps\n"}, f"taps{EXTENSION_SUFFIXES[0]}"),
}  # fmt: skip


def write_all(folder: Path, sources: dict[str, str]) -> Path:
    """Write a plugin's files and return the plugin's."""
    for name, text in sources.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "plugin.py"


@pytest.mark.parametrize(("sources", "edited"), PLUGIN_FOLDERS.values(), ids=list(PLUGIN_FOLDERS))
def test_an_edit_of_what_a_plugin_imports_counts(
    tmp_path: Path, sources: dict[str, str], edited: str
) -> None:
    """A helper's code is part of the plugin's; the hash stays when its comments change."""
    first = write_all(tmp_path / "a", {**sources, edited: "x = 1\n"})
    same = write_all(tmp_path / "b", {**sources, edited: "x = 1\n"})
    other = write_all(tmp_path / "c", {**sources, edited: "x = 2\n"})
    broken = write_all(tmp_path / "d", {**sources, edited: "match match(:\n"})
    assert code_hash(first) == code_hash(same), "a folder may be moved as a whole"
    assert len({code_hash(file) for file in (first, other, broken)}) == 3
    assert first.parent / edited in code_files(first)


def test_an_edit_beside_is_seen_at_once(tmp_path: Path) -> None:
    """No restart is needed: the reading is remembered by the file's time and size."""
    plugin = write_all(tmp_path, {"plugin.py": "import helper\n", "helper.py": "x = 1\n"})
    before = code_hash(plugin)
    (tmp_path / "helper.py").write_text("x = 1  # a comment\n", encoding="utf-8")
    commented = code_hash(plugin)
    (tmp_path / "helper.py").write_text("x = 22\n", encoding="utf-8")
    assert before == commented != code_hash(plugin)


DATA_FILES = {
    "a data file": (
        {"plugin.py": "import cv2\nfrom pathlib import Path\n"
         "t = cv2.imread(str(Path(__file__).with_name('taps.png')))\n"},
        "taps.png",
    ),
    "a data file of a helper": (
        {"plugin.py": "import helper\n", "helper.py": "open('taps.py.txt')\n"}, "taps.py.txt",
    ),
    "a data file in folders": (
        {"plugin.py": "import os\nHERE = os.path.dirname(__file__)\n"
         "p = os.path.join(HERE, 'deep', 'er', 'taps.bin')\n"},
        "deep/er/taps.bin",
    ),
    "a data file by a path": ({"plugin.py": "p = 'deep/er/taps.onnx'\n"}, "deep/er/taps.onnx"),
    "data files whose names are filled in": (
        {"plugin.py": "def up(image, scale):\n    name = f'deep/taps_x{scale:02d}.bin'\n"},
        "deep/taps_x02.bin",
    ),
    "data files whose names are filled in as C does": (
        {"plugin.py": "name = 'taps%02d.bin' % 2\n"}, "taps02.bin",
    ),
    "data files whose names are filled in by format": (
        {"plugin.py": "name = '{}-x{:d}.bin'.format('a', 2)\n"}, "a-x2.bin",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sources", "named"), DATA_FILES.values(), ids=list(DATA_FILES))
def test_data_files_that_a_plugin_names_are_found(
    tmp_path: Path, sources: dict[str, str], named: str
) -> None:
    """By plain texts, by the folders on the way, and by texts that are filled in."""
    plugin = write_all(tmp_path, {**sources, named: "1"})
    assert named_files(plugin) == {tmp_path / named}
    assert named not in {file.name for file in code_files(plugin)}


def test_texts_that_name_no_file_beside_it_count_for_nothing(tmp_path: Path) -> None:
    """Folders, files of the system, docstrings, long texts, and what no file name can hold."""
    text = (
        '"""It reads notes.txt."""\nA = ["/dev/zero", "/proc/cpuinfo", ".", "..", "/", "", "\\0"]\n'
        f"B = ['folder', {'x' * 199!r}, {'n' * 300!r}, 'a\\nb', '{{}}', '%s', '*']\n"
    )
    plugin = write_all(tmp_path, {"plugin.py": text, "notes.txt": "", "folder/notes.txt": ""})
    assert named_files(plugin) == set()


def test_helpers_that_change_places_count(tmp_path: Path) -> None:
    """Which helper says what is part of the hash."""
    plugin = write_all(
        tmp_path, {"plugin.py": "import a, b\n", "a.py": "x = 1\n", "b.py": "x = 2\n"}
    )
    before = code_hash(plugin)
    write_all(tmp_path, {"a.py": "x = 2\n", "b.py": "x = 1\n"})
    os.utime(tmp_path / "a.py", (0, 0))
    os.utime(tmp_path / "b.py", (0, 0))
    assert code_hash(plugin) != before


def test_files_beside_that_are_not_imported_do_not_count(tmp_path: Path) -> None:
    """Nor do imports for type checkers, and modules that import each other end."""
    sources = {
        "plugin.py": "import typing\nif typing.TYPE_CHECKING:\n    import types_only\nimport a\n",
        "a.py": "import b\nimport plugin\n",
        "b.py": "import a\n",
        "types_only.py": "",
        "unused.py": "",
    }
    plugin = write_all(tmp_path, sources)
    assert {file.name for file in code_files(plugin)} == {"plugin.py", "a.py", "b.py"}


def installed(site: Path, version: str, factor: int) -> Path:
    """Install a distribution of two top-level modules by hand, beside somebody else's."""
    info = site / f"ups-{version}.dist-info"
    write_all(
        site,
        {
            "ups/__init__.py": "",
            "ups/sub/__init__.py": "",
            "ups/sub/plugin.py": "import other\nfrom ups_core import k\nfrom ..lib import f\n",
            "ups/lib.py": f"f = {factor}\n",
            "ups_core.py": "k = 1\n",
            "other/__init__.py": "",
            f"{info.name}/METADATA": f"Metadata-Version: 2.1\nName: ups\nVersion: {version}\n",
            f"{info.name}/RECORD": "".join(
                f"{name},,\n"
                for name in ("ups/__init__.py", "ups/lib.py", "ups/sub/__init__.py",
                             "ups/sub/plugin.py", "ups_core.py")
            ),
        },
    )  # fmt: skip
    return site / "ups" / "sub" / "plugin.py"


def test_an_installed_plugin_is_its_distribution(tmp_path: Path) -> None:
    """All its modules and its version count; other distributions beside it do not."""
    plugin = installed(tmp_path / "1" / "site-packages", "1.0", 1)
    edited = installed(tmp_path / "2" / "site-packages", "1.0", 2)
    newer = installed(tmp_path / "3" / "site-packages", "1.1", 1)
    files = {
        file.relative_to(tmp_path / "1" / "site-packages").as_posix() for file in code_files(plugin)
    }
    assert {"ups/sub/plugin.py", "ups/lib.py", "ups_core.py", "ups/__init__.py"} <= files
    assert not any(name.startswith("other") for name in files)
    assert len({code_hash(file) for file in (plugin, edited, newer)}) == 3
    assert (distribution_of(plugin), distribution_of(newer)) == ("ups 1.0", "ups 1.1")


def test_the_libraries_that_a_plugin_imports_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper's SciPy of another version is other code, whatever the plugin's backend says."""
    sources = {
        "plugin.py": "import json\nimport taps\nfrom upbench import method\n",
        "taps.py": "import scipy.ndimage\nfrom PIL import Image\nimport no_such_library\n",
    }
    plugin = write_all(tmp_path, sources)
    pillow, scipy = libraries_of(plugin)
    assert pillow == version_of("PIL")
    assert scipy == f"scipy {library_version('scipy')}"
    before = code_hash(plugin)
    monkeypatch.setattr(imports, "version_of", lambda _module: "newer")
    assert code_hash(plugin) != before


def test_the_public_face_and_descriptions_do_not_count(tmp_path: Path) -> None:
    """A plugin that only describes itself by our decorators changes with its own code alone."""
    for line in ("from upbench import method", "from upbench.benchmark.contract import method"):
        assert len(code_files(write_all(tmp_path, {"plugin.py": f"{line}\n"}))) == 1


def test_hashing_imports_nothing_that_is_hashed() -> None:
    """The hashes of a learned method come without torch, which its modules import."""
    code = (
        "import sys; from pathlib import Path; import upbench.methods as m;"
        "from upbench.benchmark.core.hashing import code_hash;"
        "assert code_hash(Path(m.__file__).parent / 'learned' / 'upnet.py');"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_huge_weights_count_by_their_size_and_time(tmp_path: Path) -> None:
    """A sparse file of a terabyte would be read for an hour before anything runs."""
    file = tmp_path / "weights.bin"
    file.touch()
    os.truncate(file, 1 << 40)
    before = content_hash([file])
    assert content_hash([file]) == before
    os.utime(file, (1, 1))
    assert content_hash([file]) != before
