"""Folding: a linear head is one sub-pixel convolution, and its impulse responses say which.

A head that is linear and treats every pixel alike makes of each output phase a small filter on
the input grid: its polyphase form (nearest or bilinear interpolation with a convolution after it,
zero insertion with a convolution, a transposed convolution: all of them).  The filters are read
off by sending one impulse per channel through the head, so no head needs a formula of its own, and
gradients pass through, so that training can run the folded form as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from typing import Literal

    from torch import Tensor, nn

__all__ = ["fold", "pad"]


def fold(head: nn.Module, channels: int, scale: int, reach: int) -> tuple[Tensor, Tensor]:
    """Return the sub-pixel convolution that a linear head is.

    Args:
        head: ``(N, channels, H, W) -> (N, 1, H * s, W * s)``, linear but for a bias.
        channels: Channels in.
        scale: The whole factor s.
        reach: Input pixels each way that an output pixel depends on; k = 2 reach + 1.

    Returns:
        ``(s * s, channels, k, k)`` and ``(s * s,)``: weight and bias of a convolution at low
        resolution, whose output :func:`torch.nn.functional.pixel_shuffle` takes to the large
        grid.  Both are differentiable in the head's parameters.
    """
    # 1. One impulse per channel, in the middle of a plane that no response fills.
    side, middle = 2 * reach + 3, reach + 1
    probe = next(head.parameters())
    impulses = probe.new_zeros(channels + 1, channels, side, side)
    numbers = torch.arange(channels, device=probe.device)
    impulses[numbers, numbers, middle, middle] = 1
    # 2. What the head makes of each, and of nothing (the last): its bias.
    answers = head(impulses).view(channels + 1, side, scale, side, scale)
    nothing = answers[channels]
    bias = nothing[middle, :, middle, :].reshape(scale * scale)
    # 3. The response at cell i is the tap that looks from i to the middle: backwards.
    inside = slice(1, side - 1)
    taps = (answers[:channels] - nothing)[:, inside, :, inside, :].flip(1, 3)
    weight = taps.permute(2, 4, 0, 1, 3).reshape(scale * scale, channels, side - 2, side - 2)
    return weight, bias


def pad(features: Tensor, reach: int, border: Literal["zeros", "replicate"]) -> Tensor:
    """Return the features with ``reach`` pixels more on every side, as the head takes them."""
    mode = "constant" if border == "zeros" else border
    return functional.pad(features, (reach, reach, reach, reach), mode=mode)
