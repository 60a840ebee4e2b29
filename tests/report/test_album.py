"""The pictures of the page: each place under a name of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.engine.result import WHOLE, View
from upbench.benchmark.engine.store import Store
from upbench.benchmark.report.album import collect_album, shown_places
from upbench.benchmark.report.source import source_of

if TYPE_CHECKING:
    from pathlib import Path

    from upbench.benchmark.engine.plan import Identity

PLACE = ("set", 2, "y-classic")


def identity(method: str, image: str) -> Identity:
    """Return a cell of the set."""
    return (method, PLACE[0], image, 2, PLACE[2])


def test_a_whole_image_does_not_take_the_place_of_an_image_of_its_name() -> None:
    """Of the images "x" and "x, whole" each has its crop and its whole image."""
    names = ("x", "x, whole")
    crops = {identity(method, name): f"{name} {method}".encode() for name in names
             for method in ("", "m")}  # fmt: skip
    views = {one: [View(one[0], WHOLE, 0.0, b"whole " + png)] for one, png in crops.items()}
    shown = shown_places(views)
    assert [one.name for one in shown] == ["x, whole (2)", "x, whole, whole"]
    assert [one.image for one in shown] == [*names]
    album = collect_album(crops, further=[cell for one in shown for cell in one.identities])
    assert len(album.pictures) == len(album.index) == 8
    assert not album.left_out


def test_worst_places_of_one_name_are_two() -> None:
    """The names of a method and an image can say the same as those of others."""
    views = {
        identity(method, image): [View(method, "8,0", 1.0, method.encode())]
        for method, image in (("a", "b: c"), ("a: b", "c"))
    }
    for image in ("b: c", "c"):
        views[identity("", image)] = [View("", "8,0", 0.0, b"true")]
    names = [one.name for one in shown_places(views)]
    assert names == ["worst of a: b: c at 8, 0", "worst of a: b: c at 8, 0 (2)"]


def test_an_image_that_keeps_no_view_has_its_name_too(small_run: Path) -> None:
    """A report knows all images of its rows."""
    with Store(small_run) as store:
        source = source_of(store, store.export())
    assert {one[2] for one in source.views} == set(source.rows["image"])
    assert shown_places(source.views) == ()
