"""Worst places and whole images: where they are, what is kept, and what a new result replaces."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from one_cell import run
from PIL import Image
from skimage import data

from upbench.benchmark.core.contract import Method, ScoringProtocol
from upbench.benchmark.core.row import Row
from upbench.benchmark.engine.cell import prepare
from upbench.benchmark.engine.plan import Cell
from upbench.benchmark.engine.result import (
    USUAL,
    WHOLE,
    Result,
    Usual,
    View,
    block_errors,
    views_of,
    whole_view,
    worst_place,
)
from upbench.benchmark.engine.store import Store
from upbench.benchmark.registry.catalog import built_in_protocols
from upbench.benchmark.report.album import shown_places

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

STEPS = ("reference", "degrade", "score")
HIGH = data.coffee()[:200, :240]


def usual(step: int = 2) -> Usual:
    """Return what "bicubic" makes: the image with a little noise."""
    noise = np.random.default_rng(0).integers(-2, 3, HIGH.shape)
    pixels = np.clip(HIGH.astype(int) + noise, 0, 255).astype(np.uint8)
    return Usual(pixels, block_errors(pixels, HIGH, step))


def damaged(top: int, left: int) -> NDArray[np.uint8]:
    """Return the usual output, wrong in a square of 24 pixels."""
    output = usual().pixels.copy()
    output[top : top + 24, left : left + 24] ^= 32
    return output


@pytest.mark.parametrize("step", [1, 2, 3, 8, 37])
@pytest.mark.parametrize(("top", "left"), [(0, 0), (90, 130), (176, 216)])
def test_the_worst_place_holds_the_damage_and_lies_on_the_lattice(
    top: int, left: int, step: int
) -> None:
    """Its corner is a multiple of the scale's numerator; less than a block is missed."""
    excess = block_errors(damaged(top, left), HIGH, step) - usual(step).errors
    (row, column), loss = worst_place(excess, step, 96)
    assert row % step == column % step == 0
    block = max(step, 8 + step)
    assert row - block < top < row + 96 + block
    assert column - block < left < column + 96 + block
    assert loss > 1


def test_the_loss_is_the_difference_of_the_mean_squared_errors() -> None:
    """In grey levels squared, over the square alone."""
    high = np.zeros((96, 96, 1), np.uint8)
    excess = block_errors(high + 3, high, 2) - block_errors(high + 1, high, 2)
    assert worst_place(excess, 2, 96) == ((0, 0), pytest.approx(8.0))


def test_views_are_pictures_of_the_place_and_of_all() -> None:
    """The output, the true image and bicubic at one place as PNG; the whole as JPEG."""
    output = damaged(90, 130)
    found = views_of("m", output, HIGH, usual(), 2, 96, whole=whole_view(HIGH))
    whole = {one.method: one for one in found if one.view == WHOLE}
    assert set(whole) == {"m", ""}
    with Image.open(io.BytesIO(whole["m"].picture)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (240, 200))
    places = {one.method: one for one in found if one.view != WHOLE}
    assert set(places) == {"m", "", USUAL}
    left, top = map(int, places["m"].view.split(","))
    for name, pixels in (("m", output), ("", HIGH), (USUAL, usual().pixels)):
        shown = np.asarray(Image.open(io.BytesIO(places[name].picture)))
        np.testing.assert_array_equal(shown, pixels[top : top + 96, left : left + 96])
    assert places["m"].loss > 0
    assert places[""].loss == places[USUAL].loss == 0


def test_a_large_image_is_reduced_by_a_whole_factor() -> None:
    """The view of 1200 x 700 has 400 x 234 pixels."""
    high = np.zeros((700, 1200, 1), np.uint8)
    usual = Usual(high, block_errors(high, high, 2))
    found = views_of("m", high, high, usual, 2, 96, whole=whole_view(high))
    assert [one.view for one in found] == [WHOLE, WHOLE]  # nothing is worse than bicubic
    assert Image.open(io.BytesIO(found[0].picture)).size == (400, 234)


def test_an_image_of_less_than_a_block_has_no_worst_place() -> None:
    """Nothing is compared, and nothing fails."""
    high = np.zeros((5, 5, 3), np.uint8)
    usual = Usual(high, block_errors(high, high, 3))
    assert views_of("m", high + 9, high, usual, 3, 96, whole=b"") == ()


def cell(method: str, image: str = "a") -> Cell:
    """Return a cell of a set."""
    return Cell(method, "x", "set", image, 2, "y-classic", "0" * 16, "key")


def result(method: str, *views: View, image: str = "a") -> Result:
    """Return a finished cell with views."""
    row = dict.fromkeys(Row.__dataclass_fields__) | {"scores": {}, "status": "ok", "scale": 2}
    row |= {"method": method, "family": "x", "dataset": "set", "image": image}
    row |= {"protocol": "y-classic", "code_hash": "0" * 16}
    return Result(cell(method, image), Row(**row), views=views)  # type: ignore[arg-type]


def test_a_new_result_replaces_its_views_and_leaves_what_stands_beside(tmp_path: Path) -> None:
    """An older output is never shown; bicubic at other methods' places stays."""
    place = [View("", "8,0", 0.0, b"true"), View(USUAL, "8,0", 0.0, b"usual")]
    with Store(tmp_path) as store:
        store.add(result("m", View("m", WHOLE, 0.0, b"all"), View("m", "8,0", 5.0, b"m"), *place))
        store.add(result(USUAL))
        store.add(result("n", View("n", "8,0", 2.0, b"n"), *place))
        store.add(result("m", View("m", "0,0", 1.0, b"new")))
        found = store.views()
    names = {identity[0]: [one.view for one in own] for identity, own in found.items()}
    assert names == {"m": ["0,0"], "n": ["8,0"], "": ["8,0"], USUAL: ["8,0"]}


def test_of_each_method_the_place_of_the_largest_loss_is_shown(tmp_path: Path) -> None:
    """With the true image and bicubic at that place; whole images come first."""
    with Store(tmp_path) as store:
        for image, loss in (("a", 5.0), ("b", 7.0)):
            beside = [View(one, "8,0", 0.0, one.encode() + b"!") for one in ("", USUAL)]
            own = View("m", "8,0", loss, image.encode())
            store.add(result("m", own, View("m", WHOLE, 0.0, b"all"), *beside, image=image))
        shown = shown_places(store.views())
    assert [one.name for one in shown] == ["a, whole", "b, whole", "worst of m: b at 8, 0"]
    assert shown[-1].worst_of == "m"
    assert shown[-1].pictures == {"m": b"b", "": b"!", USUAL: b"bicubic!"}


def once(pixels: Any, calls: Iterator[Any]) -> Any:
    """Return the pixels at the first call alone."""
    return next(calls) and pixels


@pytest.mark.parametrize(
    ("finish", "reason"),
    [
        (lambda pixels, _: pixels / 255, "The protocol mine finishes an output to float64 (200, 2"),
        (lambda _, _calls: None, "The protocol mine finishes an output to NoneType (); expected"),
        (once, "StopIteration"),
    ],
    ids=["no levels", "nothing", "bicubic, for the worst place"],
)
def test_a_protocol_that_cannot_be_pictured_fails_the_cell(finish: Any, reason: str) -> None:
    """In this process nothing else would stop what is raised."""
    steps, calls = built_in_protocols()["rgb8"].steps, iter([True])
    mine = SimpleNamespace(**{name: getattr(steps, name) for name in STEPS})
    mine.finish = lambda output, scale: finish(steps.finish(output, scale), calls)
    protocol = ScoringProtocol("mine", lambda: mine, "s", eight_bit=True)
    ready = prepare((HIGH / 255).astype(np.float32), 2, protocol)
    cell = Cell("m", "test", "set", "image", 2, "mine", "code", "key")
    repeated = Method("m", "test", lambda image, scale: image.repeat(scale, 0).repeat(scale, 1))
    result = run(cell, repeated, repeated.load(2), ready, [])
    assert (result.row.status, result.crop) == ("error", None)
    assert str(result.row.reason).startswith(reason)
