"""`upbench reconcile` as a user types it: the table, CSV and JSON, exit codes, bad input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from upbench.benchmark.cli.program import app
from upbench.benchmark.core.csv import read_csv
from upbench.benchmark.imaging.embedded import read_embedded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from running import Completed

TEXTS = {
    "codes", "words", "shrink", "depth", "given", "grey", "pixels", "colour", "border",
    "psnr_mean", "psnr_channels", "psnr_range", "fits",
}  # fmt: skip


def invoke(*arguments: str) -> Any:
    """Run `upbench reconcile` in this process."""
    return CliRunner().invoke(app, ["reconcile", *arguments], catch_exceptions=False)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the name of a folder of one small picture."""
    folder = tmp_path_factory.mktemp("crops")
    pixels = np.round(read_embedded("coffee")[100:160, 120:180] * 255).astype(np.uint8)
    Image.fromarray(pixels).save(folder / "coffee.png")
    return f"folder:{folder}"


@pytest.fixture(scope="module")
def truth(images: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what `upbench run` scores under rgb8, as a paper would print it."""
    out = tmp_path_factory.mktemp("run") / "out"
    words = ["run", "--methods", "opencv-linear", "--datasets", images, "--scales", "2"]
    words += ["--protocol", "rgb8", "--out", str(out)]
    CliRunner().invoke(app, words, catch_exceptions=False)
    rows = (out / "summary.csv").read_text(encoding="utf-8").splitlines()
    return f"{float(dict(zip(*(r.split(',') for r in rows[:2]), strict=False))['psnr_db']):.4f}"


def arguments(images: str, psnr: str, *more: str) -> tuple[str, ...]:
    """Return the words of a quick search."""
    return (
        *("--methods", "opencv-linear", "--datasets", images, "--scales", "2"),
        *("--psnr", psnr, "--shrink", "matlab", *more),
    )


def test_the_protocol_of_a_run_is_found(images: str, truth: str, tmp_path: Path) -> None:
    """The number of a run under rgb8 is reconciled to rgb8, first; the exit code is 0."""
    file = tmp_path / "found.csv"
    done = invoke(*arguments(images, truth, "--csv", str(file)))
    assert done.exit_code == 0
    assert "within the tolerance" in done.stdout
    assert "upbench's rgb8" in done.stdout
    first = read_csv(file, TEXTS).iloc[0]
    assert (first["colour"], first["border"], first["shrink"]) == ("y", "s", "matlab")
    assert first["off_db"] == 0
    assert first["rank"] == 1
    assert "scored on Y of BT.601 in studio range" in first["words"]


def test_json_has_every_convention(images: str, truth: str) -> None:
    """Standard output holds the document alone."""
    done = invoke(*arguments(images, truth, "--json", "-"))
    document = json.loads(done.stdout)
    assert document["fits"] is True
    assert document["numbers"][0]["psnr_db"] == float(truth)
    assert {one["shrink"] for one in document["conventions"]} == {"matlab"}
    ranks = [one["rank"] for one in document["conventions"]]
    assert ranks == sorted(ranks)


def test_nothing_fits(images: str) -> None:
    """The nearest are shown with how far they are off, the reason is said, the exit code is 1."""
    done = invoke(*arguments(images, "77.77"))
    assert done.exit_code == 1
    assert "nothing fits; the nearest" in done.stdout
    assert "then it is the weights, the images" in " ".join(done.stdout.split())
    assert "off" in done.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--psnr", "30"], "takes one method, like --methods bicubic or --model FILE; got none"),
        (["--methods", "bicubic,nearest", "--psnr", "30"], "got bicubic, nearest"),
        (["--methods", "bicubik", "--psnr", "30"], "did you mean 'bicubic'"),
        (["--methods", "bicubic"], "Give the number to reconcile"),
        (["--methods", "bicubic", "--psnr", "-"], "Give the number to reconcile"),
        (["--methods", "bicubic", "--psnr", "thirty"], "takes numbers as they are printed"),
        (["--methods", "bicubic", "--psnr", "nan"], "takes numbers as they are printed"),
        (
            ["--methods", "bicubic", "--psnr", "30,31"],
            "--psnr takes 1 number, for standard x4, - for one that is not known; got 2",
        ),
        (["--methods", "bicubic", "--psnr", "30", "--tolerance", "0"], "takes a number above 0"),
        (["--methods", "bicubic", "--psnr", "30", "--tolerance", "nan"], "takes a number above 0"),
        (["--methods", "bicubic", "--psnr", "30", "--timeout", "0"], "takes seconds above 0"),
        (["--methods", "bicubic", "--psnr", "30", "--scales", "1.5"], "whole numbers"),
        (["--methods", "bicubic", "--psnr", "30", "--shrink", "pilow"], "did you mean 'pillow'"),
        (["--methods", "upnet-slim", "--psnr", "30", "--scales", "5"], "offers x2, x3, x4, not x5"),
        (["--methods", "bicubic", "--psnr", "30", "--csv", "-", "--json", "-"], "not both"),
    ],
)
def test_a_mistake_is_one_sentence(words: list[str], sentence: str) -> None:
    """Bad input is named before anything runs; the exit code is 2."""
    done = invoke("--datasets", "standard", *words)
    assert done.exit_code == 2
    assert sentence in done.stderr


@pytest.mark.filterwarnings("error")
def test_flat_images_are_no_warning(tmp_path: Path) -> None:
    """A black picture has no range and an infinite PSNR: the document is JSON all the same."""
    Image.new("RGB", (48, 48)).save(tmp_path / "black.png")
    words = ("--methods", "nearest", "--datasets", f"folder:{tmp_path}", "--scales", "2")
    done = invoke(*words, "--psnr", "30", "--ssim", "0.9", "--shrink", "matlab", "--json", "-")
    assert done.exit_code == 1
    document = json.loads(done.stdout, parse_constant=pytest.fail)
    assert document["fits"] is False


def test_images_too_small_for_ssim_are_one_sentence(tmp_path: Path) -> None:
    """Where no window fits anywhere, the reason is said."""
    Image.new("RGB", (6, 6)).save(tmp_path / "tiny.png")
    words = ("--methods", "nearest", "--datasets", f"folder:{tmp_path}", "--scales", "2")
    done = invoke(*words, "--ssim", "0.9", "--shrink", "matlab")
    assert done.exit_code == 2
    assert "No convention has a value on these images" in done.stderr


def test_an_image_too_small_is_named(upbench: Callable[..., Completed], tmp_path: Path) -> None:
    """An image that a scale leaves nothing of is one sentence with its name."""
    Image.fromarray(np.zeros((6, 6, 3), np.uint8)).save(tmp_path / "tiny.png")
    done = upbench(
        *("reconcile", "--methods", "bicubic", "--datasets", f"folder:{tmp_path}"),
        *("--psnr", "30", "--scales", "4"),
    )
    assert done.returncode == 2
    assert "tiny" in done.stderr
    assert "too few for x4" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_network_in_a_file_is_reconciled(images: str, public_data: Path) -> None:
    """`--model FILE` stands for the method, and its number is found."""
    pytest.importorskip("onnxruntime")
    file = public_data / "models" / "super_resolution.onnx"
    if not file.is_file():
        pytest.skip("needs models/super_resolution.onnx in the folder that UPBENCH_DATA names")
    words = ("--model", str(file), "--datasets", images, "--scales", "3", "--shrink", "matlab")
    nearest = json.loads(invoke(*words, "--psnr", "99", "--json", "-").stdout)["conventions"][0]
    done = invoke(*words, "--psnr", f"{nearest['psnr_db']:.2f}")
    assert done.exit_code == 0
    assert "super-resolution" in done.stdout
