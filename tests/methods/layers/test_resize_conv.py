"""Interpolation, then a convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
import torch

from upbench.benchmark.core.errors import UsageError
from upbench.layers import ResizeConv

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = Callable[..., torch.nn.Module]
    Noise = Callable[..., torch.Tensor]


@pytest.mark.parametrize(
    ("layer", "mode", "side"),
    [
        ("resize-conv-nearest", "nearest", 3),
        ("resize-conv-bilinear", "bilinear", 3),
        ("resize-conv-nearest-7", "nearest", 7),
    ],
)
def test_is_torchs_interpolation_then_its_convolution(
    layer: str, mode: str, side: int, made: Made, noise: Noise
) -> None:
    """Interpolation (half-pixel), then a kernel of that side with the edge pixel repeated."""
    module, features = made(layer, 3, 2, 3), noise(2, 3, 4, 5)
    larger = torch.nn.functional.interpolate(features, scale_factor=3, mode=mode)
    padded = torch.nn.functional.pad(larger, (side // 2,) * 4, mode="replicate")
    weight, bias = (module.get_parameter(f"1.{name}") for name in ("weight", "bias"))

    assert torch.allclose(module(features), torch.nn.functional.conv2d(padded, weight, bias))


@pytest.mark.parametrize(
    ("mode", "side", "most"),
    [("nearest", 3, 2), ("nearest", 7, 3), ("bilinear", 3, 3), ("bilinear", 7, 4)],
)
def test_an_output_pixel_sees_as_many_pixels_as_the_layer_says(
    mode: Literal["nearest", "bilinear"], side: int, most: int
) -> None:
    """At x4, along an axis inside the border: the numbers of its docstring."""
    layer = ResizeConv(1, 1, 4, mode, side)
    torch.nn.init.ones_(layer.get_parameter("1.weight"))
    one_each = torch.eye(9)[:, None, None, :].expand(-1, -1, 9, -1)  # image n is white in column n
    with torch.no_grad():
        seen = (layer(one_each) - layer(0 * one_each))[:, 0, 18, 16:20].abs() > 1e-6
    assert int(seen.sum(dim=0).max()) == most


def test_a_kernel_without_a_middle_is_one_sentence() -> None:
    """An even side would shift the image by half a pixel: refused."""
    with pytest.raises(UsageError, match=r"must have an odd side.*; got 4\."):
        ResizeConv(3, 2, 2, kernel=4)
