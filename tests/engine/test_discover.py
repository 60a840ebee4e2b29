"""Discovery: what a plugin does while it is imported costs itself alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from plugins import plugin_text

from upbench.benchmark.core.contract import Dataset, ImageItem
from upbench.benchmark.core.errors import DatasetError
from upbench.benchmark.engine import discover as discovery
from upbench.benchmark.engine.discover import discover, with_code
from upbench.benchmark.engine.plan import batches
from upbench.benchmark.engine.pool import run_in_processes
from upbench.benchmark.engine.runner import Request, make_plan, make_setup
from upbench.benchmark.registry.images import list_images

if TYPE_CHECKING:
    from upbench.benchmark.engine.result import Result

HEAD = "import os, sys, time\nfrom upbench import dataset, method, metric\n"
GOOD = plugin_text("two_good")
HOSTILE = {
    "raises": ("class Own(BaseException): pass\nraise Own('mine')", "Own: mine"),
    "exits": ("os._exit(0)", "The worker process ended with exit code 0; the other methods"),
    "leaves": ("sys.exit(0)", "SystemExit: 0"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "sleeps": ("time.sleep(1000)", "No result within 3 s; the worker was killed; the other"),
    "silent": (
        "class Bad(Exception):\n    def __str__(self): raise RuntimeError('no words')\nraise Bad",
        "Bad",
    ),
    "relative": ("from . import helper", "write 'import helper' for a helper.py beside it"),
}


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait long for a plugin that sleeps."""
    monkeypatch.setattr(discovery, "LONGEST_IMPORT", 3.0)


def write(folder: Path, name: str, code: str) -> str:
    """Write a plugin file and return its path."""
    file = folder / f"{name}.py"
    file.write_text(HEAD + code, encoding="utf-8")
    return str(file)


def test_hostile_plugins_cost_themselves_alone(tmp_path: Path) -> None:
    """Each is a problem with one sentence; the others are found, whatever the order."""
    files = [write(tmp_path, name, code) for name, (code, _) in HOSTILE.items()]
    catalog = discover([*files[:3], write(tmp_path, "good", GOOD), *files[3:]])
    assert {"good-one", "good-loader", "bicubic"} <= set(catalog.methods)
    found = {Path(str(p.error).split(".py")[0]).name: str(p.error) for p in catalog.problems}
    assert set(found) == set(HOSTILE)
    for name, (_, reason) in HOSTILE.items():
        assert reason in found[name]
        assert "\n" not in found[name]


def test_code_of_a_plugin_stays_out_of_this_process(tmp_path: Path) -> None:
    """Its metadata are here; what it would run raises, until a command asks for the code."""
    file = write(tmp_path, "stays_out", GOOD)
    catalog = discover([file])
    assert not [name for name in sys.modules if "stays_out" in name]
    found, loader = catalog.method("good-one"), catalog.method("good-loader")
    assert (found.scales, found.file, found.is_loader) == ((2, 3), file, False)
    assert (loader.colour, loader.is_loader) == ("luma", True)
    with pytest.raises(NotImplementedError, match="not its code"):
        found.load(2)(np.zeros((4, 4, 1), np.float32))
    with_code(catalog, found).load(2)(np.zeros((4, 4, 1), np.float32))


def test_plugin_that_changes_directory_moves_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither this process nor a plugin that was given by a relative path."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "first", f"os.chdir({str(tmp_path.parent)!r})")
    write(tmp_path, "second", GOOD)
    catalog = discover(["first.py", "second.py"])
    assert "good-one" in catalog.methods
    assert Path.cwd() == tmp_path


def run(tmp_path: Path, methods: str, datasets: str, plugin: str, **more: Any) -> list[Result]:
    """Run methods at x2 in worker processes."""
    plan = make_plan(Request(methods, datasets, "2", plugins=(plugin,), **more))
    return list(run_in_processes(batches(plan.cells, plan.images), make_setup(plan), 2))


DATASET = plugin_text("dataset_that_dies")


def test_images_of_a_dataset_plugin_are_listed_and_read_elsewhere(tmp_path: Path) -> None:
    """A loader without a name works, and one that ends its process costs its image."""
    results = run(tmp_path, "bicubic", "foreign", write(tmp_path, "foreign_set", DATASET))
    rows = {result.row.image: result.row for result in results}
    assert {name: row.status for name, row in rows.items()} == {
        "image-0": "ok",
        "image-1": "ok",
        "bad": "error",
    }
    assert "exit code 5" in str(rows["bad"].reason)


def test_images_of_a_dataset_plugin_are_checked_where_they_are_read(tmp_path: Path) -> None:
    """Each that breaks the contract costs its row, in one sentence of what was expected."""
    results = run(tmp_path, "nearest", "odd", write(tmp_path, "odd", plugin_text("odd_datasets")))
    reasons = {result.row.image: str(result.row.reason) for result in results}
    assert [result.row.image for result in results if result.row.status == "ok"] == ["good"]
    for name, said in {
        "complex": "has dtype complex128; expected float32",
        "objects": "has dtype object; expected float32",
        "empty": "has shape (0, 24, 1); expected (H, W, C)",
        "masked": "is a numpy.ma.MaskedArray; expected a numpy array",
        "generator": "is a generator; expected a numpy array",
        "nearly": "has values from 1.0001 to 1.0001; expected [0, 1]",
        "two-channels": "has shape (24, 24, 2); expected (H, W, C)",
    }.items():
        assert f"{name}: The image {said}" in reasons[name]


def test_two_images_of_one_digest_are_two_images(tmp_path: Path) -> None:
    """A dataset plugin makes its digests itself, and may make them badly."""
    plugin = write(tmp_path, "one_digest", plugin_text("odd_datasets"))
    first, second = run(tmp_path, "nearest", "one-digest", plugin)
    assert first.row.scores["psnr_db"] != second.row.scores["psnr_db"]


def test_what_is_no_image_is_said_at_the_listing(tmp_path: Path) -> None:
    """A list of names is none of images."""
    plugin = write(tmp_path, "names", plugin_text("odd_datasets"))
    with pytest.raises(DatasetError, match=r"^names lists a str; expected ImageItem\("):
        run(tmp_path, "nearest", "names", plugin)


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ("[ImageItem('\\ud800', 'd', None)]", r"or one that is no text: '\\ud800'\.$"),
        (
            "[ImageItem('a', 'd' * 2000, None)]",
            "whose name or digest has more than 1000 characters",
        ),
        ("(ImageItem('a', 'd', None) for _ in iter(int, 1))", "odd lists more than 9 images"),
    ],
)
def test_a_listing_that_no_table_can_hold_is_one_sentence(
    items: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names without text, digests without measure, a generator without end."""
    monkeypatch.setattr("upbench.benchmark.registry.images.MOST_IMAGES", 9)
    listed = eval(items, {"ImageItem": ImageItem})  # noqa: S307 - the lines above
    with pytest.raises(DatasetError, match=said):
        list_images(Dataset("odd", lambda: listed, "made up", "none"))


METRICS = plugin_text("metrics_that_forge")


def test_metric_plugins_reach_no_other_column(tmp_path: Path) -> None:
    """One that patches, writes, returns text or ends its process has its own column alone."""
    plugin = write(tmp_path, "metrics_plugin", METRICS)
    folder = tmp_path / "images"
    folder.mkdir()
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "a.png")
    calm = run(tmp_path, "bicubic,nearest", f"folder:{folder}", plugin)
    for names in ("vandal,texts", "dies"):
        wild = run(tmp_path, "bicubic,nearest", f"folder:{folder}", plugin, metrics=names)
        expected = {r.row.method: r.row.scores for r in calm}
        for result in wild:
            ours = {n: v for n, v in result.row.scores.items() if n not in names.split(",")}
            assert (result.row.status, ours) == ("ok", expected[result.row.method])
            assert set(names.split(",")) <= set(result.row.scores)


SPY = plugin_text("spy")


def test_method_finds_no_reference_in_its_process(tmp_path: Path) -> None:
    """One that looks through frames and the garbage collector scores what its own work is worth."""
    results = run(tmp_path, "spy", "standard", write(tmp_path, "spy_plugin", SPY))
    assert {result.row.status for result in results} == {"ok"}
    assert max(float(result.row.scores["psnr_db"] or 0) for result in results) < 20


def test_helper_beside_a_plugin_is_imported_as_by_a_script(tmp_path: Path) -> None:
    """In the process that lists it and in the one that runs it."""
    (tmp_path / "beside_it.py").write_text("FACTOR = 1\n", encoding="utf-8")
    code = "import beside_it\n" + GOOD
    results = run(tmp_path, "good-one", "standard", write(tmp_path, "with_helper", code))
    assert {result.row.status for result in results} == {"ok"}
    assert "beside_it" not in sys.modules
    assert os.fspath(tmp_path) not in sys.path
