"""Making images smaller: the aliasing measure is what its formula says, and the traps are seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from upbench.benchmark.cli.program import app
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.theory.probe.stimuli import zone_plate
from upbench.benchmark.theory.shrink.figure import DEFAULTS
from upbench.benchmark.theory.shrink.measure import SIDE, aliasing_db, detail_db, shrink
from upbench.benchmark.theory.shrink.result import read_target

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

METHODS = collect().methods
PLATE = zone_plate(SIDE, 1)[:, :, 0].astype(np.float64)
runner = CliRunner()


def test_picking_samples_folds_everything_back() -> None:
    """Every second pixel keeps the plate's power: 0 dB, and no detail is lost."""
    assert aliasing_db(PLATE[::2, ::2]) == pytest.approx(0, abs=0.05)
    assert detail_db(PLATE[::2, ::2]) == pytest.approx(0, abs=0.05)


def test_block_means_leave_what_their_response_says() -> None:
    """A mean of 2 x 2 multiplies the frequency (f, g) by cos(pi f) cos(pi g)."""
    means = PLATE.reshape(256, 2, 256, 2).mean(axis=(1, 3))
    along = np.abs(np.arange(256) - 127.5) / 256  # cycles per pixel of the plate
    response = np.outer(np.cos(np.pi * along), np.cos(np.pi * along)) ** 2
    frame = (along[:, None] > 0.25) | (along > 0.25)
    frame[[0, 1, -2, -1]] = frame[:, [0, 1, -2, -1]] = False  # the rim, where edge rules act
    middle = (along[:, None] <= 0.125) & (along <= 0.125)
    assert aliasing_db(means) == pytest.approx(10 * math.log10(response[frame].mean()), abs=0.02)
    assert detail_db(means) == pytest.approx(10 * math.log10(response[middle].mean()), abs=0.02)


def ideal(plate: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """Cut the spectrum at the limit; half-pixel positions keep their places."""
    spectrum = np.fft.fftshift(np.fft.fft2(plate - 0.5))
    kept = slice((SIDE - side) // 2, (SIDE + side) // 2)
    frequency = np.fft.fftshift(np.fft.fftfreq(side))
    move = np.exp(2j * np.pi * frequency * (0.5 - 0.5 * side / SIDE) * -1)
    small = np.fft.ifft2(np.fft.ifftshift(spectrum[kept, kept] * np.outer(move, move)))
    return np.asarray(0.5 + small.real * (side / SIDE) ** 2)


def test_an_ideal_filter_leaves_next_to_nothing() -> None:
    """All that is left of a cut in the spectrum is its ringing at the limit."""
    assert aliasing_db(ideal(PLATE, 256)) < -15
    assert detail_db(ideal(PLATE, 256)) == pytest.approx(0, abs=0.1)
    assert aliasing_db(np.full((256, 256), 0.5)) == -120


def test_the_trap_is_seen() -> None:
    """By default OpenCV, PyTorch and SciPy alias where Pillow, scikit-image and MATLAB do not."""
    found = {name: shrink(METHODS[name], (171, 171)).aliasing_db for name in DEFAULTS}
    for name in ("bicubic", "pillow-bicubic", "skimage-order1"):
        assert found[name] < -15
    for name in ("opencv-linear", "torch-bilinear", "torch-nearest", "scipy-zoom-order3"):
        assert found[name] > -4


def test_a_measurement_says_how_far_it_is_from_matlab() -> None:
    """The canonical bicubic is MATLAB's, Pillow's is too inside, box is not."""
    assert shrink(METHODS["bicubic"], (154, 154)).from_matlab < 0.01
    assert shrink(METHODS["pillow-bicubic"], (300, 448)).from_matlab < 0.01
    assert shrink(METHODS["pillow-box"], (154, 154)).from_matlab > 10
    assert shrink(METHODS["opencv-area"], (154, 154)).milliseconds > 0


@pytest.mark.parametrize(
    ("text", "size"),
    [("1/2", (256, 256)), ("x1/2", (256, 256)), ("0.3", (154, 154)), ("300x448", (300, 448))],
)
def test_targets_are_read(text: str, size: tuple[int, int]) -> None:
    """A scale makes ceil(512 s) of the side; a size is what it says."""
    assert read_target(text) == size


@pytest.mark.parametrize("text", ["0.00001", "x1/17"])
def test_a_scale_that_is_too_small_is_told_the_range(text: str) -> None:
    """Not that of ``run --scales``, which goes above 1."""
    with pytest.raises(UsageError, match=r"^--to takes scales from 1/16 to below 1; got '"):
        read_target(text)


@pytest.mark.parametrize("text", ["2", "1", "x", "0x0x0", "-3", "1.5", "1e-99999999"])
def test_what_is_no_target_is_refused(text: str) -> None:
    """With the order of a size's sides, not that of ``run --sizes``, and what was given."""
    with pytest.raises(UsageError, match=r"^--to takes .+ height x width, like 300x448.+; got "):
        read_target(text)


# ------------------------------------------------------------------ the command


def test_the_command_writes_table_and_picture(tmp_path: Path) -> None:
    """One table a size, sorted by aliasing; the picture shows the named ones."""
    out = tmp_path / "out"
    names = ["opencv-linear", "pillow-bilinear", "torch-bilinear"]
    done = runner.invoke(app, ["shrink", *names, "--to", "1/3,64x96", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert done.output.index("pillow-bilinear") < done.output.index("opencv-linear")
    table = pd.read_csv(out / "shrink.csv")
    assert table.groupby(["height", "width"]).size().to_dict() == {(64, 96): 3, (171, 171): 3}
    assert set(table["antialias"]) == {"none", "stretch"}
    with Image.open(out / "shrink-171x171.png") as picture:
        assert min(picture.size) > 300


@pytest.mark.parametrize(
    "body",
    [
        "def broken(image, size):\n    raise ValueError('no')\n",
        (
            "CALLS = []\n"  # the first call is looked at, the others are timed
            "def broken(image, size):\n"
            "    CALLS.append(1)\n"
            "    if len(CALLS) > 1:\n"
            "        raise ValueError('no')\n"
            "    return image[: size[0], : size[1]]\n"
        ),
    ],
)
def test_a_broken_method_stops_no_other(tmp_path: Path, body: str) -> None:
    """It is named with its reason, and the exit code says so."""
    file = tmp_path / "broken.py"
    about = "@method('broken', family='interpolation', any_size=True)\n"
    head = "from upbench import method\n"
    file.write_text(head + body.replace("def broken", f"{about}def broken"))
    given = ["--plugin", str(file), "--to", "1/2", "--out", str(tmp_path / "out")]
    done = runner.invoke(app, ["shrink", "broken", "area", *given])
    assert done.exit_code == 1
    assert "broken fails at 256 x 256: ValueError: no" in done.output
    assert len(pd.read_csv(tmp_path / "out" / "shrink.csv")) == 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["area", "--to", "600x600"], "from 32 to 512 pixels, smaller than 512 x 512"),
        (["area", "--to", "8x8"], "got 8 x 8"),
        (["area", "--to", ","], "--to is empty"),
        (["linear-resize-conv"], "None of the methods named makes images smaller"),
    ],
)
def test_wrong_requests_are_refused(given: list[str], said: str, tmp_path: Path) -> None:
    """In one sentence; nothing is written."""
    done = runner.invoke(app, ["shrink", *given, "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "out").exists()
