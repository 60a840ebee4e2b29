"""Transposed convolution with k = 2s - 1, at random and bilinear at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from upbench.benchmark.theory.layers.torch_modules import module_overlap
from upbench.methods._shared.transposed import bilinear_kernel
from upbench.methods.learned.transposed_conv_uneven import BILINEAR, RANDOM, side

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[..., None]

each_scale = pytest.mark.parametrize("scale", [2, 3, 4])


@each_scale
def test_stride_does_not_divide_the_kernel(
    scale: int, built: Callable[..., torch.nn.Module]
) -> None:
    """The kernel is (2s - 1) x (2s - 1): kernels overlap on some output pixels, not on others."""
    overlap = module_overlap(built(RANDOM, scale))

    assert side(scale) == 2 * scale - 1
    assert sorted(overlap.counts) == [1, *[2] * (scale - 1)]


@each_scale
def test_definition(scale: int, is_transposed: Check) -> None:
    """Each input pixel stamps its kernel, centred, and the stamps add up."""
    is_transposed(RANDOM, scale)


@each_scale
def test_initialisation_is_torchs(scale: int, is_torchs: Check) -> None:
    """Elements are drawn from +-1/k: torch takes the one output channel for the fan-in."""
    is_torchs(RANDOM, scale, 1 / (2 * scale - 1))


@each_scale
def test_bilinear_kernel_is_fcns(scale: int, is_bilinear: Check) -> None:
    """Each channel begins as FCN's bilinear kernel times a random factor."""
    is_bilinear(BILINEAR, scale)


@each_scale
def test_bilinear_beginning_keeps_flat_areas_all_the_same(
    scale: int,
    built: Callable[..., torch.nn.Module],
    ripple: Callable[[torch.nn.Module], float],
) -> None:
    """Uneven overlap does not make unequal gains: the triangle of side 2s - 1 sums to 1."""
    kernel = torch.nn.functional.pad(bilinear_kernel(side(scale)).double(), (0, 1, 0, 1))
    gains = kernel.view(2, scale, 2, scale).sum(dim=(0, 2))

    assert torch.allclose(gains, torch.ones_like(gains), atol=1e-6)
    assert ripple(built(BILINEAR, scale)) < 1e-6
