"""The public contract checks, on every built-in method and on methods that break each one."""

from __future__ import annotations

import math
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest

from upbench.benchmark.core.contract import (
    Dataset,
    ImageItem,
    LocalStatus,
    Method,
    Metric,
    ScoringProtocol,
)
from upbench.benchmark.core.errors import DatasetError, ImageError, UnknownNameError
from upbench.benchmark.imaging.validation import range_note
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.registry.check_kinds import (
    check_dataset,
    check_metric,
    check_protocol,
    check_this,
)
from upbench.benchmark.registry.checks import CHECKS, check_method
from upbench.benchmark.registry.images import list_images, read_image

BUILT_IN = collect().methods


def good(image: Any, scale: int) -> Any:
    """Enlarge by repeating pixels."""
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


def found(target: Any, scale: int = 2, **fields: Any) -> dict[str, tuple[str, str]]:
    """Return (status, detail) by check."""
    method = Method("m", "interpolation", target, **fields)
    return {check.name: (check.status, check.detail) for check in check_method(method, (scale,))}


@pytest.mark.parametrize(
    "name", [n for n, m in BUILT_IN.items() if m.family == "interpolation" and m.default]
)
def test_every_interpolation_passes(name: str) -> None:
    """What we ask of others our own methods do, at x2, x3 and x4."""
    failed = [check for check in check_method(BUILT_IN[name]) if check.status == "fail"]
    assert failed == []


@pytest.mark.parametrize("name", [n for n, m in BUILT_IN.items() if m.family == "learned"])
def test_every_learned_method_passes(name: str) -> None:
    """The learned layers keep the same contract."""
    failed = [check for check in check_method(BUILT_IN[name], (2,)) if check.status == "fail"]
    assert failed == []


def test_good_method_passes_everything() -> None:
    """A method that keeps the contract has no failure, and its numbers are reported as notes."""
    checks = found(good)
    assert list(checks) == ["key", *CHECKS]
    assert {status for status, _ in checks.values()} == {"pass", "note"}
    assert checks["constant image"] == ("note", "a constant 0.5 stays within 0")
    assert "shift (+0.000, +0.000)" in checks["sub-pixel shift"][1]


def test_default_scales_are_those_offered() -> None:
    """Without scales given, a method is checked where it claims to run."""
    any_scale = [check.scale for check in check_method(Method("m", "x", good))]
    assert sorted(set(any_scale)) == [0, 2, 3, 4]
    only = [check.scale for check in check_method(Method("m", "x", good, scales=(8,)))]
    assert set(only) == {0, 8}


def changes_input(image: Any, scale: int) -> Any:
    """Write into what was given."""
    image[0] = 0
    return good(image, scale)


def fails_when_thin(image: Any, scale: int) -> Any:
    """Reject images of one pixel."""
    if min(image.shape[:2]) == 1:
        raise ValueError("too thin")
    return good(image, scale)


def random_output(image: Any, scale: int) -> Any:
    """Return something else at each call."""
    return good(image, scale) + np.random.default_rng().random(1).astype(np.float32)


def colour_only(image: Any, scale: int) -> Any:
    """Reject grey images."""
    if image.shape[2] != 3:
        raise ValueError("needs RGB")
    return good(image, scale)


def masked(image: Any, scale: int) -> Any:
    """Say that dark pixels have no value, which a score would not know."""
    return np.ma.masked_less(good(image, scale), 0.5)


@pytest.mark.parametrize(
    ("target", "check", "detail"),
    [
        (lambda image, _scale: image, "output size", "The output has shape (16, 16, 3)"),
        (lambda image, scale: good(image, scale) > 0.5, "dtype", "The output has dtype bool"),
        (changes_input, "input untouched", "The method changed its input"),
        (fails_when_thin, "1-pixel and thin images", "at 1x1: ValueError: too thin"),
        (random_output, "deterministic", "two calls on one image differ by up to"),
        (colour_only, "grey and RGB", "ValueError: needs RGB"),
        (masked, "output size", "The output is a numpy.ma.MaskedArray; expected a numpy array of"),
        (lambda image, scale: good(image, scale) * np.nan, "deterministic", "The output has 1440"),
    ],
)
def test_broken_method_fails_the_check_that_names_it(target: Any, check: str, detail: str) -> None:
    """Each breach of the contract is found by its own check, in a sentence."""
    status, text = found(target)[check]
    assert status == "fail"
    assert text.startswith(detail)


def test_method_that_cannot_be_loaded_fails_once_per_scale() -> None:
    """A loader that raises is one failure, not a crash."""

    class Broken:
        def __init__(self, *_: Any, **__: Any) -> None:
            raise RuntimeError("no weights")

    checks = found(Broken)
    assert list(checks) == ["key", "loads"]
    assert checks["loads"][0] == "fail"
    assert checks["loads"][1].startswith("RuntimeError: no weights")


def test_float64_output_is_noted() -> None:
    """A float64 output is accepted and converted; the check says so."""
    checks = found(lambda image, scale: good(image, scale).astype(np.float64))
    assert checks["dtype"] == ("note", "returns float64; it is converted to float32")


def test_a_method_of_other_arguments_fails_once() -> None:
    """Not at each scale and check, and with the call that is expected."""
    checks = list(check_method(Method("m", "test", copy)))
    assert [(one.name, one.scale, one.status) for one in checks[1:]] == [("loads", 0, "fail")]
    assert checks[1].detail == "expected copy(image, scale), got copy(x)"


def test_shift_is_measured_in_output_pixels() -> None:
    """A method that moves the image right by one output pixel gets a finding."""
    checks = found(lambda image, scale: np.roll(good(image, scale), 1, axis=1))
    assert "shift (+0.000, +1.000) output px" in checks["sub-pixel shift"][1]


def test_luma_method_is_checked_on_luma() -> None:
    """A method that takes one channel is never given three."""

    def luma_only(image: Any, scale: int) -> Any:
        if image.shape[2] != 1:
            raise ValueError("needs luma")
        return good(image, scale)

    assert "fail" not in {status for status, _ in found(luma_only, colour="luma").values()}


# ------------------------------------------------------------------ the other kinds


def findings(checks: Any) -> dict[str, tuple[str, str]]:
    """Return (status, detail) by check, the last scale's."""
    return {check.name: (check.status, check.detail) for check in checks}


CATALOG = collect()


@pytest.mark.parametrize("name", CATALOG.metrics)
def test_every_metric_of_ours_passes(name: str) -> None:
    """What we ask of others our own metrics do."""
    found_ = [one for one in check_this(CATALOG.named(name), (2, 3)) if one.status == "fail"]
    assert found_ == []


@pytest.mark.parametrize("name", [*CATALOG.protocols, "standard", "probes"])
def test_every_protocol_and_embedded_dataset_of_ours_passes(name: str) -> None:
    """What we ask of others our own do."""
    assert [one for one in check_this(CATALOG.named(name)) if one.status == "fail"] == []


def test_a_name_that_is_nothing_is_answered_with_what_was_meant() -> None:
    """All four kinds are known to the command."""
    with pytest.raises(UnknownNameError, match="'psnr_bd'; did you mean 'psnr_db'"):
        CATALOG.named("psnr_bd")


def writes_into(reference: Any, output: Any, _scale: int) -> float:
    """Change what was given."""
    output += 1
    return float(np.abs(reference - output).mean())


@pytest.mark.parametrize(
    ("metric", "check", "problem"),
    [
        (Metric("m", lambda *_: "high"), "number", "returned a str; expected a number. Raise Metr"),
        (
            Metric("m", lambda *_: math.nan),
            "number",
            "returned NaN; expected a number. Raise Metric",
        ),
        (
            Metric("m", lambda r, o, _s: float(((r - o) ** 2).mean()), better="higher"),
            "direction",
            "a heavy error is better than none or a slight one, but higher is stated",
        ),
        (
            Metric("m", lambda r, o, _s: 5 + float(((r - o) ** 2).mean()), range=(0, 1)),
            "range",
            "5 lies outside of the stated range, 0 to 1",
        ),
        (Metric("m", lambda *_: np.random.default_rng().random()), "deterministic", "two calls"),
        (Metric("m", writes_into), "inputs untouched", "changes the images"),
        (
            Metric("m", lambda r, o, _s, data_range=1.0: float(abs(r - o).max()) + 0 * data_range),
            "data range",
            "expected equal",
        ),
    ],
)
def test_a_metric_that_breaks_the_contract_is_found_out(
    metric: Metric, check: str, problem: str
) -> None:
    """Each check fails by one way of being wrong."""
    status, detail = findings(check_metric(metric, (2,)))[check]
    assert status == "fail"
    assert problem in detail


def negated(metric: Metric) -> Metric:
    """Return a metric that is better where the other is worse."""
    opposite = {"higher": "lower", "lower": "higher"}[metric.better]
    return replace(metric, function=lambda *given: -metric.function(*given), better=opposite)  # type: ignore[arg-type]


@pytest.mark.parametrize("turned", [lambda metric: metric, negated])
def test_errors_compare_where_no_error_is_infinite(turned: Any) -> None:
    """An MSE that calls itself better where it is higher, but for equal images, is found out."""

    def error(reference: Any, output: Any, _scale: int) -> float:
        return float(((reference - output) ** 2).mean()) or math.inf

    wrong = turned(Metric("m", error, better="higher"))
    right = turned(Metric("m", lambda *given: 1 / error(*given) or math.inf, better="higher"))
    assert findings(check_metric(wrong, (2,)))["direction"][0] == "fail"
    assert findings(check_metric(right, (2,)))["direction"][0] == "pass"


def test_a_metric_of_other_arguments_says_which_are_expected() -> None:
    """The sentence has no place in our files."""
    status, detail = findings(check_metric(Metric("m", _one), (2,)))["number"]
    expected = "m: expected _one(reference, output, scale), got _one(reference)."
    assert (status, detail) == ("fail", expected)


def _one(reference: Any) -> float:
    return float(reference.mean())


def dataset_of(*items: Any) -> Dataset:
    """Return a dataset of these items."""
    return Dataset("d", lambda: items, "s", "l")


def item(image: Any, name: str = "a", digest: str = "0") -> ImageItem:
    """Return an item whose loader gives this."""
    return ImageItem(name, digest, partial(copy, image))


GREY = np.full((4, 5, 1), 0.5, np.float32)


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        (
            (GREY * 255).astype(np.uint8),
            "The image has dtype uint8; expected float32 in [0, 1]: di",
        ),
        (GREY * 300, "The image has values from 150 to 150; expected [0, 1]."),
        (GREY - 1, "The image has values from -0.5 to -0.5; expected [0, 1]."),
        (GREY * np.nan, "The image has values that are NaN or infinite; expected [0, 1]."),
        (GREY.tolist(), "The image is a list; expected a numpy array: float32 (H, W, C) in [0, 1]"),
        (GREY[:, :, 0], "The image has shape (4, 5); expected (H, W, C) with C = 1 (grey) or 3"),
        (GREY.repeat(4, axis=2), "The image has shape (4, 5, 4); expected (H, W, C)"),
        (GREY[:0], "The image has shape (0, 5, 1); expected (H, W, C)"),
        (GREY.astype(np.float64), "The image has dtype float64; expected float32 in [0, 1]."),
        (np.ma.masked_array(GREY), "The image is a numpy.ma.MaskedArray; expected a numpy array"),
    ],
)
def test_an_image_that_breaks_the_contract_is_found_out(image: Any, problem: str) -> None:
    """One sentence for each way; reading it raises the same, with the image's name."""
    status, detail = findings(check_dataset(dataset_of(item(image))))["images"]
    assert (status, f"a: {problem}" in detail) == ("fail", True)
    with pytest.raises(ImageError) as caught:
        read_image(item(image))
    assert str(caught.value).startswith(f"a: {problem}")


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        ((), "d has no images; expected at least one."),
        ((item(GREY), item(GREY)), "d has 2 images named 'a'; expected a name for each."),
        (("photo.png",), "d lists a str; expected ImageItem(name, digest, load)."),
        ((item(GREY, name=3),), "d lists an image whose name or digest is no text"),  # type: ignore[arg-type]
    ],
)
def test_a_dataset_that_breaks_the_contract_is_refused(items: Any, problem: str) -> None:
    """A run reports the same before it plans anything."""
    with pytest.raises(DatasetError) as caught:
        list_images(dataset_of(*items))
    assert str(caught.value).startswith(problem)
    assert findings(check_dataset(dataset_of(*items)))["list"][0] == "fail"


def test_a_dataset_must_be_the_same_twice() -> None:
    """A listing that changes is a failure; a loader without a name of its own is none."""
    numbers = iter("123456789")
    changing = Dataset("d", lambda: [item(GREY, next(numbers))], "s", "l")
    assert findings(check_dataset(changing))["list"][1].startswith("two listings differ")
    local = dataset_of(ImageItem("a", "0", lambda: GREY))
    assert {status for status, _ in findings(check_dataset(local)).values()} <= {"pass", "note"}


def test_the_small_image_of_a_real_pair_is_read() -> None:
    """Its size is the large one's, divided by the scale."""
    height, width, channels = GREY.shape
    small = np.zeros((height // 2, width // 2, channels), np.float32)
    whole = ImageItem("a", "0", lambda: GREY, low=lambda: small, scale=2)
    assert findings(check_dataset(dataset_of(whole)))["pairs"] == ("pass", "1 real pair")
    cut = ImageItem("a", "0", lambda: GREY, low=lambda: small[:-1], scale=2)
    status, detail = findings(check_dataset(dataset_of(cut)))["pairs"]
    assert status == "fail"
    assert f"the small image has {width // 2}x{height // 2 - 1} pixels, not" in detail
    rgb = ImageItem("a", "0", lambda: GREY, low=lambda: small.repeat(3, 2), scale=2)
    status, detail = findings(check_dataset(dataset_of(rgb)))["pairs"]
    assert status == "fail"
    assert detail.endswith("a: the small image is RGB, the large one grey")


def test_a_pair_without_a_scale_is_found_out() -> None:
    """The sentence says what is missing."""
    halves = ImageItem("a", "0", lambda: GREY, low=lambda: GREY[:2, :2])
    status, detail = findings(check_dataset(dataset_of(halves)))["pairs"]
    assert status == "fail"
    assert "a: low is given without a scale; expected that of the pair, like Ima" in detail


def failing(*_: Any) -> Any:
    """Raise what a plugin may raise."""
    raise ZeroDivisionError("mine")


@pytest.mark.parametrize(
    ("hook", "function", "said"),
    [
        ("status", failing, "d cannot say what is on this machine: ZeroDivisionError: mine"),
        ("status", lambda: "here", "d: status returned a str; expected a LocalStatus."),
        ("status", lambda: LocalStatus("p", 1, "1", 0), "expected numbers as present"),  # type: ignore[arg-type]
        ("notes", failing, "ZeroDivisionError: mine"),
        ("fetch", lambda: None, "expected <lambda>(progress), got <lambda>()"),
    ],
)
def test_what_a_dataset_says_of_itself_is_checked(hook: str, function: Any, said: str) -> None:
    """Each function that a run would call fails under its own name, and raises nothing here."""
    checks = findings(check_dataset(replace(dataset_of(item(GREY)), **{hook: function})))
    assert checks[hook][0] == "fail"
    assert said in checks[hook][1]


def test_a_check_downloads_nothing() -> None:
    """A download is not tried, which the table says; what is said of a whole set passes."""
    state = LocalStatus("folder", 1, 1, 0)
    hooks: Any = {"fetch": failing, "status": lambda: state, "notes": lambda: ["A sentence."]}
    checks = findings(check_dataset(replace(dataset_of(item(GREY)), **hooks)))
    assert checks["fetch"] == ("note", "not called: a check downloads nothing")
    assert checks["notes"] == ("pass", "1 sentence")
    assert {status for status, _ in checks.values()} == {"pass", "note"}


def test_an_image_that_is_read_is_the_readers_own() -> None:
    """What a plugin does to its array afterwards changes nothing."""
    mine = GREY.copy()
    read = read_image(ImageItem("a", "0", lambda: mine))
    mine[:] = 0
    assert read.min() == 0.5


class Strange:  # its steps need no scale
    """A protocol whose every step is good."""

    def reference(self, image: Any, scale: int) -> Any:
        """Crop."""
        height, width = (side // scale * scale for side in image.shape[:2])
        return np.rint(image[:height, :width] * 255).astype(np.uint8)

    def degrade(self, pixels: Any, scale: int) -> Any:
        """Take every s-th pixel."""
        return (pixels[::scale, ::scale] / 255).astype(np.float32)

    def finish(self, output: Any, scale: int) -> Any:  # noqa: ARG002
        """Clip and round."""
        return np.rint(output.clip(0, 1) * 255).astype(np.uint8)

    def score(self, pixels: Any, scale: int) -> Any:  # noqa: ARG002
        """Compare all."""
        return pixels / 255


@pytest.mark.parametrize(
    ("step", "wrong", "check", "problem"),
    [
        ("reference", lambda _self, image, _s: image, "steps", "reference gives float32"),
        ("degrade", lambda _self, pixels, _s: pixels / 255.0, "steps", "degrade gives float64"),
        ("finish", lambda _self, output, _s: output, "steps", "finish gives float32"),
        (
            "finish",
            lambda _self, output, _s: np.rint(output * 255).astype(np.int64).astype(np.uint8),
            "output",
            "values of -2 and 3 become",
        ),
        ("score", lambda _self, pixels, _s: pixels, "score", "score gives uint8"),
        ("score", lambda _self, pixels, _s: pixels * 1.0, "score", "score gives values from"),
    ],
)
def test_a_protocol_that_breaks_the_contract_is_found_out(
    step: str, wrong: Any, check: str, problem: str
) -> None:
    """Each step has its own way of being wrong; the good one passes."""
    good_one = ScoringProtocol("p", Strange, "p|v1")
    assert {one.status for one in check_protocol(good_one, (2, 3))} == {"pass", "note"}
    broken = ScoringProtocol("p", type("Broken", (Strange,), {step: wrong}), "p|v1")
    status, detail = findings(check_protocol(broken, (2,)))[check]
    assert (status, problem in detail) == ("fail", True)


def test_a_protocol_of_other_arguments_fails_once() -> None:
    """Not at each scale, and with the calls that are expected."""
    steps = {"degrade": lambda _self, pixels: pixels}
    broken = ScoringProtocol("p", type("Broken", (Strange,), steps), "p|v1")
    _, found_ = check_protocol(broken, (2, 3))
    assert (found_.name, found_.status) == ("steps", "fail")
    assert found_.detail == "expected <lambda>(pixels, scale), got <lambda>(pixels)"


# ------------------------------------------------------------------ what check did not see


def test_a_method_that_returns_0_to_255_is_found_out() -> None:
    """The check and the row's note say that values lie outside, and by how much."""
    status, detail = found(lambda image, scale: good(image, scale) * np.float32(255))["range"]
    assert status == "fail"
    assert detail.startswith("The output's values reach from ")
    assert "outside of [0, 1] by up to 2" in detail
    assert range_note(np.full((2, 2, 1), 1.2, np.float32)) == ""


def test_a_luma_method_must_not_drop_channels_silently() -> None:
    """Given RGB it raises or enlarges it."""

    def first_only(image: Any, scale: int) -> Any:
        return good(image[:, :, :1], scale)

    def picky(image: Any, scale: int) -> Any:
        if image.shape[2] != 1:
            raise ValueError("luma only")
        return good(image, scale)

    assert found(first_only, colour="luma")["grey and RGB"] == (
        "fail",
        "given RGB it returned shape (24, 20, 1); expected an error: it takes luma",
    )
    assert found(picky, colour="luma")["grey and RGB"][0] == "pass"


def test_the_key_is_listed() -> None:
    """What a cell depends on, so that a reader knows what makes it run again."""
    status, detail = found(good, file=__file__, backend="numpy")["key"]
    assert status == "note"
    assert "test_checks.py" in detail
    assert f"numpy {np.__version__}" in detail
