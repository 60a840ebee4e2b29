"""Transposed convolution with k = 9, FSRCNN's, at random and bilinear at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from upbench.methods.learned.transposed_conv_9 import BILINEAR, RANDOM, side

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    Check = Callable[..., None]

each_scale = pytest.mark.parametrize("scale", [2, 3, 4])


@each_scale
def test_kernel_is_fsrcnns(scale: int, built: Callable[..., torch.nn.Module]) -> None:
    """The kernel is 9 x 9 at every scale; the stride divides it at x3 alone."""
    assert built(RANDOM, scale).get_parameter("weight").shape == (16, 1, 9, 9)
    assert (side(scale) % scale == 0) == (scale == 3)


@each_scale
def test_definition(scale: int, is_transposed: Check) -> None:
    """Each input pixel stamps its kernel, centred, and the stamps add up."""
    is_transposed(RANDOM, scale)


@each_scale
def test_initialisation_is_torchs(scale: int, is_torchs: Check) -> None:
    """Elements are drawn from +-1/9: torch takes the one output channel for the fan-in."""
    is_torchs(RANDOM, scale, 1 / 9)


@each_scale
def test_bilinear_kernel_is_fcns(scale: int, is_bilinear: Check) -> None:
    """Each channel begins as FCN's bilinear kernel times a random factor."""
    is_bilinear(BILINEAR, scale)


@each_scale
def test_bilinear_beginning_ripples(
    scale: int,
    built: Callable[..., torch.nn.Module],
    ripple: Callable[[torch.nn.Module], float],
) -> None:
    """FCN's kernel of side 9 is made for x5: at other scales its gains differ, by 5 to 13 %."""
    assert 0.05 < ripple(built(BILINEAR, scale)) < 0.13
