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

from typing import TYPE_CHECKING, Any

from upbench.methods._interpolation import interpolation
from upbench.methods._tensors import as_tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Size
    from upbench.benchmark.core.upsampler import Edge
    from upbench.methods._interpolation import Resize


def _interpolate(mode: str, kernel: str, edge: Edge, *, antialias: bool = False) -> Resize:
    """Return ``interpolate`` on uint8 in one of its modes as a method."""
    options = "" if "nearest" in mode else ", align_corners=False"
    options += ", antialias=True" if antialias else ""

    @interpolation(
        f"torch-uint8-{mode}{'-antialias' if antialias else ''}",
        backend="torch",
        source=f"PyTorch, interpolate(mode={mode!r}{options}) on uint8",
        kernel=f"{kernel}, in 8 bits",
        edge=edge,
        antialias="stretch" if antialias else "none",
        default=False,
        library_8bit=True,
    )
    def resize(image: NDArray[Any], size: Size) -> NDArray[Any]:
        """Resize uint8 ``(H, W, C)`` to ``(*size, C)``, or by a scale; float32 rounded to it."""
        import numpy as np
        import torch

        def resized(planes: Any) -> Any:
            corners = None if "nearest" in mode else False
            return torch.nn.functional.interpolate(
                planes, size=size, mode=mode, align_corners=corners, antialias=antialias
            )

        if image.dtype == np.uint8:
            return as_tensor(image, resized, channels_last=True)
        levels = (image.clip(0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
        return as_tensor(levels, resized, channels_last=True) * np.float32(1 / 255)

    return resize


torch_uint8_nearest = _interpolate("nearest-exact", "nearest", "none")
torch_uint8_bilinear = _interpolate("bilinear", "triangle", "replicate")
torch_uint8_bilinear_antialias = _interpolate("bilinear", "triangle", "renormalise", antialias=True)
torch_uint8_bicubic = _interpolate("bicubic", "Keys cubic, a = -0.75", "replicate")
torch_uint8_bicubic_antialias = _interpolate(
    "bicubic", "Keys cubic, a = -0.5", "renormalise", antialias=True
)
