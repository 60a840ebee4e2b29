"""Methods of any size: what they are called with, and what the interpolations make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from one_cell import run

from upbench.benchmark.core.contract import ATTRIBUTE, Method, method
from upbench.benchmark.core.errors import PluginMetadataError, UnsupportedScaleError
from upbench.benchmark.core.sizes import Ratio
from upbench.benchmark.engine.cell import prepare
from upbench.benchmark.engine.plan import plan
from upbench.benchmark.engine.store import Store, load
from upbench.benchmark.imaging.resample import resize, resize_8bit
from upbench.benchmark.registry.catalog import built_in_protocols, collect
from upbench.benchmark.registry.checks import check_method

if TYPE_CHECKING:
    from pathlib import Path

    from upbench.benchmark.core.contract import Image, Scale, Size

CATALOG = collect()
INTERPOLATIONS = [one for one in CATALOG.default_methods() if one.family == "interpolation"]
WHOLE = next(one for one in CATALOG.methods.values() if one.family != "interpolation")
RESIZED = [((13, 17), (20, 26)), ((13, 17), (5, 6)), ((12, 9), (18, 3)), ((1, 1), (3, 2))]
PICTURE = np.random.default_rng(5).random((60, 60, 3), dtype=np.float32)


def described(function: Any, **stated: Any) -> Method:
    """Return a plugin's method."""
    found: Method = getattr(
        method("mine", family="interpolation", any_size=True, **stated)(function), ATTRIBUTE
    )
    return found


def test_every_interpolation_makes_any_size() -> None:
    """The built-in ones state it, and whether they antialias."""
    assert {one.any_size for one in INTERPOLATIONS} == {True}
    assert {one.antialias for one in INTERPOLATIONS} == {"stretch", "gaussian", "none"}
    assert not WHOLE.any_size


@pytest.mark.parametrize(("before", "after"), RESIZED)
@pytest.mark.parametrize("name", [one.name for one in INTERPOLATIONS])
def test_a_size_is_what_comes_out(name: str, before: Size, after: Size) -> None:
    """Larger, smaller, the axes apart, one pixel: float32 of the size that was asked for."""
    image = PICTURE[: before[0], : before[1]]
    output = CATALOG.methods[name].load_any_size()(image, after)
    assert output.shape == (*after, 3)
    assert output.dtype == np.float32
    assert np.isfinite(output).all()


@pytest.mark.parametrize("scale", [Ratio(3, 2), Ratio(8, 3), Ratio(1, 2), Ratio(3, 10)])
def test_the_canonical_ones_are_the_resampler_at_the_scale(scale: Scale) -> None:
    """Asking for the size gives what the scale gives, in floats and in 8 bits."""
    levels = (PICTURE * 255).round().astype(np.uint8)
    bicubic = CATALOG.methods["bicubic"]
    expected = resize(PICTURE, float(scale))
    assert np.abs(bicubic.load(scale)(PICTURE) - expected).max() < 1e-6
    assert np.array_equal(bicubic.run_8bit(levels, scale), resize_8bit(levels, float(scale)))


def test_a_function_gets_the_size_and_a_class_its_device() -> None:
    """One call for whole scales and fractions alike: the output's (height, width)."""
    asked: list[Any] = []

    def function(image: Image, size: Size) -> Image:
        asked.append(size)
        return np.zeros((*size, image.shape[2]), dtype=np.float32)

    class Loader:
        parameters = 7

        def __init__(self, device: str = "cpu") -> None:
            asked.append(device)

        def __call__(self, image: Image, size: Size) -> Image:
            return function(image, size)

    for target in (function, Loader):
        asked.clear()
        ready = described(target).load(Ratio(3, 2), "cpu")
        assert ready(PICTURE).shape == (90, 90, 3)
        assert described(target).load(2)(PICTURE[:1]).shape == (2, 120, 3)
        assert [one for one in asked if one != "cpu"] == [(90, 90), (2, 120)]
    assert asked.count("cpu") == 2
    assert getattr(ready, "parameters", None) == 7


def test_what_is_stated_must_fit() -> None:
    """Any size is every scale; a method of scales cannot be asked for a size."""
    with pytest.raises(PluginMetadataError, match="any_size=True offers every scale; leave scales"):
        method("m", family="f", any_size=True, scales=(2,))
    with pytest.raises(PluginMetadataError, match="any_size must be True or False"):
        method("m", family="f", any_size="yes")  # type: ignore[arg-type]
    with pytest.raises(PluginMetadataError, match="antialias must be one of stretch, gaussian"):
        method("m", family="f", antialias="yes")  # type: ignore[arg-type]
    with pytest.raises(UnsupportedScaleError, match="; expected a method of any"):
        WHOLE.load_any_size()
    with pytest.raises(UnsupportedScaleError, match=r"not x1\.5\.$"):
        WHOLE.load(Ratio(3, 2))


def test_check_finds_a_method_that_makes_another_size() -> None:
    """A function that takes a scale fails, one that takes the size passes."""
    good = described(lambda image, size: np.zeros((*size, image.shape[2]), dtype=np.float32))
    wrong = described(lambda image, scale: np.repeat(image, scale, axis=0))
    square = described(lambda image, size: np.zeros((size[0],) * 2 + image.shape[2:], np.float32))
    found = {
        name: next(one for one in check_method(mine, (2,)) if one.name == "any size")
        for name, mine in {"good": good, "wrong": wrong, "square": square}.items()
    }
    assert found["good"].status == "pass"
    assert found["wrong"].status == found["square"].status == "fail"
    assert "from 12x10 to 18x15: The output has shape (18, 18, 3)" in found["square"].detail


@pytest.mark.parametrize("protocol", ["y-classic", "rgb8", "rgb8-rounded"])
@pytest.mark.parametrize("scale", [Ratio(3, 2), Ratio(8, 3), Ratio(1, 3), Ratio(3, 10)])
def test_protocols_define_fractions(protocol: str, scale: Scale) -> None:
    """Sizes are whole, MATLAB's bicubic makes the smaller image, which is the reference below 1."""
    steps = built_in_protocols()[protocol]
    prepared = prepare(PICTURE, scale, steps)
    cropped = steps.steps.reference(PICTURE, scale)
    given, wanted = prepared.low.shape, prepared.high.shape
    assert [Ratio(b, a) for a, b in zip(given[:2], wanted[:2], strict=True)] == [scale, scale]
    assert cropped.shape == (wanted if scale > 1 else given)
    made = prepared.low if scale > 1 else prepared.high / 255.0
    by = float(min(scale, 1 / scale))
    if steps.eight_bit:
        assert np.array_equal(np.rint(made * 255), resize_8bit(cropped, by))
    else:
        smaller = resize(cropped / 255.0, by)
        assert np.abs(np.clip(made, 0, 1) - np.clip(smaller, 0, 1)).max() < 0.51 / 255
    border = 3 if scale > 2 else 2 if scale > 1 else 1
    assert prepared.reference.shape == tuple(side - 2 * border for side in wanted[:2])


def test_a_fraction_goes_through_a_run_and_a_table(tmp_path: Path) -> None:
    """Scores, keys and crops of x1.5 and x2 side by side; lattice metrics say why they are null."""
    wanted = ["psnr_db", "ssim", "shift_px", "checkerboard_db", "blockiness_db"]
    metrics = [CATALOG.metrics[name] for name in wanted]
    item = next(iter(CATALOG.dataset("standard", 10**9).items()))
    protocol, bicubic = built_in_protocols()["y-classic"], CATALOG.methods["bicubic"]
    cells = plan(
        [bicubic], [("standard", item)], [2, Ratio(3, 2), Ratio(1, 2)], [protocol], metrics
    )
    with Store(tmp_path) as store:
        for cell in cells:
            prepared = prepare(item.load()[:300, :300], cell.scale, protocol)
            store.add(run(cell, bicubic, bicubic.load(cell.scale), prepared, metrics))
        assert store.finished() == {cell.identity: cell.key for cell in cells}
        assert {identity[3] for identity in store.crops()} == {2, Ratio(3, 2), Ratio(1, 2)}
        store.export()
    for file in ("journal.sqlite", "scores.parquet"):
        rows = load(tmp_path).set_index("scale")
        assert rows.loc[1.5, "psnr_db"] > rows.loc[2, "psnr_db"] > 20
        assert rows.loc[0.5, "psnr_db"] > 50  # its own degradation, rounded
        assert rows.loc[[0.5, 1.5], ["ssim", "shift_px"]].notna().all(axis=None)
        assert rows.loc[[0.5, 1.5], ["checkerboard_db", "blockiness_db"]].isna().all(axis=None)
        assert "checkerboard_db needs a whole scale, got x1.5" in rows.loc[1.5, "reason"]
        (tmp_path / file).unlink()
    assert load(tmp_path)["scale"].tolist() == [0.5, 1.5, 2.0]
