"""The fixed kernel after a transposed convolution: no weights make a checkerboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = Callable[..., torch.nn.Module]
    Noise = Callable[..., torch.Tensor]


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_equals_a_transposed_convolution_then_ones(scale: int, made: Made, noise: Noise) -> None:
    """The kernel that runs is the paper's two steps: trained kernel, then s x s ones."""
    module, features = made("transposed-conv-zero-order-hold", 2, 3, scale), noise(1, 2, 5, 6)
    weight, bias = (module.get_parameter(name) for name in ("weight", "bias"))
    steps = torch.nn.functional.conv_transpose2d(features, weight, stride=scale)
    ones = torch.ones(3, 1, scale, scale, dtype=torch.float64)
    steps = torch.nn.functional.conv2d(steps, ones, padding=scale - 1, groups=3)
    cut = (scale + 1) // 2  # the padding that centres a kernel of side 2s
    expected = steps[..., cut : cut + 5 * scale, cut : cut + 6 * scale] + bias[:, None, None]

    assert torch.allclose(module(features), expected)


def test_no_weights_make_a_checkerboard(made: Made) -> None:
    """A flat area becomes flat for any weights, and a plain transposed convolution's does not."""
    flat = torch.full((1, 2, 9, 9), 0.7, dtype=torch.float64)
    for name, stays in (("zero-order-hold", True), ("even", False)):
        module = made(f"transposed-conv-{name}", 2, 1, 2, seed=7)
        inside = module(flat)[..., 4:-4, 4:-4]
        assert (float(inside.std()) < 1e-12 * float(inside.abs().max())) == stays
