"""The protocols, against published tables and golden values."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
from one_cell import run

from upbench.benchmark.core.contract import ImageItem
from upbench.benchmark.core.errors import ImageError, UnknownNameError, UsageError
from upbench.benchmark.engine.cell import prepare
from upbench.benchmark.engine.plan import plan
from upbench.benchmark.imaging.embedded import read_embedded
from upbench.benchmark.protocols.conventions.axes import SSIMS
from upbench.benchmark.protocols.conventions.measure import measure
from upbench.benchmark.protocols.conventions.tables import ssim_table
from upbench.benchmark.registry.catalog import built_in_protocols, collect

if TYPE_CHECKING:
    from pathlib import Path

    from upbench.benchmark.core.contract import Dataset
    from upbench.benchmark.core.row import Row

PROTOCOLS = built_in_protocols()
STEPS = {name: one.steps for name, one in PROTOCOLS.items()}

# Bicubic down and up, PSNR dB and SSIM at x2, x3, x4, measured with an independent implementation.
TABLE = {
    ("y-classic", "set5"): [(33.6614, 0.92988), (30.3922, 0.86821), (28.4207, 0.81037)],
    ("y-classic", "set14"): [(30.2318, 0.86865), (27.5405, 0.77361), (26.0001, 0.70186)],
    ("rgb8-rounded", "set5"): [(33.6396, 0.92922), (30.3850, 0.86779), (28.4164, 0.81008)],
    ("rgb8-rounded", "set14"): [(30.2183, 0.86831), (27.5303, 0.77374), (25.9903, 0.70226)],
    ("rgb8", "set5"): [(33.6734, 0.93029), (30.4033, 0.86891), (28.4290, 0.81114)],
    ("rgb8", "set14"): [(30.2302, 0.86905), (27.5367, 0.77447), (25.9940, 0.70292)],
}
# Bicubic under rgb8-rounded on images that scikit-image ships.
GOLDEN = {
    "astronaut": [(31.69, 0.9445), (28.67, 0.8923), (26.83, 0.8417)],
    "camera": [(29.89, 0.8636), (27.67, 0.7975), (26.17, 0.7470)],
    "coffee": [(30.58, 0.8845), (28.40, 0.8120), (27.28, 0.7635)],
    "chelsea": [(35.22, 0.9146), (32.87, 0.8530), (31.46, 0.8052)],
    "rocket": [(32.29, 0.9140), (30.58, 0.8725), (29.98, 0.8520)],
}


def bicubic_rows(dataset: Dataset, scale: int, protocol: str) -> list[Row]:
    """Run canonical bicubic on a dataset's images, as a run would."""
    catalog = collect()
    bicubic = catalog.method("bicubic")
    metrics = [catalog.metrics["psnr_db"], catalog.metrics["ssim"]]
    images = [(dataset.name, item) for item in dataset.items()]
    conditions = PROTOCOLS[protocol]
    cells = plan([bicubic], images, [scale], [conditions], metrics)
    loaded = bicubic.load(scale)
    return [
        run(cell, bicubic, loaded, prepare(item.load(), scale, conditions), metrics).row
        for cell, (_, item) in zip(cells, images, strict=True)
    ]


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize(("protocol", "name"), TABLE)
def test_bicubic_scores_its_published_numbers(
    public_data: Path, protocol: str, name: str, scale: int
) -> None:
    """Means over Set5 and Set14 agree to 0.005 dB and 0.0005 SSIM at every scale."""
    rows = bicubic_rows(collect().dataset(name), scale, protocol)
    psnr, ssim = TABLE[protocol, name][scale - 2]
    assert np.mean([row.scores["psnr_db"] for row in rows]) == pytest.approx(psnr, abs=0.005)
    assert np.mean([row.scores["ssim"] for row in rows]) == pytest.approx(ssim, abs=0.0005)


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("image", GOLDEN)
def test_bicubic_scores_the_golden_values(image: str, scale: int) -> None:
    """The images in scikit-image's wheel give the golden values to the digits they have."""
    whole = ImageItem(image, image, partial(read_embedded, image, original=True))
    files = replace(collect().dataset("standard"), items=lambda: [whole])
    (row,) = bicubic_rows(files, scale, "rgb8-rounded")
    psnr, ssim = GOLDEN[image][scale - 2]
    assert row.scores["psnr_db"] == pytest.approx(psnr, abs=0.005)
    assert row.scores["ssim"] == pytest.approx(ssim, abs=0.0005)


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize("channels", [1, 3])
def test_reference_is_cropped_to_multiples_of_the_scale(name: str, channels: int) -> None:
    """The bottom and right are cropped; grey stays grey, luma protocols give one channel."""
    image = np.random.default_rng(0).random((23, 31, channels)).astype(np.float32)
    pixels = STEPS[name].reference(image, 4)
    expected = 1 if channels == 1 or name == "y-classic" else 3
    assert pixels.shape == (20, 28, expected)
    assert pixels.dtype == np.uint8


def test_grey_levels_are_not_compressed() -> None:
    """A grey image is used as it is: 0 stays 0 and 255 stays 255."""
    image = np.zeros((12, 12, 1), dtype=np.float32)
    image[6:] = 1.0
    pixels = STEPS["y-classic"].reference(image, 2)
    assert set(np.unique(pixels)) == {0, 255}


def test_white_has_studio_luma() -> None:
    """RGB white becomes luma 235, black 16."""
    image = np.zeros((12, 12, 3), dtype=np.float32)
    image[6:] = 1.0
    assert set(np.unique(STEPS["y-classic"].reference(image, 2))) == {16, 235}


def test_scored_area_loses_the_border() -> None:
    """As many pixels as the scale are shaved off each of the four borders."""
    pixels = np.zeros((24, 30, 1), dtype=np.uint8)
    assert STEPS["y-classic"].score(pixels, 3).shape == (18, 24)


def test_rounded_and_float_luma_differ_by_half_a_level_at_most() -> None:
    """rgb8-rounded scores whole levels of luma, rgb8 the float before rounding."""
    pixels = np.random.default_rng(0).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    rounded = STEPS["rgb8-rounded"].score(pixels, 2) * 255
    exact = STEPS["rgb8"].score(pixels, 2) * 255
    np.testing.assert_allclose(rounded, np.round(rounded), atol=1e-12)
    assert 0 < np.abs(rounded - exact).max() <= 0.5 + 1e-12


@pytest.mark.parametrize("name", PROTOCOLS)
def test_output_is_clipped_and_rounded_half_up(name: str) -> None:
    """Values outside [0, 1] are clipped by the protocol, halves go up."""
    output = np.array([-0.5, 0.0, 0.5 / 255, 1.49 / 255, 2.0], dtype=np.float32)
    assert STEPS[name].finish(output.reshape(1, 5, 1), 2).ravel().tolist() == [0, 0, 1, 1, 255]


def test_a_window_over_the_channels_has_a_value_where_some_images_are_grey() -> None:
    """Set14 has grey images: MATLAB's ssim of such a one is that of its channel."""
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (count, 50, 60)).astype(np.float64) for count in (3, 1)]
    found = [measure(one, (one + 9).clip(0, 255), 2, similarity=True) for one in images]
    mean, joint = (SSIMS.index(replace(SSIMS[-1], ssim_channels=one)) for one in ("mean", "joint"))
    colour, grey, both = (ssim_table(some) for some in (found[:1], found[1:], found))
    assert np.isnan(grey[:, joint]).all()  # no image has channels to span
    assert (np.abs(colour[:, joint] - colour[:, mean]) > 1e-6).all()
    np.testing.assert_allclose(both[:, joint], (colour[:, joint] + grey[:, mean]) / 2)


def test_image_smaller_than_the_scale_is_refused() -> None:
    """One sentence says the size, the scale and what would do."""
    with pytest.raises(ImageError) as caught:
        STEPS["rgb8"].reference(np.zeros((5, 40, 3), dtype=np.float32), 2)
    assert str(caught.value) == (
        "The image has 40x5 pixels, too few for x2: "
        "expected at least 6 per side; leave it out or choose a smaller scale."
    )


@pytest.mark.parametrize("scale", [Fraction(4, 3), Fraction(3, 2), Fraction(2), Fraction(2, 3)])
def test_the_smallest_image_that_is_taken_has_a_pixel_to_score(scale: Fraction) -> None:
    """At 4/3 a border of 2 on each side is all that 4 pixels have."""
    refused = 0
    for side in range(1, 13):
        try:
            pixels = STEPS["rgb8"].reference(np.zeros((side, 12, 3), dtype=np.float32), scale)
        except ImageError:
            refused += 1
            continue
        assert STEPS["rgb8"].score(pixels, scale).size
    assert refused == {Fraction(4, 3): 7, Fraction(2, 3): 5}.get(scale, 5)


def test_unknown_protocol_gets_a_suggestion() -> None:
    """A misspelt protocol is answered with the one that was meant, none with an example."""
    catalog = collect(folders=("upbench.benchmark.protocols",))
    with pytest.raises(UnknownNameError, match=r"'y-clasic'; did you mean 'y-classic'\?"):
        catalog.choose_protocols(["rgb8", "y-clasic"])
    with pytest.raises(UsageError, match="--protocol is empty; expected a name like y-classic"):
        catalog.choose_protocols([])


def test_signatures_stay_as_they_are() -> None:
    """They are in every key and in every manifest; no two protocols share one."""
    signatures = {name: one.signature for name, one in PROTOCOLS.items()}
    assert len(set(signatures.values())) == len(signatures)
    assert {name: signatures[name] for name in ("y-classic", "rgb8", "rgb8-rounded")} == {
        "y-classic": "y-classic|v1|crop:multiple-of-s|input:luma|lr:matlab-bicubic-float64"
        "|output:clip+round8|luma:bt601-studio-rounded|border:s",
        "rgb8": "rgb8|v1|crop:multiple-of-s|input:rgb|lr:matlab-bicubic-uint8-per-axis"
        "|output:clip+round8|luma:bt601-studio-float|border:s",
        "rgb8-rounded": "rgb8-rounded|v1|crop:multiple-of-s|input:rgb"
        "|lr:matlab-bicubic-uint8-per-axis|output:clip+round8|luma:bt601-studio-rounded|border:s",
    }
