"""Harder degradations: the published BD and DN numbers, and what each keeps fixed."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np
import pytest
from one_cell import run

from upbench.benchmark.engine.cell import prepare
from upbench.benchmark.engine.plan import plan
from upbench.benchmark.imaging.corruptions import as_jpeg, blurred, decimated, with_noise
from upbench.benchmark.imaging.embedded import read_embedded
from upbench.benchmark.imaging.shrink import SHRINKERS, shrink
from upbench.benchmark.registry.catalog import built_in_protocols, collect

if TYPE_CHECKING:
    from pathlib import Path

    from upbench.benchmark.core.contract import Dataset

PIXELS = np.rint(read_embedded("coffee")[:96, :96] * 255).astype(np.uint8)
PROTOCOLS = built_in_protocols()

# Y. Zhang et al., CVPR 2018, arXiv:1802.08797, as transcribed in public: bicubic at x3, PSNR in dB
# and SSIM, and how far ours may be.  The noise of DN is of another generator.
PUBLISHED = {
    ("bd", "set5"): (28.78, 0.8308, 0.006, 0.0002),
    ("bd", "set14"): (26.38, 0.7271, 0.006, 0.0002),
    ("dn", "set5"): (24.01, 0.5369, 0.08, 0.005),
    ("dn", "set14"): (22.87, 0.4724, 0.08, 0.005),
}


def bicubic_means(dataset: Dataset, protocol: str) -> tuple[float, float]:
    """Return bicubic's mean PSNR and SSIM at x3."""
    catalog = collect()
    bicubic, steps = catalog.method("bicubic"), PROTOCOLS[protocol]
    metrics = [catalog.metrics["psnr_db"], catalog.metrics["ssim"]]
    images = [(dataset.name, item) for item in dataset.items()]
    cells = plan([bicubic], images, [3], [steps], metrics)
    rows = [
        run(cell, bicubic, bicubic.load(3), prepare(item.load(), 3, steps), metrics).row
        for cell, (_, item) in zip(cells, images, strict=True)
    ]
    return (
        fmean(row.scores["psnr_db"] or 0 for row in rows),
        fmean(row.scores["ssim"] or 0 for row in rows),
    )


@pytest.mark.parametrize(("protocol", "name"), PUBLISHED)
def test_bicubic_scores_its_published_numbers(public_data: Path, protocol: str, name: str) -> None:
    """BD to the last published digit; DN within what another draw of the noise changes."""
    psnr, ssim, psnr_off, ssim_off = PUBLISHED[protocol, name]
    measured = bicubic_means(collect().dataset(name), protocol)
    assert measured == (pytest.approx(psnr, abs=psnr_off), pytest.approx(ssim, abs=ssim_off))


def test_the_blur_is_a_window_that_is_normalised() -> None:
    """An impulse becomes the 7 x 7 Gaussian, cut off outside; a flat area stays as it is."""
    impulse = np.zeros((15, 15, 1), np.uint8)
    impulse[7, 7] = 255
    places = np.arange(-3, 4)
    window = np.exp(-(places[:, None] ** 2 + places**2) / (2 * 1.6**2))
    expected = np.pad(np.floor(255 * window / window.sum() + 0.5), 4)
    np.testing.assert_array_equal(blurred(impulse, 1.6, 7)[:, :, 0], expected)
    np.testing.assert_array_equal(blurred(np.full((9, 9, 3), 77, np.uint8), 1.6, 7), 77)


@pytest.mark.parametrize("scale", [3, 5])
def test_the_middle_pixel_is_kept(scale: int) -> None:
    """At odd scales nothing is shifted."""
    cut = PIXELS[:90, :90]
    middle = scale // 2
    np.testing.assert_array_equal(decimated(cut, scale), cut[middle::scale, middle::scale])


@pytest.mark.parametrize("scale", [2, 3, 4, 5])
def test_bd_shifts_nothing_at_any_whole_scale(scale: int) -> None:
    """Of a ramp each small pixel is what lies in the middle of its cell."""
    side = 12 * scale
    ramp = np.broadcast_to(np.arange(side)[:, None, None] * 2, (side, side, 3)).astype(np.uint8)
    small = PROTOCOLS["bd"].steps.degrade(ramp, scale)
    middles = 2 * (np.arange(12) * scale + (scale - 1) / 2)
    inner = slice(4, 8)  # the window reaches six pixels
    np.testing.assert_allclose(small[inner, 6, 0], middles[inner], atol=0.51)


def test_the_even_window_lies_between_pixels() -> None:
    """As MATLAB's does: from five pixels before to six after, its middle half a pixel on."""
    impulse = np.zeros((1, 25, 1), np.uint8)
    impulse[0, 12] = 255
    places = np.arange(-5.5, 6)
    window = np.exp(-(places**2) / (2 * 1.6**2))
    found = blurred(np.repeat(impulse, 25, axis=0), 1.6, 12)[12, :, 0]
    expected = np.floor(255 * window / window.sum() + 0.5)
    assert found[6:18].tolist() == expected.tolist()


def test_noise_belongs_to_the_image() -> None:
    """The same pixels have the same noise, others other noise, of the strength that is stated."""
    noisy = with_noise(PIXELS, 30)
    np.testing.assert_array_equal(noisy, with_noise(PIXELS.copy(), 30))
    changed = PIXELS.copy()
    changed[0, 0, 0] ^= 1
    assert (with_noise(changed, 30) != noisy).mean() > 0.9
    grey = np.full((200, 200, 3), 128, np.uint8)
    noise = with_noise(grey, 30) - 128.0
    assert noise.std() == pytest.approx(30, abs=0.5)
    assert abs(np.corrcoef(noise[:, :, 0].ravel(), noise[:, :, 1].ravel())[0, 1]) < 0.02


@pytest.mark.parametrize("channels", [1, 3])
def test_jpeg_keeps_shape_and_loses_detail(channels: int) -> None:
    """Grey stays grey; a lower quality is farther from the image."""
    pixels = PIXELS[:, :, :channels]
    errors = [np.abs(as_jpeg(pixels, q).astype(int) - pixels).mean() for q in (90, 40, 10)]
    assert as_jpeg(pixels, 40).shape == pixels.shape
    assert errors == sorted(errors)


@pytest.mark.parametrize("library", sorted(set(SHRINKERS) - {"matlab"}))
def test_each_library_has_its_protocol(library: str) -> None:
    """``rgb8-LIBRARY`` shrinks as that library does and states its version."""
    protocol = PROTOCOLS[f"rgb8-{library}"]
    np.testing.assert_array_equal(protocol.steps.degrade(PIXELS, 3), shrink(PIXELS, 3, library))
    assert any(char.isdigit() for char in protocol.signature.split("|lr:")[1].split("|")[0])
    assert protocol.eight_bit
