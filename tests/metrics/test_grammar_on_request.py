"""What every metric on request keeps to: its best value, ranges, channels, refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from metrics_on_request import BLURRED, NOISY, TRUTH, skip_without

from upbench.benchmark.core.contract import ATTRIBUTE
from upbench.benchmark.core.errors import ImageError, MetricUndefinedError
from upbench.benchmark.metrics.gmsd import gmsd
from upbench.benchmark.metrics.ms_ssim import ms_ssim
from upbench.benchmark.metrics.vif import vif

if TYPE_CHECKING:
    from collections.abc import Callable

    Measure = Callable[..., float]

BEST: dict[Measure, float] = {gmsd: 0.0, ms_ssim: 1.0, vif: 1.0}


@pytest.fixture(params=BEST, ids=lambda one: one.__name__)
def measure(request: pytest.FixtureRequest) -> Measure:
    """Give each metric whose library is installed."""
    found: Measure = request.param
    skip_without(found)
    return found


def test_identity_and_range(measure: Measure) -> None:
    """Identical images have the best value; another data range changes nothing."""
    assert measure(TRUTH, TRUTH, 2) == pytest.approx(BEST[measure], abs=1e-9)
    scaled = measure(255 * TRUTH, 255 * BLURRED, 2, data_range=255.0)
    assert scaled == pytest.approx(measure(TRUTH, BLURRED, 2), abs=1e-9)


def test_colours_are_the_mean_of_their_channels(measure: Measure) -> None:
    """As for SSIM."""
    truth, image = np.dstack([TRUTH, TRUTH]), np.dstack([BLURRED, NOISY])
    one, other = measure(TRUTH, BLURRED, 2), measure(TRUTH, NOISY, 2)
    assert measure(truth, image, 2) == pytest.approx((one + other) / 2, abs=1e-12)


def test_small_images_and_bad_ones_are_refused_in_a_sentence(measure: Measure) -> None:
    """The sentence names the metric."""
    name = getattr(measure, ATTRIBUTE).name
    with pytest.raises(MetricUndefinedError, match=rf"^{name} needs at least"):
        measure(TRUTH[:5, :5], TRUTH[:5, :5], 2)
    with pytest.raises(ImageError, match=rf"^{name}: the output must be finite"):
        measure(TRUTH, TRUTH * np.nan, 2)
    with pytest.raises(ImageError, match=rf"^{name}: reference and output must have one shape"):
        measure(TRUTH, TRUTH[1:], 2)
