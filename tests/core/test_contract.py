"""The contract: decorators attach metadata and change nothing else."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import Any

import numpy as np
import pytest

from upbench.benchmark.core.contract import (
    ATTRIBUTE,
    Dataset,
    Method,
    dataset,
    description_of,
    layer,
    method,
    metric,
)
from upbench.benchmark.core.errors import PluginMetadataError, UnsupportedScaleError


@method("doubler", family="interpolation", scales=(4, 2, 2), source="me, 2026")
def doubler(image: Any, scale: int) -> Any:
    """Repeat every pixel."""
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


@method("loader", family="learned")
class Loader:
    """Remember what it was loaded with."""

    def __init__(self, scale: int, device: str = "cpu") -> None:
        self.loaded = (scale, device)

    def __call__(self, image: Any) -> Any:
        """Return the image as it is."""
        return image


def described(target: Any) -> Method:
    """Return the attached metadata."""
    found = getattr(target, ATTRIBUTE)
    assert isinstance(found, Method)
    return found


def test_decorated_function_stays_callable() -> None:
    """A decorated function runs as it did before."""
    assert doubler(np.ones((2, 3, 1)), 2).shape == (4, 6, 1)


def test_metadata_are_frozen_and_complete() -> None:
    """The metadata name the file, sort the scales and cannot be changed."""
    found = described(doubler)
    assert (found.name, found.family, found.scales) == ("doubler", "interpolation", (2, 4))
    assert found.file == __file__
    with pytest.raises(AttributeError):
        found.name = "other"  # type: ignore[misc]


def test_function_is_loaded_as_a_call_at_one_scale() -> None:
    """Loading a plain function binds the scale."""
    assert described(doubler).load(4)(np.ones((2, 2, 1), dtype=np.float32)).shape == (8, 8, 1)


def test_class_is_loaded_with_scale_and_device() -> None:
    """Loading a class makes an instance, once, for a scale and a device."""
    assert described(Loader).is_loader
    loaded: Any = described(Loader).load(3, device="cuda")
    assert loaded.loaded == (3, "cuda")


def test_scale_that_is_not_offered_is_refused() -> None:
    """The error names the method, what it offers and what was asked for."""
    with pytest.raises(UnsupportedScaleError, match=r"^doubler offers x2, x4, not x3\.$"):
        described(doubler).load(3)


@pytest.mark.parametrize("name", ["My Upsampler", "", "UP", "a--b", "-a", "a/b", None, 3])
def test_bad_name_is_refused(name: Any) -> None:
    """A name that could not be typed or written as a file is refused in one sentence."""
    with pytest.raises(PluginMetadataError) as caught:
        method(name, family="interpolation")
    assert str(caught.value) == (
        "A method's name must be lower-case letters and digits joined by hyphens, "
        f"like 'my-method'; got {name!r}."
    )


@pytest.mark.parametrize("scales", [(1,), (2, 17), (2.0,), (), 2, ("2",), (True,)])
def test_bad_scales_are_refused(scales: Any) -> None:
    """Scales that the suite cannot run are refused in one sentence."""
    with pytest.raises(PluginMetadataError, match="scales must be whole numbers from 2 to 16"):
        method("m", family="interpolation", scales=scales)


def test_unknown_sampling_is_refused() -> None:
    """The error lists what sampling can be."""
    with pytest.raises(PluginMetadataError, match="one of half-pixel, align-corners"):
        method("m", family="interpolation", sampling="centre")  # type: ignore[arg-type]


def test_family_must_be_a_word() -> None:
    """A method without a family could not be listed by it."""
    with pytest.raises(PluginMetadataError, match=r"^m: family must be a word, got ''\.$"):
        method("m", family="")


@pytest.mark.parametrize(
    "decorate",
    [
        lambda: dataset("Bad Name", source="s", licence="l"),
        lambda: metric("Bad Name", unit="dB", better="higher"),
    ],
)
def test_other_plugins_names_are_checked_too(decorate: Any) -> None:
    """Datasets and metrics follow the same rule."""
    with pytest.raises(PluginMetadataError, match="'Bad Name'"):
        decorate()


@pytest.mark.parametrize("target", [5, None, [], len, int, property(len)])
def test_what_holds_no_metadata_is_refused(target: Any) -> None:
    """A built-in function, and what is no function at all."""
    for decorator in (
        method("mine", family="test"),
        metric("mine"),
        layer("mine"),
        dataset("mine", source="s", licence="l"),
    ):
        with pytest.raises(PluginMetadataError, match="mine: expected a function or class of Pyt"):
            decorator(target)


def test_a_function_is_of_one_kind() -> None:
    """The second kind would take the place of the first without a word."""
    with pytest.raises(PluginMetadataError, match="again: this is described already, as 'once'"):

        @metric("again")
        @method("once", family="test")
        def both(image: Any, scale: int) -> Any:
            return image


def test_a_decorator_above_is_part_of_what_is_described() -> None:
    """A function around a class makes its objects: there the class is what is described."""

    def around(target: Any) -> Any:
        @wraps(target)
        def call(*given: Any, **named: Any) -> Any:
            return target(*given, **named)

        return call

    wrapper = around(doubler)
    expected = replace(described(doubler), target=wrapper)
    assert description_of(wrapper) == expected
    assert description_of(around(Loader)) is described(Loader)
    assert described(method("renamed", family="test")(wrapper)).name == "renamed"
    assert described(doubler).name == "doubler"


def test_one_sentence_for_several_is_a_list_of_one() -> None:
    """Its letters are no sentences."""

    @dataset("d", source="s", licence="l", caveats="Few images.", notes=lambda: "One is dark.")
    def items() -> list[Any]:
        return []

    described = description_of(items)
    assert isinstance(described, Dataset)
    assert described.caveats == ("Few images.",)
    assert described.notes is not None
    assert list(described.notes()) == ["One is dark."]


@pytest.mark.parametrize("given", [5, ["a", 5], b"a", None])
def test_what_is_no_sentence_is_refused(given: Any) -> None:
    """As caveats at once, as notes when they are asked for."""
    with pytest.raises(PluginMetadataError, match=r"d: caveats must be sentences, like .*; got "):
        dataset("d", source="s", licence="l", caveats=given)

    @dataset("d", source="s", licence="l", notes=lambda: given)
    def items() -> list[Any]:
        return []

    described = description_of(items)
    assert isinstance(described, Dataset)
    assert described.notes is not None
    with pytest.raises(PluginMetadataError, match=r"d: notes must be sentences, like .*; got "):
        described.notes()
