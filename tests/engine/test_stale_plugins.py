"""Files that metrics, protocols and datasets read decide their numbers: an edit brings new ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from plugins import plugin_file

from upbench.benchmark.core.errors import DatasetError
from upbench.benchmark.engine.discover import discover
from upbench.benchmark.engine.readers import end_readers
from upbench.benchmark.engine.runner import Plan, Request, make_plan, results, waiting
from upbench.benchmark.engine.store import Store
from upbench.benchmark.registry.images import list_images

if TYPE_CHECKING:
    from collections.abc import Iterator

    from upbench.benchmark.core.contract import ImageItem

FILES = {"listed": 4, "read": 4, "one": 2, "two": 2, "weight": 4, "gain": 4}
"""The files that the plugin reads, and how many of the four cells depend on each."""


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[Path]:
    """Return a plugin with the files that it reads."""
    for name in FILES:
        (tmp_path / f"{name}.txt").write_text("1.0", encoding="utf-8")
    yield plugin_file(tmp_path, "reads_files_everywhere")
    end_readers()


def planned(plugin: Path, executor: str = "serial") -> Plan:
    """Lay out what every test runs."""
    plugins = (str(plugin),)
    request = Request("nearest,bicubic", "filed", "2", "filed-grey", "filed-error", plugins)
    return make_plan(Request(**{**vars(request), "executor": executor}))


def run(plugin: Path) -> tuple[int, dict[tuple[str, str], tuple[float, float]]]:
    """Run what has to be run; return how many cells that was, and both scores of each cell."""
    plan = planned(plugin)
    with Store(plugin.parent / "run") as store:
        ran = len(list(results(plan, store, waiting(plan, store))))
        rows = store.frame()
    assert set(rows["status"]) == {"ok"}
    names, scores = rows[["method", "image"]], rows[["psnr_db", "filed-error"]]
    cells = zip(names.itertuples(index=False), scores.itertuples(index=False), strict=True)
    return ran, {tuple(name): tuple(score) for name, score in cells}


def test_an_edited_file_makes_exactly_its_rows_run_again(plugin: Path) -> None:
    """One read at import, one at each image, one of an image alone, a metric's, a protocol's."""
    ran, before = run(plugin)
    assert ran == 4
    assert run(plugin) == (0, before)
    for name, expected in FILES.items():
        (plugin.parent / f"{name}.txt").write_text("1.5", encoding="utf-8")
        ran, after = run(plugin)
        assert ran == expected, name
        assert sum(before[cell] != after[cell] for cell in before) == expected, name
        before = after


def test_worker_processes_note_the_same_files(plugin: Path) -> None:
    """What the process of a dataset, of a metric and of a protocol open goes with each row."""
    plan = planned(plugin, "processes")
    with Store(plugin.parent / "run") as store:
        done = list(results(plan, store, plan.cells))
        assert waiting(plan, store) == ()
    for result in done:
        names = {Path(file).stem for file in result.opened}
        assert names >= {"read", "weight", "gain", result.cell.image}
        assert not names & ({"one", "two"} - {result.cell.image})


def test_code_of_a_dataset_is_in_the_key(plugin: Path) -> None:
    """The digests that it states stay the same."""
    before = {cell.key for cell in planned(plugin).cells}
    assert {cell.key for cell in planned(plugin).cells} == before
    code = plugin.read_text(encoding="utf-8")
    plugin.write_text(code.replace("0.25 + 0.2", "0.3 + 0.2"), encoding="utf-8")
    assert {cell.key for cell in planned(plugin).cells}.isdisjoint(before)


def listed(plugin: Path, code: str) -> dict[str, ImageItem]:
    """Give a plugin's listing other code, and list its images in a process of its own."""
    text = plugin.read_text(encoding="utf-8")
    start, end = text.index("    return ["), text.index("\n\n\n@metric")
    plugin.write_text(f"{text[:start]}    return {code}{text[end:]}", encoding="utf-8")
    items = list_images(discover([plugin]).dataset("filed"))
    return {item.name: item for item in items}


ITEMS = "[ImageItem(n, f'of {n}', partial(image, n)) for n in ('one', 'two',)]"


def test_an_image_is_the_one_of_its_name_in_whatever_order_it_is_listed(plugin: Path) -> None:
    """Each process lists the images again, and a set has an order of its own in each."""
    (plugin.parent / "two.txt").write_text("0.5", encoding="utf-8")
    first = {name: item.load() for name, item in listed(plugin, ITEMS).items()}
    items = listed(plugin, ITEMS)
    listed(plugin, f"{ITEMS}[::-1] + [ImageItem('new', '', partial(image, 'one'))]")
    assert {name: item.load().max() for name, item in items.items()} == {
        name: pixels.max() for name, pixels in first.items()
    }
    assert first["one"].max() != first["two"].max()


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (ITEMS.replace("'of {n}'", "'other {n}'"), "and now it is listed with another digest"),
        (ITEMS.replace("('one', ", "("), "and now it is not listed"),
    ],
)
def test_an_image_that_changes_between_listings_is_refused(
    plugin: Path, then: str, said: str
) -> None:
    """Its row would be of another image than its name says."""
    items = listed(plugin, ITEMS)
    listed(plugin, then)
    with pytest.raises(DatasetError, match=f"filed listed 'one' before, {said}; expected the same"):
        items["one"].load()


def test_what_a_dataset_unpacks_itself_is_no_input(plugin: Path) -> None:
    """It lies somewhere else at each run, and holds what other files say."""
    text = plugin.read_text(encoding="utf-8")
    unpack = "import tempfile\nNEW = Path(tempfile.mkdtemp()) / 'new'\nNEW.write_text('1')\n"
    plugin.write_text(f"{text}\n{unpack}NEW.read_text()\n", encoding="utf-8")
    first, second = (planned(plugin) for _ in range(2))
    assert [cell.key for cell in first.cells] == [cell.key for cell in second.cells]


def test_pairs_of_a_plugin_are_pairs(plugin: Path) -> None:
    """The small image and the scale are the plugin's, not what a protocol makes."""
    pair = "ImageItem('one', 'of one', partial(image, 'one'), lambda: image('one')[::2, ::2], 2)"
    (item,) = listed(plugin, f"[{pair}]").values()
    assert item.scale == 2
    assert item.low is not None
    np.testing.assert_array_equal(item.low(), item.load()[::2, ::2])
