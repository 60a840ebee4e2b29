"""The forms in which trained networks run: what is linear is folded, so that less is left to do.

Each form is a module ``(N, 1, H, W) -> (N, 1, H s, W s)``, equal to the network's own ``unfolded``
but for rounding.  Weights lie channels last, which is what the CPU's convolutions like best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from upbench.methods._shared.folding import pad
from upbench.methods._shared.modules import ContentAwareReassembly

if TYPE_CHECKING:
    from torch import Tensor

    from upbench.methods._shared.network import Network

__all__ = ["Folded", "Form", "Reassembled", "running_form", "shuffled"]


class Form(nn.Module):
    """A network, its trunk of plain convolutions, that runs as it is; the base of faster forms."""

    window = 384
    """The largest side, in input pixels, that runs at once: more would leave the CPU's cache."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.trunk, self.head, self.scale = network.trunk, network.head, network.scale
        self.register_buffer("cubic", network.get_buffer("cubic"))
        self.overlap = max(network.shape.depth + 1 + network.reach, 2)
        """Input pixels each way that an output pixel depends on."""
        self.macs_per_px: float | None = None
        """Multiply-adds per output pixel; None where they have not been counted."""

    def forward(self, low: Tensor) -> Tensor:
        """``(N, 1, H, W)`` -> ``(N, 1, H * s, W * s)``."""
        large: Tensor = self.head(self.trunk(low))
        return large + functional.pixel_shuffle(self.bicubic(low), self.scale)

    def bicubic(self, low: Tensor) -> Tensor:
        """Return the phases of bicubic interpolation: ``(N, 1, H, W)`` -> ``(N, s * s, H, W)``."""
        return functional.conv2d(pad(low, 2, "replicate"), self.get_buffer("cubic"))

    def shared_macs(self) -> int:
        """Return the multiply-adds per input pixel of the trunk and of bicubic interpolation."""
        trunk = sum(m.weight.numel() for m in self.trunk if isinstance(m, nn.Conv2d))
        return trunk + self.get_buffer("cubic").numel()


class Folded(Form):
    """A linear head as the one sub-pixel convolution that it is."""

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        weight, bias = network.folded_head()
        weight = _without_zero_rim(weight.detach())
        self.register_buffer("weight", weight)
        self.register_buffer("bias", bias.detach())
        self.border, self.reach = network.kind.border, weight.shape[-1] // 2
        self.macs_per_px = (self.shared_macs() + weight.numel()) / self.scale**2

    def forward(self, low: Tensor) -> Tensor:
        """``(N, 1, H, W)`` -> ``(N, 1, H * s, W * s)``."""
        return shuffled(self.phases(self.trunk(low)).add_(self.bicubic(low)), self.scale)

    def phases(self, features: Tensor) -> Tensor:
        """Return the head's output phase by phase: ``(N, C, H, W)`` -> ``(N, s * s, H, W)``."""
        weight, bias = self.get_buffer("weight"), self.get_buffer("bias")
        if self.border == "zeros":  # the convolution pads without a copy
            return functional.conv2d(features, weight, bias, padding=self.reach)
        return functional.conv2d(pad(features, self.reach, self.border), weight, bias)


class Reassembled(Form):
    """CARAFE and the 3 x 3 convolution after it, the convolution drawn to the front.

    Once the weights of CARAFE's means are known, means and convolution are linear.  So each of the
    nine taps first sums up the features, at low resolution; the means are taken of these nine
    planes instead of all channels; and the nine are added, each where its tap looks from.  The
    convolution is to one plane, with zeros beyond the border.
    """

    window = 128

    def __init__(self, network: Network, means: ContentAwareReassembly, last: nn.Conv2d) -> None:
        super().__init__(network)
        self.side, self.encode, self.bias = means.side, means.encode, last.bias
        # fold moves a plane the opposite way to where a convolution's tap looks: turn them around
        taps = last.weight.detach()[0].flip(1, 2).flatten(1).t()
        self.register_buffer("taps", taps[:, :, None, None].contiguous())
        self.macs_per_px = (self.shared_macs() + taps.numel()) / self.scale**2
        self.macs_per_px += self.side**2 * (last.in_channels + len(taps))

    def forward(self, low: Tensor) -> Tensor:
        """``(N, 1, H, W)`` -> ``(N, 1, H * s, W * s)``."""
        batch, _, height, width = low.shape
        features = self.trunk(low)
        # 1. Per output pixel, the weights of its k x k neighbours.
        weights = self.encode(features).view(batch, self.side**2, -1, height, width).softmax(dim=1)
        # 2. Per tap of the convolution, what it sums up, with zeros beyond the border.
        sums = functional.conv2d(features, self.get_buffer("taps"), padding=self.side // 2)
        # 3. Their means, on the large grid.
        means = functional.pixel_shuffle(self._means(sums.contiguous(), weights), self.scale)
        # 4. All added, each tap's where it looks from.
        size = (height * self.scale, width * self.scale)
        large = functional.fold(means.flatten(2), size, kernel_size=3, padding=1)
        large += functional.pixel_shuffle(self.bicubic(low), self.scale)
        return large if self.bias is None else large.add_(self.bias)

    def _means(self, sums: Tensor, weights: Tensor) -> Tensor:
        """``(N, 9, H + k - 1, W + k - 1)`` and ``(N, k k, s s, H, W)`` -> ``(N, 9 s s, H, W)``."""
        height, width = weights.shape[3:]
        means = sums.new_zeros(*sums.shape[:2], *weights.shape[2:])
        for number in range(self.side**2):
            top, left = divmod(number, self.side)
            near = sums[:, :, None, top : top + height, left : left + width]
            means.addcmul_(near, weights[:, None, number])
        return means.flatten(1, 2)


def running_form(network: Network) -> Form:
    """Return the fastest form of a network with plain convolutions in the trunk.

    It shares the network's weights and puts them into channels-last order.
    """
    with torch.no_grad():
        form = _folded(network)
    # torch's stubs forget this form of the call
    return form.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]


def _folded(network: Network) -> Form:
    if network.kind.linear:
        return Folded(network)
    match list(network.head.children()):
        case [
            ContentAwareReassembly(compress=nn.Identity()) as means,
            nn.Conv2d(kernel_size=(3, 3)) as last,
        ]:
            return Reassembled(network, means, last)
    return Form(network)


def _without_zero_rim(weight: Tensor) -> Tensor:
    """Return a kernel without the outer taps that are zero: a head may state too far a reach."""
    inner = weight[:, :, 1:-1, 1:-1]
    while inner.numel() and torch.count_nonzero(inner) == torch.count_nonzero(weight):
        weight, inner = inner, inner[:, :, 1:-1, 1:-1]
    return weight.contiguous(memory_format=torch.channels_last)


def shuffled(phases: Tensor, scale: int) -> Tensor:
    """Return pixel_shuffle of one plane's phases, sooner than torch where channels lie last."""
    batch, _, height, width = phases.shape
    cells = phases.permute(0, 2, 3, 1).reshape(batch, height, width, scale, scale)
    return cells.transpose(2, 3).reshape(batch, 1, height * scale, width * scale)
