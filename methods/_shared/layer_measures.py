"""What a layer does to flat areas, to noise and to gradients, measured from outside.

Nothing is known of the module but what it returns, so any layer can be measured; a layer that
depends on the content is measured at flat features.  Pixels near the border do not count.  All
numbers are float64.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import torch
from torch.nn import functional

from upbench.methods._shared.folding import fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

    from upbench.benchmark.core.contract import Layer

    Function: TypeAlias = Callable[[Tensor], Tensor]

__all__ = [
    "Probed",
    "backward_gains",
    "first_variance",
    "folding_error",
    "phase_gains",
    "ready",
    "spread",
]

SIDE, RIM = 16, 5
"""Input pixels per side, and how many along each side do not count."""
REACH = 4
"""Input pixels each way that a folded filter holds: a 9 x 9 kernel at x2 needs 2."""


@dataclass(frozen=True)
class Probed:
    """A layer's module, in double precision, and how to call it on features alone."""

    module: nn.Module
    run: Function
    channels: int
    scale: int


def ready(layer: Layer, channels: int, outputs: int, scale: int, seed: int = 0) -> Probed:
    """Build a layer from a seed; max-unpooling gets random places for its values.

    Torch's own random state is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = layer.build(channels, outputs, scale).double().eval()
    run: Function = partial(_unpooled, module, scale) if layer.pooling else module
    return Probed(module, run, channels, scale)


def _unpooled(module: nn.Module, scale: int, features: Tensor) -> Tensor:
    """Call a module that needs indices with those of pooling noise: the same at every call."""
    batch, channels, height, width = features.shape
    noise = _noise(batch, channels, height * scale, width * scale)
    _, indices = module.pool(noise)  # type: ignore[operator]
    large: Tensor = module(features, indices)
    return large


def _noise(*shape: int) -> Tensor:
    numbers = torch.Generator().manual_seed(0)
    return torch.randn(shape, generator=numbers, dtype=torch.float64)


def phase_gains(probed: Probed) -> Tensor:
    """Return the DC gain of every output phase: ``(s, s, out, in)``."""
    flat = torch.eye(probed.channels, dtype=torch.float64)
    flat = torch.cat([torch.zeros(1, probed.channels, dtype=torch.float64), flat])
    with torch.no_grad():
        cells = _cells(probed.run(flat[:, :, None, None].expand(-1, -1, SIDE, SIDE)), probed.scale)
    levels = cells.mean(dim=(2, 4))  # over the pixels: (in + 1, out, s, s)
    return (levels[1:] - levels[:1]).permute(2, 3, 1, 0)


def _cells(large: Tensor, scale: int) -> Tensor:
    """Cut the border off and split the large grid: (N, C, H, s, W, s)."""
    inside = large[:, :, RIM * scale : -RIM * scale, RIM * scale : -RIM * scale]
    batch, channels, height, width = inside.shape
    return inside.reshape(batch, channels, height // scale, scale, width // scale, scale)


def spread(gains: Tensor) -> float:
    """Return how far phases ``(s, s, ...)`` are from equal: the deviation over the mean's norm.

    As :func:`upbench.benchmark.theory.layers.response.gain_ripple`, which it equals.
    """
    mean = gains.mean(dim=(0, 1))
    variation = (gains - mean).square().sum() / (gains.shape[0] * gains.shape[1])
    return float((variation / mean.square().sum()).sqrt()) if variation > 0 else 0.0


def first_variance(probed: Probed) -> float:
    """Return the variance of the output over that of the input, which is normal noise."""
    with torch.no_grad():
        large = _cells(probed.run(_noise(8, probed.channels, SIDE, SIDE)), probed.scale)
    return float(large.var(dim=(0, 2, 3, 4, 5)).mean())


def backward_gains(probed: Probed) -> tuple[Tensor, float]:
    """Send a gradient of 1 back from one output phase at a time, at flat features.

    Returns:
        The gradient's mean over the input's pixels, ``(s, s, out, in)``, and how unevenly pixels
        share the gradient of all phases: its largest deviation from the mean, relative.
    """
    s = probed.scale
    one = torch.full((1, probed.channels, SIDE, SIDE), 0.5, dtype=torch.float64)
    with torch.no_grad():
        outputs = probed.run(one).shape[1]
    # 1. One image for each phase and channel out, and of its gradient that phase alone.
    count = s * s * outputs
    flat = one.repeat(count, 1, 1, 1).requires_grad_()
    weights = torch.eye(count, dtype=torch.float64).view(count, s, s, outputs)
    weights = weights.permute(0, 3, 1, 2).repeat(1, 1, SIDE, SIDE)
    # 2. What comes back to the inner pixels.
    (found,) = torch.autograd.grad(probed.run(flat), flat, weights)
    back = found[:, :, RIM:-RIM, RIM:-RIM].reshape(s, s, outputs, probed.channels, -1)
    # 3. Its mean for each phase, and how evenly pixels share what all phases send.
    summed = back.sum(dim=(0, 1))
    mean = summed.mean(dim=2, keepdim=True)
    uneven = float((summed - mean).abs().max() / mean.abs().max().clamp_min(1e-300))
    return back.mean(dim=4), uneven


def folding_error(probed: Probed) -> float:
    """Return how far a layer is from the sub-pixel convolution that its impulse responses say."""
    features = _noise(2, probed.channels, SIDE, SIDE)
    with torch.no_grad():
        large = probed.run(features)
        worst = 0.0
        for channel in range(large.shape[1]):
            one = _OneChannel(probed, channel)
            weight, bias = fold(one, probed.channels, probed.scale, REACH)
            phases = functional.conv2d(features, weight, bias, padding=REACH)
            folded = _cells(functional.pixel_shuffle(phases, probed.scale), probed.scale)
            apart = folded - _cells(large[:, channel : channel + 1], probed.scale)
            worst = max(worst, float(apart.abs().max()))
    return worst / float(large.std())


class _OneChannel(torch.nn.Module):
    """A layer with one of its channels out."""

    def __init__(self, probed: Probed, channel: int) -> None:
        super().__init__()
        self.probed, self.channel, self.like = probed, channel, probed.module

    def forward(self, features: Tensor) -> Tensor:
        large = self.probed.run(features)
        return large[:, self.channel : self.channel + 1]
