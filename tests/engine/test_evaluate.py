"""``upbench.evaluate``, ``upscale``, ``psnr`` and ``ssim``: one line each, from memory."""

from __future__ import annotations

import pickle
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import torch
from model_files import SubPixel, Vdsr, made, save_onnx
from PIL import Image
from skimage import data

import upbench
from upbench.benchmark.core.contract import Dataset, ImageItem, dataset
from upbench.benchmark.core.errors import ImageError, UpbenchError, UsageError
from upbench.benchmark.core.row import columns

if TYPE_CHECKING:
    from pathlib import Path

COFFEE = data.coffee()[100:148, 200:260]


def one_picture() -> Dataset:
    """Return a dataset of one small picture."""
    image = (COFFEE / np.float32(255)).astype(np.float32)
    item = ImageItem("coffee", "1" * 64, lambda: image)
    return Dataset("mine", lambda: [item], source="here", licence="CC0")


SMALL = one_picture()


def repeated(image: Any, scale: int) -> Any:
    """Repeat each pixel."""
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


def scores(methods: Any, **options: Any) -> pd.DataFrame:
    """Evaluate on the small picture."""
    return upbench.evaluate(methods, SMALL, progress=False, **options)


def test_names_functions_and_modules_are_scored_together() -> None:
    """One row for each; a name scores as in any run, and a lambda is as good as a function."""
    add = 0.0  # a closure
    methods = {
        "nearest-again": lambda image: repeated(image, 2) + np.float32(add),
        "net": made(SubPixel),
        "partial": partial(repeated, scale=2),
    }
    rows = scores([methods["nearest-again"], "nearest"], scales=2).set_index("method")
    assert rows.loc["lambda", "psnr_db"] == rows.loc["nearest", "psnr_db"]
    named = scores(methods)
    assert list(named["method"]) == list(methods)
    assert list(named["status"]) == ["ok"] * 3
    assert list(named.columns) == columns()
    assert named.set_index("method").loc["net", "parameters"] == 40


def test_a_module_is_left_as_it_was() -> None:
    """It runs in evaluation mode, and goes on training afterwards."""
    network = made(Vdsr).train()
    network.first.eval()
    rows = scores(network, scales=[2, 3])
    assert list(rows["status"]) == ["ok", "ok"]
    assert network.training
    assert not network.first.training
    assert network.inner[0].training


def test_a_module_in_memory_scores_as_its_file(tmp_path: Path) -> None:
    """Evaluated here, and isolated from a file."""
    network = made(SubPixel)
    file = save_onnx(network, tmp_path / "net.onnx")
    here = upbench.evaluate(network, "standard", progress=False)
    file = file.rename(tmp_path / "NET.ONNX")  # as some systems write it
    there = upbench.evaluate({"mine": str(file)}, "standard", isolated=True, progress=False)
    np.testing.assert_allclose(there["psnr_db"], here["psnr_db"], atol=1e-4)
    assert set(there["method"]) == {"mine"}


def test_an_rgb_module_runs_under_both_kinds_of_protocol() -> None:
    """Grey is given to it in three channels."""
    rows = scores(made(SubPixel, channels=3), protocol="y-classic,rgb8")
    assert list(rows["status"]) == ["ok", "ok"]


def test_a_failing_function_is_a_row_with_its_reason() -> None:
    """And the display says it."""

    def broken(image: Any, scale: int) -> Any:
        raise ValueError("<no idea>")

    rows = scores({"broken": broken, "nearest": "nearest"})
    assert list(rows["status"]) == ["error", "ok"]
    shown = rows._repr_html_()  # type: ignore[operator]
    assert "&lt;no idea&gt;" in shown
    assert "nearest" in shown


def test_rows_are_a_frame_that_can_be_pickled_cut_and_set() -> None:
    """What a notebook shows as means is data for everything else."""
    rows = scores(["nearest", "bicubic"])
    assert isinstance(rows, pd.DataFrame)
    again = pickle.loads(pickle.dumps(rows))  # noqa: S301 - our own
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(rows))
    assert type(rows[["psnr_db"]]) is pd.DataFrame
    assert "\\begin{tabular}" in upbench.latex(rows)
    assert len(upbench.summarise(rows)) == 2


def test_progress_is_reported_for_each_cell() -> None:
    """(what, done, total)."""
    heard: list[tuple[str, int, int]] = []
    upbench.evaluate("nearest", SMALL, "2,3", progress=lambda *one: heard.append(one))
    assert heard == [("coffee x2 nearest", 1, 2), ("coffee x3 nearest", 2, 2)]


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: scores("bicubik"), "There is no method named 'bicubik'; did you mean 'bicubic'"),
        (lambda: scores(3), "A int is no method; expected a method's name, a network's file"),
        (lambda: scores([]), "There is no method; expected"),
        (lambda: upbench.evaluate("nearest", []), "There is no dataset; expected names like"),
        (lambda: upbench.evaluate("nearest", ""), "There is no dataset; expected names like"),
        (lambda: scores("nowhere.onnx"), "--model nowhere.onnx: there is no such file"),
        (lambda: scores([repeated, lambda i: i, lambda i: i]), "Two methods are named 'lambda'"),
        (lambda: scores({"A B": repeated}), "A method's name must be lower-case"),
        (lambda: scores("nearest", scales="two"), "--scales takes"),
        (lambda: scores("nearest", protocol="rgb9"), "There is no protocol named 'rgb9'"),
        (lambda: upbench.evaluate("nearest", "set6"), "There is no dataset named 'set6'"),
        (lambda: scores(torch.nn.Flatten()), "expected an image of as many channels"),
    ],
)
def test_what_cannot_be_evaluated_is_said_in_one_sentence(call: Any, problem: str) -> None:
    """Before anything runs."""
    with pytest.raises(UpbenchError) as caught:
        call()
    assert problem in str(caught.value)


def test_one_plugin_is_a_list_of_one(tmp_path: Path) -> None:
    """As every other argument takes one value or several."""
    file = tmp_path / "mine.py"
    code = '@metric("ones")\ndef ones(reference, output, scale):\n    return 1.0\n'
    file.write_text(f"from upbench import metric\n\n\n{code}")
    for plugins in (file, str(file), [file]):
        rows = upbench.evaluate("nearest", SMALL, 2, metrics="ones", plugins=plugins)
        assert rows["ones"].tolist() == [1.0]
        assert rows.attrs["metrics"]["ones"]["heading"] == "ones"


def test_a_function_under_dataset_is_one() -> None:
    """Alone or in a list, as its decorator leaves it."""

    @dataset("flat", source="made here", licence="none")
    def flat() -> list[ImageItem]:
        return [ImageItem("grey", "1", lambda: np.full((24, 32, 1), 0.5, np.float32))]

    alone = upbench.evaluate("nearest", flat, 2)
    assert set(alone["dataset"]) == {"flat"}
    assert len(upbench.evaluate("nearest", [flat, SMALL], 2)) == 2


def test_a_path_is_a_folder_of_images(tmp_path: Path) -> None:
    """As `folder:PATH` is."""
    Image.new("RGB", (32, 24)).save(tmp_path / "a.png")
    assert set(upbench.evaluate("nearest", tmp_path, 2)["image"]) == {"a"}


def test_what_is_in_memory_alone_cannot_be_isolated() -> None:
    """The sentence says what to do."""
    with pytest.raises(UsageError, match="repeated is in this process's memory alone; leave"):
        upbench.evaluate(repeated, "standard", isolated=True)


@pytest.mark.parametrize(
    "image",
    [
        COFFEE,
        COFFEE[:, :, 0],
        COFFEE[:, :, :1],
        COFFEE / 255,
        (COFFEE / 255).astype(np.float32),
        COFFEE.astype(np.uint16) * 257,
        np.dstack([COFFEE, COFFEE[:, :, :1]]),
    ],
    ids=["uint8", "grey", "grey of one channel", "float64", "float32", "uint16", "alpha"],
)
def test_an_image_comes_back_as_it_was_given(image: Any) -> None:
    """Its dtype, its axes and its range."""
    larger = upbench.upscale(image, "nearest", 2)
    assert larger.dtype == image.dtype
    colour = slice(None) if image.ndim == 2 else slice(0, 3)
    expected = image.repeat(2, axis=0).repeat(2, axis=1)
    if image.ndim == 3 and image.shape[2] == 4:  # hidden colours are not compared
        larger, expected = larger[:, :, colour], expected[:, :, colour]
        visible = image[:, :, 3].repeat(2, axis=0).repeat(2, axis=1) == 255
        larger, expected = larger[visible], expected[visible]
    np.testing.assert_allclose(larger, expected, rtol=1e-6)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1"])
def test_a_pillow_image_comes_back_as_one(mode: str) -> None:
    """A palette becomes colours."""
    larger = upbench.upscale(Image.fromarray(COFFEE).convert(mode), made(SubPixel, channels=3), 2)
    assert isinstance(larger, Image.Image)
    assert larger.size == (120, 96)


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        (np.zeros((3,)), "An image has shape (H, W) or (H, W, C)"),
        (np.zeros((4, 4, 5)), "An image has shape (H, W) or (H, W, C)"),
        (np.zeros((4, 4), dtype=np.int64), "An image is uint8, uint16 or float in [0, 1]"),
        (np.full((4, 4), 255.0), "A float image has values in [0, 1]; got 255 to 255"),
        (np.full((4, 4), np.nan), "A float image has values in [0, 1]"),
    ],
)
def test_what_is_no_image_is_refused(image: Any, problem: str) -> None:
    """What, expected, got."""
    with pytest.raises(ImageError) as caught:
        upbench.upscale(image, "nearest")
    assert problem in str(caught.value)


def test_a_scale_or_several_methods_that_do_not_fit_are_refused() -> None:
    """One method, one whole factor."""
    with pytest.raises(UsageError, match=r"The scale is a whole factor from 2 to 16; got 1\.5"):
        upbench.upscale(COFFEE, "nearest", 1.5)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="One method enlarges an image"):
        upbench.upscale(COFFEE, "opencv-*")


def test_psnr_and_ssim_take_whole_levels_and_a_border() -> None:
    """White is that of the dtype; the border is cut off."""
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    noisy = COFFEE.copy()
    noisy[0, 0] = 255 - noisy[0, 0]
    noisy[10:20, 10:20, 1] //= 2
    assert upbench.psnr(COFFEE, noisy) == pytest.approx(peak_signal_noise_ratio(COFFEE, noisy))
    inner = (slice(3, -3), slice(3, -3))
    expected = structural_similarity(
        COFFEE[inner][:, :, 1],
        noisy[inner][:, :, 1],
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    got = upbench.ssim(COFFEE[:, :, 1], noisy[:, :, 1], border=3)
    assert got == pytest.approx(expected, abs=1e-9)
    with pytest.raises(ImageError, match="One image is uint8, the other float64"):
        upbench.psnr(COFFEE, noisy / 255)
    flat = COFFEE[:, 0, 0]
    for shapes in ((COFFEE, COFFEE[:, :, 0]), (flat, flat), (COFFEE, flat)):
        with pytest.raises(ImageError, match="expected one shape for both, "):
            upbench.psnr(*shapes)
    with pytest.raises(UsageError, match="A border of 24 leaves nothing"):
        upbench.psnr(COFFEE, noisy, border=24)


def test_the_names_cost_nothing_until_they_are_used() -> None:
    """``import upbench`` stays light, and its names are listed."""
    code = (
        "import sys, upbench; assert {'evaluate', 'upscale'} <= {*dir(upbench)}; "
        "print(*{'numpy', 'pandas', 'torch', 'PIL'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
