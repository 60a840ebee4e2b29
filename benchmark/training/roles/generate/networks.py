"""The DCGAN's two networks at 32 x 32: the generator with the layer left open, and its opponent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

    from upbench.benchmark.core.contract import Layer

__all__ = ["NUMBERS", "SIDE", "discriminator", "generator"]

SIDE = 32
"""Side of the images in pixels."""
NUMBERS = 64
"""Random numbers that an image is made from."""
BASE = 32
"""Channels before the last stage."""
STAGES = 3
"""Each doubles the side, from 4 x 4 as in DCGAN.

From 2 x 2 the samples of most layers become alike within 100 steps.  The border cuts the first
stage's kernels at every position differently, so what all samples share differs by position, and
batch normalisation, over samples and positions, counts that as variance: little is left for what
tells samples apart.  Where that stage's mean at each position is taken away, they stay apart.
"""
SPREAD = 0.02
"""Standard deviation of the weights at first, as in DCGAN; a layer keeps its own initialisation."""
SLOPE = 0.2
"""Of the leaky rectifier."""


def generator(layer: Layer, channels: int) -> nn.Sequential:
    """Return a generator: ``(N, 64)`` -> ``(N, channels, 32, 32)`` in [-1, 1].

    64 numbers become 4 x 4 x 128; each stage is the layer, batch normalisation and a rectifier,
    with 64, 32 and ``channels`` channels; after the last there is tanh alone.

    Args:
        layer: The upsampling layer.
        channels: Of the images, 1 or 3.

    Raises:
        UsageError: The layer is not made for x2.
    """
    from torch import nn

    wide = BASE << (STAGES - 1)
    start = SIDE >> STAGES
    project = nn.Linear(NUMBERS, wide * start * start, bias=False)  # batch normalisation follows
    nn.init.normal_(project.weight, 0.0, SPREAD)
    parts: list[nn.Module] = [
        project,
        nn.Unflatten(1, (wide, start, start)),
        nn.BatchNorm2d(wide),
        nn.ReLU(),
    ]
    for stage in range(1, STAGES):
        narrow = wide >> stage
        parts += [layer.build(narrow * 2, narrow, 2), nn.BatchNorm2d(narrow), nn.ReLU()]
    return nn.Sequential(*parts, layer.build(BASE, channels, 2), nn.Tanh())


def discriminator(channels: int) -> nn.Sequential:
    """Return a discriminator: ``(N, channels, 32, 32)`` -> ``(N, 1)``, above 0 for "real".

    Strided 4 x 4 convolutions to 16, 8 and 4 pixels, with 32, 64 and 128 channels, and batch
    normalisation from the second on: the generator's mirror image.
    """
    from torch import nn

    parts: list[nn.Module] = [nn.Conv2d(channels, BASE, 4, 2, 1), nn.LeakyReLU(SLOPE)]
    for stage in range(2):
        wide = BASE << stage
        strided = nn.Conv2d(wide, wide * 2, 4, 2, 1, bias=False)
        parts += [strided, nn.BatchNorm2d(wide * 2), nn.LeakyReLU(SLOPE)]
    network = nn.Sequential(*parts, nn.Conv2d(BASE << 2, 1, SIDE >> 3), nn.Flatten())
    for part in network.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.normal_(part.weight, 0.0, SPREAD)
    return network
