"""kornia's own enlargement: the pyramid step ``pyrup``, x2 alone, on float32 (1, C, H, W).

PyTorch's bilinear (half-pixel: output pixel j at ``(j + 1/2) / 2 - 1/2``), then the binomial
(1, 4, 6, 4, 1) / 16 along both axes, mirrored without the edge pixel.  It smooths, so it does not
interpolate.  kornia's ``resize`` and ``rescale`` are PyTorch's ``interpolate`` and add no kernel of
their own.  There is no 8-bit path.  An axis of one pixel has nothing to mirror: there the edge is
repeated instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import method

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image


@method(
    "kornia-pyrup",
    family="interpolation",
    backend="kornia",
    extra="kornia",
    source="kornia, geometry.transform.pyrup; P. Burt and E. Adelson, 1983",
    scales=(2,),
    sampling="half-pixel",
    kernel="triangle, then binomial 5 x 5",
    edge="reflect",
    parameters=0,
)
def kornia_pyrup(image: Image, scale: int) -> Image:  # noqa: ARG001 - it offers x2 alone
    """Enlarge ``(H, W, C)`` float32 in [0, 1] to ``(2 H, 2 W, C)`` float32."""
    import numpy as np
    import torch
    from kornia.geometry.transform import pyrup

    planes = torch.from_numpy(np.array(image.transpose(2, 0, 1), order="C"))[None]
    border = "reflect" if min(image.shape[:2]) > 1 else "replicate"
    with torch.inference_mode():
        enlarged: Image = pyrup(planes, border_type=border)[0].permute(1, 2, 0).contiguous().numpy()
    return enlarged
