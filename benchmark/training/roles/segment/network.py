"""The segmentation network: a strided encoder, three skips, and a layer in every upsampling step.

J. Long, E. Shelhamer and T. Darrell, "Fully Convolutional Networks for Semantic Segmentation",
CVPR 2015, arXiv:1411.4038: features of several depths are joined on the way back to the image's
grid, by addition.  There the coarse maps are class scores and the last step is x8; here they are
features, as in later decoders, and every step is x2, so that one layer is tried four times.  The
encoder is small and trained from scratch.

Only code that runs a network imports this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

    from upbench.benchmark.core.contract import Layer

__all__ = ["DECODER", "ENCODER", "Segmenter"]

ENCODER = (16, 32, 64, 112)
"""Channels at 1/2, 1/4, 1/8 and 1/16 of the image's size."""
DECODER = (64, 32, 16, 16)
"""Channels at 1/16, 1/8, 1/4 and 1/2 on the way back: as many as a pooling in the encoder sees, so
that max-unpooling can take its indices."""
MEAN, SPREAD = 0.45, 0.28
"""What pixels in [0, 1] are shifted and divided by."""


class Segmenter(nn.Module):
    """Images to class scores: ``(N, 3, H, W)`` in [0, 1] -> ``(N, classes, H, W)``.

    H and W are multiples of 16.  The weights are drawn from torch's global generator, those of the
    layers last: under one seed all networks begin with the same encoder.  A layer that needs the
    indices of a pooling gets an encoder that pools where the others stride.

    Args:
        layer: The layer of the four upsampling steps.
        classes: How many classes there are.
    """

    def __init__(self, layer: Layer, classes: int) -> None:
        super().__init__()
        self.pooling, stride = layer.pooling, 1 if layer.pooling else 2
        first, second, third, fourth = ENCODER
        self.encoder = nn.ModuleList(
            [
                _conv(DECODER[-1] if self.pooling else 3, first, stride),
                _conv(first, second, stride),
                nn.Sequential(_conv(second, third, stride), Residual(third)),
                nn.Sequential(_conv(third, fourth, stride), Residual(fourth), Residual(fourth, 2)),
            ]
        )
        pairs = zip(ENCODER[::-1], DECODER, strict=True)
        self.skips = nn.ModuleList([nn.Conv2d(*pair, 1) for pair in pairs])
        self.joins = nn.ModuleList([_normed(channels) for channels in DECODER])
        steps = zip(DECODER, (*DECODER[1:], classes), strict=True)
        self.layers = nn.ModuleList([layer.build(*pair, 2) for pair in steps])
        self.stem = _conv(3, DECODER[-1], 1) if self.pooling else nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        """Return the scores of each class at each pixel."""
        layers: list[Any] = list(self.layers)
        features, depths, indices = self.stem((images - MEAN) / SPREAD), [], []
        for stage, layer in zip(self.encoder, reversed(layers), strict=True):
            if self.pooling:
                features, found = layer.pool(features)
                indices.append(found)
            features = stage(features)
            depths.append(features)
        raised: Any = 0
        for skip, join, layer in zip(self.skips, self.joins, layers, strict=True):
            joined = join(skip(depths.pop()) + raised)
            raised = layer(joined, indices.pop()) if self.pooling else layer(joined)
        scores: Tensor = raised
        return scores


class Residual(nn.Module):
    """Two 3 x 3 convolutions beside the identity (K. He et al., arXiv:1512.03385).

    Args:
        channels: Channels in and out.
        dilation: Pixels between the taps of the first.
    """

    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = _conv(channels, channels, 1, dilation)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Return features of the same shape."""
        return functional.relu(features + self.second(self.first(features)))


def _conv(inputs: int, outputs: int, stride: int, dilation: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=False)
    return nn.Sequential(conv, *_normed(outputs))


def _normed(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(inplace=True))
