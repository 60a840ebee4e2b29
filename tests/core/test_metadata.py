"""Metadata: nothing is taken that a table, a terminal or another process could not hold."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest

from upbench.benchmark.core.contract import (
    ATTRIBUTE,
    dataset,
    description_of,
    method,
    metric,
    protocol,
    without_code,
)
from upbench.benchmark.core.errors import PluginMetadataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MEGABYTE = "x" * 1_000_000


def refused(call: Callable[[], Any]) -> str:
    """Return the sentence of a refusal."""
    with pytest.raises(PluginMetadataError) as caught:
        call()
    sentence = str(caught.value)
    assert len(sentence) < 400
    sentence.encode()  # no lone surrogate gets out
    assert sentence.isprintable()
    return sentence


@pytest.mark.parametrize("field", ["source", "backend", "kernel", "family", "snippet"])
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (3, "must be "),
        (b"bytes", "must be "),
        (MEGABYTE, "must have at most 1000 characters; got 1000000."),
        ("a\ud800b", "must be one line of text without control characters"),
        ("two\nlines", "must be one line of text without control characters"),
        ("\x1b[2J", "must be one line of text without control characters"),
    ],
)
def test_a_methods_texts_are_checked(field: str, value: Any, problem: str) -> None:
    """Numbers, a megabyte, lone surrogates and control characters are refused in one sentence."""
    sentence = refused(lambda: method("m", **{"family": "test", field: value}))
    assert sentence.startswith(f"m: {field} {problem}")


@pytest.mark.parametrize("name", [MEGABYTE, "a\ud800", 5, "a\n"])
@pytest.mark.parametrize("kind", [method, dataset, metric, protocol])
def test_every_name_is_checked_and_repeated_in_short(kind: Any, name: Any) -> None:
    """What was given may be a megabyte."""
    needed = {method: {"family": "f"}, protocol: {"signature": "s"}}
    more = needed.get(kind, {"source": "s", "licence": "l"} if kind is dataset else {})
    assert refused(lambda: kind(name, **more)).startswith(f"A {kind.__name__}'s name must be")


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: method("m", family="f", clips="yes"), "clips must be True or False"),
        (lambda: method("m", family="f", eight_bit=3), "eight_bit must be a function or None"),
        (lambda: method("m", family="f", parameters=-1), "parameters must be a whole number of"),
        (lambda: method("m", family="f", parameters=2**64), "parameters must be a whole number"),
        (lambda: method("m", family="f", colour=["any"]), "colour must be one of any, luma, rgb"),
        (lambda: dataset("d", source=1, licence="l"), "source must be text, got 1."),
        (lambda: dataset("d", source="s", licence="l", fetch="f"), "fetch must be a function"),
        (lambda: metric("m", better="up"), "better must be one of higher, lower, none"),
        (lambda: metric("m", unit=""), "unit must be a word"),
        (lambda: metric("m", version=0), "version must be a whole number from 1 up"),
        (lambda: metric("m", version="2"), "version must be a whole number from 1 up"),
        (lambda: metric("m", headline=1), "headline must be True or False"),
        (lambda: metric("m", format=",.0f"), "format must be a format for numbers like"),
        (lambda: metric("m", format="%.2f"), "format must be a format for numbers like"),
        (lambda: metric("m", format=".999f"), "format must be a format for numbers like"),
        (lambda: metric("m", range=(1, 0)), "range must be the lowest and the highest value"),
        (lambda: metric("m", range=3), "range must be the lowest and the highest value"),
        (lambda: metric("m", heading="a\tb"), "heading must be one line of text"),
        (lambda: protocol("p", signature=MEGABYTE), "signature must have at most 1000"),
        (lambda: protocol("p", signature="s", eight_bit=None), "eight_bit must be True or False"),
    ],
)
def test_every_other_field_is_checked(call: Any, problem: str) -> None:
    """One sentence says which field, what is expected and what came."""
    assert problem in refused(call)


@pytest.mark.parametrize(
    ("weights", "problem"),
    [
        ("/dev/zero", "m: weights must be paths below the folder of the method's own file"),
        ("../secret.npz", "m: weights must be paths below the folder of the method's own file"),
        (3, "m: weights must be file names, like ('weights.npz',); got 3."),
        ((3,), "m: weights must be a word, got 3."),
        ("a\ud800", "m: weights must be one line of text without control characters"),
        ("folder", "m: weights must be regular files; 'folder' is none."),
        ("zero", "m: weights must be regular files; 'zero' is none."),
    ],
)
def test_weights_are_regular_files_below_the_plugin(
    weights: Any, problem: str, tmp_path: Path
) -> None:
    """A device would never end, a folder cannot be hashed."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "zero").symlink_to("/dev/zero")
    file = tmp_path / "plugin.py"
    code = compile("def run(image, scale): return image", str(file), "exec")
    namespace: dict[str, Any] = {}
    exec(code, namespace)  # noqa: S102 - a function of another file
    assert refused(lambda: method("m", family="f", weights=weights)(namespace["run"])).startswith(
        problem
    )


def test_weights_that_are_not_there_yet_are_taken() -> None:
    """Loading says that they are missing; ``upbench check`` does, too."""

    def run(image: Any, _scale: int) -> Any:
        return image

    method("m", family="f", weights="later.npz")(run)
    assert getattr(run, ATTRIBUTE).weights == ("later.npz",)


@method("loaded", family="test", eight_bit=lambda image, _scale: image)
class Loaded:
    """A method with state."""


def test_metadata_cross_a_process_without_their_code() -> None:
    """They can be pickled, say what they said, and raise where they are called."""

    @metric("m", unit="dB")
    def function(*_: Any) -> float:
        return 0.0

    @dataset("d", source="s", licence="l", status=lambda: None)  # type: ignore[arg-type, return-value]
    def items() -> tuple[()]:
        return ()

    for target in (Loaded, function, items):
        described = description_of(target)
        assert described is not None
        back = pickle.loads(pickle.dumps(without_code(described)))  # noqa: S301 - our own
        assert (back.name, back.file) == (described.name, described.file)
    back = without_code(description_of(Loaded))  # type: ignore[type-var]
    assert back.is_loader
    assert back.eight_bit is not None
    with pytest.raises(NotImplementedError, match="Only the metadata of this plugin are here"):
        back.load(2)


@pytest.mark.parametrize("snippet", ["resize(image)", "1 +", "import cv2", "scale", "a; b"])
def test_a_snippet_must_be_an_expression_of_image_and_scale(snippet: str) -> None:
    """What could not be copied and run is refused, with an example."""
    assert refused(lambda: method("m", family="test", snippet=snippet)) == (
        "m: snippet must be a Python expression of image and scale, like "
        f"'cv2.resize(image, None, fx=scale, fy=scale)'; got {snippet!r}."
    )


def test_the_librarys_8bit_path_must_be_a_function() -> None:
    """Its absence is None."""
    sentence = refused(lambda: method("m", family="test", library_8bit=8))  # type: ignore[arg-type]
    assert sentence == "m: library_8bit must be a function or None; got 8."
