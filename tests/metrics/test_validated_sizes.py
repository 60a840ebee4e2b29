"""Small images: the checkerboard level and the shift are null where they give false alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from upbench.benchmark.core.errors import ImageError, MetricUndefinedError
from upbench.benchmark.imaging.embedded import read_embedded, side
from upbench.benchmark.metrics.checkerboard import checkerboard, checkerboard_level
from upbench.benchmark.metrics.psnr import psnr
from upbench.benchmark.metrics.shift import registration_offset, shift
from upbench.benchmark.metrics.ssim import ssim
from upbench.benchmark.registry.catalog import collect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CLEAN = ("nearest", "bilinear", "bicubic", "lanczos3")
CROPS = 30
CATALOG = collect()
STEPS = CATALOG.protocols["y-classic"].steps


def crops(size: int, scale: int) -> Iterator[tuple[Floats, Floats]]:
    """Yield what a run scores of clean methods on random crops of the embedded photographs."""
    draw = np.random.default_rng(20261126)
    images = [read_embedded(image.name) for image in side("standard")]
    for number in range(CROPS):
        image = images[number % len(images)]
        if min(image.shape[:2]) < size:
            continue
        top, left = (int(draw.integers(0, n - size + 1)) for n in image.shape[:2])
        high = STEPS.reference(image[top : top + size, left : left + size], scale)
        low = STEPS.degrade(high, scale)
        for name in CLEAN:
            output = CATALOG.methods[name].load(scale)(low.astype(np.float32))
            yield STEPS.score(high, scale), STEPS.score(STEPS.finish(output, scale), scale)


@pytest.mark.parametrize(("size", "scale"), [(128, 4), (192, 4), (128, 3), (128, 2)])
def test_small_images_have_no_value(size: int, scale: int) -> None:
    """At 128 pixels, and at 192 for x4, there is null and the reason."""
    scored = np.zeros((size - 2 * scale, size - 2 * scale))
    for name, metric in (("checkerboard_db", checkerboard), ("shift_px", shift)):
        with pytest.raises(MetricUndefinedError) as caught:
            metric(scored, scored, scale)
        wanted, given = 78 + 40 * scale, size - 2 * scale
        assert str(caught.value) == (
            f"{name} needs as many pixels as {wanted} x {wanted} at x{scale}, got {given} x "
            f"{given}: it gives false alarms on smaller images."
        )


def test_small_crops_of_clean_methods_raise_false_alarms() -> None:
    """Why there is a limit: the level itself is above 1 dB on small crops at x4."""
    levels = [checkerboard_level(*pair, 4) for pair in crops(80, 4)]
    assert max(levels) > 1


@pytest.mark.parametrize(("size", "scale"), [(256, 4), (208, 3), (192, 2)])
def test_clean_methods_raise_no_alarm_at_validated_sizes(size: int, scale: int) -> None:
    """At most one of a hundred levels is above 1 dB, and one of a hundred shifts above 0.1 px."""
    pairs = [*crops(size, scale)]
    assert np.mean([checkerboard(*pair, scale) > 1 for pair in pairs]) <= 0.01
    moved = [shift(*pair, scale) for pair in pairs if pair[0].std() > 0.02]
    assert np.mean(np.array(moved) > 0.1) <= 0.01


def test_the_area_counts() -> None:
    """A long image has as many cells as a square one."""
    long = np.random.default_rng(0).random((164, 440))
    assert checkerboard(long, long, 4) == 0
    assert shift(long, long, 4) == pytest.approx(0, abs=1e-6)
    assert registration_offset(long, long, 4) == pytest.approx((0, 0), abs=1e-6)


@pytest.mark.parametrize("metric", [psnr, ssim, checkerboard, shift])
def test_values_of_another_range_are_refused_at_once(metric: object) -> None:
    """``psnr(uint8, uint8, 2)`` was -8 dB; an overshoot is no mistake."""
    levels = np.random.default_rng(0).integers(0, 256, (200, 200), dtype=np.uint8)
    with pytest.raises(ImageError) as caught:
        metric(levels, levels, 2)  # type: ignore[operator]
    assert str(caught.value).endswith(
        "the reference must lie in [0, 1], got values from 0 to 255: give the data_range that "
        "they have."
    )
    metric(levels, levels, 2, data_range=255)  # type: ignore[operator]
    metric(levels / 255 - 0.2, levels / 255 + 0.2, 2)  # type: ignore[operator]


@pytest.mark.parametrize("dtype", [bool, complex, object, "datetime64[s]"])
def test_values_that_are_no_numbers_are_refused_at_once(dtype: str) -> None:
    """One sentence names the dtype."""
    image = np.zeros((20, 20)).astype(dtype)
    with pytest.raises(ImageError, match="psnr_db: the reference must hold real numbers, got dt"):
        psnr(image, image, 2)
