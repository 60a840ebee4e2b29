"""Draw ``gradients-of-layers.png``: run from the project's root."""

from __future__ import annotations

from pathlib import Path

from upbench.benchmark.theory.explain import save
from upbench.benchmark.theory.probe.gradient_figure import gradient_figure
from upbench.layers import named

NAMES = (
    "transposed-conv-uneven",
    "transposed-conv-even",
    "subpixel-conv",
    "subpixel-conv-icnr",
    "resize-conv-nearest",
    "transposed-conv-zero-order-hold",
)

if __name__ == "__main__":
    figure = gradient_figure([named(name) for name in NAMES])
    save(figure, Path(__file__).with_name("gradients-of-layers.png"))
