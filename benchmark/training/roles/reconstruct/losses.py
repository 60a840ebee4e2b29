"""Three losses that a reconstruction learns by, as terms of output and truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["discriminator", "distances", "judged"]

PIXELS_TO_JUDGE = 10.0
"""The weight of the pixel loss beside a discriminator.  pix2pix has 100 where outputs are far from
the truth; here the pixel loss is below 0.01, and 100 of it would leave nothing to the judge."""


def distances(output: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean absolute error of the pixels and of their Fourier transform.

    The transform is orthonormal, so both errors are of one size.  As D. Fuoli, L. Van Gool and R.
    Timofte, "Fourier Space Losses for Efficient Perceptual Image Super-Resolution", ICCV 2021,
    arXiv:2106.00783, which compares amplitudes and phases; here the complex difference is taken.
    """
    pixels = functional.l1_loss(output, truth)
    spectra = torch.fft.rfft2(output - truth, norm="ortho").abs().mean()
    return pixels, spectra


def discriminator() -> nn.Sequential:
    """Return a small patch discriminator: ``(N, 1, H, W)`` to a map of logits.

    P. Isola, J.-Y. Zhu, T. Zhou and A. A. Efros, "Image-to-Image Translation with Conditional
    Adversarial Networks", CVPR 2017, arXiv:1611.07004: 4 x 4 convolutions of stride 2, leaky by
    0.2.  The stride divides the kernel, so no checkerboard comes back from their overlap.
    """
    return nn.Sequential(
        nn.Conv2d(1, 32, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(32, 64, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(64, 1, 4, 1, 1),
    )


def judged(logits: Tensor, *, real: bool) -> Tensor:
    """Return how wrong a discriminator is that should say so of all patches."""
    wanted = torch.full_like(logits, float(real))
    return functional.binary_cross_entropy_with_logits(logits, wanted)
