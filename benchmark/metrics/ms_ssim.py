"""MS-SSIM: structural similarity at five resolutions, on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import metric
from upbench.benchmark.imaging.windows import GAUSSIAN_SIDE
from upbench.benchmark.metrics._torchmetrics import mean_over_channels

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Plane
    from upbench.benchmark.core.sizes import Scale

__all__ = ["ms_ssim"]

SMALLEST = 176
"""Pixels: after four halvings the window of 11 must still fit, 16 times 11."""
HALF = GAUSSIAN_SIDE // 2
"""Pixels from each border at which the window does not fit."""
WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""The scales' exponents, the finest first."""


@metric(
    "ms-ssim",
    unit="1",
    better="higher",
    version=2,
    signature="ms-ssim|v2|window:gaussian 11x11 sigma 1.5|k1:0.01|k2:0.03|scales:5"
    "|weights:0.0448,0.2856,0.3001,0.2363,0.1333|halving:2x2 mean|negative:0"
    "|positions:valid|channels:averaged|range:1|dtype:float64|by:torchmetrics",
    summary="multi-scale structural similarity (needs upbench[metrics])",
    heading="MS-SSIM",
    format=".4f",
    range=(0, 1),
    backend="torchmetrics",
    extra="metrics",
)
def ms_ssim(
    reference: ArrayLike, output: ArrayLike, scale: Scale, *, data_range: float = 1.0
) -> float:
    """Return the multi-scale structural similarity, 0 to 1 (identical images).

    Z. Wang, E. Simoncelli, A. Bovik, "Multiscale structural similarity for image quality
    assessment", Asilomar 2003, doi 10.1109/ACSSC.2003.1292216, channel by channel, over the
    positions where the whole window fits.  A negative factor counts as 0.  The maps of each scale
    are torchmetrics'; its own MS-SSIM mirrors the border at the coarsest scale, which moves it by
    up to 0.007 on noisy images.

    The arguments and errors are those of ``psnr``.

    Raises:
        MetricUndefinedError: A side is shorter than 176 pixels.
    """

    def measured(x: Plane, y: Plane) -> float:
        import torch
        from torch.nn.functional import avg_pool2d
        from torchmetrics.functional.image import structural_similarity_index_measure as ssim

        truth, image = (torch.tensor(plane)[None, None] for plane in (x, y))
        product = 1.0
        for weight in WEIGHTS[:-1]:
            _, contrast = ssim(
                image, truth, data_range=data_range, return_contrast_sensitivity=True
            )
            product *= max(float(contrast), 0.0) ** weight
            truth, image = (avg_pool2d(plane, 2) for plane in (truth, image))
        _, similarity = ssim(image, truth, data_range=data_range, return_full_image=True)
        inside = similarity[..., HALF:-HALF, HALF:-HALF]
        return float(product * max(float(inside.mean()), 0.0) ** WEIGHTS[-1])

    return mean_over_channels("ms-ssim", (reference, output), data_range, SMALLEST, measured)
