"""``upbench.evaluate``: methods and datasets from memory, names and files, scored in one line."""

from __future__ import annotations

import pickle
import subprocess
import sys
from fractions import Fraction
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import torch
from model_files import SubPixel, Vdsr, made, save_onnx
from PIL import Image
from skimage import data

import upbench
from upbench.benchmark.core.contract import Dataset, ImageItem, dataset, method
from upbench.benchmark.core.errors import UpbenchError, UsageError
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
        (lambda: scores({"mine": torch.nn.Flatten()}), "mine: it gives"),
        (lambda: scores(torch.nn.Upsample), "Upsample is a class that is not under @method"),
        (lambda: upbench.evaluate("nearest", 5), "datasets takes names like 'set5,folder:PATH'"),
        (lambda: upbench.evaluate("nearest", [COFFEE]), "or a list of these; got array([[["),
        (lambda: upbench.evaluate("nearest", repeated), "a function under @dataset or a Dataset"),
        (lambda: upbench.evaluate("nearest", None), "There is no dataset; expected names like"),
        (lambda: upbench.evaluate("nearest", [SMALL, one_picture()]), "Two datasets are named"),
        (lambda: scores("nearest", scales=np.array(2)), "scales takes factors like 2, 1.5 or"),
        (lambda: scores("nearest", scales=[[2]]), "or a list of these; got [2]."),
        (lambda: scores("nearest", sizes=[(48, 64)]), "sizes takes sizes like '300x448' or 256"),
        (lambda: scores("nearest", sizes=0), "--sizes takes sizes in pixels"),
        (lambda: scores("nearest", protocol=str), "protocol takes names like 'y-classic'"),
        (lambda: scores("nearest", metrics=repeated), "is in a file: plugins='FILE.py'), or a"),
        (lambda: scores("nearest", plugins=5), "plugins takes Python files, or a list"),
        (lambda: scores("nearest", device=[]), "--device takes auto, cpu or cuda; got []"),
        (lambda: upbench.evaluate("nearest", SMALL, progress="yes"), "progress takes True, False"),
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


def test_a_dataset_that_is_named_twice_is_scored_once() -> None:
    """As a method is: twice the images would make each mean look twice as sure."""
    assert len(upbench.evaluate("nearest", [SMALL, SMALL], 2, progress=False)) == 1
    once = upbench.evaluate("nearest", "standard", 2, progress=False)
    twice = upbench.evaluate("nearest", ["standard", "standard"], 2, progress=False)
    assert list(twice["image"]) == list(once["image"])


@pytest.mark.parametrize(
    ("scales", "expected"),
    [
        (8 / 3, [8 / 3]),
        ([np.float64(8 / 3), np.int64(2)], [8 / 3, 2]),
        (2.0, [2]),
        (Fraction(3, 2), [1.5]),
        (range(2, 4), [2, 3]),
        (None, [2]),
    ],
)
def test_a_scale_is_any_number(scales: Any, expected: list[float]) -> None:
    """As a table holds it: 8 / 3 is the float nearest to that fraction."""
    assert list(scores("bicubic", scales=scales)["scale"]) == expected


def test_a_decorator_above_method_counts() -> None:
    """What is scored is the function that a user sees, not the one inside of it.

    So a method of a class is called on its object.
    """

    def halved(function: Any) -> Any:
        @wraps(function)
        def call(image: Any, scale: int) -> Any:
            return function(image, scale) / 2

        return call

    @halved
    @method("mine", family="test")
    def mine(image: Any, scale: int) -> Any:
        return repeated(image, scale)

    class Sharpener:
        factor = np.float32(0.5)

        @method("bound", family="test")
        def run(self, image: Any, scale: int) -> Any:
            return self.factor * repeated(image, scale)

    rows = scores([mine, Sharpener().run, lambda image: repeated(image, 2) / 2])
    assert list(rows["status"]) == ["ok"] * 3
    assert len({*rows["psnr_db"]}) == 1
    assert rows["psnr_db"][0] < 15


def test_a_path_is_a_folder_of_images(tmp_path: Path) -> None:
    """As `folder:PATH` is."""
    Image.new("RGB", (32, 24)).save(tmp_path / "a.png")
    assert set(upbench.evaluate("nearest", tmp_path, 2)["image"]) == {"a"}


def test_what_is_in_memory_alone_cannot_be_isolated() -> None:
    """The sentence says what to do."""
    with pytest.raises(UsageError, match="repeated is in this process's memory alone; leave"):
        upbench.evaluate(repeated, "standard", isolated=True)
    with pytest.raises(UsageError, match="mine is in this process's memory alone; leave isolated"):
        scores("nearest", isolated=True)


def test_pickled_rows_keep_what_is_stated_of_their_metrics() -> None:
    """A heading, a format: a summary of them shows the metric as before."""
    rows = scores("nearest", metrics="gmsd")
    again = pickle.loads(pickle.dumps(rows))  # noqa: S301 - our own
    assert again.attrs == rows.attrs
    assert again.attrs["metrics"]["gmsd"]["heading"] == "GMSD"


def test_rows_whose_columns_were_renamed_are_shown_as_a_table() -> None:
    """In place: pandas changes the frame itself."""
    rows = scores("nearest")
    rows.columns = rows.columns.str.upper()
    assert "PSNR_DB" in rows._repr_html_()  # type: ignore[operator]


@pytest.mark.parametrize("given", [None, "rows", pd.DataFrame(), pd.DataFrame({"method": ["a"]})])
def test_what_is_no_table_of_rows_is_not_summarised(given: Any) -> None:
    """In one sentence, as `latex` says it."""
    for function in (upbench.summarise, upbench.latex):
        with pytest.raises(UsageError, match=r"takes rows as upbench\.load\(FOLDER\) or"):
            function(given)
    with pytest.raises(UsageError, match="reference takes the name of a method; got 5"):
        upbench.summarise(scores("nearest"), 5)


def test_the_names_cost_nothing_until_they_are_used() -> None:
    """``import upbench`` stays light, and its names are listed."""
    code = (
        "import sys, upbench; assert {'evaluate', 'upscale'} <= {*dir(upbench)}; "
        "print(*{'numpy', 'pandas', 'torch', 'PIL'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
