"""Linear upsampling layers: ``(N, in, H, W) -> (N, out, H s, W s)``.

Each is the layer of its paper, initialised from torch's random generator.  The heads of the learned
methods are these layers with one channel out; ``upbench.layers`` offers them to everybody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import torch
from torch import nn
from torch.nn import functional

from upbench.benchmark.core.errors import UsageError
from upbench.methods._shared.head import transposed_geometry
from upbench.methods._shared.modules import ZeroInsertion
from upbench.methods._shared.transposed import bilinear_kernel

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "BilinearAdditive",
    "Initialisation",
    "ResizeConv",
    "SubpixelConv",
    "TransposedConv",
    "ZeroInsertionConv",
    "ZeroOrderHoldConv",
]

Initialisation = Literal["default", "matched", "bilinear"]


class TransposedConv(nn.ConvTranspose2d):
    """A transposed convolution whose output is exactly s times as large.

    Initialisations:

    - ``default``: torch's.  It counts ``out k^2`` as the fan-in, so the first output has about
      ``in / (3 out s^2)`` times the input's variance, whatever the kernel.
    - ``matched``: normal, of a variance of ``s^2 / (in k^2)``, without bias: an output pixel sums
      ``in (k / s)^2`` products on average, so the output keeps the input's variance (the fan-in
      rule of K. He et al., ICCV 2015, arXiv:1502.01852, without the factor for a ReLU).
    - ``bilinear``: that of FCN (J. Long, E. Shelhamer and T. Darrell, CVPR 2015, arXiv:1411.4038,
      section 3.3; ``upsample_filt`` of its code): each channel is interpolated by itself.  That
      follows from k alone: it interpolates where k is 2s or 2s - 1; otherwise the phases differ in
      gain (k = 9 at x2: by 5.8 to 6.8).  Where the channels change, the kernel is multiplied by a
      random factor per pair of channels, drawn as torch draws a 1 x 1 convolution's weights.

    Args:
        in_channels: Channels in.
        out_channels: Channels out.
        scale: The whole factor s: the stride.
        kernel: The kernel's side k, at least s; 2s by default.
        initialisation: One of the three.

    Raises:
        UsageError: The kernel is smaller than the scale, or there is no such initialisation.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        scale: int,
        kernel: int | None = None,
        initialisation: Initialisation = "default",
    ) -> None:
        side = 2 * scale if kernel is None else kernel
        if side < scale:
            raise UsageError(
                f"A transposed convolution at x{scale} needs a kernel of {scale} or more, so that "
                f"it reaches every output pixel; got {side}."
            )
        if initialisation not in get_args(Initialisation):
            raise UsageError(
                f"The initialisation must be one of {', '.join(get_args(Initialisation))}; "
                f"got {initialisation!r}."
            )
        fit = transposed_geometry(side, scale)
        super().__init__(in_channels, out_channels, side, scale, fit.padding, fit.output_padding)
        if initialisation == "matched":
            nn.init.normal_(self.weight, std=scale / side / in_channels**0.5)
            nn.init.zeros_(self.bias)  # type: ignore[arg-type]
        elif initialisation == "bilinear":
            factors = _mixing(in_channels, out_channels)
            with torch.no_grad():
                self.weight.copy_(factors[:, :, None, None] * bilinear_kernel(side))


def _mixing(in_channels: int, out_channels: int) -> Tensor:
    """Return ``(in, out)``: each channel to itself, or at random where their numbers differ."""
    if in_channels == out_channels:
        return torch.eye(in_channels)
    return nn.Conv2d(in_channels, out_channels, 1).weight.detach()[:, :, 0, 0].t()


class ZeroOrderHoldConv(nn.Module):
    """A transposed convolution that no weights can make a checkerboard of.

    The kernel of a zero-order hold (s x s ones) follows the transposed convolution: then every
    output phase has the sum of the trained kernel as its DC gain (Y. Sugawara, S. Shiota and
    H. Kiya, "Super-Resolution Using Convolutional Neural Networks Without Any Checkerboard
    Artifacts", ICIP 2018, arXiv:1806.02658; "Checkerboard artifacts free convolutional neural
    networks", APSIPA Transactions on Signal and Information Processing, 2019).  Two convolutions
    in a row are one: the trained kernel of side s + 1, convolved with the ones, has side 2s, as
    that of ``transposed-conv-even``, and runs as one transposed convolution.

    """

    def __init__(self, in_channels: int, out_channels: int, scale: int) -> None:
        super().__init__()
        drawn = nn.ConvTranspose2d(in_channels, out_channels, scale + 1, scale)
        self.scale, self.weight, self.bias = scale, drawn.weight, drawn.bias
        self.fit = transposed_geometry(2 * scale, scale)

    def kernel(self) -> Tensor:
        """Return the kernel that runs: ``(in, out, 2 s, 2 s)``."""
        hold = self.weight.new_ones(1, 1, self.scale, self.scale)
        planes = self.weight.flatten(0, 1)[:, None]
        held = functional.conv2d(planes, hold, padding=self.scale - 1)
        return held.view(*self.weight.shape[:2], *held.shape[2:])

    def forward(self, features: Tensor) -> Tensor:
        """``(N, in, H, W) -> (N, out, H s, W s)``."""
        return functional.conv_transpose2d(
            features,
            self.kernel(),
            self.bias,
            self.scale,
            self.fit.padding,
            self.fit.output_padding,
        )


class ZeroInsertionConv(nn.Sequential):
    """Zeros between the pixels, then a convolution with a 2s x 2s kernel.

    How a transposed convolution is taught (V. Dumoulin and F. Visin, arXiv:1603.07285, 2016,
    section 4), initialised as torch initialises a convolution.
    """

    def __init__(self, in_channels: int, out_channels: int, scale: int) -> None:
        fit = transposed_geometry(2 * scale, scale)
        before = fit.kernel - 1 - fit.padding
        after = before + fit.output_padding - (scale - 1)
        super().__init__(
            ZeroInsertion(scale),
            nn.ZeroPad2d((before, after, before, after)),
            nn.Conv2d(in_channels, out_channels, fit.kernel),
        )


class ResizeConv(nn.Sequential):
    """Interpolation, then a convolution on the large grid, 3 x 3 by default.

    A. Odena, V. Dumoulin and C. Olah, "Deconvolution and Checkerboard Artifacts", Distill, 2016,
    doi 10.23915/distill.00003.  Beyond the border the edge pixel is repeated.

    Args:
        in_channels: Channels in.
        out_channels: Channels out.
        scale: The whole factor s.
        mode: The interpolation; bilinear samples at half pixels.
        kernel: The side of the convolution's kernel, odd.  It counts pixels of the large grid: at
            x4 a side of 3 sees at most two pixels of the input along an axis, one of 7 sees three;
            after bilinear interpolation it is one more.

    Raises:
        UsageError: The kernel's side is no odd number.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        scale: int,
        mode: Literal["nearest", "bilinear"] = "nearest",
        kernel: int = 3,
    ) -> None:
        if kernel < 1 or kernel % 2 == 0:
            raise UsageError(
                f"The kernel after an interpolation must have an odd side, so that it has a "
                f"middle; got {kernel}."
            )
        aligned = None if mode == "nearest" else False
        super().__init__(
            nn.Upsample(scale_factor=scale, mode=mode, align_corners=aligned),
            after_interpolation(in_channels, out_channels, kernel),
        )


class SubpixelConv(nn.Sequential):
    """A 3 x 3 convolution to out x s x s channels, laid out on the large grid.

    W. Shi et al. (ESPCN), CVPR 2016, arXiv:1609.05158.

    Args:
        in_channels: Channels in.
        out_channels: Channels out.
        scale: The whole factor s.
        icnr: Begin with one random filter, and bias, for all phases of a channel (A. Aitken et
            al., "Checkerboard artifact free sub-pixel convolution", arXiv:1707.02937, 2017).
    """

    def __init__(
        self, in_channels: int, out_channels: int, scale: int, *, icnr: bool = False
    ) -> None:
        one = nn.Conv2d(in_channels, out_channels, 3, padding=1) if icnr else None
        phases = scale * scale
        convolution = nn.Conv2d(in_channels, out_channels * phases, 3, padding=1)
        if one is not None:
            with torch.no_grad():
                for name, values in one.named_parameters():
                    convolution.get_parameter(name).copy_(values.repeat_interleave(phases, dim=0))
        super().__init__(convolution, nn.PixelShuffle(scale))


class BilinearAdditive(nn.Sequential):
    """Bilinear interpolation that adds channels up, then a 3 x 3 convolution.

    Z. Wojna et al., "The Devil is in the Decoder: Classification, Regression and GANs", IJCV 2019,
    arXiv:1707.05847: after the interpolation every N consecutive channels are added, so that the
    convolution costs 1 / N.  N is s x s: as many numbers come out as went in.  A sum of
    channels and an interpolation may change places; summed first, s x s fewer are interpolated.
    """

    def __init__(self, in_channels: int, out_channels: int, scale: int) -> None:
        sums = ChannelSums(in_channels, scale * scale)
        super().__init__(
            sums,
            nn.Upsample(scale_factor=scale, mode="bilinear", align_corners=False),
            after_interpolation(sums.out_channels, out_channels),
        )


class ChannelSums(nn.Module):
    """The sum of every N consecutive channels; the last group has what is left."""

    def __init__(self, channels: int, group: int) -> None:
        super().__init__()
        self.group = group
        self.out_channels = -(-channels // group)

    def forward(self, features: Tensor) -> Tensor:
        """``(N, C, H, W) -> (N, ceil(C / group), H, W)``."""
        missing = self.out_channels * self.group - features.shape[1]
        whole = functional.pad(features, (0, 0, 0, 0, 0, missing)) if missing else features
        batch, _, height, width = whole.shape
        return whole.view(batch, self.out_channels, self.group, height, width).sum(dim=2)


def after_interpolation(in_channels: int, out_channels: int, kernel: int = 3) -> nn.Conv2d:
    """Return the convolution on the large grid; the edge pixel is repeated beyond it."""
    return nn.Conv2d(
        in_channels, out_channels, kernel, padding=kernel // 2, padding_mode="replicate"
    )
