"""Upsampling layers that depend on the content, each followed by a 3 x 3 convolution.

CARAFE, DySample and max-unpooling keep the number of channels; the convolution changes it, as it
does after an interpolation, so that layers are compared with equal means.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from upbench.benchmark.core.errors import UsageError
from upbench.methods._shared.modules import ContentAwareReassembly
from upbench.methods._shared.upsampling import after_interpolation

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Carafe", "DySample", "DynamicSampling", "MaxUnpooling"]


class Carafe(nn.Sequential):
    """CARAFE, then a 3 x 3 convolution; by default in the setting of the paper."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        scale: int,
        side: int = 5,
        encoder: int = 3,
        compressed: int | None = 64,
    ) -> None:
        super().__init__(
            ContentAwareReassembly(in_channels, scale, side, encoder, compressed),
            nn.Conv2d(in_channels, out_channels, 3, padding=1),
        )


class DySample(nn.Sequential):
    """DySample, then a 3 x 3 convolution."""

    def __init__(self, in_channels: int, out_channels: int, scale: int) -> None:
        super().__init__(
            DynamicSampling(in_channels, scale), after_interpolation(in_channels, out_channels)
        )


class DynamicSampling(nn.Module):
    """Bilinear interpolation at points that the content moves.

    W. Liu et al., "Learning to Upsample by Learning to Sample", ICCV 2023, arXiv:2308.15085:
    the variant "linear + pixel shuffle" with a static scope factor of 0.25, the defaults of the
    published code.  The offsets begin near zero (normal, 0.001), so the layer begins as
    bilinear interpolation with half-pixel sampling.  Beyond the border the edge pixel is repeated.

    Args:
        channels: Channels in and out.
        scale: The whole factor s.
        groups: Groups of channels that share points; where it does not divide the channels, the
            largest divisor of both.
    """

    SCOPE = 0.25
    """By how much an offset is multiplied: at first the points of neighbours do not overlap."""

    def __init__(self, channels: int, scale: int, groups: int = 4) -> None:
        super().__init__()
        self.scale, self.groups = scale, gcd(groups, channels)
        self.offset = nn.Conv2d(channels, 2 * self.groups * scale * scale, 1)
        nn.init.normal_(self.offset.weight, std=0.001)
        nn.init.zeros_(self.offset.bias)  # type: ignore[arg-type]

    def forward(self, features: Tensor) -> Tensor:
        """``(N, C, H, W) -> (N, C, H s, W s)``."""
        batch, channels, height, width = features.shape
        large = (height * self.scale, width * self.scale)
        # 1. Offsets (across, down) in input pixels, on the large grid, one pair per group.
        moved = functional.pixel_shuffle(self.offset(features) * self.SCOPE, self.scale)
        moved = moved.view(batch, 2, self.groups, *large).permute(0, 2, 3, 4, 1)
        # 2. From the pixels' own places, in grid_sample's units: 2 is the whole image.
        size = features.new_full(
            (2,), height
        )  # filled there: CUDA graphs take no tensor of the CPU
        size[:1].fill_(width)
        points = self._grid(features, large) + moved * 2 / size
        # 3. Bilinear interpolation there, group by group.
        sampled = functional.grid_sample(
            features.reshape(batch * self.groups, -1, height, width),
            points.flatten(0, 1),
            padding_mode="border",
            align_corners=False,
        )
        return sampled.view(batch, channels, *large)

    @staticmethod
    def _grid(like: Tensor, large: tuple[int, int]) -> Tensor:
        """Return the centres of the large grid's pixels (across, down), -1 to 1: (H s, W s, 2)."""
        rows, columns = (
            (2 * torch.arange(n, dtype=like.dtype, device=like.device) + 1) / n - 1 for n in large
        )
        return torch.stack(torch.meshgrid(rows, columns, indexing="ij")[::-1], dim=-1)


class MaxUnpooling(nn.Module):
    """Max-unpooling, then a 3 x 3 convolution: the decoder's layer of SegNet.

    V. Badrinarayanan, A. Kendall and R. Cipolla, "SegNet", TPAMI 2017, arXiv:1511.00561.  Each
    value goes back to where the maximum was found, the rest is zero.  So the layer has a companion,
    :attr:`pool`, which the encoder uses: ``pooled, indices = layer.pool(features)``, of as many
    channels as this layer has in, and later ``layer(decoded, indices)``.

    Args:
        in_channels: Channels in, as many as were pooled.
        out_channels: Channels out.
        scale: The whole factor s: the side of the pooled windows.
    """

    def __init__(self, in_channels: int, out_channels: int, scale: int) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(scale, return_indices=True)
        self.unpool = nn.MaxUnpool2d(scale)
        self.convolution = nn.Conv2d(in_channels, out_channels, 3, padding=1)

    def forward(self, features: Tensor, indices: Tensor | None = None) -> Tensor:
        """``(N, in, H, W)`` and the pooling's indices of that shape -> ``(N, out, H s, W s)``.

        Raises:
            UsageError: There are no indices, or they are of another shape.
        """
        if indices is None or indices.shape != features.shape:
            given = "none" if indices is None else f"{tuple(indices.shape)}"
            raise UsageError(
                "max-unpooling needs the indices of its pooling, of the shape "
                f"{tuple(features.shape)}; got {given}: pooled, indices = layer.pool(features), "
                "then layer(decoded, indices)."
            )
        large: Tensor = self.convolution(self.unpool(features, indices))
        return large
