"""PyTorch's interpolations, ``torch.nn.functional.interpolate`` on float32 (1, C, H, W).

Half-pixel sampling puts output pixel j at ``(j + 1/2) / s - 1/2`` on the input grid; with
``align_corners=True`` it lies at ``j (n - 1) / (s n - 1)``, so that the corner pixels keep their
places and everything between is stretched.  Beyond the border the edge pixel is repeated.  Traps
for whoever ports a resize:

- The cubic has a = -0.75, but -0.5 with ``antialias=True``, also when enlarging.
- ``mode="nearest"`` is asymmetric; ``"nearest-exact"`` is what other libraries call nearest.
- Nothing is antialiased when shrinking unless ``antialias=True``.
- With ``antialias=True``, where image and output are both one pixel wide, all rows get the first
  row's value: an error, seen in PyTorch 2.13.
- Bilinear is several times as fast on channels that lie last; the others are not.  On uint8, which
  it rounds and clips to 0..255, bicubic is as well.
- Positions are float32: at scales that are no power of two the weights drift away from the
  exact ones with the distance from the origin, by 3e-5 at 500 pixels and 2e-4 at 2000.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from upbench.methods._interpolation import interpolation
from upbench.methods._tensors import as_tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.contract import Size
    from upbench.benchmark.core.upsampler import Edge, Sampling
    from upbench.methods._interpolation import Resize


def _interpolate(
    name: str,
    mode: str,
    kernel: str,
    edge: Edge,
    sampling: Sampling = "half-pixel",
    *,
    antialias: bool = False,
) -> Resize:
    """Return ``interpolate`` in one of its modes as a method."""
    # the nearest modes take None only
    align_corners = None if "nearest" in mode else sampling == "align-corners"
    options = "" if align_corners is None else f", align_corners={align_corners}"
    options += ", antialias=True" if antialias else ""

    def differentiable(planes: Any, size: Size) -> Any:
        """Resize a tensor ``(1, C, H, W)`` to ``(1, C, *size)``."""
        import torch

        return torch.nn.functional.interpolate(
            planes, size=size, mode=mode, align_corners=align_corners, antialias=antialias
        )

    @interpolation(
        name,
        backend="torch",
        source=f"PyTorch, interpolate(mode='{mode}'{options})",
        sampling=sampling,
        kernel=kernel,
        edge=edge,
        antialias="stretch" if antialias else "none",
        library_8bit=True,
        snippet="torch.nn.functional.interpolate(torch.from_numpy(image).permute(2, 0, 1)[None], "
        f"scale_factor=scale, mode='{mode}'{options})[0].permute(1, 2, 0).numpy()",
    )
    def resize(image: NDArray[Any], size: Size) -> NDArray[Any]:
        """Resize ``(H, W, C)`` to ``(*size, C)``, or by a scale, float32 or uint8 as it is."""
        faster = mode == "bilinear" or (mode == "bicubic" and image.dtype.kind == "u")
        return as_tensor(image, partial(differentiable, size=size), channels_last=faster)

    resize.__dict__["differentiable"] = differentiable  # the probe follows gradients
    return resize


# At ``floor(j / s)``.  At whole enlargements these are the pixels of half-pixel sampling; when
# shrinking, or at other scales, they are not: the exact one agrees with other libraries.
torch_nearest = _interpolate("torch-nearest", "nearest", "nearest", "none", "asymmetric")
torch_nearest_exact = _interpolate("torch-nearest-exact", "nearest-exact", "nearest", "none")

# Support 2.
torch_bilinear = _interpolate("torch-bilinear", "bilinear", "triangle", "replicate")

# Support 2; it needs nothing beyond the border.  Stretched by ``(s n - 1) / (n - 1)`` instead of s,
# so it cannot match images that were shrunk half-pixel: 1.0 to 1.6 dB less on Set5.
torch_bilinear_align_corners = _interpolate(
    "torch-bilinear-align-corners", "bilinear", "triangle", "none", "align-corners"
)

# Support 4.  OpenCV's cubic, not MATLAB's or Pillow's; it may leave [0, 1].
torch_bicubic = _interpolate("torch-bicubic", "bicubic", "Keys cubic, a = -0.75", "replicate")

# Support 4.  Stretched as bilinear is: about 2 dB less than half-pixel on Set5; may leave [0, 1].
torch_bicubic_align_corners = _interpolate(
    "torch-bicubic-align-corners", "bicubic", "Keys cubic, a = -0.75", "replicate", "align-corners"
)

# Support 4: Pillow's bicubic.  ``antialias=True`` changes a from -0.75 to -0.5 even when enlarging,
# where there is nothing to antialias.  Taps beyond the border are dropped and the weights
# renormalised.  It may leave [0, 1].
torch_bicubic_antialias = _interpolate(
    "torch-bicubic-antialias", "bicubic", "Keys cubic, a = -0.5", "renormalise", antialias=True
)
