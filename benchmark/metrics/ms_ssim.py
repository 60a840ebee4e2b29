"""MS-SSIM: structural similarity at five resolutions, on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import metric
from upbench.benchmark.metrics._torchmetrics import mean_over_channels

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Plane
    from upbench.benchmark.core.sizes import Scale

__all__ = ["ms_ssim"]

SMALLEST = 176
"""Pixels: after four halvings the window of 11 must still fit, 16 times 11."""


@metric(
    "ms-ssim",
    unit="1",
    better="higher",
    version=1,
    signature="ms-ssim|v1|window:gaussian 11x11 sigma 1.5|k1:0.01|k2:0.03|scales:5"
    "|weights:0.0448,0.2856,0.3001,0.2363,0.1333|halving:2x2 mean|negative:0"
    "|positions:valid, coarsest scale mirrored|channels:averaged|range:1|dtype:float64"
    "|by:torchmetrics",
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
    assessment", Asilomar 2003, doi 10.1109/ACSSC.2003.1292216, as torchmetrics computes it, channel
    by channel.  A negative factor counts as 0; at the coarsest scale the border is mirrored, where
    the authors leave it out: a difference of up to 0.0003 on small or noisy images.

    The arguments and errors are those of ``psnr``.

    Raises:
        MetricUndefinedError: A side is shorter than 176 pixels.
    """

    def measured(x: Plane, y: Plane) -> float:
        import torch
        from torchmetrics.functional.image import (
            multiscale_structural_similarity_index_measure as by_torchmetrics,
        )

        truth, image = (torch.tensor(plane)[None, None] for plane in (x, y))
        return float(by_torchmetrics(image, truth, data_range=data_range))

    return mean_over_channels("ms-ssim", (reference, output), data_range, SMALLEST, measured)
