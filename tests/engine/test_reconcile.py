"""Reconciling: every convention's number equals that of plain code, and the true one is found."""

from __future__ import annotations

import gc
import random
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import plain_scores as plain
import pytest

from upbench.benchmark.core.contract import Dataset, ImageItem
from upbench.benchmark.core.errors import MethodError
from upbench.benchmark.engine.reconcile import Asked, measure_all
from upbench.benchmark.engine.runner import make_setup
from upbench.benchmark.engine.supervisor import Limits
from upbench.benchmark.imaging.embedded import read_embedded
from upbench.benchmark.protocols.conventions.axes import (
    AXES,
    BORDERS,
    PSNRS,
    SSIMS,
    Convention,
    Psnr,
    Ssim,
    is_of_channels,
)
from upbench.benchmark.protocols.conventions.search import Target, read_number, search

if TYPE_CHECKING:
    from upbench.benchmark.engine.reconcile import Tables
    from upbench.benchmark.protocols.conventions.search import Found

SCALE = 2
TOLERANCES = (0.02, 0.001)
COLOURED = ("astronaut", "coffee", "chelsea")


def crops(names: tuple[str, ...]) -> dict[str, Any]:
    """Return small crops of embedded images, uint8, where there is detail."""
    found = {name: read_embedded(name)[100:152, 120:176] for name in names}
    return {name: np.round(image * 255).astype(np.uint8) for name, image in found.items()}


def dataset(pixels: dict[str, Any]) -> Dataset:
    """Return some images as a dataset."""
    items = [
        ImageItem(name, name, lambda image=image: (image / np.float32(255)).astype(np.float32))
        for name, image in pixels.items()
    ]
    return Dataset("crops", lambda: items, "test", "test")


def asked(
    pixels: dict[str, Any],
    target: Target,
    method: str = "bicubic",
    origin: str = "upbench.methods.canonical",
    shrinkers: tuple[str, ...] = tuple(AXES["shrink"]),
) -> Asked:
    """Return the request for one method and set."""
    return Asked(
        method=method,
        service=partial(make_setup().method_service, origin),
        own_8bit=method == "bicubic",
        targets=(target,),
        datasets={"crops": dataset(pixels)},
        shrinkers=shrinkers,
        tolerances=TOLERANCES,
        limits=Limits(30),
    )


def wanted(psnr: str = "-", ssim: str = "-") -> Target:
    """Return a target of the crops."""
    return Target("crops", SCALE, read_number("--psnr", psnr), read_number("--ssim", ssim))


@pytest.fixture(scope="module")
def tables() -> Tables:
    """Return PSNR and SSIM of bicubic under every convention, measured once."""
    (found,), notes = measure_all(asked(crops(COLOURED), wanted(ssim="0.9")))
    assert notes == []
    return found


def pairs(pixels: dict[str, Any], choices: dict[str, str]) -> list[tuple[Any, Any]]:
    """Return reference and output of each image by plain code, cropped."""
    made = [plain.planes(image, SCALE, choices) for image in pixels.values()]
    border = choices["border"]
    return [(plain.crop(x, SCALE, border), plain.crop(y, SCALE, border)) for x, y in made]


def differences(tables: Tables, pixels: dict[str, Any], every: int = 1) -> list[str]:
    """Return the conventions whose PSNR differs from that of plain code."""
    wrong = []
    for (low, view), (psnrs, _) in list(tables.items())[::every]:
        made = [
            plain.planes(image, SCALE, {**vars(low), **vars(view)}) for image in pixels.values()
        ]
        for number, border in enumerate(BORDERS):
            cut = [(plain.crop(x, SCALE, border), plain.crop(y, SCALE, border)) for x, y in made]
            for kind, value in zip(PSNRS, psnrs[number], strict=True):
                if is_of_channels(kind) and view.colour != "rgb":
                    continue
                expected = plain.psnr(cut, vars(kind))
                if abs(expected - value) > 2e-4:
                    wrong.append(f"{low} {view} {border} {kind}: {value} not {expected}")
    return wrong


def test_psnr_under_every_combination_is_that_of_plain_code(tables: Tables) -> None:
    """Bicubic's PSNR under every combination equals an independent implementation's."""
    assert len(tables) == 205
    assert differences(tables, crops(COLOURED)) == []


@pytest.mark.parametrize("colour", AXES["colour"])
def test_ssim_under_every_window_is_that_of_plain_code(tables: Tables, colour: str) -> None:
    """Every window, covariance, range, border and joining of channels, by scikit-image or SciPy."""
    plane = next(one for one in tables if one[1].colour == colour)
    for number, border in enumerate(BORDERS):
        choices = {**vars(plane[0]), **vars(plane[1]), "border": border}
        cut = pairs(crops(COLOURED), choices)
        for kind, value in zip(SSIMS, tables[plane][1][number], strict=True):
            if is_of_channels(kind) and colour != "rgb":
                assert np.isnan(value)
            else:
                assert value == pytest.approx(plain.ssim(cut, vars(kind)), abs=2e-6), (border, kind)


def test_grey_images_count_as_they_are_or_as_rgb() -> None:
    """A set with a grey image has both readings of it, and both are those of plain code."""
    pixels = crops(("astronaut", "camera"))
    assert pixels["camera"].shape[2] == 1
    (found,), _ = measure_all(asked(pixels, wanted(psnr="30"), shrinkers=("matlab",)))
    assert {low.grey for low, _ in found} == {"grey", "rgb"}
    assert differences(found, pixels, every=7) == []


def random_convention(generator: random.Random, tables: Tables) -> Convention:
    """Draw one value on every axis, among those that make sense together."""
    low, view = generator.choice(list(tables))
    rgb = view.colour == "rgb"
    psnr = generator.choice([kind for kind in PSNRS if rgb or not is_of_channels(kind)])
    ssim = generator.choice([kind for kind in SSIMS if rgb or not is_of_channels(kind)])
    return Convention(low, view, generator.choice(BORDERS), psnr, ssim)


def place_of(true: Convention, found: list[Found]) -> int | None:
    """Return how many lie nearer than the true convention; None if it is not listed."""
    for one in found:
        if true.choices in [one.convention.choices, *(other.choices for other in one.alike)]:
            return sum(other.off < one.off - 1e-9 for other in found)
    return None


@pytest.mark.parametrize("with_ssim", [False, True])
def test_the_true_convention_of_20_random_numbers_is_listed(
    tables: Tables,
    with_ssim: bool,  # noqa: FBT001
) -> None:
    """Plain code prints 20 numbers: all conventions are listed, 16 first or equal first."""
    generator, pixels, places = random.Random(16), crops(COLOURED), []  # noqa: S311
    for _ in range(20):
        true = random_convention(generator, tables)
        cut = pairs(pixels, true.choices)
        psnr = f"{plain.psnr(cut, true.choices):.2f}"
        ssim = f"{plain.ssim(cut, true.choices):.4f}" if with_ssim else "-"
        known = true if with_ssim else Convention(true.low, true.view, true.border, true.psnr, None)
        places.append(place_of(known, search([wanted(psnr, ssim)], [tables], TOLERANCES)))
    assert None not in places
    assert places.count(0) >= 16


def test_the_papers_convention_comes_first_with_its_code(tables: Tables) -> None:
    """Among conventions that give a number equally well, one that a known code has is first."""
    cut = pairs(crops(COLOURED), Y_CLASSIC)
    target = wanted(f"{plain.psnr(cut, Y_CLASSIC):.2f}", f"{plain.ssim(cut, Y_CLASSIC):.4f}")
    first = search([target], [tables], TOLERANCES)[0]
    assert "upbench's y-classic" in first.codes
    assert "SRCNN's and FSRCNN's MATLAB" in first.codes


Y_CLASSIC = {
    "shrink": "matlab", "depth": "float", "given": "y", "pixels": "8 bits",
    "colour": "y-rounded", "border": "s",
    **vars(Psnr("psnr", "joint", "255")), **vars(Ssim("gaussian", "population", "mean", "255")),
}  # fmt: skip


def test_nothing_within_the_tolerance_gives_the_nearest(tables: Tables) -> None:
    """A number that no convention gives gets the nearest ones, and they do not fit."""
    found = search([wanted(psnr="99.99")], [tables], TOLERANCES)
    assert 0 < len(found) <= 10
    assert all(one.off > 1 for one in found)
    assert [one.off for one in found] == sorted(one.off for one in found)


def test_equal_low_resolution_images_are_enlarged_once() -> None:
    """OpenCV's and PyTorch's float images are one, as are Pillow's and PyTorch's antialiased."""
    calls: list[int] = []
    (found,), _ = measure_all(
        asked(crops(("astronaut",)), wanted(psnr="30")),
        lambda _what, done, _total: calls.append(done),
    )
    assert calls[-1] == 45  # 5 ways of shrinking, 3 depths, 3 inputs
    assert len(calls) <= 39
    assert len(found) == 205


def test_planes_of_an_image_that_is_done_are_let_go() -> None:
    """They are several times the image: all images' would not fit into memory."""
    held: list[int] = []
    measure_all(
        asked(crops(COLOURED), wanted(psnr="30")),
        lambda _what, _done, _total: held.append(
            sum(type(one).__name__ == "_Truth" for one in gc.get_objects())
        ),
    )
    third = len(held) // 3
    assert 0 < median(held[-third:]) <= median(held[:third])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise ValueError('no')", "ValueError: no"),
        ("import os; os._exit(3)", "ended with exit code 3"),
        ("return image", "shape"),
    ],
)
def test_a_method_that_fails_is_one_sentence(tmp_path: Any, body: str, reason: str) -> None:
    """It raises, ends its process or returns a wrong shape: the reason and the image are named."""
    file = tmp_path / "mine.py"
    file.write_text(
        "from upbench import method\n"
        "@method('mine', family='interpolation')\n"
        f"def mine(image, scale):\n    {body}\n",
        encoding="utf-8",
    )
    request = asked(crops(("astronaut",)), wanted(psnr="30"), "mine", str(file), ("matlab",))
    with pytest.raises(MethodError, match="mine fails on astronaut") as raised:
        measure_all(request)
    assert reason in str(raised.value)
