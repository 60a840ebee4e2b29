"""Transposed convolution with k = 2s, at random and bilinear at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from upbench.methods._shared.transposed import bilinear_kernel
from upbench.methods.learned.transposed_conv_even import BILINEAR, RANDOM, side

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[..., None]

each_scale = pytest.mark.parametrize("scale", [2, 3, 4])


@each_scale
def test_stride_divides_the_kernel(scale: int, built: Callable[..., torch.nn.Module]) -> None:
    """The kernel is 2s x 2s, and each output pixel gets as many elements as every other."""
    layer = built(RANDOM, scale)

    assert side(scale) % scale == 0
    assert layer.get_parameter("weight").shape == (16, 1, 2 * scale, 2 * scale)


@each_scale
def test_definition(scale: int, is_transposed: Check) -> None:
    """Each input pixel stamps its kernel, centred, and the stamps add up."""
    is_transposed(RANDOM, scale)


@each_scale
def test_random_phases_differ_in_gain(
    scale: int,
    built: Callable[..., torch.nn.Module],
    ripple: Callable[[torch.nn.Module], float],
) -> None:
    """Even overlap does not make equal gains: at random the phases are sqrt(s^2 - 1) apart."""
    ripples = [ripple(built(RANDOM, scale, seed)) for seed in range(20)]

    assert min(ripples) > 0.5
    assert float(np.median(ripples)) == pytest.approx((scale**2 - 1) ** 0.5, rel=0.5)


@each_scale
def test_initialisation_is_torchs(scale: int, is_torchs: Check) -> None:
    """Elements are drawn from +-1/k: torch takes the one output channel for the fan-in."""
    is_torchs(RANDOM, scale, 1 / (2 * scale))


@each_scale
def test_bilinear_kernel_is_fcns(scale: int, is_bilinear: Check) -> None:
    """Each channel begins as FCN's bilinear kernel times a random factor."""
    is_bilinear(BILINEAR, scale)


@each_scale
def test_bilinear_beginning_keeps_flat_areas(
    scale: int,
    built: Callable[..., torch.nn.Module],
    ripple: Callable[[torch.nn.Module], float],
) -> None:
    """With k = 2s FCN's kernel has a DC gain of 1 at every phase."""
    kernel = bilinear_kernel(side(scale)).double()
    gains = kernel.view(2, scale, 2, scale).sum(dim=(0, 2))

    assert torch.allclose(gains, torch.ones_like(gains), atol=1e-6)
    assert ripple(built(BILINEAR, scale)) < 1e-6
