"""Layers that torch does not have.  Only code that runs a network imports this file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["CollapsibleConv", "ContentAwareReassembly", "ZeroInsertion"]


class ZeroInsertion(nn.Module):
    """Put s - 1 zeros after every pixel, along both axes: ``(N, C, H, W) -> (N, C, H s, W s)``."""

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, features: Tensor) -> Tensor:
        """Return the features on the large grid, each in the top left of its s x s cell."""
        batch, channels, height, width = features.shape
        large = features.new_zeros(batch, channels, height, self.scale, width, self.scale)
        large[:, :, :, 0, :, 0] = features
        return large.view(batch, channels, height * self.scale, width * self.scale)


class CollapsibleConv(nn.Module):
    """A 3 x 3 convolution that is trained as two: to many channels, then 1 x 1 back to few.

    Without an activation between them both are one convolution, and it is that one which runs, in
    training too: its kernel, the product of the two matrices, is computed at each step (K.
    Bhardwaj et al., "Collapsible Linear Blocks for Super-Efficient Super Resolution",
    arXiv:2103.09404, 2021).  The product can be nothing that one kernel could not; what changes is
    the path that gradient descent takes.  As there, a layer with as many channels out as in adds
    its input, which is one more tap in the middle of the kernel.

    Args:
        inputs: Channels in.
        outputs: Channels out.
        width: Channels between the two.
    """

    def __init__(self, inputs: int, outputs: int, width: int) -> None:
        super().__init__()
        self.shape = (outputs, inputs, 3, 3)
        self.expand = nn.Parameter(torch.empty(width, inputs * 9))
        self.reduce = nn.Parameter(torch.empty(outputs, width))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("identity", _identity(inputs, outputs), persistent=False)
        nn.init.xavier_normal_(self.expand)
        nn.init.xavier_normal_(self.reduce)
        with torch.no_grad():  # the product starts alike whatever the width: twice the variance
            wanted = (2 / 3 / (inputs * 9)) ** 0.5  # that torch gives one convolution
            self.reduce.mul_(wanted / (self.reduce @ self.expand).std())

    def kernel(self) -> Tensor:
        """Return the one kernel: ``(outputs, inputs, 3, 3)``."""
        return (self.reduce @ self.expand).view(self.shape) + self.get_buffer("identity")

    def take(self, kernel: Tensor) -> None:
        """Become a given kernel: the two matrices share its singular values between them."""
        product = (kernel - self.get_buffer("identity")).reshape(len(kernel), -1)
        left, values, right = torch.linalg.svd(product, full_matrices=False)
        root = values.sqrt()
        self.reduce.zero_()[:, : len(root)] = left * root
        self.expand[: len(root)] = root[:, None] * right

    def forward(self, features: Tensor) -> Tensor:
        """``(N, inputs, H, W) -> (N, outputs, H, W)``, zeros beyond the border."""
        kernel = self.kernel()
        if kernel.device.type == "cpu":  # faster there with the channels last, and not on a GPU
            kernel = kernel.contiguous(memory_format=torch.channels_last)
        return functional.conv2d(features, kernel, self.bias, padding=1)


class ContentAwareReassembly(nn.Module):
    """CARAFE: each output pixel is a weighted mean of k x k features, the weights by content.

    J. Wang et al., "CARAFE: Content-Aware ReAssembly of FEatures", ICCV 2019, arXiv:1905.02188,
    section 3.2.  The paper's setting is k = 5, an encoder of 3 x 3 and a compressor to 64 channels,
    initialised as in the published code (MMCV's ``CARAFEPack``).  Without a compressor the encoder
    is both in one, as torch initialises it: for features of few channels, with k = 3 and an encoder
    of 1 x 1 the lightest setting of the paper's ablation.  Beyond the border the features are zero.

    Args:
        channels: Channels in and out.
        scale: The whole factor s.
        side: k, the side of the neighbourhood.
        encoder: The side of the content encoder's kernel.
        compressed: Channels that the compressor leaves; None for no compressor.
    """

    def __init__(
        self,
        channels: int,
        scale: int,
        side: int = 3,
        encoder: int = 1,
        compressed: int | None = None,
    ) -> None:
        super().__init__()
        self.scale, self.side = scale, side
        self.compress: nn.Module = nn.Identity()
        weights = scale * scale * side * side
        self.encode = nn.Conv2d(compressed or channels, weights, encoder, padding=encoder // 2)
        if compressed is not None:
            self.compress = nn.Conv2d(channels, compressed, 1)
            nn.init.xavier_uniform_(self.compress.weight)
            nn.init.zeros_(self.compress.bias)  # type: ignore[arg-type]
            nn.init.normal_(self.encode.weight, std=0.001)
            nn.init.zeros_(self.encode.bias)  # type: ignore[arg-type]

    def forward(self, features: Tensor) -> Tensor:
        """``(N, C, H, W) -> (N, C, H s, W s)``."""
        batch, channels, height, width = features.shape
        taps, phases = self.side**2, self.scale**2
        encoded = self.encode(self.compress(features))
        # 1. Per output pixel, k x k weights that sum to 1.
        weights = encoded.view(batch, taps, phases, height * width).softmax(dim=1)
        # 2. Per input pixel, its k x k neighbours.
        near = functional.unfold(features, self.side, padding=self.side // 2)
        near = near.view(batch, channels, taps, height * width)
        # 3. Their weighted means, s x s of them, laid out on the large grid.
        means = torch.einsum("nctp,ntsp->ncsp", near, weights)
        cells = means.reshape(batch, channels * phases, height, width)
        return functional.pixel_shuffle(cells, self.scale)


def _identity(inputs: int, outputs: int) -> Tensor:
    """Return the kernel that changes nothing, or zeros where the channels change."""
    kernel = torch.zeros(outputs, inputs, 3, 3)
    if inputs == outputs:
        nn.init.dirac_(kernel)
    return kernel
