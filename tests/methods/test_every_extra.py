"""What every method of an optional library keeps, and how extras are listed and chosen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from claims import need
from random_images import noise

from upbench.benchmark.core.contract import Method, method
from upbench.benchmark.core.errors import MissingExtraError, PluginMetadataError
from upbench.benchmark.engine.manifest import not_installed
from upbench.benchmark.engine.runner import Request
from upbench.benchmark.registry import extras
from upbench.benchmark.registry.catalog import Catalog, collect
from upbench.benchmark.registry.checks import check_method
from upbench.benchmark.registry.listing import listing
from upbench.benchmark.report.page.origin import describe_origin

CATALOG = collect()
ON_REQUEST = {name: one for name, one in CATALOG.methods.items() if not one.default}
MODULES = {
    "onnxruntime": ("onnx", "onnxruntime"),
    "pyvips": ("pyvips",),
    "simpleitk": ("SimpleITK",),
}
"""What each distribution is imported as, where that is not its name."""


def without(extra: str) -> Catalog:
    """Return the catalog as it is where the libraries of an extra are not installed."""
    gone = {
        name: replace(one, backend="no-such-library") if one.extra == extra else one
        for name, one in CATALOG.methods.items()
    }
    return replace(CATALOG, methods=gone)


@pytest.mark.parametrize("name", ON_REQUEST)
def test_keeps_the_contract(name: str) -> None:
    """The public checks pass, on odd, thin and one-pixel images too."""
    one = ON_REQUEST[name]
    for module in MODULES.get(one.backend, (one.backend,)):
        need(module)
    scales = (3,) if one.offers(3) else one.scales
    assert [check for check in check_method(one, scales) if check.status == "fail"] == []


@pytest.mark.parametrize("name", ON_REQUEST)
def test_what_lies_outside_the_range_is_no_other_level(name: str) -> None:
    """Shrinking overshoots [0, 1]; a library of integers must clip that, not wrap it around."""
    one = ON_REQUEST[name]
    for module in MODULES.get(one.backend, (one.backend,)):
        need(module)
    for level in (-0.01, 1.01):
        got = one.load(2)(np.full((12, 12, 3), level, np.float32))
        np.testing.assert_allclose(got[8:-8, 8:-8], level, rtol=0, atol=0.02)


@pytest.mark.parametrize("name", [n for n, m in ON_REQUEST.items() if m.any_size])
def test_makes_any_size(name: str) -> None:
    """Larger, smaller and the axes apart: float32 of the size that was asked for."""
    one = ON_REQUEST[name]
    for module in MODULES.get(one.backend, (one.backend,)):
        need(module)
    for before, after in (((13, 17), (20, 26)), ((13, 17), (5, 6)), ((12, 9), (18, 3))):
        got = one.load_any_size()(noise(*before, 3), after)
        assert (got.shape, got.dtype) == ((*after, 3), np.float32)
        assert np.isfinite(got).all()


@pytest.mark.parametrize("name", ON_REQUEST)
def test_says_what_it_does(name: str) -> None:
    """Kernel, sampling, edge rule, source and parameters are all stated."""
    one = ON_REQUEST[name]
    stated = (one.kernel, one.source, one.sampling != "unknown", one.edge != "unknown")
    assert all(stated)
    assert one.parameters == 0


@pytest.mark.parametrize("name", [n for n, m in ON_REQUEST.items() if m.library_8bit])
def test_the_eight_bit_path_is_the_float_path_within_two_levels(name: str) -> None:
    """On a smooth image rounding after each axis costs two levels at most; uint8 stays uint8."""
    one = ON_REQUEST[name]
    for module in MODULES.get(one.backend, (one.backend,)):
        need(module)
    rows, columns = np.mgrid[:14, :17]
    levels = (128 + 50 * np.sin(rows / 4) * np.cos(columns / 5))[:, :, None].astype(np.uint8)
    assert one.library_8bit is not None
    got = one.library_8bit(levels, 2)
    exact = 255 * one.load(2)(levels / np.float32(255))
    assert (got.dtype, got.shape) == (np.uint8, (28, 34, 1))
    assert np.abs(got - exact).max() <= 2


def test_default_methods_are_those_of_before() -> None:
    """A run that names no methods takes no extra, whether or not its library is installed."""
    default = [one.name for one in CATALOG.default_methods()]
    assert default == [name for name in CATALOG.methods if name not in ON_REQUEST]
    assert {"bicubic", "opencv-cubic", "torch-bicubic"} <= {*default}
    assert not {one.extra for one in CATALOG.default_methods()} - {""}


def test_a_hundred_methods_of_eleven_libraries() -> None:
    """The suite with its extras compares this much."""
    interpolations = [m for m in CATALOG.methods.values() if m.family != "learned"]
    assert len(interpolations) >= 100
    assert len({one.backend for one in interpolations}) >= 11


@pytest.mark.parametrize("pattern", ["all", "*"])
def test_all_takes_extras_that_are_installed(pattern: str) -> None:
    """Everything that can run is one word; what is not installed is left out without an error."""
    chosen = {one.name for one in without("onnx").choose_methods([pattern])}
    installed = {n for n, one in CATALOG.methods.items() if extras.is_installed(one)}
    assert chosen == {n for n in installed if CATALOG.methods[n].extra != "onnx"}
    assert "torch-uint8-bicubic" in chosen


def test_exclusion_alone_takes_away_from_the_default() -> None:
    """``!opencv-*`` means what it meant before there were extras."""
    chosen = [one.name for one in CATALOG.choose_methods(["!opencv-*"])]
    expected = [m.name for m in CATALOG.default_methods() if not m.name.startswith("opencv-")]
    assert chosen == expected


def test_an_extra_may_be_excluded_where_it_is_missing() -> None:
    """The same command runs with and without a library."""
    chosen = [one.name for one in without("onnx").choose_methods(["bicubic", "!onnx-*"])]
    assert chosen == ["bicubic"]


@pytest.mark.parametrize("asked", ["onnx-linear", "onnx-*"])
def test_a_missing_library_is_one_sentence_with_the_command(asked: str) -> None:
    """Who asks for a method of a missing extra reads how to add it."""
    with pytest.raises(MissingExtraError) as raised:
        without("onnx").choose_methods([asked])
    assert str(raised.value).endswith(
        "needs no-such-library, which is not installed; add it with: pip install 'upbench[onnx]'"
    )


def test_the_list_says_what_is_missing_and_how_to_add_it() -> None:
    """Methods that cannot run are not listed; below stands what each extra would add."""
    table = listing(without("onnx"), "methods")
    names = [row[0] for row in table.written()]
    assert not [name for name in names if name.startswith("onnx-")]
    number = sum(one.extra == "onnx" for one in CATALOG.methods.values())
    assert (
        f"no-such-library is not installed: {number} methods more with pip install 'upbench[onnx]'"
    ) in table.notes
    said = dict(zip(names, (row[-1] for row in table.written()), strict=True))
    assert (said["bicubic"], said["torch-uint8-bicubic"]) == ("always", "on request")


def test_every_extra_has_a_set_of_packages() -> None:
    """Each name that a method gives as its extra is in pyproject.toml, in "libraries" too."""
    import tomllib

    text = Path(__file__).parents[2].joinpath("pyproject.toml").read_text(encoding="utf-8")
    known = tomllib.loads(text)["project"]["optional-dependencies"]
    named = {one.extra for one in CATALOG.methods.values()} - {""}
    assert known["libraries"] == [f"upbench[{','.join(_listed(known['libraries'][0]))}]"]
    assert named == {*_listed(known["libraries"][0])}
    assert named <= known.keys()


def _listed(requirement: str) -> list[str]:
    return requirement.partition("[")[2].rstrip("]").split(",")


@pytest.mark.parametrize("wrong", ["two words", "Onnx", "a]b", 3])
def test_an_extra_is_a_plain_name(wrong: object) -> None:
    """It is written into a command, so it is checked."""
    with pytest.raises(PluginMetadataError, match="extra must be lower-case letters"):
        method("m", family="f", extra=wrong)  # type: ignore[arg-type]


def test_an_extra_is_never_a_default() -> None:
    """A method whose library may be missing is not what a run takes unasked."""
    described = method("m", family="f", extra="onnx", default=True)(lambda image, _: image)
    found = [one for one in vars(described).values() if isinstance(one, Method)]
    assert [one.default for one in found] == [False]


def test_a_note_for_one_method_is_in_the_singular() -> None:
    """Wording."""
    one = Method("m", "f", noise, backend="no-such-library", extra="x")
    assert extras.missing_extras([one]) == (
        "no-such-library is not installed: 1 method more with pip install 'upbench[x]'",
    )


@pytest.mark.parametrize(
    ("asked", "count"), [("all", 1), ("bicubic,all", 1), ("bicubic", 0), ("", 0)]
)
def test_a_run_of_all_methods_names_what_is_not_installed(asked: str, count: int) -> None:
    """Each with the command that adds it, in the run and on its page; other runs miss nothing."""
    one = Method("m", "f", noise, backend="no-such-library", extra="x")
    plan: Any = SimpleNamespace(
        request=Request(methods=asked), catalog=SimpleNamespace(methods={"m": one})
    )
    found = not_installed(plan)
    assert len(found) == count
    assert describe_origin({"not_installed": [*found]}).not_installed == found
    assert describe_origin({"not_installed": "tensorflow"}).not_installed == ()
