"""Options of a run that the engine answers: again, dry, limits, and two runs on one folder."""

from __future__ import annotations

import re
from shutil import copytree
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from running import run_in

from upbench.benchmark import load
from upbench.benchmark.cli.parsing import read_jobs, read_size, read_sizes, read_threads
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.threads import usable_cores
from upbench.benchmark.engine.store import Store

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Upbench = Callable[..., subprocess.CompletedProcess[str]]

SMALL = ("--methods", "nearest,bicubic", "--scales", "2", "--out", "out")


@pytest.fixture
def images(tmp_path: Path) -> str:
    """Make a folder of two small images and name it as a dataset."""
    return images_in(tmp_path)


def images_in(folder: Path) -> str:
    """Write two small images; return the name of their dataset."""
    (folder / "images").mkdir()
    for number in range(2):
        pixels = np.random.default_rng(number).integers(0, 256, (48, 48), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{number}.png")
    return "folder:images"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run, which is to be copied."""
    folder = tmp_path_factory.mktemp("finished")
    assert run_in(folder, "run", *SMALL, "--datasets", images_in(folder)).returncode == 0
    return folder / "out"


@pytest.mark.parametrize(
    ("text", "size"),
    [("", None), ("4G", 4 << 30), ("512M", 512 << 20), ("1.5 GiB", 3 << 29), ("10kb", 10 << 10)],
)
def test_sizes_are_read_as_people_write_them(text: str, size: int | None) -> None:
    """Units are powers of two, with or without the B."""
    assert read_size("--memory", text) == size


@pytest.mark.parametrize("text", ["much", "-1G", "4X", "0", "G", "9" * 400])
def test_a_size_that_is_none_is_repeated(text: str) -> None:
    """The error names the option and shows what a size is."""
    with pytest.raises(UsageError) as caught:
        read_size("--memory", text)
    assert str(caught.value) == f"--memory takes a size like 4G or 512M; got {text!r}."


def test_jobs_are_a_whole_number() -> None:
    """A word is repeated."""
    assert read_jobs("3") == 3
    with pytest.raises(UsageError, match="--jobs takes a whole number from 1 up; got 'two'"):
        read_jobs("two")


def test_sizes_in_pixels_are_sides_or_width_and_height() -> None:
    """A size is typed as it is spoken; anything else is repeated."""
    assert read_sizes("--sizes", "256, 1920x1080,256") == (256, (1920, 1080))
    for text in ("", "0", "1920x", "x1080", "1920x1080x3", "-5"):
        with pytest.raises(UsageError, match="whole numbers above 0, like 256,512; got"):
            read_sizes("--sizes", text)


def test_threads_are_numbers_or_all_cores() -> None:
    """Each once."""
    assert read_threads("2") == (2,)
    assert read_threads("1,all") == tuple(dict.fromkeys((1, usable_cores())))
    for text in ("", "some", "1.5", "-1"):
        with pytest.raises(UsageError, match=r"numbers from 1 up, or all, like 1,all; got"):
            read_threads(text)


def test_dry_run_shows_the_work_and_leaves_nothing(
    upbench: Upbench, images: str, finished: Path, tmp_path: Path
) -> None:
    """Cells by method, what is finished, and how long the rest takes, without a folder made."""
    done = upbench("run", *SMALL, "--datasets", images, "--dry-run")
    assert done.returncode == 0
    assert "4 of 4 cells would run; estimated time unknown" in done.stderr
    assert not (tmp_path / "out").exists()
    copytree(finished, tmp_path / "out")
    done = upbench("run", *SMALL, "--datasets", images, "--dry-run", "--rerun", "bicubic")
    assert re.search(r"2 of 4 cells would run; estimated time \d+ s\.", done.stderr)


def test_rerun_measures_again_what_is_named(
    upbench: Upbench, images: str, finished: Path, tmp_path: Path
) -> None:
    """A named method is run again, the others keep their measurements."""
    copytree(finished, tmp_path / "out")
    before = load(tmp_path / "out").set_index(["method", "image"])["seconds"]
    done = upbench("run", *SMALL, "--datasets", images, "--rerun", "bicubic")
    assert "2 of 4 cells are finished already" in done.stderr
    after = load(tmp_path / "out").set_index(["method", "image"])["seconds"]
    assert (before["nearest"] == after["nearest"]).all()
    assert (before["bicubic"] != after["bicubic"]).any()
    done = upbench("run", *SMALL, "--datasets", images, "--rerun", "all")
    assert "finished already" not in done.stderr


def test_rerun_failed_runs_nothing_else(upbench: Upbench, images: str, tmp_path: Path) -> None:
    """With only failures asked for, cells that were never run wait."""
    plugin = tmp_path / "flaky.py"
    text = '@method("flaky", family="test")\ndef flaky(image, scale):\n    {}\n'
    head = "from upbench.benchmark.core.contract import method\n"
    plugin.write_text(head + text.format("raise ValueError('today')"))
    given = ("--datasets", images, "--scales", "2", "--out", "out", "--plugin", "flaky.py")
    assert upbench("run", "--methods", "flaky", *given).returncode == 1
    plugin.write_text(head + text.format("return image.repeat(scale, 0).repeat(scale, 1)"))
    done = upbench("run", "--methods", "flaky,nearest", *given, "--rerun", "failed")
    assert done.returncode == 0
    assert load(tmp_path / "out")["method"].unique().tolist() == ["flaky"]
    assert "finished already" not in done.stderr  # those of the other method were never run


def test_misspelt_rerun_is_answered_before_anything_runs(
    upbench: Upbench, images: str, tmp_path: Path
) -> None:
    """The one that was meant is suggested, and no folder is made."""
    done = upbench("run", *SMALL, "--datasets", images, "--rerun", "bicubik")
    assert done.returncode == 2
    assert "There is no method named 'bicubik'; did you mean 'bicubic'" in done.stderr
    assert not (tmp_path / "out").exists()


def test_two_runs_on_one_folder_do_not_mix(upbench: Upbench, images: str, tmp_path: Path) -> None:
    """The second says in one sentence that the folder is taken, and touches nothing."""
    with Store(tmp_path / "out") as store, store.lock():
        done = upbench("run", *SMALL, "--datasets", images)
    assert done.returncode == 2
    assert done.stderr.strip().endswith(
        "upbench: Another upbench is writing in out; wait until it has ended, or choose another "
        "--out."
    )
    assert upbench("run", *SMALL, "--datasets", images).returncode == 0


def test_memory_limit_is_a_method_s_own_failure(
    upbench: Upbench, images: str, tmp_path: Path
) -> None:
    """A method that takes more than its share gets a row that says so."""
    (tmp_path / "greedy.py").write_text(
        "import numpy as np\nfrom upbench.benchmark.core.contract import method\n"
        '@method("greedy", family="test")\ndef greedy(image, scale):\n'
        "    held = np.ones(3 * 2**30, dtype=np.uint8)\n"
        "    return image.repeat(scale, 0).repeat(scale, 1)\n"
    )
    given = ("--datasets", images, "--scales", "2", "--plugin", "greedy.py", "--out", "out")
    done = upbench("run", "--methods", "greedy,nearest", "--memory", "2G", *given)
    assert "each may take 300 s and 2.0 GiB" in done.stderr
    rows = load(tmp_path / "out").set_index("method")
    assert (rows.loc["nearest", "status"] == "ok").all()
    assert rows.loc["greedy", "reason"].str.startswith("MemoryError").all()


def test_larger_images_than_allowed_are_refused_unread(
    upbench: Upbench, images: str, tmp_path: Path
) -> None:
    """--max-pixels bounds the header before anything is decoded."""
    done = upbench("run", *SMALL, "--datasets", images, "--max-pixels", "1000")
    assert done.returncode == 1
    assert load(tmp_path / "out")["reason"].str.contains("is too large: 48 x 48").all()


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        (["--timeout", "0"], "--timeout takes seconds above 0; got 0."),
        (["--timeout", "-1"], "--timeout takes seconds above 0; got -1."),
        (["--max-pixels", "0"], "--max-pixels takes a number from 1 up; got 0."),
        (["--memory", "lots"], "--memory takes a size like 4G or 512M; got 'lots'."),
    ],
)
def test_bad_limits_are_refused(
    upbench: Upbench, images: str, limit: list[str], sentence: str
) -> None:
    """One sentence says what the option takes and what it got."""
    done = upbench("run", *SMALL, "--datasets", images, *limit)
    assert (done.returncode, done.stderr.strip()) == (2, f"upbench: {sentence}")
