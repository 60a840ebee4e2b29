"""One cell: whatever a method does, it comes to a row."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from one_cell import run

from upbench.benchmark.core.contract import Method, Metric
from upbench.benchmark.core.errors import WORKER, ImageError, MetricUndefinedError
from upbench.benchmark.engine.cell import CROP_SIDE, Prepared, prepare
from upbench.benchmark.engine.plan import Cell
from upbench.benchmark.imaging.resample import resize
from upbench.benchmark.registry.catalog import built_in_protocols

if TYPE_CHECKING:
    from upbench.benchmark.engine.result import Result
from upbench.benchmark.engine.result import WHOLE


def mean_error(reference: Any, output: Any, _scale: int) -> float:
    """Return the mean absolute difference: a metric that is easy to foresee."""
    return float(np.abs(reference - output).mean())


METRIC = Metric("psnr_db", mean_error, "1", "lower")


def cell(protocol: str = "y-classic", **fields: Any) -> Cell:
    """Return a cell at x2."""
    return Cell("m", "interpolation", "set", "image", 2, protocol, "code", "key", **fields)


def picture(height: int = 48, width: int = 60, channels: int = 3) -> Any:
    """Return a random 8-bit picture as an image."""
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, channels))
    return (pixels / 255).astype(np.float32)


def repeated(image: Any, scale: int = 2) -> Any:
    """Enlarge by repeating pixels."""
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


def outcome(call: Any, protocol: str = "y-classic", image: Any = None, **fields: Any) -> Result:
    """Run a method that is just a call."""
    method = Method("m", "interpolation", call, **fields)
    ready = prepared(protocol, image)
    return run(cell(protocol), method, call, ready, [METRIC])


def prepared(protocol: str = "y-classic", image: Any = None) -> Prepared:
    """Prepare a picture at x2."""
    return prepare(picture() if image is None else image, 2, built_in_protocols()[protocol])


def test_good_method_gives_a_full_row() -> None:
    """Size, scores, seconds and speed are filled in; what is not known is null."""
    row = outcome(repeated).row
    assert (row.status, row.reason) == ("ok", None)
    assert (row.height, row.width, row.channels) == (48, 60, 3)
    assert 0 < row.scores["psnr_db"] < 1  # type: ignore[operator]
    assert row.seconds is not None
    assert row.seconds > 0
    assert row.mpx_per_s == pytest.approx(48 * 60 / 1e6 / row.seconds)
    assert "ssim" not in row.scores
    assert (row.peak_mb, row.seed, row.parameters) == (None, None, None)


@pytest.mark.parametrize("protocol", built_in_protocols())
def test_a_perfect_method_has_no_error(protocol: str) -> None:
    """A method that returns the reference scores zero error under every protocol."""
    image = picture(channels=1)
    assert outcome(lambda _low: image, protocol, image).row.scores["psnr_db"] == 0.0


def test_values_far_outside_the_range_are_said_in_the_row() -> None:
    """A method that returns 0..255 has a score, and a note that says why it means little."""
    row = outcome(lambda low: repeated(low) * np.float32(255)).row
    assert row.status == "ok"
    assert str(row.reason).startswith("The output's values reach from ")
    assert "outside of [0, 1] by up to 173" in str(row.reason)


def test_values_from_minus_one_to_one_are_said_in_the_row() -> None:
    """Networks are often trained on them."""
    row = outcome(lambda low: repeated(low - low.min()) * 2 - 1).row
    assert "outside of [0, 1] by up to 1; expected [0, 1]: they were clipped." in str(row.reason)


def test_values_outside_the_range_are_clipped_not_refused() -> None:
    """Overshoot is the protocol's business."""
    assert outcome(lambda low: repeated(low) * 3 - 1).row.status == "ok"


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda low: low, "The output has shape (24, 30, 1); expected (48, 60, 1)."),
        (
            lambda low: repeated(low)[:, :, 0],
            "The output has shape (48, 60); expected (48, 60, 1).",
        ),
        (
            lambda low: (repeated(low) * 255).astype(np.uint8),
            "The output has dtype uint8; expected float32 in [0, 1].",
        ),
        (
            lambda low: repeated(low) * np.nan,
            "The output has 2880 values of 2880 that are NaN or infinite; expected finite values.",
        ),
        (
            lambda _low: None,
            "The output is a NoneType; expected a numpy array of shape (48, 60, 1).",
        ),
        (
            lambda low: repeated(low).tolist(),
            "The output is a list; expected a numpy array of shape (48, 60, 1).",
        ),
    ],
)
def test_invalid_output_says_expected_and_got(call: Any, reason: str) -> None:
    """An output that breaks the contract is the cell's failure, in one sentence."""
    row = outcome(call).row
    assert (row.status, row.reason) == ("invalid_output", reason)
    assert row.scores == {}
    assert (row.height, row.width) == (48, 60)


def test_method_that_changes_its_input_is_found_out_and_harms_nobody() -> None:
    """The next method still gets the image as it was."""
    ready = prepared()
    before = ready.low.copy()

    def call(low: Any) -> Any:
        output = repeated(low)
        low *= 0
        return output

    result = run(cell(), Method("m", "x", call), call, ready, [METRIC])
    assert result.row.status == "invalid_output"
    assert str(result.row.reason).startswith("The method changed its input")
    np.testing.assert_array_equal(ready.low, before)


def test_exception_becomes_a_row_with_its_place() -> None:
    """The reason names the exception, its text in one line, and where it was raised."""

    def call(_low: Any) -> Any:
        raise ValueError("two\nlines")

    row = outcome(call).row
    assert row.status == "error"
    assert str(row.reason).startswith("ValueError: two lines (at test_cell.py:")


def test_a_method_that_exits_is_stopped_at_the_border() -> None:
    """sys.exit in a plugin does not end the run."""
    row = outcome(lambda _low: sys.exit(3)).row
    assert row.status == "error"
    assert str(row.reason).startswith("SystemExit: 3")


def test_a_key_press_goes_through() -> None:
    """Ctrl-C is the user's, not the method's."""

    def call(_low: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outcome(call)


def test_metric_without_a_value_is_null_with_a_reason() -> None:
    """The other metrics stand, the cell is ok."""

    def undefined(*_: Any) -> float:
        raise MetricUndefinedError("the image is too small.")

    metrics = [METRIC, Metric("ssim", undefined, "1", "higher")]
    row = run(cell(), Method("m", "x", repeated), repeated, prepared(), metrics).row
    assert (row.status, row.scores["ssim"]) == ("ok", None)
    assert row.reason == "ssim: the image is too small."
    assert row.scores["psnr_db"] is not None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("high", "odd returned a str; expected a number."),
        (None, "odd returned a NoneType; expected a number."),
        (np.zeros(3), "odd returned a ndarray; expected a number."),
        (3j, "odd returned a complex; expected a number."),
        (float("nan"), "odd returned NaN; expected a number."),
    ],
)
def test_a_metric_that_returns_no_number_is_null_in_its_own_column(value: Any, reason: str) -> None:
    """The reason says what came; the other metrics stand."""
    metrics = [Metric("odd", lambda *_: value), METRIC]
    row = run(cell(), Method("m", "x", repeated), repeated, prepared(), metrics).row
    assert (row.status, row.scores["odd"], row.reason) == ("ok", None, reason)
    assert row.scores["psnr_db"] is not None


@pytest.mark.parametrize("value", [np.float32(3), np.int64(3), np.array(3.0), 3, Decimal(3)])
def test_a_metrics_number_of_any_type_becomes_a_float(value: Any) -> None:
    """JSON, SQLite and parquet then hold it."""
    row = run(
        cell(), Method("m", "x", repeated), repeated, prepared(), [Metric("m", lambda *_: value)]
    ).row
    assert type(row.scores["m"]) is float
    assert row.scores == {"m": 3.0}


def test_a_metric_that_raises_is_null_in_its_own_column() -> None:
    """The other metrics stand, and the reason says where it broke."""

    def broken(*_: Any) -> float:
        raise RuntimeError("bad day")

    row = run(
        cell(), Method("m", "x", repeated), repeated, prepared(), [Metric("b", broken), METRIC]
    ).row
    assert (row.status, row.scores["b"]) == ("ok", None)
    assert str(row.reason).startswith("b: RuntimeError: bad day (at test_cell.py:")
    assert row.scores["psnr_db"] is not None


@pytest.mark.parametrize("kind", [BaseException, KeyboardInterrupt, GeneratorExit])
def test_whatever_a_metric_raises_is_its_own(
    kind: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a worker, which gets no Ctrl-C, an exception of any kind costs one column."""
    monkeypatch.setenv(WORKER, "mark")

    def raising(*_: Any) -> float:
        raise kind("mine")

    metrics = [Metric("r", raising), METRIC]
    row = run(cell(), Method("m", "x", repeated), repeated, prepared(), metrics).row
    assert (row.status, row.scores["r"]) == ("ok", None)
    assert str(row.reason).startswith(f"r: {kind.__name__}: mine")
    assert row.scores["psnr_db"] is not None


@pytest.mark.parametrize("forced", [False, True])
def test_a_metric_cannot_change_what_the_next_cell_is_scored_against(*, forced: bool) -> None:
    """Its arrays are read-only and stay so: writing into one is its own failure."""

    def vandal(reference: Any, *_: Any) -> float:
        if forced:
            reference.flags.writeable = True
        reference[:] = 0
        return 1.0

    ready = prepared()
    before = ready.reference.copy()
    row = run(
        cell(), Method("m", "x", repeated), repeated, ready, [Metric("v", vandal), METRIC]
    ).row
    assert row.scores["v"] is None
    assert ("WRITEABLE" if forced else "read-only") in str(row.reason)
    np.testing.assert_array_equal(ready.reference, before)


def test_eight_bit_path_is_used_by_eight_bit_protocols_alone() -> None:
    """A method's own uint8 path runs where images have 8 bits, its float path elsewhere."""
    dtypes = []

    def own(image: Any, scale: int) -> Any:
        dtypes.append(image.dtype)
        return repeated(image, scale)

    assert outcome(repeated, "rgb8", eight_bit=own).row.status == "ok"
    assert outcome(repeated, "y-classic", eight_bit=own).row.status == "ok"
    assert dtypes == [np.uint8]


def test_luma_method_gets_y_and_chroma_goes_by_bicubic() -> None:
    """Under an RGB protocol a luma method sees one channel, and colour survives."""
    shapes = []

    def bicubic_luma(low: Any) -> Any:
        shapes.append(low.shape)
        return resize(low, 2).astype(np.float32)

    both = outcome(bicubic_luma, "rgb8", colour="luma")
    colour = outcome(lambda low: resize(low, 2).astype(np.float32), "rgb8")
    assert shapes == [(24, 30, 1)]
    assert both.crop is not None
    assert colour.crop is not None
    # bicubic of Y, Cb and Cr is bicubic of R, G and B, but for the float32 of the luma
    assert np.abs(both.crop.astype(int) - colour.crop.astype(int)).max() <= 1


def test_rgb_method_gets_a_grey_image_three_times_and_its_luma_is_taken() -> None:
    """Under a luma protocol, and for grey images, a method of RGB sees three equal channels."""
    given = []

    def tinted(low: Any) -> Any:
        given.append(low)
        return resize(low, 2).astype(np.float32) + np.float32([0.1, 0.0, -0.1])

    grey = outcome(lambda low: resize(low, 2).astype(np.float32), "y-classic")
    row = outcome(tinted, "y-classic", colour="rgb").row
    assert (row.status, given[0].shape[2]) == ("ok", 3)
    np.testing.assert_array_equal(given[0][:, :, 0], given[0][:, :, 2])
    # a tint of the three channels is a shift of the luma
    tint = 0.1 * (65.481 - 24.966) / 219
    plain = outcome(
        lambda low: resize(low, 2).astype(np.float32) + np.float32(tint), "y-classic"
    ).row
    assert row.scores[METRIC.name] == pytest.approx(plain.scores[METRIC.name], abs=1e-3)
    assert row.scores[METRIC.name] != grey.row.scores[METRIC.name]
    assert outcome(tinted, "rgb8", colour="rgb").row.status == "ok"


def test_crops_show_one_place_of_output_and_reference() -> None:
    """The kept crops have the same size, at most CROP_SIDE, and lie where the detail is."""
    image = np.full((200, 240, 1), 0.5, dtype=np.float32)
    image[120:160, 150:200] = picture(40, 50, 1)
    ready = prepare(image, 2, built_in_protocols()["y-classic"])
    result = run(cell(), Method("m", "x", repeated), repeated, ready, [METRIC])
    assert result.crop is not None
    assert result.reference_crop is not None
    assert result.crop.shape == result.reference_crop.shape == (CROP_SIDE, CROP_SIDE, 1)
    assert result.reference_crop.std() > 20
    assert all(part.start % 2 == 0 for part in ready.crop)


def test_cell_that_is_not_pictured_keeps_no_crop() -> None:
    """Images beyond the first of a dataset leave numbers only."""
    result = run(cell(pictured=False), Method("m", "x", repeated), repeated, prepared(), [METRIC])
    assert (result.row.status, result.crop, result.reference_crop) == ("ok", None, None)
    assert result.views == ()


def test_a_pictured_cell_keeps_its_worst_place_and_the_whole_where_it_is_asked_for() -> None:
    """A black image loses to bicubic."""

    def black(image: Any, scale: int = 2) -> Any:
        return 0 * repeated(image, scale)

    result = run(cell(whole=True), Method("m", "x", black), black, prepared(), [METRIC])
    assert [one.view for one in result.views][:2] == [WHOLE, WHOLE]
    assert {one.method for one in result.views[2:]} == {"m", "", "bicubic"}


def test_image_too_small_for_the_scale_is_refused() -> None:
    """Preparing says so; the workbench turns it into rows."""
    with pytest.raises(ImageError, match="too few for x2"):
        prepare(picture(4, 4), 2, built_in_protocols()["y-classic"])


def test_loaded_method_states_its_weights_and_work() -> None:
    """Attributes of the loaded method fill parameters and macs_per_px."""

    class Loaded:
        parameters = 81
        macs_per_px = 20.25

        def __call__(self, low: Any) -> Any:
            return repeated(low)

    row = run(cell(), Method("m", "x", Loaded), Loaded(), prepared(), [METRIC]).row
    assert (row.parameters, row.macs_per_px) == (81, 20.25)
