"""The public contract checks, on every built-in method and on methods that break each one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from upbench.benchmark.core.contract import Method
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.registry.checks import CHECKS, check_method

BUILT_IN = collect().methods


def good(image: Any, scale: int) -> Any:
    """Enlarge by repeating pixels."""
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


def found(target: Any, scale: int = 2, **fields: Any) -> dict[str, tuple[str, str]]:
    """Return (status, detail) by check."""
    method = Method("m", "interpolation", target, **fields)
    return {check.name: (check.status, check.detail) for check in check_method(method, (scale,))}


@pytest.mark.parametrize("name", [n for n, m in BUILT_IN.items() if m.family == "interpolation"])
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
    assert list(checks) == list(CHECKS)
    assert {status for status, _ in checks.values()} == {"pass", "note"}
    assert checks["constant image"] == ("note", "a constant 0.5 stays within 0")
    assert "shift (+0.000, +0.000)" in checks["sub-pixel shift"][1]


def test_default_scales_are_those_offered() -> None:
    """Without scales given, a method is checked where it claims to run."""
    any_scale = [check.scale for check in check_method(Method("m", "x", good))]
    assert sorted(set(any_scale)) == [2, 3, 4]
    only = [check.scale for check in check_method(Method("m", "x", good, scales=(8,)))]
    assert set(only) == {8}


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


@pytest.mark.parametrize(
    ("target", "check", "detail"),
    [
        (lambda image, _scale: image, "output size", "The output has shape (16, 16, 3)"),
        (lambda image, scale: good(image, scale) > 0.5, "dtype", "The output has dtype bool"),
        (changes_input, "input untouched", "The method changed its input"),
        (fails_when_thin, "1-pixel and thin images", "at 1x1: ValueError: too thin"),
        (random_output, "deterministic", "two calls on one image differ by up to"),
        (colour_only, "grey and RGB", "ValueError: needs RGB"),
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
    assert list(checks) == ["loads"]
    assert checks["loads"][0] == "fail"
    assert checks["loads"][1].startswith("RuntimeError: no weights")


def test_float64_output_is_noted() -> None:
    """A float64 output is accepted and converted; the check says so."""
    checks = found(lambda image, scale: good(image, scale).astype(np.float64))
    assert checks["dtype"] == ("note", "returns float64; it is converted to float32")


def test_shift_is_measured_in_output_pixels() -> None:
    """A method that moves the image right by one output pixel is told so."""
    checks = found(lambda image, scale: np.roll(good(image, scale), 1, axis=1))
    assert "shift (+0.000, +1.000) output px" in checks["sub-pixel shift"][1]


def test_luma_method_is_checked_on_luma() -> None:
    """A method that takes one channel is never given three."""

    def luma_only(image: Any, scale: int) -> Any:
        if image.shape[2] != 1:
            raise ValueError("needs luma")
        return good(image, scale)

    assert "fail" not in {status for status, _ in found(luma_only, colour="luma").values()}
