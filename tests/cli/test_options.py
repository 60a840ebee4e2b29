"""Options that hold for every command: repeated ones, the version, and how fast help answers."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from running import UPBENCH, run_in
from typer.testing import CliRunner

from upbench.benchmark.cli.commands import app
from upbench.benchmark.cli.options import joined
from upbench.benchmark.core.text import join_names, split_names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., subprocess.CompletedProcess[str]]


def invoke(*words: str) -> Any:
    """Run a command in this process: that saves its start."""
    return CliRunner().invoke(app, words)


ASKED = ("run", "--scales", "2", "--dry-run", "--out")


def test_repeated_lists_are_joined(upbench: Command, tmp_path: Path) -> None:
    """`--methods a --methods b` asks for both."""
    once = upbench(*ASKED, str(tmp_path / "run"), "--methods", "bicubic,nearest")
    twice = upbench(*ASKED, str(tmp_path / "run"), "--methods", "bicubic", "--methods", "nearest")
    assert twice.stdout == once.stdout
    assert "nearest" in twice.stdout


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("run --out a --out b", ""),
        ("list methods --family learned --family x", ""),
        ("upscale a.png --scale 2 --scale 3", ""),
        ("compare a --methods b --methods c", ", a list with commas"),
    ],
)
def test_an_option_of_one_value_is_refused_twice(words: str, hint: str) -> None:
    """The last of two values never wins in silence; a list is asked for where one is taken."""
    done = invoke(*words.split())
    assert done.exit_code == 2
    assert f"{words.split()[-2]} is given 2 times; expected once{hint}." in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--out", "", "--dry-run"), "--out is empty; expected a folder, like '.' for this"),
        (("report", ""), "DIR is empty; expected a folder, like '.' for this one."),
        (("new-method", ""), "FILE is empty; expected a name."),
        (("upscale", ""), "FILE... is empty; expected a name."),
        (("upscale", "a.png", ""), "FILE... is empty; expected a name."),
        (("data", "fetch", ""), "NAME... is empty; expected a name."),
        (("probe", "bicubic", "--scale", ""), "--scale takes whole numbers from 2 to 16; got ''."),
    ],
)
def test_an_empty_name_is_refused(words: tuple[str, ...], said: str) -> None:
    """A script's unset variable would mean the current folder, and all pictures in it."""
    done = invoke(*words)
    assert done.exit_code == 2
    assert said in done.stderr


def test_one_name_of_an_option_is_as_good_as_the_other(tmp_path: Path) -> None:
    """`run` takes --methods and --scales, and lists with commas."""
    written = str(tmp_path / "a.png")
    Image.new("L", (8, 9)).save(written)
    out = ("--out", str(tmp_path / "out"))
    for option in ("--method", "--methods"):
        assert invoke("upscale", written, option, "nearest", "--force", *out).exit_code == 0
    assert invoke("probe", "nearest", "--scales", "2,3", *out).exit_code == 0
    assert (tmp_path / "out" / "probe-nearest-x3.png").is_file()


def test_a_comma_in_a_name_is_escaped() -> None:
    """What joins names and what splits them agree, whatever the names hold."""
    names = ("set5", "folder:/a,b", "folder:/c,,d")
    assert split_names(join_names(names)) == names
    assert joined(None, "standard") == "standard"
    assert joined(["a,b", "c"]) == "a,b,c"


def test_a_folder_with_a_comma_can_be_given(upbench: Command, picture_folder: Path) -> None:
    """An escaped comma belongs to the folder's name."""
    folder = picture_folder.rename(picture_folder.with_name("one,two"))
    given = "folder:" + str(folder).replace(",", r"\,")
    done = upbench(*ASKED, str(folder.parent / "run"), "--datasets", given, "--methods", "bicubic")
    assert done.returncode == 0, done.stderr
    assert "of 1 cells" in done.stderr


def test_a_bare_folder_gets_the_words_that_work(upbench: Command, picture_folder: Path) -> None:
    """A path alone is no dataset; the message holds what can be pasted."""
    done = upbench("run", "--datasets", str(picture_folder))
    assert done.returncode == 2
    expected = f"{picture_folder} is a folder; its images are 'folder:{picture_folder}'."
    assert expected in done.stderr


def test_memory_that_no_worker_could_use_is_refused(upbench: Command) -> None:
    """`--memory 10` means ten bytes, and is a slip."""
    done = upbench("run", "--memory", "10")
    assert done.returncode == 2
    assert "--memory takes 64M or more; got '10', which is 10 bytes." in done.stderr


def test_the_version_is_the_packages(upbench: Command) -> None:
    """`upbench --version` and `upbench.__version__` agree."""
    import upbench as package

    assert upbench("--version").stdout == f"upbench {package.__version__}\n"


def test_help_imports_nothing_slow() -> None:
    """Help and bare names answer without numpy's like, rich, or pydantic."""
    code = (
        "import sys\nfrom upbench.benchmark.cli.program import main\n"
        "sys.argv = ['upbench', *{words!r}.split()]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('LOADED', sorted({{'numpy', 'rich', 'pydantic', 'torch'}} & set(sys.modules)))"
    )
    for words in ("--help", "run --help"):
        command = [sys.executable, "-c", code.format(words=words)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "LOADED []", words


@pytest.fixture
def picture_folder(tmp_path: Path) -> Path:
    """Return a folder with one picture."""
    from PIL import Image

    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("L", (32, 32), 128).save(folder / "grey.png")
    return folder


@pytest.mark.parametrize("setting", ["MPLBACKEND", "SOURCE_DATE_EPOCH"])
def test_settings_of_other_programs_have_no_effect(upbench: Command, setting: str) -> None:
    """A backend or a date that is nonsense ends no command of ours."""
    done = upbench("explain", "conv", "--out", "out", **{setting: "nonsense"})
    assert (done.returncode, done.stderr.count("wrote")) == (0, 5), done.stderr


def test_a_reader_that_stops_reading_gets_no_traceback(tmp_path: Path) -> None:
    """`upbench list methods | head -1` ends quietly, and so does a closed standard output."""
    command = str(UPBENCH) + " list methods"
    closed = (f"exec >&-; {command}", f"exec >&-; {command} --names", f"exec 2>&-; {command} x")
    for words in (f"{command} | head -1", *closed):
        done = subprocess.run(
            ["bash", "-c", words], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.stderr == "", words
    assert done.returncode == 2  # of a name that is none, which cannot be said


def test_an_output_folder_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """A name of undecodable bytes could not stand in any table."""
    name = os.fsdecode(b"out\xff")
    done = run_in(tmp_path, "run", "--methods", "nearest", "--out", name)
    assert done.returncode == 2
    assert r"out\udcff has bytes that are no text; choose another name" in done.stderr
    assert "Traceback" not in done.stderr


def test_timing_says_what_datasets_say(tmp_path: Path) -> None:
    """Files that a folder does not take are named there too, and that no image is timed."""
    images = tmp_path / "images"
    images.mkdir()
    Image.new("L", (32, 32)).save(images / "a.png")
    (images / "b.gif").touch()
    given = ["run", "--timing", "--dry-run", "--sizes", "64", "--methods", "nearest"]
    found = CliRunner().invoke(app, [*given, "--datasets", f"folder:{images}"])
    assert found.exit_code == 0
    assert "1 file not taken: 1 .gif" in found.stderr
    assert "no image of --datasets is read" in found.stderr
    missing = CliRunner().invoke(app, [*given, "--datasets", "standrd"])
    assert missing.exit_code == 2
    assert "did you mean 'standard'?" in missing.stderr
