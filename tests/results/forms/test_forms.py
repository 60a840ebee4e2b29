"""The forms of a transposed convolution: all equal, counted, measured in turns, written."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from form_study.command import main
from form_study.figure import draw
from form_study.kinds import FORMS, MATRICES, Form, Ready
from form_study.layer import Layer, example, upsampling_layer
from form_study.measure import check_equal, measure_case
from form_study.row import Case, FormRow, ratios_of
from form_study.run import plan, run
from form_study.table import frame_of, to_markdown
from upbench.benchmark.core.errors import InvalidOutputError, StoreError, UsageError
from upbench.benchmark.core.threads import one_thread
from upbench.benchmark.theory.arithmetic.zeros import multiplications

FOLDER = Path(__file__).parents[3] / "results" / "forms" / "form_study"
PATH = str(FOLDER.parent)
BY_NAME = {form.name: form for form in FORMS}


@st.composite
def layers(draw_from: Any) -> Layer:
    """Draw any layer that every form can compute."""
    kernel, stride = draw_from(st.integers(1, 6)), draw_from(st.integers(1, 4))
    return Layer(
        kernel,
        stride,
        padding=draw_from(st.integers(0, kernel - 1)),
        output_padding=draw_from(st.integers(0, stride - 1)),
        channels=draw_from(st.integers(1, 3)),
    )


def by_torch(layer: Layer, image: Any, weights: Any) -> Any:
    """Return what PyTorch's function gives."""
    options = layer.stride, layer.padding, layer.output_padding
    tensors = torch.from_numpy(image)[None], torch.from_numpy(weights)
    return torch.nn.functional.conv_transpose2d(*tensors, None, *options)[0].numpy()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(layer=layers(), size=st.integers(3, 6), seed=st.integers(0, 99))
def test_form_equals_the_transposed_convolution(
    form: Form, layer: Layer, size: int, seed: int
) -> None:
    """Any kernel, stride, padding, output padding and number of channels gives PyTorch's output."""
    if layer.stride * (size - 1) + layer.kernel + layer.output_padding <= 2 * layer.padding:
        return
    image, weights = example(layer, size, seed)
    untouched = image.copy()
    output = form.prepare(layer, weights, size).apply(image)
    expected = by_torch(layer, image, weights)
    assert output.dtype == np.float32
    assert output.flags.c_contiguous
    np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(image, untouched)


@pytest.mark.parametrize("kernel", [(2, 2), (3, 2), (4, 2), (6, 3), (5, 4), (8, 4)])
def test_upsampling_layer_is_exactly_as_large_as_its_stride(kernel: tuple[int, int]) -> None:
    """Padding and output padding are chosen so that nothing is left over."""
    layer = upsampling_layer(*kernel)
    assert layer.output_size(7) == 7 * layer.stride


def test_kernel_smaller_than_its_stride_is_refused() -> None:
    """It would leave pixels empty."""
    with pytest.raises(UsageError, match=r"A stride of 4 needs a kernel of 4 or more; got 3\."):
        upsampling_layer(3, 4)


def test_padding_beyond_the_kernel_is_refused() -> None:
    """Zero insertion would have to cut pixels off instead of adding zeros."""
    with pytest.raises(UsageError, match=r"padding must be smaller than the kernel, 3 here.*got 3"):
        Layer(3, 2, padding=3)


@pytest.mark.parametrize("channels", [0, 1.5])
def test_channels_are_a_whole_number(channels: Any) -> None:
    """No channel and half a channel are no layer."""
    with pytest.raises(UsageError, match="number of channels must be a whole number, 1 or more"):
        Layer(3, 2, channels=channels)


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("dense matrix", 128, "The dense matrix would need 4295 MB, more than the 300 MB allowed"),
        ("sparse matrix", 2000, "The sparse matrix would need 512 MB, more than the 300 MB allow"),
    ],
)
def test_too_large_a_matrix_is_refused_before_it_is_built(name: str, size: int, words: str) -> None:
    """One sentence says how much it would need, and what to do."""
    layer = upsampling_layer(4, 2)
    _, weights = example(layer, 1)
    with pytest.raises(UsageError, match=f"{words}.*choose a smaller input"):
        BY_NAME[name].prepare(layer, weights, size)


@pytest.mark.parametrize("kernel", [(3, 2), (4, 2), (6, 3)])
def test_counts_are_those_of_the_arithmetic(kernel: tuple[int, int]) -> None:
    """Counting along one axis and squaring gives what listing every connection gives."""
    layer = upsampling_layer(*kernel, channels=2)
    options = layer.stride, layer.padding, layer.output_padding
    counted = multiplications((5, 5), layer.kernel, *options)
    assert BY_NAME["native"].multiplications(layer, 5) == 4 * counted.needed
    assert BY_NAME["sparse matrix"].multiplications(layer, 5) == 4 * counted.needed
    assert BY_NAME["zero insertion"].multiplications(layer, 5) == 4 * counted.with_zeros
    assert BY_NAME["dense matrix"].multiplications(layer, 5) == 4 * counted.dense


@pytest.mark.parametrize("stride", [2, 3, 4])
def test_zeros_cost_the_square_of_the_stride_as_counted(stride: int) -> None:
    """With a large input, borders aside, the ratio is s^2; the sub-pixel form has none of it."""
    layer = upsampling_layer(2 * stride, stride)
    counts = {name: form.multiplications(layer, 1000) for name, form in BY_NAME.items()}
    assert counts["zero insertion"] / counts["native"] == pytest.approx(stride**2, rel=0.01)
    assert counts["sub-pixel"] / counts["native"] == pytest.approx(1, rel=0.01)


def test_kernel_that_the_stride_does_not_divide_is_filled_up() -> None:
    """At kernel 3 and stride 2 the sub-pixel form multiplies 16 times where 9 are needed."""
    layer = upsampling_layer(3, 2)
    counts = {name: form.multiplications(layer, 1000) for name, form in BY_NAME.items()}
    assert counts["sub-pixel"] / counts["native"] == pytest.approx(16 / 9, rel=0.01)


@pytest.mark.parametrize("name", MATRICES)
def test_held_memory_is_that_of_the_matrix(name: str) -> None:
    """A dense one has all elements in four bytes, a sparse one four and four for each that is."""
    layer = upsampling_layer(2, 2, channels=2)
    _, weights = example(layer, 8)
    held = BY_NAME[name].prepare(layer, weights, 8).held_mb * 1e6
    rows, columns = 2 * 16 * 16, 2 * 8 * 8
    expected = {"dense matrix": 4 * rows * columns, "sparse matrix": 8 * 2 * rows + 4 * (rows + 1)}
    assert held == pytest.approx(expected[name])


def always(output: Any) -> Ready:
    """Return a form that always gives this output."""
    return Ready(lambda _image: output, 0.0)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (np.zeros((1, 4, 4), np.float32), r"'other' gives float32 \(1, 4, 4\); expected"),
        (np.ones((1, 2, 2)), r"'other' gives float64 \(1, 2, 2\); expected float32 \(1, 2, 2\)"),
        (np.full((1, 2, 2), 1.001, np.float32), "'other' differs from the layer by 0.001; expec"),
        (np.full((1, 2, 2), np.nan, np.float32), "'other' differs from the layer by nan"),
    ],
)
def test_form_with_another_output_is_not_measured(output: Any, words: str) -> None:
    """A wrong answer has no speed."""
    forms = {"native": always(np.ones((1, 2, 2), np.float32)), "other": always(output)}
    with pytest.raises(InvalidOutputError, match=words):
        check_equal(forms, np.ones((1, 1, 1), np.float32))


def test_ratio_is_the_median_of_the_rounds_ratios() -> None:
    """A machine that slows down for some rounds slows both, and the ratio stays."""
    native = [1.0, 1.0, 1.0, 5.0, 5.0, 5.0, 5.0]
    samples = {"native": native, "sub-pixel": [0.5] * 7, "zero insertion": [3 * t for t in native]}
    columns = ratios_of("zero insertion", samples)
    assert columns["over_native"] == columns["over_native_low"] == columns["over_native_high"] == 3
    assert columns["over_sub_pixel"] == 30


def test_one_thread_gives_the_threads_back() -> None:
    """PyTorch has one thread meanwhile and as many as before afterwards."""
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc's allocator is Linux's")
def test_kept_memory_is_used_again_without_new_pages() -> None:
    """After one call the next 128 MB cost no page fault; by default they cost one for each page."""
    code = (
        "import resource, numpy\n"
        "from form_study.measure import keep_freed_memory\n"
        "faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        "keep_freed_memory()\n"
        "numpy.ones(2**24)\n"
        "before = faults()\n"
        "numpy.ones(2**24)\n"
        "print(faults() - before)\n"
    )
    command = [sys.executable, "-P", "-c", f"import sys\nsys.path.append({PATH!r})\n{code}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1000


def test_plan_leaves_out_the_largest_outputs() -> None:
    """16 channels at x4 from 512 px would have 67 million values."""
    cases = plan()
    sizes = {(case.layer.channels, case.layer.stride, case.size) for case in cases}
    assert (16, 2, 512) in sizes
    assert (1, 4, 512) in sizes
    assert not {(16, 3, 512), (16, 4, 512)} & sizes


def test_case_has_a_row_for_every_form() -> None:
    """A form that refuses the size has a row with its sentence and no number."""
    rows = {row.form: row for row in measure_case(Case(upsampling_layer(4, 2, channels=16), 32), 0)}
    assert set(rows) == set(BY_NAME)
    refused = rows.pop("dense matrix")
    assert refused.status == "skipped"
    assert refused.reason is not None
    assert "4295 MB" in refused.reason
    assert refused.seconds is refused.over_native is refused.stable is None
    assert all(row.status == "ok" and row.seconds and row.samples == 6 for row in rows.values())
    assert rows["native"].over_native == rows["sub-pixel"].over_sub_pixel == 1
    assert (rows["native"].height, rows["native"].width) == (64, 64)


def made_up(form: str, size: int, seconds: float, **other: Any) -> FormRow:
    """Return a row of stride 2 whose time is made up."""
    about = (form, 2, 4, 1, size, 2 * size, 2 * size, "ok", None)
    row = FormRow(*about, seconds=seconds, stable=True, samples=9, machine="m", versions="v")
    return replace(row, multiplications=size**2, peak_mb=1.0, held_mb=1.0, build_s=0.0, **other)


def test_frame_has_the_columns_of_the_row_in_order() -> None:
    """Sorted by layer, size and then the forms' own order."""
    frame = frame_of([made_up("zero insertion", 8, 1.0), made_up("native", 8, 1.0)])
    assert list(frame.columns) == [field.name for field in fields(FormRow)]
    assert list(frame["form"]) == ["native", "zero insertion"]


def test_markdown_says_ratio_growth_and_what_is_not_stable() -> None:
    """Twice the side takes four times as long: growth 1; * marks a median that is not stable."""
    ratio = {"over_native": 3.96, "over_native_low": 3.9, "over_native_high": 4.0}
    rows = [made_up("native", size, size**2 / 1e6) for size in (8, 16, 32)]
    rows += [replace(made_up("zero insertion", 32, 0.5, **ratio), stable=False)]
    text = to_markdown(frame_of(rows))
    assert "| 1 | 2 | 4 | native | 1.00 | 0.00 | 1.00 |" in text
    assert "| 3.96 (3.9 to 4) |" in text
    assert r"| 1 | 2 | 4 | 32 | 1.02 | 500 \* |" in text


def test_markdown_says_what_was_too_large() -> None:
    """A form that refused a size has no number there."""
    skipped = FormRow("dense matrix", 2, 4, 1, 8, 16, 16, "skipped", "It is too large.")
    text = to_markdown(frame_of([made_up("native", 8, 1.0), skipped]))
    assert "| 1 | 2 | 4 | 8 | 1000 | too large |" in text


def test_figure_has_three_panels_for_each_number_of_channels() -> None:
    """Time, memory, and the ratios of zero insertion with what counting predicts."""
    ratio = {"over_native": 3.0, "over_sub_pixel": 2.0, "counted_over_native": 4.0}
    one = [made_up(form, 8, 1.0, **ratio) for form in BY_NAME]
    figure = draw(frame_of(one + [replace(row, channels=16) for row in one]))
    assert len(figure.axes) == 6
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[0] == "1 channel, stride 2, kernel 4"
    assert titles[5] == "16 channels: what the zeros cost"


def test_command_measures_and_writes_table_and_figure(tmp_path: Path) -> None:
    """A tiny run as a person starts it, with its progress on standard error."""
    command = [sys.executable, "-P", str(FOLDER), "--out", str(tmp_path / "a")]
    options = ["--sizes", "4", "--channels", "1", "--budget", "0", "--tries", "1"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert "4/4  kernel 8, stride 4, 1 channel, 4 px" in done.stderr
    assert {file.name for file in (tmp_path / "a").iterdir()} == {
        "forms.csv",
        "forms.md",
        "forms.png",
    }
    rows = pd.read_csv(tmp_path / "a" / "forms.csv")
    assert len(rows) == 4 * len(FORMS)
    assert (rows["status"] == "ok").all()
    assert (rows["seconds"] > 0).all()


def test_folder_that_cannot_be_made_is_said_before_anything_is_measured(tmp_path: Path) -> None:
    """One sentence, exit code 2."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"Cannot make the folder .*; choose another --out"):
        run(plan((4,)), tmp_path / "file" / "out")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (["--sizes", "0"], "The input size must be a whole number, 1 or more; got 0"),
        (["--channels", "0"], "The number of channels must be a whole number, 1 or more; got 0"),
        (["--sizes", "6000"], "Every case has more than 16777216 output values"),
        (["--tries", "0"], "The number of tries must be a whole number, 1 or more; got 0"),
        (["--budget", "-1"], "The time budget must be 0 s or more; got -1"),
    ],
)
def test_mistakes_of_the_command_are_one_sentence(
    option: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, nothing written."""
    assert main(["--out", str(tmp_path / "out"), *option]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_size_that_is_no_number_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence says what was expected and what was given."""
    with pytest.raises(SystemExit, match="2"):
        main(["--out", str(tmp_path / "out"), "--sizes", "16,large"])
    assert "whole numbers joined by commas, like 16,64; got '16,large'" in capsys.readouterr().err
