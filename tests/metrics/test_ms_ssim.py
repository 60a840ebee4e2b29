"""MS-SSIM, against the authors' algorithm written out here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from metrics_on_request import TRUTH, check_agreement, moments, skip_without, window

from upbench.benchmark.core.errors import MissingExtraError
from upbench.benchmark.metrics.ms_ssim import ms_ssim
from upbench.benchmark.registry import extras
from upbench.benchmark.registry.catalog import collect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def authors_ms_ssim(x: Floats, y: Floats) -> float:
    """Wang, Simoncelli and Bovik 2003, equation 7, where the window fits."""
    c1, c2 = 0.01**2, 0.03**2
    product = 1.0
    for scale, weight in enumerate(WEIGHTS):
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


def test_it_agrees_with_the_authors_algorithm() -> None:
    """To 1e-6 on a blurred and on a noisy photograph."""
    skip_without(ms_ssim)
    check_agreement(ms_ssim, authors_ms_ssim)


@pytest.mark.parametrize("noise", [0.1, 0.3])
def test_it_agrees_on_small_and_noisy_images(noise: float) -> None:
    """Also where one window is all that fits at the coarsest scale."""
    skip_without(ms_ssim)
    truth = TRUTH[:176, :176]
    image = (truth + np.random.default_rng(1).normal(0, noise, truth.shape)).clip(0, 1)
    assert ms_ssim(truth, image, 2) == pytest.approx(authors_ms_ssim(truth, image), abs=1e-6)


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
