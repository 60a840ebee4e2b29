"""PyTorch's interpolations, ``torch.nn.functional.interpolate`` on float32 (1, C, H, W).

Half-pixel sampling puts output pixel j at ``(j + 1/2) / s - 1/2`` on the input grid; with
``align_corners=True`` it lies at ``j (n - 1) / (s n - 1)``, so that the corner pixels keep their
places and everything between is stretched.  Beyond the border the edge pixel is repeated.  Traps
for whoever ports a resize:

- The cubic has a = -0.75, but -0.5 with ``antialias=True``, also when enlarging.
- ``mode="nearest"`` is asymmetric; ``"nearest-exact"`` is what other libraries call nearest.
- Nothing is antialiased when shrinking unless ``antialias=True``.
- Bilinear is several times as fast on channels that lie last; the others are not.
- Positions are float32: at scales that are no power of two the weights drift away from the
  exact ones with the distance from the origin, by 3e-5 at 500 pixels and 2e-4 at 2000.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import method

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Image

interpolation = partial(method, family="interpolation", backend="torch", parameters=0)


def _enlarge(
    image: Image,
    scale: int,
    mode: str,
    *,
    align_corners: bool | None = None,
    antialias: bool = False,
) -> Image:
    import numpy as np
    import torch

    # a copy in any case: PyTorch warns of arrays that are read-only
    last = torch.from_numpy(np.array(image, order="C"))[None].permute(0, 3, 1, 2)
    with torch.inference_mode():
        enlarged = torch.nn.functional.interpolate(
            last if mode == "bilinear" else last.contiguous(),
            scale_factor=scale,
            mode=mode,
            align_corners=align_corners,
            antialias=antialias,
        )
        return enlarged[0].permute(1, 2, 0).contiguous().numpy()


@interpolation(
    "torch-nearest",
    source="PyTorch, interpolate(mode='nearest')",
    sampling="asymmetric",
    kernel="nearest",
    edge="none",
)
def torch_nearest(image: Image, scale: int) -> Image:
    """Nearest neighbour at ``floor(j / s)``: asymmetric sampling.

    At whole enlargements these are the pixels of half-pixel sampling; when shrinking, or at other
    scales, they are not, and ``torch-nearest-exact`` is the one that agrees with other libraries.

    Args:
        image: ``(H, W, C)`` float32 in [0, 1].
        scale: The whole factor s.

    Returns:
        ``(H * s, W * s, C)`` float32.
    """
    return _enlarge(image, scale, "nearest")


@interpolation(
    "torch-nearest-exact",
    source="PyTorch, interpolate(mode='nearest-exact')",
    sampling="half-pixel",
    kernel="nearest",
    edge="none",
)
def torch_nearest_exact(image: Image, scale: int) -> Image:
    """Nearest neighbour, half-pixel sampling, as Pillow, scikit-image and MATLAB have it.

    Shapes as :func:`torch_nearest`.
    """
    return _enlarge(image, scale, "nearest-exact")


@interpolation(
    "torch-bilinear",
    source="PyTorch, interpolate(mode='bilinear', align_corners=False)",
    sampling="half-pixel",
    kernel="triangle",
    edge="replicate",
)
def torch_bilinear(image: Image, scale: int) -> Image:
    """Triangle kernel, support 2, half-pixel sampling, edge pixel repeated.

    Shapes as :func:`torch_nearest`.
    """
    return _enlarge(image, scale, "bilinear", align_corners=False)


@interpolation(
    "torch-bilinear-align-corners",
    source="PyTorch, interpolate(mode='bilinear', align_corners=True)",
    sampling="align-corners",
    kernel="triangle",
    edge="none",
)
def torch_bilinear_align_corners(image: Image, scale: int) -> Image:
    """Triangle kernel, support 2, align-corners sampling: it needs nothing beyond the border.

    Stretched by ``(s n - 1) / (n - 1)`` instead of s, so it cannot match images that were shrunk
    half-pixel: 1.0 to 1.6 dB less than :func:`torch_bilinear` on Set5.  Shapes as
    :func:`torch_nearest`.
    """
    return _enlarge(image, scale, "bilinear", align_corners=True)


@interpolation(
    "torch-bicubic",
    source="PyTorch, interpolate(mode='bicubic', align_corners=False)",
    sampling="half-pixel",
    kernel="Keys cubic, a = -0.75",
    edge="replicate",
)
def torch_bicubic(image: Image, scale: int) -> Image:
    """Cubic convolution with a = -0.75, support 4, half-pixel sampling, edge pixel repeated.

    OpenCV's cubic, not MATLAB's or Pillow's; it may leave [0, 1].  Shapes as
    :func:`torch_nearest`.
    """
    return _enlarge(image, scale, "bicubic", align_corners=False)


@interpolation(
    "torch-bicubic-align-corners",
    source="PyTorch, interpolate(mode='bicubic', align_corners=True)",
    sampling="align-corners",
    kernel="Keys cubic, a = -0.75",
    edge="replicate",
)
def torch_bicubic_align_corners(image: Image, scale: int) -> Image:
    """Cubic convolution with a = -0.75, support 4, align-corners sampling, edge pixel repeated.

    Stretched as :func:`torch_bilinear_align_corners`: about 2 dB less than :func:`torch_bicubic` on
    Set5; it may leave [0, 1].  Shapes as :func:`torch_nearest`.
    """
    return _enlarge(image, scale, "bicubic", align_corners=True)


@interpolation(
    "torch-bicubic-antialias",
    source="PyTorch, interpolate(mode='bicubic', align_corners=False, antialias=True)",
    sampling="half-pixel",
    kernel="Keys cubic, a = -0.5",
    edge="renormalise",
)
def torch_bicubic_antialias(image: Image, scale: int) -> Image:
    """Cubic convolution with a = -0.5, support 4, half-pixel sampling: Pillow's bicubic.

    ``antialias=True`` changes a from -0.75 to -0.5 even when enlarging, where there is nothing to
    antialias.  Taps beyond the border are dropped and the weights renormalised.  It may leave
    [0, 1].  Shapes as :func:`torch_nearest`.
    """
    return _enlarge(image, scale, "bicubic", align_corners=False, antialias=True)
