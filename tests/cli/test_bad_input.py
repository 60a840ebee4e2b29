"""Careless and hostile input: one clear sentence, the right exit code, nothing lost."""

from __future__ import annotations

import errno
import os
import re
import signal
import sqlite3
import struct
import subprocess
import time
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import running
from PIL import Image
from typer.testing import CliRunner

from upbench.benchmark import load
from upbench.benchmark.cli.program import app
from upbench.benchmark.core.errors import (
    PluginError,
    StoreError,
    UnknownNameError,
    UpbenchError,
    UsageError,
)
from upbench.benchmark.core.text import describe
from upbench.benchmark.engine.database import SCHEMA
from upbench.benchmark.engine.store import JOURNAL
from upbench.benchmark.registry.catalog import collect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd
    from running import Completed

    Command = Callable[..., Completed]

HEAD = """import numpy as np
from upbench.benchmark.core.contract import method
"""


def function(name: str, body: str) -> str:
    """Return the source of a method whose last line is given; `big` is a right output."""
    return (
        f'\n\n@method("{name}", family="test")\n'
        f"def {name.replace('-', '_')}(image, scale):\n"
        f"    big = image.repeat(scale, axis=0).repeat(scale, axis=1)\n    {body}\n"
    )


def picture(file: Path, height: int = 24, width: int = 28, mode: str = "RGB") -> None:
    """Save a picture with some structure."""
    rows, columns, depth = np.mgrid[:height, :width, :3]
    waves = 128 + 60 * np.sin(rows / 3) * np.cos(columns / 4) + 20 * depth
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(waves.astype(np.uint8)).convert(mode).save(file)


def invoke(*arguments: str) -> Any:
    """Run a command in this process; what it says must not hold a traceback."""
    done = CliRunner().invoke(app, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.output
    return done


def run_in(folder: Path, *arguments: str) -> Completed:
    """Run the installed command in a folder; it must not leave a traceback."""
    done = running.run_in(folder, *arguments)
    assert "Traceback" not in done.stdout + done.stderr
    return done


# -- names and options --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["run", "--methods", "bicubik"],
            "There is no method named 'bicubik'; did you mean 'bicubic'",
        ),
        (["run", "--methods", ""], "--methods is empty; expected a name like bicubic, or no"),
        (["run", "--methods", " , "], "--methods is empty; expected a name like bicubic, or no"),
        (["run", "--methods", "zz-*"], "There is no method named 'zz-*'; 'upbench list methods'"),
        (
            ["run", "--datasets", "standrd"],
            "There is no dataset named 'standrd'; did you mean 'standard'?",
        ),
        (["run", "--datasets", ","], "--datasets is empty; expected a name like standard."),
        (
            ["run", "--protocol", "y-clasic"],
            "There is no protocol named 'y-clasic'; did you mean 'y-classic'?",
        ),
        (
            ["run", "--metrics", "blockines_db"],
            "There is no metric named 'blockines_db'; did you mean 'blockiness_db'",
        ),
        (["run", "--protocol", ""], "--protocol is empty; expected a name like y-classic."),
        *(
            (
                ["run", "--scales", scale],
                (
                    "--scales takes whole numbers from 2 to 16, like 2,3,4, and for methods of any "
                    f"size fractions from 1/16 up, like 1.5, 8/3 or 0.5; got '{scale}'."
                ),
            )
            for scale in ("1", "0", "-2", "16.5", "100", "x", "2;3", "1/0", "nan", "1/17", "2/2")
        ),
        (["run", "--scales", "2,17"], "like 1.5, 8/3 or 0.5; got '17'."),
        (["run", "--scales", ""], "--scales is empty; expected whole numbers like 2,3,4."),
        *(
            (["run", "--jobs", jobs], f"--jobs takes a whole number from 1 up; got {jobs}.")
            for jobs in ("0", "-1")
        ),
        (["run", "--jobs", "1000000000"], "--jobs takes a number up to "),
        *(
            (
                ["run", "--timing", "--dry-run", "--budget", budget],
                "The time budget of a size must be more than 0 s and less than --timeout; got",
            )
            for budget in ("-1", "nan", "inf")
        ),
        (["run", "--timing", "--basis", ""], "--basis is empty; expected a name like float, or no"),
        (["run", "--jobs", "x"], "--jobs takes a whole number from 1 up; got 'x'."),
        (
            ["run", "--executor", "proceses"],
            "There is no executor named 'proceses'; did you mean 'processes'?",
        ),
        (
            ["run", "--executor", "serial", "--jobs", "2"],
            "--executor serial runs one job; got --jobs 2.",
        ),
        (["run", "--plugin", "gone.py"], "--plugin gone.py: there is no such file; expected"),
        (
            ["list", "metods"],
            "There is no list named 'metods'; did you mean 'methods' or 'metrics'?",
        ),
        (
            ["list", "methods", "--family", "lerned"],
            "There is no family named 'lerned'; did you mean 'learned'?",
        ),
        (
            ["list", "datasets", "--family", "learned"],
            "--family goes with 'list methods'; got 'list datasets'.",
        ),
        (
            ["check", "bicubik"],
            "layer, dataset, metric or protocol named 'bicubik'; did you mean 'bicubic'",
        ),
        (
            ["check", "bicubic", "--scales", "1"],
            "size fractions from 1/16 up, like 1.5, 8/3 or 0.5; got '1'.",
        ),
        (["report", "gone"], "gone holds no run; expected a folder that 'upbench run --out gone'"),
        (["new-method", "mine.txt"], "mine.txt: expected a name that ends in .py"),
        (["new-method", "gone/mine.py"], "Cannot write gone/mine.py (No such file or directory)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_option_is_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence repeats what was typed, exits with 2, and nothing has been written."""
    monkeypatch.chdir(tmp_path)
    done = invoke(*arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith("upbench: ")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [(["rum"], "Did you mean 'run'"), (["run", "--method", "x"], "--methods")],
)
def test_bad_command_or_option_name_gets_a_hint(arguments: list[str], hint: str) -> None:
    """A misspelt command or option is answered with the right one."""
    done = invoke(*arguments)
    assert done.exit_code == 2
    assert hint in done.stderr


def test_plugin_must_be_a_python_file(tmp_path: Path) -> None:
    """Another file, or a folder, is refused by name."""
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    done = invoke("list", "methods", "--plugin", str(tmp_path / "notes.txt"))
    assert done.exit_code == 2
    assert "notes.txt: expected a Python file, ending in .py." in done.stderr
    assert invoke("list", "methods", "--plugin", str(tmp_path)).exit_code == 2


def test_new_method_never_overwrites(tmp_path: Path) -> None:
    """A file that is there stays as it is."""
    file = tmp_path / "mine.py"
    file.write_text("precious", encoding="utf-8")
    done = invoke("new-method", str(file))
    assert done.exit_code == 2
    assert "exists already; choose another name or remove it." in done.stderr
    assert file.read_text(encoding="utf-8") == "precious"


def test_folder_without_images_is_refused(tmp_path: Path) -> None:
    """A dataset that is missing, empty or a file is named, with what was expected."""
    (tmp_path / "empty").mkdir()
    picture(tmp_path / "one.png")
    for name, reason in (
        ("gone", "No such file or directory"),
        ("empty", "has no images"),
        ("one.png", "Not a directory"),
    ):
        done = invoke("run", "--datasets", f"folder:{tmp_path / name}")
        assert done.exit_code == 2
        assert str(tmp_path / name) in done.stderr
        assert reason in done.stderr


# -- images -------------------------------------------------------------------------------------


def huge_header() -> bytes:
    """Return a PNG that says it has 30000 x 30000 pixels, and has none."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


GOOD = {"good", "palette", "opaque", "[red]bold", "a" * 150, "東京 $x$"}
BAD = {
    "text": "is not an image that can be read",
    "truncated": "is damaged or cut short",
    "deep": "more than 8 bits per channel",
    "transparent": "has transparent pixels",
    "cmyk": "is a CMYK image; expected grey or RGB",
    "dot": "The image has 1x1 pixels, too few for x2: expected at least 6 per side",
    "tiny": "The image has 5x5 pixels, too few for x2: expected at least 6 per side",
    "huge": "is too large:",
}


def gallery(folder: Path) -> None:
    """Put one image of every kind into a folder."""
    for name in ("good", "[red]bold", "a" * 150, "東京 $x$"):
        picture(folder / f"{name}.png")
    picture(folder / "palette.png", mode="P")
    picture(folder / "opaque.png", mode="RGBA")
    (folder / "text.png").write_text("this is no picture", encoding="utf-8")
    (folder / "truncated.png").write_bytes((folder / "good.png").read_bytes()[:300])
    Image.fromarray(np.arange(900, dtype=np.uint16).reshape(30, 30)).save(folder / "deep.png")
    Image.new("RGBA", (20, 20), (9, 9, 9, 100)).save(folder / "transparent.png")
    picture(folder / "cmyk.jpg", mode="CMYK")
    picture(folder / "dot.png", 1, 1)
    picture(folder / "tiny.png", 5, 5)
    (folder / "huge.png").write_bytes(huge_header())


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Completed]:
    """Return the rows of a run on such a folder, and what the command said."""
    folder = tmp_path_factory.mktemp("mixed")
    gallery(folder / "photos [b] $a$")
    command = ["run", "--methods", "nearest,bicubic", "--datasets", "folder:photos [b] $a$"]
    done = run_in(folder, *command, "--scales", "2,3", "--out", "out [red]")
    return load(folder / "out [red]"), done


def test_good_images_are_scored_beside_bad_ones(mixed: tuple[pd.DataFrame, Completed]) -> None:
    """Every good image has a score by every method, whatever its name."""
    rows, _ = mixed
    assert set(rows.loc[rows["status"] == "ok", "image"]) == GOOD
    assert len(rows) == 4 * (len(GOOD) + len(BAD))
    assert rows.loc[rows["image"].isin(GOOD), "psnr_db"].notna().all()


def test_bad_images_become_rows_with_a_reason(mixed: tuple[pd.DataFrame, Completed]) -> None:
    """Every bad image has a row per cell that says what is wrong with it."""
    rows, done = mixed
    assert done.returncode == 1
    failed = rows[rows["status"] == "error"].groupby("image")["reason"].first().to_dict()
    assert set(failed) == set(BAD)
    for name, reason in BAD.items():
        assert reason in failed[name]


def test_each_bad_image_is_listed_once_at_the_end(mixed: tuple[pd.DataFrame, Completed]) -> None:
    """The list of failures names a file once, literally, and ends with the command to repeat."""
    _, done = mixed
    start = "32 of 56 cells failed:"
    listed = done.stderr.partition(start)[2].splitlines()[1:]
    named = [
        re.match(r"  folder:photos \[b\] \$a\$/(\w+): error: .*\(4 cells\)", x) for x in listed
    ]
    assert sorted(match[1] for match in named if match) == sorted(BAD)
    assert listed[-1].startswith("The same command tries just those again: upbench run --methods")
    assert "'out [red]'" in listed[-1]


def test_brackets_in_names_are_printed_as_they_are(mixed: tuple[pd.DataFrame, Completed]) -> None:
    """A name is never read as markup."""
    _, done = mixed
    assert "folder:photos [b] $a$ x2, y-classic" in done.stdout
    assert "Tables and figures are in out [red], the page is out [red]/report.html." in done.stderr


# -- plugins that cannot be used ----------------------------------------------------------------

SIMPLE = HEAD + function("mine", "return big")
METRIC = """from upbench.benchmark.core.contract import metric

@metric("seconds", unit="s", better="lower")
def mine(reference, output, scale): return 1.0
"""
UNUSABLE = {
    "syntax": ("def f(:\n", "SyntaxError: invalid syntax (syntax.py, line 1)"),
    "missing": (
        "import nowhere_at_all\n",
        "ModuleNotFoundError: No module named 'nowhere_at_all' (at missing.py:1)",
    ),
    "within": ("from numpy import nothing_such\n", "cannot import name 'nothing_such'"),
    "raising": ("x = 1\n1 / 0\n", "ZeroDivisionError: division by zero (at raising.py:2)"),
    "exiting": ("import sys\nsys.exit('bye')\n", "SystemExit: bye (at exiting.py:2)"),
    "empty": ("", "describes no method; expected a function or class under @method("),
    "named": (
        SIMPLE.replace('"mine"', '"My Method"'),
        "lower-case letters and digits joined by hyphens, like 'my-method'; got 'My Method'.",
    ),
    "scaled": (
        SIMPLE.replace('"test"', '"test", scales=(1,)'),
        "whole numbers from 2 to 16, like (2, 3, 4), or None for all of them; got (1,).",
    ),
    "sampled": (
        SIMPLE.replace('"test"', '"test", sampling="middle"'),
        (
            "one of half-pixel, align-corners, asymmetric, half-input-pixel, learned, unknown; got "
            "'middle'."
        ),
    ),
    "counted": (
        SIMPLE.replace('"test"', '"test", parameters=0.35'),
        "mine: parameters must be a whole number of weights or None; got 0.35.",
    ),
    "bare": (
        HEAD + "\n@method\ndef mine(image, scale): ...\n",
        "TypeError: method() missing 1 required keyword-only argument: 'family'",
    ),
    "measuring": (
        METRIC,
        "the metric 'seconds' has the name of a column that every table has; expected another",
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_plugin_is_named_and_stops_nobody(name: str, tmp_path: Path) -> None:
    """The sentence names the file and what is wrong; every other method is still there."""
    source, sentence = UNUSABLE[name]
    (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    done = invoke("list", "methods", "--names", "--plugin", str(tmp_path / f"{name}.py"))
    assert done.exit_code == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"upbench: plugin left out: {tmp_path / name}.py")
    assert sentence in line
    assert "bicubic" in done.stdout.splitlines()


def test_run_with_an_unusable_plugin_scores_the_others_and_fails(tmp_path: Path) -> None:
    """What can be run is run; the exit code remembers that something asked for was not."""
    picture(tmp_path / "photos" / "a.png")
    (tmp_path / "broken.py").write_text("1 / 0\n", encoding="utf-8")
    command = ["run", "--methods", "nearest", "--plugin", "broken.py", "--scales", "2"]
    done = run_in(tmp_path, *command, "--datasets", "folder:photos", "--out", "out")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert list(load(tmp_path / "out")["status"]) == ["ok"]


def test_method_of_an_unusable_plugin_is_explained(tmp_path: Path) -> None:
    """Asking for it by name tells why there is none, and then that there is none."""
    (tmp_path / "broken.py").write_text("1 / 0\n", encoding="utf-8")
    done = invoke("run", "--methods", "mine", "--plugin", str(tmp_path / "broken.py"))
    assert done.exit_code == 2
    why, none = done.stderr.splitlines()
    assert "broken.py cannot be imported: ZeroDivisionError" in why
    assert "There is no method named 'mine'" in none


def test_name_of_a_built_in_method_cannot_be_taken(tmp_path: Path) -> None:
    """Both files are named, neither is used, and all others run."""
    (tmp_path / "mine.py").write_text(SIMPLE.replace("mine", "bicubic"), encoding="utf-8")
    catalog = collect([tmp_path / "mine.py"], folders=("upbench.methods",))
    (problem,) = catalog.problems
    message = str(problem.error)
    assert "Two methods are named 'bicubic', in " in message
    assert "canonical.py" in message
    assert str(tmp_path / "mine.py") in message
    assert "bicubic" not in catalog.methods
    assert "nearest" in catalog.methods
    done = invoke("check", "bicubic", "--plugin", str(tmp_path / "mine.py"))
    assert done.exit_code == 2
    assert "Two methods are named 'bicubic'" in done.stderr


def test_one_name_in_two_plugin_files_is_refused(tmp_path: Path) -> None:
    """The message names both files; a file that is given twice is no conflict."""
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text(SIMPLE, encoding="utf-8")
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    (problem,) = collect([one, two], folders=()).problems
    assert f"Two methods are named 'mine', in {one} and {two};" in str(problem.error)
    twice = collect([one, one], folders=())
    assert twice.problems == ()
    assert "mine" in twice.methods


# -- plugins that misbehave when they run -------------------------------------------------------

BODIES = {
    "raises": ("raise ValueError('[red] ' + 'y' * 3000)", "error", "ValueError: [red] yyy"),
    "exits": ("raise SystemExit(3)", "error", "SystemExit: 3 (at plugin.py:"),
    "deep": ("np.linalg.inv(np.zeros((2, 2)))", "error", "LinAlgError: Singular matrix (at plugin"),
    "shape": ("return image", "invalid_output", "has shape (12, 14, 1); expected (24, 28, 1)."),
    "uint8": ("return (255 * big).astype(np.uint8)", "invalid_output", "has dtype uint8; expected"),
    "nan": ("big[0, 0] = np.nan; return big", "invalid_output", "has 1 values of 672 that are NaN"),
    "inf": ("big[0] = np.inf; return big", "invalid_output", "has 28 values of 672 that are NaN"),
    "beyond": ("return 1e300 * big.astype(np.float64)", "invalid_output", "NaN or infinite"),
    "tensor": (
        "import torch; return torch.from_numpy(big)",
        "invalid_output",
        "The output is a torch.Tensor; expected a numpy array of shape (24, 28, 1).",
    ),
    "nothing": ("return None", "invalid_output", "The output is a NoneType; expected a numpy"),
    "changes": ("image[:] = 0; return big", "invalid_output", "The method changed its input;"),
    "undecodable": ("raise OSError('caf\\udce9')", "error", r"OSError: caf\udce9 (at plugin.py:"),
    "read-only": ("big.flags.writeable = False; return big[::1]", "ok", ""),
    "prints": ("print('noise'); return big", "ok", ""),
    "float64": ("return big.astype(np.float64)", "ok", ""),
    "view": ("return np.asfortranarray(big)", "ok", ""),
}
CLASSES = '''

@method("unloadable", family="test")
class Unloadable:
    def __init__(self, scale, device="cpu"):
        raise RuntimeError("no weights")


@method("modest", family="te[b]st $x")
class Modest:
    """States what is no number, as a torch module's `parameters` is none."""
    macs_per_px = "many"

    def __init__(self, scale, device="cpu"):
        self.scale = scale

    def parameters(self):
        return []

    def __call__(self, image):
        return image.repeat(self.scale, axis=0).repeat(self.scale, axis=1)
'''


@pytest.fixture(scope="module")
def misbehaved(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Completed]:
    """Return the rows of a run of all such methods, and what the command said."""
    folder = tmp_path_factory.mktemp("misbehaved")
    picture(folder / "photos" / "a.png")
    source = HEAD + "".join(function(name, body) for name, (body, _, _) in BODIES.items())
    (folder / "plugin.py").write_text(source + CLASSES, encoding="utf-8")
    names = ",".join(["nearest", *BODIES, "unloadable", "modest"])
    command = ["run", "--methods", names, "--plugin", "plugin.py", "--scales", "2"]
    done = run_in(folder, *command, "--datasets", "folder:photos", "--out", "out")
    return load(folder / "out").set_index("method"), done


@pytest.mark.parametrize("name", BODIES)
def test_misbehaving_method_costs_its_own_cell(
    name: str, misbehaved: tuple[pd.DataFrame, Completed]
) -> None:
    """The row says what was expected and what came; harmless oddities are accepted."""
    rows, _ = misbehaved
    _, status, reason = BODIES[name]
    row = rows.loc[name]
    assert row.status == status
    if status == "ok":
        assert row.psnr_db == rows.loc["nearest"].psnr_db
    else:
        assert reason in row.reason
        assert len(row.reason) < 600
        assert np.isnan(row.psnr_db)


def test_failures_of_methods_are_listed_last(misbehaved: tuple[pd.DataFrame, Completed]) -> None:
    """Each method once with its reason; the exit code is 1; the others have their scores."""
    rows, done = misbehaved
    assert done.returncode == 1
    failed = [name for name, (_, status, _) in BODIES.items() if status != "ok"] + ["unloadable"]
    assert sorted(rows.index[rows["status"] != "ok"]) == sorted(failed)
    listed = done.stderr.partition(f"{len(failed)} of 19 cells failed:\n")[2].splitlines()
    assert sorted(line.split(":")[0].strip() for line in listed[:-1]) == sorted(failed)
    assert "unloadable cannot be loaded: RuntimeError: no weights (at plugin.py:" in done.stderr


def test_what_a_method_states_wrongly_is_not_known(
    misbehaved: tuple[pd.DataFrame, Completed],
) -> None:
    """A `parameters` that is no number is null, and breaks neither the row nor the tables."""
    rows, done = misbehaved
    row = rows.loc["modest"]
    assert row.status == "ok"
    assert (row.isna()["parameters"], row.isna()["macs_per_px"]) == (True, True)
    assert "te[b]st" not in done.stderr


def test_reason_is_one_short_line_from_the_users_own_file() -> None:
    """Line breaks go, length is bounded, and the place is not inside a library."""
    with pytest.raises(np.linalg.LinAlgError) as caught:
        np.linalg.inv(np.zeros((2, 2)))
    text = describe(caught.value)
    assert text.startswith("LinAlgError: Singular matrix (at test_bad_input.py:")
    assert describe(ValueError("a\n  b")) == "ValueError: a b"
    assert describe(ValueError("x" * 9999)).endswith("... (9999 characters)")
    assert describe(ValueError()) == "ValueError"


# -- the output folder --------------------------------------------------------------------------


def journal_of_something_else(out: Path) -> None:
    """Write a database with a table of the same name and other columns."""
    with sqlite3.connect(out / JOURNAL) as connection:
        connection.execute("CREATE TABLE cells (cell TEXT)")
    connection.close()


def newer_journal(out: Path) -> None:
    """Write what a later version might."""
    with sqlite3.connect(out / JOURNAL) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (
            lambda out: (out / JOURNAL).write_text("x" * 5000, encoding="utf-8"),
            "is not a journal that upbench can read (file is not a database); move it away",
        ),
        (
            journal_of_something_else,
            "is not a journal that upbench can read (it holds cells); move",
        ),
        (
            newer_journal,
            f"was written by a newer upbench (schema 99, this one knows {SCHEMA}); update",
        ),
    ],
)
def test_foreign_journal_is_left_alone(
    spoil: Callable[[Path], Any], sentence: str, tmp_path: Path
) -> None:
    """A journal that cannot be understood is refused before anything is run."""
    picture(tmp_path / "photos" / "a.png")
    out = tmp_path / "out"
    out.mkdir()
    spoil(out)
    arguments = ["--datasets", f"folder:{tmp_path / 'photos'}", "--scales", "2"]
    done = invoke("run", "--methods", "nearest", *arguments, "--out", str(out))
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert not (out / "scores.csv").exists()
    with pytest.raises(StoreError, match="journal"):
        load(out)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("file", "is a file; expected a folder, or a name not yet taken."),
        ("file/below", "Cannot write in "),
        ("n" * 300, "Cannot write in "),
    ],
)
def test_output_folder_that_cannot_be_written_is_refused(
    name: str, sentence: str, tmp_path: Path
) -> None:
    """A file, a folder below a file and an impossible name are refused before anything is run."""
    picture(tmp_path / "photos" / "a.png")
    (tmp_path / "file").write_text("precious", encoding="utf-8")
    arguments = ["--datasets", f"folder:{tmp_path / 'photos'}", "--scales", "2"]
    done = invoke("run", "--methods", "nearest", *arguments, "--out", str(tmp_path / name))
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert (tmp_path / "file").read_text(encoding="utf-8") == "precious"


def test_refusal_of_the_system_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that only the operating system can explain leaves no traceback either."""

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("upbench.benchmark.engine.discover.discover", full)
    done = invoke("list", "methods")
    assert done.exit_code == 2
    assert "the operating system refuses: [Errno 28] No space left on device." in done.stderr


def test_every_error_says_its_exit_code() -> None:
    """All errors that upbench raises on purpose end the command with 2."""
    assert {kind.exit_code for kind in (UpbenchError, UsageError, PluginError, StoreError)} == {2}
    assert "no thing is installed" in str(UnknownNameError("thing", "x", []))


def test_a_list_is_named_only_where_there_is_one() -> None:
    """Of what ``upbench list`` does not show the first names stand in the sentence."""
    names = [f"n{number}" for number in range(11)]
    listed, other = (str(UnknownNameError(kind, "?", names)) for kind in ("layer", "image"))
    assert listed.endswith("'upbench list layers' shows all 11.")
    assert other.endswith("choose from n0, n1, n10, n2, n3, n4, n5, n6 or 3 more.")


# -- interruptions and crashes ------------------------------------------------------------------

SLOW = HEAD + function(
    "slow", "import os, time; time.sleep(0.0 if os.path.exists('fast') else 0.25); return big"
)


def interrupted(folder: Path, *arguments: str) -> Completed:
    """Start a run, press Ctrl-C after its third cell, and return what it said."""
    process = subprocess.Popen(
        [str(running.UPBENCH), *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while finished_cells(folder / "out") < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to the workers as well
    stdout, stderr = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def finished_cells(out: Path) -> int:
    """Count the cells of a journal while a run is writing it."""
    if not (out / JOURNAL).is_file():
        return 0
    connection = sqlite3.connect(out / JOURNAL)
    try:
        return int(connection.execute("SELECT count(*) FROM cells").fetchone()[0])
    except sqlite3.OperationalError:  # not made yet
        return 0
    finally:
        connection.close()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_interrupted_run_keeps_what_is_finished_and_resumes(jobs: str, tmp_path: Path) -> None:
    """Ctrl-C exits with 130, tables hold the finished cells, and the same command does the rest."""
    for number in range(6):
        picture(tmp_path / "photos" / f"{number}.png")
    (tmp_path / "slow.py").write_text(SLOW, encoding="utf-8")
    command = ["run", "--methods", "slow", "--plugin", "slow.py", "--datasets", "folder:photos"]
    command += ["--scales", "2,3", "--jobs", jobs, "--out", "out"]
    done = interrupted(tmp_path, *command)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert done.stderr.endswith(
        f"Interrupted: finished cells are kept; resume with: upbench {' '.join(command)}\n"
    )
    kept = load(tmp_path / "out")
    assert 3 <= len(kept) < 12
    assert len((tmp_path / "out" / "scores.csv").read_text().splitlines()) == len(kept) + 1
    (tmp_path / "fast").write_text("yes", encoding="utf-8")
    resumed = run_in(tmp_path, *command)
    assert resumed.returncode == 0
    assert f"{len(kept)} of 12 cells are finished already and used again." in resumed.stderr
    rows = load(tmp_path / "out")
    assert len(rows) == 12
    merged = kept.merge(rows, on=["image", "scale"], suffixes=("", "_after"))
    assert (merged["seconds"] == merged["seconds_after"]).all()


def test_interrupt_outside_of_the_cells_is_one_sentence_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C while a command gets ready is a sentence and 130 as well."""

    def pressed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("upbench.benchmark.engine.discover.discover", pressed)
    done = invoke("list", "methods")
    assert done.exit_code == 130
    assert done.stderr.startswith("Interrupted: a run keeps what is finished; go on with: upbench")


def test_run_interrupted_before_its_first_cell_has_empty_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while the workers start is no special case."""

    def pressed(*_: Any) -> Any:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("upbench.benchmark.engine.runner.results", pressed)
    picture(tmp_path / "photos" / "a.png")
    arguments = ["--datasets", f"folder:{tmp_path / 'photos'}", "--scales", "2"]
    done = invoke("run", "--methods", "nearest", *arguments, "--out", str(tmp_path / "out"))
    assert done.exit_code == 130
    assert "Interrupted: finished cells are kept; resume with: upbench" in done.stderr
    assert load(tmp_path / "out").empty


CRASHES = HEAD + "".join(
    function(name, f"if image.shape[0] == 12 and scale == 2:\n        {body}\n    return big")
    for name, body in (
        ("segfault", "import ctypes; ctypes.string_at(0)"),
        ("killed", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
        ("leaves", "import os; os._exit(7)"),
    )
)


def test_worker_that_dies_costs_its_own_cell(tmp_path: Path) -> None:
    """A crash is a row with its cause; every other cell of its batch and of others is scored."""
    picture(tmp_path / "photos" / "a.png", 24, 24)
    picture(tmp_path / "photos" / "b.png", 30, 30)
    (tmp_path / "crash.py").write_text(CRASHES, encoding="utf-8")
    command = ["run", "--methods", "nearest,segfault,killed,leaves,bicubic", "--scales", "2,3"]
    command += ["--plugin", "crash.py", "--datasets", "folder:photos", "--jobs", "2"]
    done = run_in(tmp_path, *command, "--out", "out")
    assert done.returncode == 1
    rows = load(tmp_path / "out")
    assert len(rows) == 20
    crashed = rows[rows["status"] == "crash"].set_index("method")
    assert set(rows["status"]) == {"ok", "crash"}
    assert set(crashed["image"] + crashed["scale"].astype(str)) == {"a2"}
    for name, cause in (
        ("segfault", "The worker process was ended by SIGSEGV"),
        ("killed", "The worker process was ended by SIGKILL"),
        ("leaves", "The worker process ended with exit code 7"),
    ):
        assert crashed.loc[name].reason.startswith(cause)
        assert f"  {name}: crash: {cause}" in done.stderr
