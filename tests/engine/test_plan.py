"""The plan: names in, cells out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from upbench.benchmark.core.contract import ImageItem, Method, Metric
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.sizes import Ratio
from upbench.benchmark.core.text import split_names
from upbench.benchmark.engine.plan import (
    PICTURED_IMAGES,
    batches,
    check_scales,
    check_whole_scales,
    plan,
)
from upbench.benchmark.registry.catalog import built_in_protocols

if TYPE_CHECKING:
    from pathlib import Path

    from upbench.benchmark.core.contract import Scale


def never(*_: Any) -> Any:
    """Stand for what a plan must not call."""
    raise AssertionError("a plan runs nothing")


def method(name: str = "m", **fields: Any) -> Method:
    """Return a method that must not be run."""
    return Method(name=name, family="interpolation", target=never, file=__file__, **fields)


def item(name: str = "i", digest: str = "d") -> ImageItem:
    """Return an image that must not be read."""
    return ImageItem(name, digest, never)


METRIC = Metric("psnr_db", never, "dB", "higher", file=__file__)
CLASSIC = built_in_protocols()["y-classic"]


def keys(
    methods: Any = None, images: Any = None, metrics: Any = (METRIC,), **rest: Any
) -> list[str]:
    """Return the keys of a plan of one method on one image, but for what is given."""
    scales, protocols = rest.get("scales", (2,)), rest.get("protocols", (CLASSIC,))
    cells = plan(methods or [method()], images or [("set", item())], scales, protocols, metrics)
    return [cell.key for cell in cells]


def test_every_combination_is_a_cell_image_by_image() -> None:
    """Cells come image by image, then scale, protocol and method, and nothing is run or read."""
    images = [("set", item("a")), ("set", item("b"))]
    protocols = [CLASSIC, built_in_protocols()["rgb8"]]
    cells = plan([method("m"), method("n")], images, [2, 3], protocols, [METRIC])
    assert len(cells) == 16
    assert [cell.image for cell in cells] == ["a"] * 8 + ["b"] * 8
    assert [cell.method for cell in cells[:4]] == ["m", "n", "m", "n"]
    assert len({cell.identity for cell in cells}) == 16


def test_equal_plans_have_equal_keys() -> None:
    """The key of a cell depends on nothing but its content."""
    assert keys() == keys()


@pytest.mark.parametrize(
    "changed",
    [
        {"methods": [method("n")]},
        {"methods": [method(backend="scipy")]},
        {"images": [("set", item(digest="other"))]},
        {"scales": (3,)},
        {"protocols": (built_in_protocols()["rgb8"],)},
        {"metrics": (Metric("psnr_db", never, "dB", "higher", version=2, file=__file__),)},
        {"metrics": ()},
    ],
)
def test_key_changes_with_everything_a_result_depends_on(changed: dict[str, Any]) -> None:
    """Method, library, image, scale, protocol and metrics are all part of the key."""
    assert keys(**changed) != keys()


def test_other_weights_are_another_result(tmp_path: Path) -> None:
    """The content of the files that a method says it loads is part of the key; so is their lack."""
    plugin, weights = tmp_path / "plugin.py", tmp_path / "net.safetensors"
    plugin.write_text("x = 1\n")
    learned = replace(method(weights=("net.safetensors",)), file=str(plugin))
    missing = keys(methods=[learned])
    weights.write_bytes(b"one")
    first = keys(methods=[learned])
    assert keys(methods=[learned]) == first
    weights.write_bytes(b"two")
    assert len({*missing, *first, *keys(methods=[learned])}) == 3


def test_dataset_name_is_not_in_the_key_but_in_the_identity() -> None:
    """The same image of two datasets is two rows."""
    cells = plan([method()], [("one", item()), ("two", item())], [2], [CLASSIC], [METRIC])
    assert cells[0].key == cells[1].key
    assert cells[0].identity != cells[1].identity


def test_scale_that_a_method_does_not_offer_is_skipped_with_the_reason() -> None:
    """The cell stays in the plan and says why it is not run."""
    (cell,) = plan([method(scales=(2, 4))], [("set", item())], [3], [CLASSIC], [METRIC])
    assert cell.skip == "m does not offer x3, only x2, x4."


def test_only_the_first_images_of_a_dataset_are_pictured() -> None:
    """Large datasets do not fill the disk with crops."""
    images = [("set", item(str(n))) for n in range(PICTURED_IMAGES + 2)]
    cells = plan([method()], images, [2], [CLASSIC], [METRIC])
    assert [cell.pictured for cell in cells] == [True] * PICTURED_IMAGES + [False] * 2


@pytest.mark.parametrize(("count", "whole"), [(1, 24), (100, 3), (301, 1)])
def test_whole_images_are_kept_of_the_first_and_of_more_where_cells_are_few(
    count: int, whole: int
) -> None:
    """300 cells of a dataset at most, but all of its first image."""
    images = [("set", item(str(n))) for n in range(PICTURED_IMAGES + 2)]
    methods = [method(f"m{n}") for n in range(count)]
    cells = plan(methods, images, [2], [CLASSIC], [METRIC])
    assert {cell.image for cell in cells if cell.whole} == {str(n) for n in range(whole)}


def test_batches_hold_the_cells_of_one_image() -> None:
    """Cells are grouped by image, in order, and bring the image along."""
    images = [("set", item("a")), ("set", item("b"))]
    cells = plan([method()], images, [2, 3], [CLASSIC], [METRIC])
    grouped = list(batches(cells, images))
    assert [batch.item.name for batch in grouped] == ["a", "b"]
    assert [cell for batch in grouped for cell in batch.cells] == list(cells)


def test_names_are_split_once_each() -> None:
    """Spaces, empty parts and repetitions in a list of names do no harm."""
    assert split_names(" a, b,,a ") == ("a", "b")


@pytest.mark.parametrize(
    ("text", "scales"),
    [
        ("2,3,4", (2, 3, 4)),
        ("x2, x8,2", (2, 8)),
        ("1.5,x8/3,0.3,1/2", (Ratio(3, 2), Ratio(8, 3), Ratio(3, 10), Ratio(1, 2))),
        ("2.0,4/2,.5,1.50,3/2", (2, Ratio(1, 2), Ratio(3, 2))),
    ],
)
def test_scales_are_read(text: str, scales: tuple[Scale, ...]) -> None:
    """Scales may be written with or without the x, as decimals or fractions; each counts once."""
    found = check_scales(text)
    assert found == scales
    assert [type(one) for one in found] == [type(one) for one in scales]


@pytest.mark.parametrize(
    "part",
    [
        "1",
        "1.0",
        "0",
        "-2",
        "100",
        "two",
        "x",
        "1/0",
        "0.01",
        "2/1.5",
        "1e1",
        "nan",
        "3/-2",
        "17",
        "1/17",
    ],
)
def test_bad_scale_is_repeated(part: str) -> None:
    """The error says what a scale is and which one was given."""
    with pytest.raises(UsageError) as caught:
        check_scales(f"2,{part}")
    assert str(caught.value) == (
        "--scales takes whole numbers from 2 to 16, like 2,3,4, and for methods of any size "
        f"fractions from 1/16 up, like 1.5, 8/3 or 0.5; got {part!r}."
    )


@pytest.mark.parametrize(
    ("part", "exact", "near"),
    [("1.333", "1333/1000", "4/3"), ("2.001", "2001/1000", "2"), ("0.123", "123/1000", "1/6")],
)
def test_a_fraction_of_large_numbers_is_refused(part: str, exact: str, near: str) -> None:
    """An image would have to be cropped to multiples of 1333; a near fraction is proposed."""
    with pytest.raises(UsageError) as caught:
        check_scales(part)
    said = str(caught.value)
    assert f"{part!r} is {exact}: write a fraction near it, like {near}." in said


def test_only_whole_scales_are_trained() -> None:
    """A learned layer is made for one whole factor."""
    assert check_whole_scales("2,3") == (2, 3)
    with pytest.raises(UsageError, match=r"takes whole numbers from 2 to 16 here.+got x1\.5\.$"):
        check_whole_scales("2,1.5")


def test_what_cannot_run_at_a_fraction_is_skipped_with_the_reason() -> None:
    """Methods of whole scales, and protocols that are defined for them alone."""
    any_size = method(any_size=True)
    whole, both = plan([method(), any_size], [("set", item("a"))], [Ratio(3, 2)], [CLASSIC], [])
    assert whole.skip == f"{whole.method} does not offer x1.5, only whole scales."
    assert both.skip == ""
    strict = replace(CLASSIC, any_scale=False)
    (cell,) = plan([any_size], [("set", item("a"))], [Ratio(1, 2)], [strict], [])
    assert cell.skip == "The protocol y-classic is defined for whole scales only, not for x0.5."


def test_empty_options_are_named() -> None:
    """An empty list is no list of everything."""
    with pytest.raises(UsageError, match="--scales is empty"):
        check_scales(" , ")
