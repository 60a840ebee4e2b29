"""The command from end to end, as a user types it, on small images."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from plugins import plugin_text
from running import UPBENCH, run_in
from typer.testing import CliRunner

from upbench.benchmark import load
from upbench.benchmark.cli.program import app

if TYPE_CHECKING:
    from collections.abc import Callable

    from running import Completed

    Command = Callable[..., Completed]

PROMISED = [
    "method",
    "family",
    "dataset",
    "image",
    "height",
    "width",
    "channels",
    "scale",
    "protocol",
    "status",
    "reason",
    "psnr_db",
    "ssim",
    "checkerboard_db",
    "shift_px",
    "seconds",
    "mpx_per_s",
    "peak_mb",
    "parameters",
    "macs_per_px",
    "measured_at",
    "machine",
    "code_hash",
    "seed",
]
"""The columns that other people's scripts rely on, in their order."""
SCORES = ["psnr_db", "ssim", "checkerboard_db", "shift_px"]
RUN = ["run", "--methods", "nearest,bicubic", "--datasets", "folder:photos", "--scales", "2"]
PLUGIN = plugin_text("repeats")
LISTED = [
    ("methods", "bicubic", "sampling", "opencv-cubic", "interpolation=cv2.INTER_CUBIC)"),
    ("datasets", "standard", "licence", "set5", "licence"),
    ("metrics", "psnr_db", "better", "ssim", "gaussian 11x11"),
    ("protocols", "y-classic", "signature", "rgb8", "bt601"),
]
"""What is listed: a name and a heading of the list, and a name with a word of what it shows."""


def picture(file: Path, height: int, width: int, channels: int = 3) -> None:
    """Save a smooth picture with a little noise."""
    rows, columns, depth = np.mgrid[:height, :width, :channels]
    waves = 128 + 60 * np.sin(rows / 3) * np.cos(columns / 4) + 20 * depth
    noise = np.random.default_rng(height).normal(0, 4, waves.shape)
    pixels = np.clip(waves + noise, 0, 255).astype(np.uint8)
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels if channels == 3 else pixels[:, :, 0]).save(file)


def photos(folder: Path) -> None:
    """Make three pictures of different sizes; two of them differ by extension only."""
    picture(folder / "photos" / "boat.png", 24, 30)
    picture(folder / "photos" / "boat.bmp", 26, 26, channels=1)
    picture(folder / "photos" / "Blümchen 東.png", 31, 21)


def invoke(*arguments: str) -> Any:
    """Run a command that ends soon in this process: that saves its start."""
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Completed]:
    """Return a folder with photos and a finished run, and what the command said."""
    folder = tmp_path_factory.mktemp("first")
    photos(folder)
    return folder, run_in(folder, *RUN, "--out", "out")


@pytest.fixture
def copy(first: tuple[Path, Completed], tmp_path: Path) -> Path:
    """Return a copy of that folder to work on."""
    return Path(shutil.copytree(first[0], tmp_path / "copy"))


def test_run_writes_every_file_and_exits_with_zero(first: tuple[Path, Completed]) -> None:
    """A run without failures says so by its exit code and leaves tables and pictures."""
    folder, done = first
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    written = {path.name for path in (folder / "out").iterdir()}
    tables = {"scores.parquet", "scores.csv", "summary.csv", "summary.md", "manifest.json"}
    assert tables | {"journal.sqlite", "figures"} <= written
    pictures = {path.name.split("-")[0] for path in (folder / "out" / "figures").glob("*.png")}
    assert pictures == {"speed", "strip", "spectra"}
    assert len(list((folder / "out" / "figures").glob("strip-*.png"))) == 3


def test_run_prints_the_summary_with_the_best_marked(first: tuple[Path, Completed]) -> None:
    """Tables go to standard output, everything else beside it."""
    _, done = first
    assert "folder:photos x2, y-classic" in done.stdout
    (bicubic,) = [line for line in done.stdout.splitlines() if line.startswith("bicubic ")]
    assert "3/3" in bicubic
    assert "*" in bicubic
    assert done.stderr.endswith("Tables and figures are in out, the page is out/report.html.\n")


def test_columns_are_those_promised(first: tuple[Path, Completed]) -> None:
    """The promised columns come first, in their order, in every form of the table."""
    out = first[0] / "out"
    for columns in (
        pd.read_csv(out / "scores.csv").columns,
        pd.read_parquet(out / "scores.parquet").columns,
        load(out).columns,
    ):
        assert list(columns[: len(PROMISED)]) == PROMISED


def test_load_equals_the_files(first: tuple[Path, Completed], tmp_path: Path) -> None:
    """The frame is the same from the journal, from Parquet alone and from CSV alone."""
    out = first[0] / "out"
    rows = load(out)
    assert len(rows) == 6
    pd.testing.assert_frame_equal(rows, pd.read_parquet(out / "scores.parquet"))
    for name in ("scores.parquet", "scores.csv"):
        alone = tmp_path / name.replace(".", "-")
        alone.mkdir()
        shutil.copy(out / name, alone)
        pd.testing.assert_frame_equal(rows, load(alone), check_exact=True)


def test_rows_say_what_was_measured(first: tuple[Path, Completed]) -> None:
    """Sizes are those of the files, and what is not known is null."""
    rows = load(first[0] / "out").set_index(["image", "method"])
    assert set(rows.index.levels[0]) == {"boat.png", "boat.bmp", "Blümchen 東"}
    flower = rows.loc[("Blümchen 東", "bicubic")]
    assert [flower.height, flower.width, flower.channels] == [31, 21, 3]
    assert (rows["status"] == "ok").all()
    assert rows["reason"].str.startswith("checkerboard_db needs as many pixels as 158 x 158").all()
    assert rows["peak_mb"].isna().all()
    assert (rows["mpx_per_s"] > 0).all()


def test_summary_has_a_line_per_method(first: tuple[Path, Completed]) -> None:
    """Means are over images, with the coverage beside them."""
    out = first[0] / "out"
    summary = pd.read_csv(out / "summary.csv").set_index("method")
    mean = load(out).groupby("method")["psnr_db"].mean()
    assert list(summary["images"]) == ["3/3", "3/3"]
    assert summary["psnr_db"].to_dict() == pytest.approx(mean.to_dict())
    assert "## folder:photos x2, y-classic" in (out / "summary.md").read_text(encoding="utf-8")


def test_manifest_says_how_to_make_it_again(first: tuple[Path, Completed]) -> None:
    """Versions, machine, command and the images' digests."""
    manifest = json.loads((first[0] / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"] == ["upbench", *RUN, "--out", "out"]
    assert manifest["versions"]["numpy"] == np.__version__
    assert len(manifest["datasets"]["folder:photos"]["sha256"]) == 3
    assert manifest["machine"]


def test_same_command_runs_nothing_again(copy: Path) -> None:
    """Every row of a second run is the first one's, and the command says so."""
    before = load(copy / "out")
    done = run_in(copy, *RUN, "--out", "out")
    assert done.returncode == 0
    assert "6 of 6 cells are finished already and used again." in done.stderr
    pd.testing.assert_frame_equal(before, load(copy / "out"))


def test_more_methods_join_the_rows_that_are_there(copy: Path) -> None:
    """A run into the same folder keeps the rows of other methods; names given twice count once."""
    before = load(copy / "out")
    again = ["run", "--methods", "hermite,hermite", "--datasets", "folder:photos,folder:photos"]
    done = run_in(copy, *again, "--scales", "2,,x2", "--out", "out")
    after = load(copy / "out")
    assert done.returncode == 0
    assert len(after) == 9
    kept = after[after["method"] != "hermite"].reset_index(drop=True)
    pd.testing.assert_frame_equal(before, kept)
    assert "hermite" in (copy / "out" / "summary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("how", [["--jobs", "2"], ["--executor", "serial"]], ids=" ".join)
def test_quality_does_not_depend_on_how_it_is_run(how: list[str], copy: Path) -> None:
    """One process, two or none: the scores are equal to the last bit."""
    done = run_in(copy, *RUN, "--out", "other", *how)
    assert done.returncode == 0
    one, other = load(copy / "out"), load(copy / "other")
    pd.testing.assert_frame_equal(one[SCORES], other[SCORES], check_exact=True)


def test_changed_code_is_run_again_but_changed_words_are_not(tmp_path: Path) -> None:
    """A docstring, a comment and layout change nothing; a number in the code does."""
    photos(tmp_path)
    plugin = tmp_path / "mine.py"
    command = ["run", "--methods", "mine", "--plugin", "mine.py", "--datasets", "folder:photos"]
    said = []
    for text in (
        PLUGIN,
        PLUGIN.replace("Repeat pixels", "Say it otherwise").replace(
            "    return", "\n    # why\n    return"
        ),
        PLUGIN.replace("axis=1)", "axis=1) * 0.5"),
    ):
        plugin.write_text(text, encoding="utf-8")
        said.append(run_in(tmp_path, *command, "--scales", "2", "--out", "out").stderr)
    assert ["used again" in text for text in said] == [False, True, False]


def test_probes_run_with_infinite_scores(tmp_path: Path) -> None:
    """A perfect score is infinite in every table, and tables and pictures survive it."""
    command = ["run", "--methods", "nearest", "--datasets", "probes", "--scales", "2"]
    done = run_in(tmp_path, *command, "--protocol", "y-classic,rgb8", "--out", "out")
    rows = load(tmp_path / "out")
    assert done.returncode == 0
    assert len(rows) == 22
    assert np.isinf(rows.loc[rows["image"] == "constant", "psnr_db"]).all()
    table = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert np.isinf(table["psnr_db"]).sum() == np.isinf(rows["psnr_db"]).sum() > 0


def test_method_is_skipped_at_scales_that_it_does_not_offer(tmp_path: Path) -> None:
    """A run of nothing but skipped cells is no failure, and each row says why."""
    photos(tmp_path)
    plugin = PLUGIN.replace('family="test"', 'family="test", scales=(3,)')
    (tmp_path / "mine.py").write_text(plugin, encoding="utf-8")
    command = ["run", "--methods", "mine", "--plugin", "mine.py", "--datasets", "folder:photos"]
    done = run_in(tmp_path, *command, "--scales", "2", "--out", "out")
    rows = load(tmp_path / "out")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert set(rows["status"]) == {"skipped"}
    assert set(rows["reason"]) == {"mine does not offer x2, only x3."}
    listed = f"{len(rows)} of {len(rows)} cells skipped:\n  mine does not offer x2, only x3. ("
    assert listed in done.stderr


def test_report_rebuilds_tables_and_pictures(copy: Path) -> None:
    """Everything but the journal can be made again, and nothing is run for it."""
    out = copy / "out"
    before = {path.name: path.read_bytes() for path in out.glob("s*.*")}
    pictures = sorted(path.name for path in (out / "figures").iterdir())
    shutil.rmtree(out / "figures")
    for name in before:
        (out / name).unlink()
    done = run_in(copy, "report", "out")
    assert done.returncode == 0
    assert "folder:photos x2, y-classic" in done.stdout
    for name in ("scores.csv", "summary.csv", "summary.md"):
        assert (out / name).read_bytes() == before[name]
    assert sorted(path.name for path in (out / "figures").iterdir()) == pictures


@pytest.mark.parametrize(("what", "name", "heading"), [line[:3] for line in LISTED])
def test_list_shows_a_table_or_bare_names(what: str, name: str, heading: str) -> None:
    """Each list has a table for people and one name a line for scripts."""
    table = invoke("list", what)
    assert table.exit_code == 0
    assert heading in table.stdout
    names = invoke("list", what, "--names").stdout.splitlines()
    assert name in names
    assert all(name == name.strip() and " " not in name for name in names)


def test_list_can_be_narrowed_to_a_family() -> None:
    """--family keeps the methods of one family."""
    learned = invoke("list", "methods", "--family", "learned", "--names").stdout.splitlines()
    assert learned
    assert "bicubic" not in learned


@pytest.mark.parametrize(("what", "name", "shown"), [(line[0], *line[3:]) for line in LISTED])
def test_list_shows_one(what: str, name: str, shown: str) -> None:
    """`upbench list methods NAME` shows everything that it states, its call in its library too."""
    assert shown in invoke("list", what, name).stdout


def test_list_of_one_that_is_not_there_says_so() -> None:
    """The error names what was meant."""
    done = invoke("list", "methods", "opencv-cubc")
    assert done.exit_code == 2
    assert "did you mean 'opencv-cubic'" in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["list", "methods"], ["list", "metrics"]])
def test_listing_imports_no_heavy_library(arguments: list[str]) -> None:
    """What only reads metadata answers without torch, pandas and the like."""
    heavy = "{'torch', 'cv2', 'scipy', 'skimage', 'pandas', 'matplotlib'}"
    code = (
        "import sys\nfrom upbench.benchmark.cli.program import main\n"
        f"sys.argv[1:] = {arguments!r}\n"
        "try:\n    main()\nexcept SystemExit as end:\n"
        f"    print('\\nended', end.code, sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "ended 0 []"


def commands() -> list[list[str]]:
    """Return the words of every command, by asking the command itself."""
    import typer

    found: list[list[str]] = [[]]

    def walk(command: Any, words: list[str]) -> None:
        for name, inner in getattr(command, "commands", {}).items():
            found.append([*words, name])
            walk(inner, [*words, name])

    walk(typer.main.get_command(app), [])
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_explains_itself(words: list[str]) -> None:
    """--help and -h show the usage and a sentence."""
    done = invoke(*words, "--help")
    assert done.exit_code == 0
    assert "Usage: " in done.stdout
    assert invoke(*words, "-h").stdout == done.stdout


def test_check_prints_a_pass_table() -> None:
    """A good method passes; what the contract leaves free is a note."""
    done = invoke("check", "bicubic", "--scales", "2")
    assert done.exit_code == 0
    assert "bicubic: all well." in done.stderr
    assert "output size" in done.stdout
    assert "FAIL" not in done.stdout


def test_check_of_a_broken_method_fails(tmp_path: Path) -> None:
    """The table names the check, what was expected and what came; the exit code is 1."""
    plugin = tmp_path / "mine.py"
    plugin.write_text(PLUGIN.replace(".repeat(scale, axis=1)", ""), encoding="utf-8")
    done = invoke("check", "mine", "--plugin", str(plugin), "--scales", "2")
    assert done.exit_code == 1
    assert "FAIL" in done.stdout
    assert "The output has shape (32, 16, 3); expected (32, 32, 3)." in done.stdout
    assert "checks failed" in done.stderr


def test_new_method_works_as_it_is(tmp_path: Path) -> None:
    """The template is short, passes every check and runs by the commands that it prints."""
    photos(tmp_path)
    done = run_in(tmp_path, "new-method", "My Upsampler_2.py")
    assert done.returncode == 0
    lines = (tmp_path / "My Upsampler_2.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 15
    assert "upbench check my-upsampler-2 --plugin 'My Upsampler_2.py'" in done.stderr
    plugin = ["--plugin", str(tmp_path / "My Upsampler_2.py")]
    assert invoke("check", "my-upsampler-2", *plugin).exit_code == 0
    command = ["run", "--methods", "my-upsampler-2,bicubic", *plugin]
    assert (
        run_in(tmp_path, *command, "--datasets", "folder:photos", "--scales", "2").returncode == 0
    )


def test_output_can_be_cut_short_by_its_reader(first: tuple[Path, Completed]) -> None:
    """`upbench list methods | head -1` leaves no traceback."""
    with subprocess.Popen(
        [str(UPBENCH), "list", "methods"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
