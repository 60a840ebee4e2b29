"""Zeros, then a convolution: a transposed convolution with the kernel turned around."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = Callable[..., torch.nn.Module]
    Noise = Callable[..., torch.Tensor]


@pytest.mark.parametrize("scale", [2, 3])
def test_is_the_transposed_convolution(scale: int, made: Made, noise: Noise) -> None:
    """The kernel turned by 180 degrees, channels swapped, gives the same numbers."""
    zeros = made("zero-insertion-conv", 4, 3, scale)
    transposed = made("transposed-conv-even", 4, 3, scale)
    with torch.no_grad():
        weight = zeros.get_parameter("2.weight")
        transposed.get_parameter("weight").copy_(weight.transpose(0, 1).flip(2, 3))
        transposed.get_parameter("bias").copy_(zeros.get_parameter("2.bias"))
    features = noise(2, 4, 5, 6)

    assert torch.allclose(zeros(features), transposed(features))
