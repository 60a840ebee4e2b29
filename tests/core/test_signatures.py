"""How functions of plugins are called, found out without a call."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from upbench.benchmark.core.contract import Layer, Method, Metric
from upbench.benchmark.core.errors import MethodError, PluginMetadataError, UsageError
from upbench.benchmark.core.signatures import misfit


def takes_one(image: Any) -> Any:
    """Take too little."""
    return image


class WithoutDevice:
    """A loader that does not know where it runs."""

    def __init__(self, scale: int) -> None:
        self.scale = scale


class WithoutImage:
    """A loader whose call takes nothing."""

    def __init__(self, scale: int, device: str = "cpu") -> None:
        self.scale, self.device = scale, device

    def __call__(self) -> None:
        """Take nothing."""


class Uncallable(WithoutDevice):
    """A loader of what is no function."""

    def __init__(self, scale: int, device: str = "cpu") -> None:  # noqa: ARG002
        super().__init__(scale)


@functools.wraps(takes_one)
def adapted(image: Any, _scale: int) -> Any:
    """Take two, in the name of a function that takes one."""
    return takes_one(image)


@pytest.mark.parametrize(
    "function",
    [
        lambda image, scale: (image, scale),
        lambda *given: given,
        lambda image, scale, order=3: (image, scale, order),
        functools.partial(lambda order, image, scale: (order, image, scale), 1),
        adapted,
        max,
        dict,
    ],
)
def test_what_can_be_called_is_taken(function: Any) -> None:
    """Also where Python does not know the parameters, or a decorator passes on fewer."""
    assert misfit(function, "image", "scale") == ""


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (takes_one, "m: expected takes_one(image, scale), got takes_one(image)."),
        (
            WithoutDevice,
            "m: expected WithoutDevice(scale, device='cpu'), got WithoutDevice(scale).",
        ),
        (WithoutImage, "m: expected __call__(image), got __call__()."),
        (Uncallable, "m: expected __call__(image), got an object that cannot be called."),
    ],
)
def test_a_method_that_is_called_otherwise_is_not_loaded(target: Any, said: str) -> None:
    """The sentence has the call that is expected, and no place in our files."""
    with pytest.raises(MethodError) as caught:
        Method("m", "test", target).load(2)
    assert str(caught.value) == said


def test_a_method_of_any_size_is_called_with_one() -> None:
    """By its own words."""
    with pytest.raises(MethodError, match=r"expected takes_one\(image, size\)"):
        Method("m", "test", takes_one, any_size=True).load(2)


def test_other_kinds_say_what_is_expected() -> None:
    """The 8-bit path, a metric, a layer."""
    method = Method("m", "test", max, eight_bit=takes_one)
    with pytest.raises(MethodError, match=r"expected takes_one\(image, scale\), got takes_one\("):
        method.run_8bit(None, 2)  # type: ignore[arg-type]
    metric = Metric("m", takes_one)
    with pytest.raises(PluginMetadataError, match=r"m: expected takes_one\(reference, output, sc"):
        metric.score(None, None, 2)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"m: expected takes_one\(in_channels, out_channels, sc"):
        Layer("m", takes_one).build(1, 1, 2)  # type: ignore[arg-type]


def test_a_type_error_of_the_function_itself_stays() -> None:
    """It is no matter of how the function is called."""
    metric = Metric("m", lambda r, o, _s: r + o)
    with pytest.raises(TypeError, match="unsupported operand"):
        metric.score(None, None, 2)  # type: ignore[arg-type]
