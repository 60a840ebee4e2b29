"""Every set that is shipped or trained on is audited: what is known of each stands here as data.

A new finding fails a test, and so does one that is no longer found.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from upbench.benchmark.core.contract import ImageItem
from upbench.benchmark.imaging.audit import audit
from upbench.benchmark.imaging.embedded import every_image, read_embedded, side
from upbench.benchmark.registry.catalog import collect

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

GRID = "an 8 x 8 grid"
ORIGINALS = {
    "chelsea": f"JPEG of about quality 98: {GRID}.",
    "coins": f"JPEG of about quality 85: {GRID}.",
    "grace_hopper": f"JPEG of about quality 80: {GRID}.",
    "grass": f"JPEG of about quality 90: {GRID}.",
    "ihc": f"JPEG of about quality 75: {GRID} that begins at row 3, column 5.",
    "moon": "It was enlarged by repeated pixels, 2 x 2.",
    "page": f"JPEG of about quality 98: {GRID}.",
    "rocket": f"JPEG of about quality 96: {GRID}.",
}
"""What the files of the embedded images carry, before they are processed."""
TRAIN = {
    "motorcycle_left": "Same scene as train motorcycle_right",
    "motorcycle_right": "Same scene as train motorcycle_left",
    "hubble_deep_field": "JPEG",
    "retina": f"JPEG of about quality 94: {GRID}",
    "cell": "Band limited",
}
TEST_SETS = {
    "set5 butterfly_GT": ["Same scene as set14 monarch: its size, 17 % of its area."],
    "set5 head_GT": ["Same scene as set14 face: its size."],
    "set5 woman_GT": [
        f"JPEG of about quality 75: {GRID}.",
        "Same scene as bsd200 302003: 0.72 times its size.",
    ],
    "set14 coastguard": [f"JPEG or video: {GRID}."],
    "set14 face": ["Same scene as set5 head_GT: its size."],
    "set14 foreman": [f"JPEG or video: {GRID}."],
    "set14 monarch": ["Same scene as set5 butterfly_GT: its size."],
    "set14 ppt3": [
        f"JPEG or video: {GRID}.",
        "Clipped: 44% of its values are its lowest or highest level.",
    ],
    "set14 zebra": [f"JPEG or video: {GRID}."],
}


def found(images: Sequence[tuple[str, ImageItem]]) -> dict[str, str]:
    """Return the findings of those that have any."""
    rows = audit(images).rows
    return {row["image"].split(" ", 1)[1]: row["findings"] for row in rows if row["findings"]}


def of(name: str) -> list[tuple[str, ImageItem]]:
    """List a dataset."""
    return [(name, item) for item in collect().dataset(name).items()]


def originals(names: Sequence[str], label: str) -> list[tuple[str, ImageItem]]:
    """List the unprocessed pixels of embedded images."""
    return [
        (label, ImageItem(name, name, partial(read_embedded, name, original=True)))
        for name in names
    ]


def test_the_standard_set_has_no_finding() -> None:
    """Every reference image is fit to be one, and none shows what another or training shows."""
    train = originals([image.name for image in side("train")], "train")
    table = audit(of("standard"), train)
    assert len(table.rows) == 12
    assert {row["image"]: row["findings"] for row in table.rows if row["findings"]} == {}


def test_the_files_carry_what_the_table_says() -> None:
    """What is processed, and what is left out, has the fault that the table states."""
    stated = [i.name for i in every_image() if i.jpeg and i.package != "upbench"]
    assert found(originals(stated, "file")) == ORIGINALS


def test_the_training_images_of_the_linear_layers() -> None:
    """The stereo pair, two JPEG files, and one image without fine detail."""
    told = found(originals([image.name for image in side("train")], "train"))
    assert told.keys() == TRAIN.keys()
    assert all(told[name].startswith(said) for name, said in TRAIN.items())


def test_the_probes_that_repeat_rows() -> None:
    """Patterns along one axis repeat their rows; the others are clean but for their extremes."""
    told = found(of("probes"))
    repeated = {name for name, said in told.items() if said.startswith("A pattern along one axis")}
    assert repeated == {"ramp-x", "ramp-y", "step", "nyquist-x", "nyquist-y", "colour-bars"}
    assert not any("JPEG" in said or "Enlarged" in said for said in told.values())
    turned = {name for name, said in told.items() if "Same scene" in said}
    assert turned == {"ramp-x", "ramp-y"}


def test_set5_and_set14_against_the_training_sets(public_data: Path) -> None:
    """Woman is in BSD200, butterfly and head are in Set14, and nothing else is found."""
    table = audit(of("set5") + of("set14"), of("bsd200") + of("bsd200-test") + of("t91"))
    told = {row["image"]: row["findings"] for row in table.rows if row["findings"]}
    assert told == {name: " ".join(said) for name, said in TEST_SETS.items()}


def test_the_listing_says_what_the_audit_finds(public_data: Path) -> None:
    """Each image that is in another set, too, says so in `data list`."""
    for name, said in TEST_SETS.items():
        dataset, image = name.split()
        (about,) = (item.about for _, item in of(dataset) if item.name == image)
        assert not any("Same scene" in one for one in said) or about, name


@pytest.mark.parametrize("name", ["bsd100", "bsd200", "bsd200-test"])
def test_the_berkeley_images_are_jpeg_of_quality_95(public_data: Path, name: str) -> None:
    """They were published so: every tenth is looked at."""
    told = {row["findings"] for row in audit(of(name)[::10]).rows}
    assert told == {f"JPEG of about quality 95: {GRID}."}


def test_t91_holds_jpegs_and_resampled_images(public_data: Path) -> None:
    """Of every fourth image a third carries a grid, at any offset; four were resampled."""
    told = found(of("t91")[::4])
    with_grid = {name for name, said in told.items() if "8 x 8 grid" in said}
    assert with_grid == {"t39", "t43", "t47", "t50", "t54", "t58", "t61", "t65"}
    resampled = {name for name, said in told.items() if "repeats every 3 pixels" in said}
    assert resampled == {"t1", "tt13", "tt24", "tt3"}
