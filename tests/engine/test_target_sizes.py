"""Target sizes: what stands in the place of a scale, from the command to the tables."""

from __future__ import annotations

import copy
import json
import pickle
import sqlite3
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from one_cell import run
from PIL import Image as Pillow

import upbench
from upbench.benchmark.core.contract import ATTRIBUTE, Dataset, ImageItem, method, protocol
from upbench.benchmark.core.errors import ImageError, StoreError, UsageError
from upbench.benchmark.core.row import alike_scales, typed
from upbench.benchmark.core.sizes import (
    Ratio,
    TargetSize,
    as_scale_or_size,
    read_target_size,
    scale_label,
    scale_number,
)
from upbench.benchmark.core.stretch import Stretch, scale_between
from upbench.benchmark.engine.cell import NO_TRUTH, prepare
from upbench.benchmark.engine.plan import check_sizes, plan
from upbench.benchmark.engine.store import Store, load
from upbench.benchmark.imaging.embedded import read_embedded
from upbench.benchmark.registry.catalog import built_in_protocols, collect
from upbench.benchmark.registry.check_kinds import check_protocol
from upbench.benchmark.report.compare import compare_runs

if TYPE_CHECKING:
    from pathlib import Path

    from upbench.benchmark.core.contract import Image, Method, ScoringProtocol, Size

CATALOG = collect()
PROTOCOLS = built_in_protocols()
BICUBIC = CATALOG.methods["bicubic"]
PICTURE = read_embedded("coffee")[100:260, 200:320]
ITEM = ImageItem("coffee", "1" * 64, lambda: PICTURE)
ROUNDED_TWICE = 0.5 + 0.5 * 1.25
"""Levels: after each axis; bicubic passes the first on with weights whose sizes add up to 1.25."""
THERE, BACK = TargetSize(90, 50), TargetSize(90, 50, back=True)


@pytest.mark.parametrize(
    ("typed_as", "size", "written"),
    [
        ("300x448", (448, 300, False), "300x448"),
        (" 0300X0448 ", (448, 300, False), "300x448"),
        ("256", (256, 256, False), "256x256"),
        ("from-1920x1080", (1080, 1920, True), "from-1920x1080"),
        ("FROM-64", (64, 64, True), "from-64x64"),
    ],
)
def test_a_size_is_written_as_it_is_typed(
    typed_as: str, size: tuple[int, int, bool], written: str
) -> None:
    """Width comes first, as in the other sizes of the command; it comes back from a table."""
    target = read_target_size(typed_as)
    assert (target.height, target.width, target.back) == size
    assert f"{target}" == str(target) == scale_label(target) == scale_number(target) == written
    again = (as_scale_or_size(written), pickle.loads(pickle.dumps(target)))  # noqa: S301 - our own
    assert again == (target, target)


@pytest.mark.parametrize(
    "wrong", ["x", "0x5", "300x", "x448", "-3x4", "1.5x2", "300x448x2", "from300x4", "to-3x4", "a"]
)
def test_what_is_no_size_is_refused_in_one_sentence(wrong: str) -> None:
    """What is expected, and what was given."""
    expected = "--sizes takes sizes in pixels, width x height, like 300x448, and from-300x448 for"
    with pytest.raises(UsageError, match=rf"^{expected} the way back; got {wrong!r}\.$"):
        check_sizes(f"300x448,{wrong}")


def test_too_many_pixels_and_none_at_all_are_refused() -> None:
    """A size has at most as many pixels as an image that is read."""
    with pytest.raises(UsageError, match="sizes of up to 100 million pixels; got '20000x20000'"):
        check_sizes("20000x20000")
    with pytest.raises(UsageError, match="--sizes is empty; expected sizes in pixels like 300x448"):
        check_sizes(" , ")


def test_sizes_come_after_numbers_and_by_their_area() -> None:
    """Tables and pages list them in this order."""
    scales = [TargetSize(9, 9), 3, BACK, Ratio(3, 2), THERE, 2, TargetSize(2, 3)]
    expected = ["1.5", "2", "3", "3x2", "9x9", "50x90", "from-50x90"]
    assert [str(one) for one in sorted(scales)] == expected  # type: ignore[type-var]


def test_the_scale_between_two_sizes_is_exact() -> None:
    """One number where both axes have it; otherwise the larger one, with both in its text."""
    assert scale_between((50, 60, 3), (100, 120)) == 2
    assert isinstance(scale_between((50, 60), (100, 120)), int)
    assert scale_between((512, 512), (300, 300)) == Ratio(75, 128)
    uneven = scale_between((50, 60), (100, 90))
    for one in (uneven, copy.deepcopy(uneven), pickle.loads(pickle.dumps(uneven))):  # noqa: S301
        assert (one, str(one), type(one)) == (2, "2 down and x1.5 across", Stretch)


@pytest.mark.parametrize("name", ["y-classic", "rgb8", "rgb8-rounded"])
@pytest.mark.parametrize("size", [(90, 50), (211, 165), (90, 200)])
def test_the_reference_of_a_size_is_the_image_resized_to_it(name: str, size: Size) -> None:
    """Antialiased bicubic: Pillow's, away from the borders, smaller, larger and both."""
    prepared = prepare(PICTURE, TargetSize(*size), PROTOCOLS[name])
    assert prepared.high.shape[:2] == prepared.asked == size
    assert prepared.low.shape[:2] == PICTURE.shape[:2]
    given = (prepared.low[:, :, 0] * 255).astype(np.float32)
    pillow = Pillow.fromarray(given).resize(size[::-1], Pillow.Resampling.BICUBIC)
    apart = np.asarray(pillow).clip(0, 255) - prepared.high[:, :, 0]
    assert np.abs(apart[8:-8, 8:-8]).max() < (0.51 if name == "y-classic" else ROUNDED_TWICE)
    larger = size[0] > 160 or size[1] > 120
    assert (prepared.note == NO_TRUTH) == larger


@pytest.mark.parametrize("name", ["y-classic", "rgb8"])
def test_the_way_back_is_judged_by_the_image_itself(name: str) -> None:
    """Methods get what there is at the size, and are asked for the image's own."""
    there, back = (prepare(PICTURE, one, PROTOCOLS[name]) for one in (THERE, BACK))
    assert np.array_equal(np.rint(back.low.clip(0, 1) * 255), there.high)
    assert np.array_equal(back.high / np.float32(255), there.low)
    assert (back.asked, back.note) == (PICTURE.shape[:2], "")
    border = 3  # the larger scale is 120 / 50, rounded up
    assert back.reference.shape == (160 - 2 * border, 120 - 2 * border)


def test_a_whole_scale_on_both_axes_has_its_lattice() -> None:
    """A size that is the image's double is the scale 2, for metrics too."""
    rows = upbench.evaluate(
        "nearest", _dataset(280, 240), sizes="560x480,from-140x120,140x121", progress=False
    ).set_index("scale")
    assert rows["checkerboard_db"].notna().tolist() == [True, True, False]
    assert "needs a whole scale, got x121/240 down and x0.5 across" in rows["reason"].iloc[2]


def _dataset(width: int, height: int) -> Dataset:
    image = read_embedded("coffee")[:height, :width]
    item = ImageItem("part", "2" * 64, lambda: image)
    return Dataset("part", lambda: [item], source="here", licence="CC0")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (TargetSize(9, 50), "more than 16 times as many or as few along a side as 50x9: leave"),
        (TargetSize(5000, 50, back=True), "as few along a side as from-50x5000: leave it out or"),
        (TargetSize(2562, 1900), "more than 16 times"),
    ],
)
def test_an_image_of_quite_another_size_is_refused(target: TargetSize, said: str) -> None:
    """As scales are, at 16."""
    with pytest.raises(ImageError, match="The image has 120x160 pixels, ") as error:
        prepare(PICTURE, target, PROTOCOLS["rgb8"])
    assert said in str(error.value)


def test_an_output_must_leave_something_to_score() -> None:
    """The border is shaved off each side."""
    with pytest.raises(ImageError, match="too few for 2x2: expected outputs of at least 3 per"):
        prepare(PICTURE[:20, :20], TargetSize(2, 2), PROTOCOLS["rgb8"])
    with pytest.raises(ImageError, match="too few for from-1x5: expected outputs of at least 30"):
        prepare(PICTURE[:20, :10], TargetSize(5, 1, back=True), PROTOCOLS["rgb8"])
    smallest = prepare(PICTURE[:20, :20], TargetSize(3, 3), PROTOCOLS["rgb8"])
    assert smallest.reference.shape == (1, 1)


def test_what_cannot_run_at_a_size_is_skipped_with_the_reason() -> None:
    """A method of whole scales, and a protocol that does not resize images to sizes."""
    whole = CATALOG.methods["linear-resize-conv"]
    images = [("mine", ITEM)]
    first, second = plan([BICUBIC, whole], images, [THERE], [PROTOCOLS["y-classic"]], [])
    assert not first.skip
    assert second.skip == f"{whole.name} does not offer 50x90, only {whole.offered}."
    (cell,) = plan([BICUBIC], images, [BACK], [PROTOCOLS["bd"]], [])
    assert cell.skip == "The protocol bd is not defined for sizes: from-50x90."


def test_a_size_is_part_of_the_key() -> None:
    """So are the two ways."""
    sizes = [2, THERE, BACK, TargetSize(50, 90)]
    cells = plan([BICUBIC], [("mine", ITEM)], sizes, [PROTOCOLS["rgb8"]], [])
    assert len({cell.key for cell in cells}) == len({cell.identity for cell in cells}) == 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run's folder with x2, x1.5 and a size both ways."""
    path = tmp_path_factory.mktemp("sizes")
    cells = _cells()
    with Store(path) as store:
        store.list_images([("mine", ITEM)])
        for cell in cells:
            prepared = prepare(PICTURE, cell.scale, PROTOCOLS[cell.protocol])
            ready = BICUBIC.load(prepared.given.scale)
            store.add(run(cell, BICUBIC, ready, prepared, CATALOG.choose_metrics()))
        store.export()
    return path


def _cells() -> Any:
    scales = [2, Ratio(3, 2), THERE, BACK]
    protocols = [PROTOCOLS["y-classic"]]
    return plan([BICUBIC], [("mine", ITEM)], scales, protocols, CATALOG.choose_metrics())


def test_a_run_with_sizes_is_kept_and_resumes(folder: Path) -> None:
    """The journal knows the cells again; the tables have the sizes as text, numbers beside them."""
    cells = _cells()
    with Store(folder) as store:
        assert store.finished() == {cell.identity: cell.key for cell in cells}
        assert {identity[3] for identity in store.crops()} == {2, Ratio(3, 2), THERE, BACK}
        rows = store.frame().set_index("scale")
    assert rows.index.tolist() == ["1.5", "2", "50x90", "from-50x90"]
    assert rows["status"].eq("ok").all()
    assert rows["psnr_db"].notna().all()
    assert rows.loc["from-50x90", "psnr_db"] > 20
    for file in ("scores.parquet", "scores.csv"):
        other = folder.parent / file.replace(".", "-")
        other.mkdir(exist_ok=True)
        (other / file).write_bytes((folder / file).read_bytes())
        assert load(other)["scale"].tolist() == rows.index.tolist()


def test_a_part_without_sizes_has_numbers_again(folder: Path) -> None:
    """Scales of a table that was cut are numbers, whatever they were beside."""
    rows = load(folder)
    numbers = typed(rows[~rows["scale"].str.contains("x")])
    assert numbers["scale"].tolist() == [1.5, 2.0]
    assert typed(rows[rows["scale"] == "2"])["scale"].tolist() == [2]
    one, other = alike_scales(rows, numbers)
    assert set(other["scale"]) < set(one["scale"])


def test_runs_with_and_without_sizes_can_be_compared(folder: Path, tmp_path: Path) -> None:
    """The scales that both have are pairs."""
    with Store(tmp_path) as store:
        (cell,) = (cell for cell in _cells() if cell.scale == 2)
        prepared = prepare(PICTURE, 2, PROTOCOLS["y-classic"])
        store.add(run(cell, BICUBIC, BICUBIC.load(2), prepared, CATALOG.choose_metrics()))
        store.export()
    manifest = {
        "protocols": {"y-classic": PROTOCOLS["y-classic"].signature},
        "metrics": {one.name: one.statement() for one in CATALOG.choose_metrics()},
        "datasets": {"mine": {"sha256": {"coffee": ITEM.digest}}},
    }
    for one in (folder, tmp_path):
        (one / "manifest.json").write_text(json.dumps(manifest))
    pairs = compare_runs(folder, tmp_path).pairs
    assert set(pairs.loc[pairs["present"] == "both", "scale"]) == {"2"}
    assert set(pairs.loc[pairs["present"] == "a", "scale"]) == {"1.5", "50x90", "from-50x90"}


def test_a_journal_with_another_text_in_the_place_of_a_scale_is_refused(tmp_path: Path) -> None:
    """A folder may come from anywhere."""
    with Store(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "journal.sqlite") as connection:
        values = "('m', 'd', 'i', 'large', 'p', 'k', 'ok', '{}', NULL, 0.0, '', '')"
        connection.execute(f"INSERT INTO cells VALUES {values}")  # noqa: S608 - a constant
    connection.close()
    with pytest.raises(StoreError, match="its cells hold values of other types"):
        Store(tmp_path)


def test_workers_and_this_process_give_the_same_rows(tmp_path: Path) -> None:
    """The size goes to the worker with the image; 8-bit paths are asked for it too."""
    Pillow.fromarray((PICTURE * 255).round().astype(np.uint8)).save(tmp_path / "coffee.png")
    here, there = (
        upbench.evaluate(
            "bicubic,opencv-linear",
            f"folder:{tmp_path}",
            sizes=["50x90", "from-50x90"],
            protocol="rgb8",
            isolated=isolated,
            progress=False,
        )
        for isolated in (False, True)
    )
    shown = ["method", "scale", "status", "psnr_db", "ssim"]
    order = ["method", "scale"]
    assert here.sort_values(order)[shown].to_numpy().tolist() == (
        there.sort_values(order)[shown].to_numpy().tolist()
    )
    assert set(here["status"]) == {"ok"}


def _of_luma(image: Image, size: Size) -> Image:
    assert image.shape[2] == 1
    pillow = Pillow.fromarray(image[:, :, 0]).resize(size[::-1], Pillow.Resampling.BICUBIC)
    return np.asarray(pillow)[:, :, None]


def test_a_method_of_luma_alone_makes_sizes_of_colour() -> None:
    """Cb and Cr are resized by canonical bicubic, the axes apart."""
    mine: Method = getattr(
        method("mine", family="interpolation", any_size=True, colour="luma")(_of_luma), ATTRIBUTE
    )
    prepared = prepare(PICTURE, THERE, PROTOCOLS["rgb8"])
    (cell,) = plan([mine], [("mine", ITEM)], [THERE], [PROTOCOLS["rgb8"]], [])
    metrics = CATALOG.choose_metrics()
    result = run(cell, mine, mine.load(THERE.size), prepared, metrics)
    assert (result.row.status, result.row.scale) == ("ok", "50x90")
    assert (result.row.scores["psnr_db"] or 0) > 40


def test_a_protocol_of_a_plugin_can_state_sizes() -> None:
    """``upbench check`` tries them, where it states them."""

    class Halves:
        def reference(self, image: Image, scale: Any) -> Any:
            step = max(scale, 1)
            height, width = (side // step * step for side in image.shape[:2])
            return np.rint(image[:height, :width] * 255).astype(np.uint8)

        def degrade(self, pixels: Any, scale: Any) -> Any:
            size = scale if isinstance(scale, tuple) else [s // scale for s in pixels.shape[:2]]
            return np.resize(pixels / np.float32(255), (*size, pixels.shape[2]))

        def finish(self, output: Image, _: Any) -> Any:
            return np.rint(output.clip(0, 1) * 255).astype(np.uint8)

        def score(self, pixels: Any, _: Any) -> Any:
            return pixels[:, :, 0] / 255

    class Wrong(Halves):
        def degrade(self, pixels: Any, _: Any) -> Any:
            return super().degrade(pixels, 2)

    def found(target: Any, **stated: Any) -> dict[str, str]:
        described: ScoringProtocol = getattr(
            protocol("mine", signature="s", **stated)(target), ATTRIBUTE
        )
        return {one.name: one.status for one in check_protocol(described, (2,))}

    assert found(Halves, any_size=True)["sizes"] == "pass"
    assert found(Wrong, any_size=True)["sizes"] == "fail"
    assert "sizes" not in found(Halves)
