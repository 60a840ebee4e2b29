"""MS-SSIM, VIF and GMSD, each against the authors' algorithm written out here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from photograph import GREY
from scipy.ndimage import gaussian_filter
from scipy.signal import convolve2d

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.core.errors import ImageError, MetricUndefinedError, MissingExtraError
from upbench.benchmark.metrics.gmsd import gmsd
from upbench.benchmark.metrics.ms_ssim import ms_ssim
from upbench.benchmark.metrics.vif import vif
from upbench.benchmark.registry import extras
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.registry.extras import command

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TRUTH = np.asarray(GREY, dtype=np.float64)[:203, :218]
BLURRED = gaussian_filter(TRUTH, 0.8)
NOISY = (TRUTH + np.random.default_rng(0).normal(0, 0.03, TRUTH.shape)).clip(0, 1)
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def window(size: int, sigma: float) -> Floats:
    """Return a Gaussian window that adds up to 1."""
    distance = np.arange(size) - (size - 1) / 2
    line = np.exp(-(distance**2) / (2 * sigma**2))
    return np.outer(line, line) / line.sum() ** 2


def moments(x: Floats, y: Floats, weights: Floats) -> tuple[Floats, ...]:
    """Return means, variances and covariance where the whole window fits."""

    def mean(plane: Floats) -> Floats:
        return np.asarray(convolve2d(plane, weights, mode="valid"))

    mx, my = mean(x), mean(y)
    return mx, my, mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my


def authors_ms_ssim(x: Floats, y: Floats) -> float:
    """Wang, Simoncelli and Bovik 2003, equation 7; at the coarsest scale the border is mirrored."""
    c1, c2 = 0.01**2, 0.03**2
    product = 1.0
    for scale, weight in enumerate(WEIGHTS):
        if scale == len(WEIGHTS) - 1:
            x, y = (np.pad(plane, 5, mode="reflect") for plane in (x, y))
        mx, my, vx, vy, cov = moments(x, y, window(11, 1.5))
        structure = (2 * cov + c2) / (vx + vy + c2)
        if scale == len(WEIGHTS) - 1:
            structure = structure * (2 * mx * my + c1) / (mx**2 + my**2 + c1)
        product *= structure.mean() ** weight
        x, y = (
            plane[: h * 2, : w * 2].reshape(h, 2, w, 2).mean(axis=(1, 3))
            for plane in (x, y)
            for h, w in [(plane.shape[0] // 2, plane.shape[1] // 2)]
        )
    return product


def authors_vif(x: Floats, y: Floats) -> float:
    """Sheikh and Bovik's vifp_mscale.m."""
    noise, tiny = 2.0, 1e-10
    x, y = 255 * x, 255 * y
    kept = known = 0.0
    for scale in range(1, 5):
        size = 2 ** (5 - scale) + 1
        weights = window(size, size / 5)
        if scale > 1:
            x, y = (convolve2d(plane, weights, mode="valid")[::2, ::2] for plane in (x, y))
        _, _, vx, vy, cov = moments(x, y, weights)
        vx, vy = vx.clip(0), vy.clip(0)
        gain = cov / (vx + tiny)
        rest = vy - gain * cov
        gain[vx < tiny], rest[vx < tiny], vx[vx < tiny] = 0, vy[vx < tiny], 0
        gain[vy < tiny], rest[vy < tiny] = 0, 0
        rest[gain < 0], gain[gain < 0] = vy[gain < 0], 0
        rest = rest.clip(tiny)
        kept += np.log10(1 + gain**2 * vx / (rest + noise)).sum()
        known += np.log10(1 + vx / noise).sum()
    return float(kept / known)


def authors_gmsd(x: Floats, y: Floats) -> float:
    """Xue, Zhang, Mou and Bovik's GMSD.m: filter by the mean, take every second, compare."""
    across = np.array([[1, 0, -1]] * 3) / 3
    magnitudes = []
    for plane in (255 * x, 255 * y):
        small = convolve2d(plane, np.ones((2, 2)) / 4, mode="valid")[::2, ::2]
        parts = (convolve2d(small, kernel, mode="same") for kernel in (across, across.T))
        magnitudes.append(np.sqrt(sum(part**2 for part in parts)))
    g, h = magnitudes
    return float(((2 * g * h + 170) / (g**2 + h**2 + 170)).std())


AUTHORS = {ms_ssim: (authors_ms_ssim, 1.0), vif: (authors_vif, 1.0), gmsd: (authors_gmsd, 0.0)}
each = pytest.mark.parametrize("measure", AUTHORS, ids=lambda one: one.__name__)


def skip_without(measure: Callable[..., float]) -> None:
    """Skip where the optional library is not installed."""
    described = getattr(measure, ATTRIBUTE)
    if described.extra:
        pytest.importorskip(described.backend, reason=f"needs {command(described.extra)}")


@each
@pytest.mark.parametrize("image", [BLURRED, NOISY], ids=["blurred", "noisy"])
def test_it_agrees_with_the_authors_algorithm(measure: Callable[..., float], image: Floats) -> None:
    """To the digits that the tables print, and beyond."""
    skip_without(measure)
    expected, _ = AUTHORS[measure]
    assert measure(TRUTH, image, 2) == pytest.approx(expected(TRUTH, image), abs=1e-6)


@each
def test_identical_images_have_the_best_value(measure: Callable[..., float]) -> None:
    """1, or 0 where lower is better; another data range changes nothing."""
    skip_without(measure)
    _, best = AUTHORS[measure]
    assert measure(TRUTH, TRUTH, 2) == pytest.approx(best, abs=1e-9)
    scaled = measure(255 * TRUTH, 255 * BLURRED, 2, data_range=255.0)
    assert scaled == pytest.approx(measure(TRUTH, BLURRED, 2), abs=1e-9)


@each
def test_colours_are_the_mean_of_their_channels(measure: Callable[..., float]) -> None:
    """As for SSIM."""
    skip_without(measure)
    truth, image = np.dstack([TRUTH, TRUTH]), np.dstack([BLURRED, NOISY])
    one, other = measure(TRUTH, BLURRED, 2), measure(TRUTH, NOISY, 2)
    assert measure(truth, image, 2) == pytest.approx((one + other) / 2, abs=1e-12)


@each
def test_small_images_and_bad_ones_are_refused_in_a_sentence(
    measure: Callable[..., float],
) -> None:
    """The sentence names the metric."""
    name = getattr(measure, ATTRIBUTE).name
    with pytest.raises(MetricUndefinedError, match=rf"^{name} needs at least"):
        measure(TRUTH[:5, :5], TRUTH[:5, :5], 2)
    with pytest.raises(ImageError, match=rf"^{name}: the output must be finite"):
        measure(TRUTH, TRUTH * np.nan, 2)
    with pytest.raises(ImageError, match=rf"^{name}: reference and output must have one shape"):
        measure(TRUTH, TRUTH[1:], 2)


def test_a_flat_reference_has_no_information_to_keep() -> None:
    """VIF divides by it."""
    skip_without(vif)
    flat = np.full((64, 64), 0.5)
    with pytest.raises(MetricUndefinedError, match="vif has no value where the reference is flat"):
        vif(flat, flat, 2)


def test_a_missing_library_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names the metric gets a sentence; a pattern leaves it out."""
    monkeypatch.setattr(extras, "library_version", lambda _: "")
    catalog = collect(folders=("upbench.benchmark.metrics",))
    with pytest.raises(MissingExtraError) as caught:
        catalog.choose_metrics(["ms-ssim"])
    assert str(caught.value) == (
        "ms-ssim needs torchmetrics, which is not installed; add it with: "
        "pip install 'upbench[metrics]'"
    )
    chosen = {one.name for one in catalog.choose_metrics(["*"])}
    assert "gmsd" in chosen
    assert not chosen & {"ms-ssim", "vif"}
