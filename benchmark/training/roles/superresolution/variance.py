"""First outputs of equal variance: what a layer is must not be mistaken for how large it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from upbench.benchmark.core.device import exact_convolutions
from upbench.benchmark.core.errors import MethodError

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["scale_first_output"]

ROUNDING = 1e-6
"""Deviations below this share of the largest value are float32's, not the layer's."""


def scale_first_output(layer: nn.Module, features: Tensor, deviation: float) -> float:
    """Multiply a layer's last weights and bias, so that its output has a standard deviation.

    The last weights are those of the last module that the output is proportional to: the
    convolution after an interpolation or a reassembly, or the layer's only one.  Multiplied
    weights, and not a factor behind them, because the optimiser's steps are of one size whatever
    the weights are.  The mean is not made equal: a layer that begins as an interpolation may begin
    with a quarter of the range as its mean, others begin near 0.

    Args:
        layer: A freshly built layer, changed in place.
        features: What comes in, ``(N, C, H, W)``.
        deviation: The standard deviation that its output is to have.

    Returns:
        The factor.

    Raises:
        MethodError: No module's weights scale the output, or the output is constant.
    """
    with torch.no_grad(), exact_convolutions():  # rounded, outputs are not proportional to weights
        first = layer(features)
        spread = float(first.std())
        if not spread > ROUNDING * float(first.abs().max()):
            raise MethodError(
                f"{type(layer).__name__}: the first output is constant; expected one that varies "
                "with the features, so that its variance can be equal to that of other layers."
            )
        factor = deviation / spread
        for module in reversed([*layer.modules()]):
            own = [*module.parameters(recurse=False)]
            before = [parameter.clone() for parameter in own]
            for parameter in own:
                parameter.mul_(factor)
            if own and torch.allclose(layer(features), first * factor, 1e-3, 1e-4 * deviation):
                return factor
            for parameter, value in zip(own, before, strict=True):
                parameter.copy_(value)
    raise MethodError(
        f"{type(layer).__name__}: no module's weights multiply the output; expected a convolution "
        "at the layer's end, or the data that end in -as-built."
    )
