"""Zeros between the pixels and a convolution: the transposed convolution by another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch.nn import functional

from upbench.methods._shared.modules import ZeroInsertion
from upbench.methods.learned.transposed_conv import TransposedConvEven
from upbench.methods.learned.zero_insertion_conv import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable

each_scale = pytest.mark.parametrize("scale", [2, 3, 4])


@each_scale
@pytest.mark.parametrize("size", [(1, 1), (1, 7), (6, 1), (5, 8)], ids=str)
def test_equals_the_transposed_convolution_of_the_turned_kernel(
    scale: int,
    size: tuple[int, int],
    built: Callable[..., torch.nn.Module],
    noise: Callable[..., torch.Tensor],
) -> None:
    """The textbook's claim: the same map as conv_transpose2d with the kernel turned around."""
    layer, features = built(HEAD, scale), noise(2, 16, *size)
    weight, bias = layer.get_parameter("2.weight"), layer.get_parameter("2.bias")
    turned = weight.flip(2, 3).transpose(0, 1)
    padding = (scale + 1) // 2
    expected = functional.conv_transpose2d(
        features, turned, bias, scale, padding, output_padding=2 * padding - scale
    )

    assert torch.allclose(layer(features), expected, atol=1e-6)


@each_scale
def test_can_be_filled_from_the_transposed_head(
    scale: int, built: Callable[..., torch.nn.Module], noise: Callable[..., torch.Tensor]
) -> None:
    """With the turned weights of cnn-transposed-conv-even it is that layer."""
    layer, rival = built(HEAD, scale), built(TransposedConvEven.head, scale)
    with torch.no_grad():
        turned = rival.get_parameter("weight").flip(2, 3).transpose(0, 1)
        layer.get_parameter("2.weight").copy_(turned)
        layer.get_parameter("2.bias").copy_(rival.get_parameter("bias"))
    features = noise(1, 16, 5, 6)

    assert torch.allclose(layer(features), rival(features), atol=1e-6)


def test_zeros_come_after_each_pixel() -> None:
    """Each pixel is in the top left of its cell."""
    large = ZeroInsertion(2)(torch.tensor([[[[1.0, 2.0]]]]))

    assert large.tolist() == [[[[1, 0, 2, 0], [0, 0, 0, 0]]]]


@each_scale
def test_initialisation_is_a_convolutions(scale: int, is_torchs: Callable[..., None]) -> None:
    """Torch counts 16 input channels here: elements are a quarter of a transposed convolution's."""
    is_torchs(HEAD, scale, 1 / (4 * 2 * scale), "2.weight")
