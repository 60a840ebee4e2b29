"""Transposed convolutions with k = 9, 2s and 2s - 1, at random and bilinear at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from upbench.benchmark.theory.layers.torch_modules import module_overlap
from upbench.methods._shared.transposed import bilinear_kernel
from upbench.methods.learned import transposed_conv as plugin

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.methods._shared.head import Head

    Built = Callable[..., torch.nn.Module]
    Check = Callable[..., None]
    Ripple = Callable[[torch.nn.Module], float]

NINE, EVEN = plugin.TransposedConv9.head, plugin.TransposedConvEven.head
UNEVEN = plugin.TransposedConvUneven.head
NINE_BILINEAR = plugin.TransposedConv9Bilinear.head
EVEN_BILINEAR = plugin.TransposedConvEvenBilinear.head
UNEVEN_BILINEAR = plugin.TransposedConvUnevenBilinear.head
SIDES = {NINE: plugin.nine, EVEN: plugin.even, UNEVEN: plugin.uneven}
each_scale = pytest.mark.parametrize("scale", [2, 3, 4])
each_random = pytest.mark.parametrize("head", SIDES, ids=lambda head: head.name)


@each_scale
def test_nine_is_fsrcnns(scale: int, built: Built) -> None:
    """The kernel is 9 x 9 at every scale; the stride divides it at x3 alone."""
    assert built(NINE, scale).get_parameter("weight").shape == (16, 1, 9, 9)
    assert (plugin.nine(scale) % scale == 0) == (scale == 3)


@each_scale
def test_stride_divides_an_even_kernel(scale: int, built: Built) -> None:
    """The kernel is 2s x 2s, and each output pixel gets as many elements as every other."""
    assert plugin.even(scale) % scale == 0
    assert built(EVEN, scale).get_parameter("weight").shape == (16, 1, 2 * scale, 2 * scale)


@each_scale
def test_stride_does_not_divide_an_uneven_kernel(scale: int, built: Built) -> None:
    """The kernel is (2s - 1) x (2s - 1): kernels overlap on some output pixels, not on others."""
    overlap = module_overlap(built(UNEVEN, scale))

    assert plugin.uneven(scale) == 2 * scale - 1
    assert sorted(overlap.counts) == [1, *[2] * (scale - 1)]


@each_scale
@each_random
def test_definition(head: Head, scale: int, is_transposed: Check) -> None:
    """Each input pixel stamps its kernel, centred, and the stamps add up."""
    is_transposed(head, scale)


@each_scale
@each_random
def test_initialisation_is_torchs(head: Head, scale: int, is_torchs: Check) -> None:
    """Elements are drawn from +-1/k: torch takes the one output channel for the fan-in."""
    is_torchs(head, scale, 1 / SIDES[head](scale))


@each_scale
@pytest.mark.parametrize(
    "head", [NINE_BILINEAR, EVEN_BILINEAR, UNEVEN_BILINEAR], ids=lambda head: head.name
)
def test_bilinear_kernel_is_fcns(head: Head, scale: int, is_bilinear: Check) -> None:
    """Each channel begins as FCN's bilinear kernel times a random factor."""
    is_bilinear(head, scale)


@each_scale
def test_random_phases_differ_in_gain(scale: int, built: Built, ripple: Ripple) -> None:
    """Even overlap does not make equal gains: at random the phases are sqrt(s^2 - 1) apart."""
    ripples = [ripple(built(EVEN, scale, seed)) for seed in range(20)]

    assert min(ripples) > 0.5
    assert float(np.median(ripples)) == pytest.approx((scale**2 - 1) ** 0.5, rel=0.5)


@each_scale
def test_bilinear_beginning_of_side_nine_ripples(scale: int, built: Built, ripple: Ripple) -> None:
    """FCN's kernel of side 9 is made for x5: at other scales its gains differ, by 5 to 13 %."""
    assert 0.05 < ripple(built(NINE_BILINEAR, scale)) < 0.13


@each_scale
@pytest.mark.parametrize("head", [EVEN_BILINEAR, UNEVEN_BILINEAR], ids=["2s", "2s-1"])
def test_bilinear_beginning_keeps_flat_areas(
    head: Head, scale: int, built: Built, ripple: Ripple
) -> None:
    """Even or uneven overlap, FCN's kernels of side 2s and 2s - 1 sum to 1 at every phase."""
    side = plugin.even(scale) if head is EVEN_BILINEAR else plugin.uneven(scale)
    rest = 2 * scale - side
    kernel = torch.nn.functional.pad(bilinear_kernel(side).double(), (0, rest, 0, rest))
    gains = kernel.view(2, scale, 2, scale).sum(dim=(0, 2))

    assert torch.allclose(gains, torch.ones_like(gains), atol=1e-6)
    assert ripple(built(head, scale)) < 1e-6
