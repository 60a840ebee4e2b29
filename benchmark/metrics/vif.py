"""VIF: how much of the reference's information the output keeps, on request."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import metric
from upbench.benchmark.metrics._torchmetrics import mean_over_channels

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from upbench.benchmark.core.arrays import Plane
    from upbench.benchmark.core.sizes import Scale

__all__ = ["vif"]

SMALLEST = 41
"""Pixels: what the windows of four scales need."""


@metric(
    "vif",
    unit="1",
    better="higher",
    version=1,
    signature="vif|v1|pixel domain|scales:4|windows:17,9,5,3|noise variance:2 of 255"
    "|channels:averaged|range:1|dtype:float64|by:torchmetrics",
    summary="visual information fidelity, pixel domain (needs upbench[metrics])",
    heading="VIF",
    format=".4f",
    range=(0, math.inf),
    backend="torchmetrics",
    extra="metrics",
)
def vif(reference: ArrayLike, output: ArrayLike, scale: Scale, *, data_range: float = 1.0) -> float:
    """Return the visual information fidelity: 1 for identical images, above 1 for more contrast.

    H. Sheikh, A. Bovik, "Image information and visual quality", IEEE TIP 15(2), 2006, doi
    10.1109/TIP.2005.859378: the authors' pixel-domain form (VIFp), as torchmetrics computes it on
    the scale of 0 to 255, channel by channel.

    The arguments and errors are those of ``psnr``.

    Raises:
        MetricUndefinedError: A side is shorter than 41 pixels.
    """
    from upbench.benchmark.core.errors import MetricUndefinedError

    def measured(x: Plane, y: Plane) -> float:
        import torch
        from torchmetrics.functional.image import visual_information_fidelity

        truth, image = (torch.tensor(255 / data_range * plane)[None, None] for plane in (x, y))
        found = float(visual_information_fidelity(image, truth))
        if not math.isfinite(found):
            raise MetricUndefinedError("vif has no value where the reference is flat.")
        return found

    return mean_over_channels("vif", (reference, output), data_range, SMALLEST, measured)
