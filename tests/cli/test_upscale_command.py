"""``upbench upscale``: pictures in, larger pictures out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageCms

from upbench.benchmark.engine.enlarge import local
from upbench.benchmark.engine.inputs import find_pictures
from upbench.benchmark.engine.upscaling import PREFERRED, default_method
from upbench.benchmark.registry.catalog import own

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Upbench = Callable[..., subprocess.CompletedProcess[str]]

PIXELS = np.random.default_rng(3).integers(0, 256, (40, 60, 3)).astype(np.uint8)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def save(folder: Path, name: str, pixels: np.ndarray = PIXELS, **options: object) -> None:
    """Write a picture."""
    Image.fromarray(pixels).save(folder / name, **options)


def opened(file: Path) -> Image.Image:
    """Read a picture and close its file."""
    with Image.open(file) as image:
        image.load()
        return image


def names(folder: Path) -> set[str]:
    """Return the names in a folder."""
    return {file.name for file in folder.iterdir()}


def test_a_picture_is_made_larger_as_the_method_says(upbench: Upbench, tmp_path: Path) -> None:
    """The output holds the method's pixels; its name says picture, method and scale."""
    save(tmp_path, "a.png", icc_profile=SRGB)
    done = upbench("upscale", "a.png", "--method", "bicubic", "--scale", "3", "--out", "o")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "wrote o/a-bicubic-x3.png" in done.stderr
    found = opened(tmp_path / "o" / "a-bicubic-x3.png")
    method = own().methods["bicubic"]
    expected = local(method, method.load(3), 3)(PIXELS.astype(np.float32) / np.float32(255))
    np.testing.assert_array_equal(
        np.asarray(found), (expected.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    )
    assert found.info["icc_profile"] == SRGB


def test_tiles_do_not_show(upbench: Upbench, tmp_path: Path) -> None:
    """Small tiles and the whole give the same pixels, colour and transparency."""
    rgba = np.random.default_rng(5).integers(0, 256, (70, 90, 4)).astype(np.uint8)
    save(tmp_path, "a.png", rgba)
    common = ("upscale", "a.png", "--method", "upnet-slim")
    assert upbench(*common, "--tile", "16", "--out", "tiles").returncode == 0
    assert upbench(*common, "--tile", "0", "--out", "whole").returncode == 0
    tiles, whole = (
        np.asarray(opened(tmp_path / folder / "a-upnet-slim-x2.png")).astype(int)
        for folder in ("tiles", "whole")
    )
    assert np.abs(tiles - whole).max() <= 1


def test_one_bad_file_does_not_stop_the_rest(upbench: Upbench, tmp_path: Path) -> None:
    """What cannot be read, and a name that leads nowhere, are listed last; exit code 1."""
    save(tmp_path, "good.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    done = upbench("upscale", "bad.png", "gone.png", "good.png", "--method", "bicubic")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert names(tmp_path / "upbench-upscale") == {"good-bicubic-x2.png"}
    listed = done.stderr.strip().splitlines()[-3:]
    assert listed[0] == "2 failed:"
    assert "bad.png is not an image that can be read" in listed[1]
    assert "gone.png is not there; expected a picture, a folder or a pattern" in listed[2]


def test_nothing_is_overwritten_unless_asked_for(upbench: Upbench, tmp_path: Path) -> None:
    """A file that is there stays, with a sentence that names --force; with it, it is replaced."""
    save(tmp_path, "a.png")
    target = tmp_path / "upbench-upscale" / "a-nearest-x2.png"
    target.parent.mkdir()
    target.write_bytes(b"mine")
    done = upbench("upscale", "a.png", "--method", "nearest")
    assert done.returncode == 1
    assert "is there already; --force overwrites it." in done.stderr
    assert target.read_bytes() == b"mine"
    assert upbench("upscale", "a.png", "--method", "nearest", "--force").returncode == 0
    assert opened(target).size == (120, 80)


def test_methods_side_by_side_come_on_a_sheet(upbench: Upbench, tmp_path: Path) -> None:
    """Each method's picture is written, and one sheet that shows crops of all."""
    save(tmp_path, "a.png", PIXELS.repeat(2, axis=0))
    done = upbench("upscale", "a.png", "--method", "nearest,bicubic", "--sheet")
    assert done.returncode == 0, done.stderr
    assert names(tmp_path / "upbench-upscale") == {
        "a-nearest-x2.png",
        "a-bicubic-x2.png",
        "a-x2-sheet.png",
    }
    sheet = opened(tmp_path / "upbench-upscale" / "a-x2-sheet.png")
    assert sheet.width == 4 * 198 + 6  # the overview, the input, two methods


def test_a_plugin_that_crashes_costs_its_own_pictures(upbench: Upbench, tmp_path: Path) -> None:
    """Another method of the same command still writes its picture."""
    save(tmp_path, "a.png")
    (tmp_path / "fatal.py").write_text(
        "import os\nfrom upbench import method\n"
        '@method("fatal", family="test")\ndef fatal(image, scale):\n    os._exit(7)\n'
    )
    done = upbench("upscale", "a.png", "--method", "fatal,nearest", "--plugin", "fatal.py")
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "a.png: fatal x2: The worker process ended with exit code 7." in done.stderr
    assert names(tmp_path / "upbench-upscale") == {"a-nearest-x2.png"}


def test_a_method_that_looks_too_far_is_named(upbench: Upbench, tmp_path: Path) -> None:
    """A method that takes each tile's mean has seams; a sentence says how large and what helps."""
    save(tmp_path, "a.png", np.linspace(0, 255, 90 * 200 * 3).reshape(90, 200, 3).astype(np.uint8))
    (tmp_path / "mean.py").write_text(
        'from upbench import method\n@method("mean", family="test")\n'
        "def mean(image, scale):\n    larger = image.repeat(scale, 0).repeat(scale, 1)\n"
        "    return larger - image.mean()\n"
    )
    done = upbench("upscale", "a.png", "--method", "mean", "--plugin", "mean.py", "--tile", "16")
    assert done.returncode == 0
    assert "of 255 levels where they meet: the method looks farther" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("gone.png",), "gone.png is not there; expected a picture, a folder or a pattern"),
        (("a.png", "--method", "bicubik"), "did you mean 'bicubic'"),
        (("a.png", "--method", "upnet-slim", "--scale", "5"), "upnet-slim does not offer x5, only"),
        (("a.png", "--scale", "1"), "--scale takes whole numbers from 2 to 16; got 1."),
        (("a.png", "--scale", "1.5"), "--scale takes whole numbers from 2 to 16; got 1.5."),
        (("a.png", "--format", "pgn"), "There is no format named 'pgn'; did you mean 'png'"),
        (("a.png", "--tile", "3"), "A tile takes 16 pixels a side or more, or 0"),
        (("a.png", "--timeout", "0"), "--timeout takes seconds above 0; got 0."),
    ],
)
def test_a_mistake_is_one_sentence(
    upbench: Upbench, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """It ends with 2 before anything is written."""
    save(tmp_path, "a.png")
    done = upbench("upscale", *arguments)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert sentence in done.stderr
    assert not (tmp_path / "upbench-upscale").exists()


def test_folders_and_patterns_are_expanded(tmp_path: Path) -> None:
    """Pictures of a folder, matches of a pattern and files come in order, each once."""
    folder = tmp_path / "photos [1]"
    folder.mkdir()
    for name in ("b.png", "a.JPG", ".hidden.png", "notes.txt"):
        (folder / name).touch()
    (tmp_path / "c.png").touch()
    found, missing = find_pictures([str(folder), str(tmp_path / "*.png"), str(folder / "b.png")])
    assert [(one.file.name, one.stem) for one in found] == [
        ("a.JPG", "a"),
        ("b.png", "b"),
        ("c.png", "c"),
    ]
    assert not missing


def test_outputs_of_files_with_one_stem_have_different_names(tmp_path: Path) -> None:
    """The suffix tells them apart, or a number."""
    for name in ("x/a.png", "x/a.jpg", "y/A.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found, _ = find_pictures([str(tmp_path / "x"), str(tmp_path / "y")])
    assert [one.stem for one in found] == ["a-jpg", "a-png", "A-png-2"]
    taken = tmp_path / "x" / "a-png-2.png"  # one picture overwrote the other
    taken.touch()
    found, _ = find_pictures([str(tmp_path / "x/a.png"), str(tmp_path / "y"), str(taken)])
    assert [one.stem for one in found] == ["a-png", "A-png-2", "a-png-2-2"]


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_default_is_the_best_of_the_published_bench(scale: int) -> None:
    """What a visitor gets without --method may be the best, by its published rank range."""
    rows = pd.read_csv("results/bench/summary.csv").set_index(["dataset", "scale", "method"])
    name = default_method(own().methods, scale)
    assert rows.loc["standard", scale, name]["psnr_db_rank_low"] == 1
    assert name == PREFERRED[0]


@pytest.mark.parametrize("scale", range(2, 17))
def test_there_is_a_default_at_every_scale(scale: int) -> None:
    """A visitor never has to name a method."""
    methods = own().methods
    assert methods[default_method(methods, scale)].offers(scale)
