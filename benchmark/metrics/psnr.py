"""Peak signal-to-noise ratio."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import metric
from upbench.benchmark.metrics._inputs import checked_pair

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from upbench.benchmark.core.sizes import Scale

__all__ = ["psnr"]


@metric(
    "psnr_db",
    unit="dB",
    better="higher",
    version=1,
    signature="psnr|v1|mse:mean over pixels and channels|range:1|identical:inf|dtype:float64",
    summary="peak signal-to-noise ratio",
    headline=True,
    heading="PSNR dB",
    format=".2f",
    range=(0, math.inf),
)
def psnr(
    reference: ArrayLike, output: ArrayLike, scale: Scale, *, data_range: float = 1.0
) -> float:
    """Return ``10 log10(data_range^2 / MSE)`` in dB; identical images give infinity.

    The mean squared error is over all pixels and channels together, in float64.  The numbers are
    those of ``skimage.metrics.peak_signal_noise_ratio`` with the same ``data_range``.

    Args:
        reference: The true image, ``(H, W)`` or ``(H, W, C)``, values in [0, data_range].
        output: The image to judge, of the same shape.
        scale: The upsampling factor; not used.
        data_range: The distance from black to white.

    Raises:
        ImageError: The shapes differ, or a value is not finite.
        UsageError: ``data_range`` is not a positive number.
    """
    truth, image = checked_pair("psnr_db", reference, output, data_range)
    difference = (truth - image).ravel()
    error = float(difference @ difference) / difference.size
    return 10 * math.log10(data_range**2 / error) if error > 0 else math.inf
