"""PyTorch's interpolations on uint8: what a pipeline of 8-bit tensors gets from ``interpolate``.

An image is clipped and rounded to 8 bits first, whatever the protocol.  Kernels and edges are those
of the float path (``pytorch.py``), weights are fixed-point numbers of 16 bits, and the result is
rounded and clipped to 8 bits after each axis: an overshoot that the second axis would have undone
is cut off.  These methods run on request only: they measure what 8 bits cost.  Traps:

- torchvision's v2 ``resize`` of a uint8 tensor is this, with ``antialias=True`` by default, and so
  has a = -0.5; of a float tensor it is the float path.  It adds no kernel of its own.
- On processors without AVX2 the uint8 path goes by float32 and rounds once.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import method
from upbench.benchmark.core.sizes import asked_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.benchmark.core.contract import Image, Image8, Scale, Size
    from upbench.benchmark.core.upsampler import Edge

interpolation = partial(
    method,
    family="interpolation",
    backend="torch",
    sampling="half-pixel",
    parameters=0,
    default=False,
    any_size=True,
)


def _interpolate(
    mode: str, kernel: str, edge: Edge, *, antialias: bool = False
) -> Callable[[Image, Size | Scale], Image]:
    """Return ``interpolate`` on uint8 in one of its modes as a method."""
    options = "" if "nearest" in mode else ", align_corners=False"
    options += ", antialias=True" if antialias else ""

    def resize_8bit(image: Image8, size: Size | Scale) -> Image8:
        """Resize uint8 ``(H, W, C)`` in the library's own 8-bit arithmetic."""
        import numpy as np
        import torch

        # a copy in any case: PyTorch warns of arrays that are read-only
        last = torch.from_numpy(np.array(image, order="C"))[None].permute(0, 3, 1, 2)
        with torch.inference_mode():
            resized = torch.nn.functional.interpolate(
                last,
                size=asked_size(image.shape, size),
                mode=mode,
                align_corners=None if "nearest" in mode else False,
                antialias=antialias,
            )
            return resized[0].permute(1, 2, 0).contiguous().numpy()

    @interpolation(
        f"torch-uint8-{mode}{'-antialias' if antialias else ''}",
        source=f"PyTorch, interpolate(mode={mode!r}{options}) on uint8",
        kernel=f"{kernel}, in 8 bits",
        edge=edge,
        antialias="stretch" if antialias else "none",
        library_8bit=resize_8bit,
    )
    def resize(image: Image, size: Size | Scale) -> Image:
        """Resize ``(H, W, C)`` float32 in [0, 1], rounded to 8 bits, to ``(*size, C)`` float32."""
        import numpy as np

        levels = (image.clip(0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
        return resize_8bit(levels, size) * np.float32(1 / 255)

    return resize


torch_uint8_nearest = _interpolate("nearest-exact", "nearest", "none")
torch_uint8_bilinear = _interpolate("bilinear", "triangle", "replicate")
torch_uint8_bilinear_antialias = _interpolate("bilinear", "triangle", "renormalise", antialias=True)
torch_uint8_bicubic = _interpolate("bicubic", "Keys cubic, a = -0.75", "replicate")
torch_uint8_bicubic_antialias = _interpolate(
    "bicubic", "Keys cubic, a = -0.5", "renormalise", antialias=True
)
