"""The manifest says of every row of its folder what a reader must know, whoever wrote the row."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from upbench.benchmark.core.contract import ATTRIBUTE, Method, method
from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.engine import runner
from upbench.benchmark.engine.manifest import describe_method, merged, read_manifest, write_manifest
from upbench.benchmark.engine.store import Store
from upbench.benchmark.report.folder import finish

if TYPE_CHECKING:
    from pathlib import Path

KINDS = (str, int, float, bool, type(None))


@method(
    "described",
    family="interpolation",
    kernel="Keys cubic, a = -0.5",
    sampling="half-pixel",
    edge="mirror",
    clips=True,
    scales=(2, 3),
    parameters=0,
    eight_bit=lambda image, _scale: image,
)
def described(image: Any, scale: int) -> Any:
    """Repeat pixels."""
    return image.repeat(scale, axis=0).repeat(scale, axis=1)


def test_metadata_are_plain_json() -> None:
    """A method's metadata survive being written, and say what tells methods of one kernel apart."""
    found: Method = getattr(described, ATTRIBUTE)
    metadata = describe_method(found)
    assert json.loads(json.dumps(metadata)) == metadata
    assert metadata["scales"] == [2, 3]
    wanted = ("kernel", "sampling", "edge", "clips", "eight_bit", "parameters", "backend")
    assert [metadata[key] for key in wanted] == [
        "Keys cubic, a = -0.5",
        "half-pixel",
        "mirror",
        True,
        True,
        0,
        "numpy",
    ]
    assert describe_method(replace(found, scales=None, eight_bit=None))["scales"] is None


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Return a folder with two small pictures."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed, name in enumerate(("a", "b")):
        pixels = np.random.default_rng(seed).integers(0, 256, (20, 22), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return folder


def run(folder: Path, **asked: str) -> dict[str, Any]:
    """Run one command's worth in a folder and return the manifest after it."""
    plan = runner.make_plan(runner.Request(scales="2", executor="serial", **asked))
    with Store(folder) as store:
        for _ in runner.results(plan, store, runner.waiting(plan, store)):
            pass
        finish(plan, store)
    return read_manifest(folder)


def test_every_row_is_described_after_two_commands(pictures: Path, tmp_path: Path) -> None:
    """What the first command ran is still described after another one of the same folder."""
    place, dataset = tmp_path / "out", f"folder:{pictures}"
    first = run(place, methods="nearest", datasets=dataset, metrics="staircase_db")
    assert set(first["methods"]) == {"nearest"}
    name = next(iter(first["datasets"]))
    other = np.random.default_rng(9).integers(0, 256, (20, 22), dtype=np.uint8)
    Image.fromarray(other).save(pictures / "c.png")
    second = run(place, methods="bicubic", datasets=dataset, protocols="rgb8")
    assert set(second["methods"]) == {"nearest", "bicubic"}
    assert set(second["protocols"]) == {"y-classic", "rgb8"}
    assert set(second["metrics"]) == set(first["metrics"])
    before, after = (found["datasets"][name]["sha256"] for found in (first, second))
    assert set(after) == {"a", "b", "c"}
    assert {image: after[image] for image in before} == before
    assert second["request"]["methods"] == "bicubic"


def test_images_that_are_gone_are_not_described(pictures: Path, tmp_path: Path) -> None:
    """A deleted image and the former pixels of a replaced one leave with their rows."""
    place, dataset = tmp_path / "out", f"folder:{pictures}"
    first = run(place, methods="nearest", datasets=dataset)
    name = next(iter(first["datasets"]))
    (pictures / "a.png").unlink()
    other = np.random.default_rng(9).integers(0, 256, (20, 22), dtype=np.uint8)
    Image.fromarray(other).save(pictures / "b.png")
    second = run(place, methods="bicubic", datasets=dataset)
    assert set(second["methods"]) == {"bicubic"}
    before, after = (found["datasets"][name]["sha256"] for found in (first, second))
    assert set(after) == {"b"}
    assert after["b"] != before["b"]


def test_what_has_no_rows_is_dropped() -> None:
    """A manifest does not speak of methods, images or metrics that the folder no longer holds."""
    rows = pd.DataFrame(
        {
            "method": ["m"],
            "dataset": ["d"],
            "image": ["i"],
            "protocol": ["p"],
            "psnr_db": [30.0],
            "ssim": [None],
        }
    )
    former = {
        "methods": {"m": {"kernel": "old"}, "gone": {}},
        "datasets": {"d": {"sha256": {"i": "1", "gone": "2"}}, "gone": {}},
        "protocols": {"p": "old", "gone": ""},
        "metrics": {"psnr_db": "v1", "ssim": "v1", "gone": ""},
        "command": ["old"],
    }
    newest = {
        "methods": {"m": {"kernel": "new"}},
        "datasets": {"d": {"source": "s", "sha256": {"j": "3"}}},
        "protocols": {"p": "new"},
        "metrics": {},
        "command": ["new"],
    }
    assert merged(former, newest, rows) == {
        "methods": {"m": {"kernel": "new"}},
        "datasets": {"d": {"source": "s", "sha256": {"i": "1", "j": "3"}}},
        "protocols": {"p": "new"},
        "metrics": {"psnr_db": "v1"},
        "command": ["new"],
    }


@pytest.mark.parametrize("text", [None, "", "{", "[1]", "null", '{"methods": 3}', "\xff"])
def test_a_damaged_or_older_manifest_says_nothing(tmp_path: Path, text: str | None) -> None:
    """A folder without a usable manifest is read as one that says nothing, never an error."""
    if text is not None:
        (tmp_path / "manifest.json").write_text(text, encoding="latin-1")
    assert read_manifest(tmp_path) == {
        "methods": {},
        "datasets": {},
        "protocols": {},
        "metrics": {},
    }


def test_parts_that_an_older_manifest_has_are_kept(tmp_path: Path) -> None:
    """A folder from before methods were described still tells its datasets."""
    write_manifest(tmp_path, {"datasets": {"set5": {}}, "command": ["upbench"]})
    found = read_manifest(tmp_path)
    assert (found["datasets"], found["methods"], found["command"]) == (
        {"set5": {}},
        {},
        ["upbench"],
    )


def test_entries_of_another_kind_are_left_out(tmp_path: Path) -> None:
    """A reader can rely on what an entry is: text of protocols, dictionaries of methods."""
    write_manifest(tmp_path, {"methods": {"m": "?", "n": {}}, "protocols": {"p": 3, "q": "v1"}})
    found = read_manifest(tmp_path)
    assert (found["methods"], found["protocols"]) == ({"n": {}}, {"q": "v1"})


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """The error is the store's one sentence."""
    with pytest.raises(StoreError, match="what was finished before is kept"):
        write_manifest(tmp_path / "gone", {})
