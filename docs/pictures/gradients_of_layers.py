"""Draw ``gradients-of-layers.png``: run from the project's root.

What layers draw forwards, and what sends gradients back unevenly.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.theory.explain import save
from upbench.benchmark.theory.probe.gradient import (
    DOWN,
    downward,
    flat_gradient,
    flat_gradient_ripple,
    layer_function,
)
from upbench.layers import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.core.contract import Layer

NAMES = (
    "transposed-conv-uneven",
    "transposed-conv-even",
    "subpixel-conv",
    "subpixel-conv-icnr",
    "resize-conv-nearest",
    "transposed-conv-zero-order-hold",
)
SHOWN = 16
"""Pixels per side of each panel: two periods of what three strides of 2 make."""
CHANNELS = 8
SIDE = 96
"""Pixels of the image that is made smaller."""


def gradient_figure(layers: Sequence[Layer], scale: int = 2) -> Figure:
    """Draw the gradients of what makes an image smaller above, layers' flat outputs below.

    Each panel is relative to its mean, from 0 (white) to 2 (black); above it stands the deviation
    over the mean, of the panel and, for layers, of the gradient that comes back.

    Args:
        layers: Layers that need no pooling.
        scale: Their factor.
    """
    from matplotlib.figure import Figure

    columns = max(len(DOWN), len(layers))
    figure = Figure(figsize=(2.3 * columns, 5.6), layout="constrained")
    axes = figure.subplots(2, columns, squeeze=False)
    for one in axes.flat:
        one.set_axis_off()
    for place, (name, steps) in zip(axes[0], DOWN.items(), strict=False):
        function = downward(steps)
        gradient = flat_gradient(function, SIDE, rim=SIDE // 3)[0]
        ripple = flat_gradient_ripple(function, SIDE, rim=SIDE // 3)
        _draw(place, gradient, f"{name}\ngradient, {ripple:.2f}")
    for place, layer in zip(axes[1], layers, strict=False):
        function = layer_function(layer, CHANNELS, scale)
        back = flat_gradient_ripple(function, channels=CHANNELS)
        output = flat_output(layer, scale)
        ripple = float(output.std() / abs(output.mean()))
        _draw(place, output, f"{layer.name}\noutput, {ripple:.2f}; gradient, {back:.2f}")
    return figure


def flat_output(layer: Layer, scale: int = 2) -> Floats:
    """Return whole cells of what a layer, at first, makes of flat features: ``(16 s, 16 s)``."""
    import torch

    flat = torch.full((1, CHANNELS, 48, 48), 0.5, dtype=torch.float64)
    with torch.no_grad():
        large = layer_function(layer, CHANNELS, scale)(flat)
    inside: Floats = large[0, 0, 16 * scale : 32 * scale, 16 * scale : 32 * scale].numpy()
    return inside


def _draw(axes: Axes, values: Floats, title: str) -> None:
    cut: Any = values[:SHOWN, :SHOWN] / np.abs(values.mean())
    cut = cut if values.mean() > 0 else cut + 2  # a negative mean is grey, too
    axes.imshow(cut, cmap="gray_r", vmin=0, vmax=2, interpolation="nearest")
    axes.set_title(title, fontsize=8)


if __name__ == "__main__":
    figure = gradient_figure([named(name) for name in NAMES])
    save(figure, Path(__file__).with_name("gradients-of-layers.png"))
