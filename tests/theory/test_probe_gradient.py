"""What goes back through resizes and layers, against answers known by hand."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest
import torch
from gradients_of_layers import flat_output, gradient_figure
from torch.nn import functional

from upbench import layers
from upbench.benchmark.core.errors import MethodError
from upbench.benchmark.registry.catalog import collect
from upbench.benchmark.theory.layers.overlap import overlap, stacked_overlap
from upbench.benchmark.theory.probe.gradient import (
    DOWN,
    adjoint_error,
    downward,
    flat_gradient_ripple,
    layer_function,
    probe_gradient,
)
from upbench.benchmark.theory.probe.probed import ProbedMethod, load_probed
from upbench.benchmark.theory.probe.result import probe_table
from upbench.benchmark.theory.probe.run import probe_method

METHODS = collect(folders=["upbench.methods"]).methods
TORCH = [name for name in METHODS if name.startswith("torch-") and "uint8" not in name]
EVEN = 1e-9


def found(name: str, scale: int) -> Any:
    """Probe the gradient of a built-in method."""
    return probe_gradient(load_probed(METHODS[name], scale))


@pytest.mark.parametrize("name", TORCH)
@pytest.mark.parametrize("scale", [2, 3])
def test_the_backward_pass_of_every_interpolation_is_the_adjoint(name: str, scale: int) -> None:
    """To float64: what the backward pass returns is the transpose of the forward pass."""
    assert found(name, scale).adjoint_error < 1e-8


@pytest.mark.parametrize("name", [name for name in TORCH if "align" not in name])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_enlarging_sends_a_flat_gradient_back_evenly(name: str, scale: int) -> None:
    """Each input pixel is used as often as its neighbours: s x s times, by weights that sum."""
    assert found(name, scale).ripple < EVEN


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_shrinking_with_antialiasing_is_even(scale: int) -> None:
    """Bicubic with antialias=True covers every pixel equally, so its gradient is flat."""
    assert found("torch-bicubic-antialias", scale).ripple_smaller < 1e-6


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("antialias", [True, False])
def test_bilinear_by_hand(scale: int, *, antialias: bool) -> None:
    """Stretched it is even.  Else rows get (1, 1) / 2, (0, 1, 0) or (0, 1, 1, 0) / 2."""

    def shrink(planes: torch.Tensor) -> torch.Tensor:
        return functional.interpolate(
            planes, scale_factor=1 / scale, mode="bilinear", antialias=antialias
        )

    ripple = flat_gradient_ripple(shrink, 48 * scale, rim=16 * scale)
    expected = 0.0 if antialias else {2: 0.0, 3: sqrt(8), 4: sqrt(3)}[scale]
    assert ripple == pytest.approx(expected, abs=1e-6)
    if not antialias:
        assert found("torch-bilinear", scale).ripple_smaller == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_nearest_picks_one_pixel_of_each_block(scale: int) -> None:
    """One of s x s pixels gets everything: deviation over mean is sqrt(s^2 - 1)."""
    expected = sqrt(scale**2 - 1)
    assert found("torch-nearest", scale).ripple_smaller == pytest.approx(expected)


@pytest.mark.parametrize(("kernel", "padding"), [(3, 1), (4, 1), (5, 2)])
def test_a_transposed_convolution_draws_forwards_and_not_backwards(
    kernel: int, padding: int
) -> None:
    """Even or uneven overlap: backwards it is a strided convolution of a flat field."""
    weights = torch.ones(1, 1, kernel, kernel, dtype=torch.float64)

    def layer(planes: torch.Tensor) -> torch.Tensor:
        return functional.conv_transpose2d(planes, weights, stride=2, padding=padding)

    assert flat_gradient_ripple(layer) < EVEN
    assert adjoint_error(layer) < 1e-8
    flat = layer(torch.ones(1, 1, 32, 32, dtype=torch.float64))[
        0, 0, 8:56, 8:56
    ].numpy()  # whole periods
    assert flat.std() / flat.mean() == pytest.approx(overlap(kernel, 2).cv)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 2), (4, 2), (5, 2), (6, 3), (5, 3), (1, 2)])
def test_a_strided_convolution_draws_backwards(kernel: int, stride: int) -> None:
    """Its backward pass is a transposed convolution: as uneven as the overlap of its kernels."""
    weights = torch.ones(1, 1, kernel, kernel, dtype=torch.float64)

    def layer(planes: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(planes, weights, stride=stride)

    side = 48 * stride
    ripple = flat_gradient_ripple(layer, side, rim=16 * stride)
    assert ripple == pytest.approx(overlap(kernel, stride).cv, abs=1e-9)
    assert (ripple < EVEN) == (kernel % stride == 0)


def test_max_pooling_sends_everything_to_one_pixel() -> None:
    """Of four equal pixels PyTorch's pooling takes one: as uneven as nearest neighbour."""
    ripple = flat_gradient_ripple(lambda planes: functional.max_pool2d(planes, 2), 96, rim=32)
    assert ripple == pytest.approx(sqrt(3))


@pytest.mark.parametrize(
    ("steps", "stack"),
    [
        ("3,2", [(3, 2)]),
        ("4,2", [(4, 2)]),
        ("5,2 3,2", [(3, 2), (5, 2)]),
        ("3,2 3,2 3,2", [(3, 2)] * 3),
    ],
)
def test_stacks_of_strided_convolutions_compound(steps: str, stack: list[tuple[int, int]]) -> None:
    """Backwards the last layer is the first transposed convolution of the stack."""
    ripple = flat_gradient_ripple(downward(steps), 96, rim=32)
    assert ripple == pytest.approx(stacked_overlap(stack).cv, abs=1e-9)


def test_average_pooling_is_even_and_max_pooling_is_not() -> None:
    """One of four pixels gets all of it, or each gets a quarter."""
    assert flat_gradient_ripple(downward("mean"), 96, rim=32) < EVEN
    assert flat_gradient_ripple(downward("max"), 96, rim=32) == pytest.approx(sqrt(3))


@pytest.mark.parametrize("name", [name for name in layers.names() if layers.named(name).linear])
def test_every_linear_layer_sends_a_flat_gradient_back_evenly(name: str) -> None:
    """Whatever it draws forwards: backwards it is a convolution of a flat field with a stride."""
    function = layer_function(layers.named(name), channels=2)
    assert flat_gradient_ripple(function, side=40, channels=2) < 1e-6


def test_the_picture_has_a_panel_for_each() -> None:
    """Titles hold the numbers; what stays flat is drawn as one grey."""
    chosen = [layers.named(name) for name in ("transposed-conv-uneven", "resize-conv-nearest")]
    figure = gradient_figure(chosen)
    titles = [axes.get_title() for axes in figure.axes if axes.images]
    assert len(titles) == len(DOWN) + 2
    assert "convolution 3, stride 2\ngradient, 0.48" in titles
    assert titles[-1] == "resize-conv-nearest\noutput, 0.00; gradient, 0.00"
    assert flat_output(chosen[0]).std() > 1e-3
    assert flat_output(chosen[1]).std() < 1e-9


def test_a_wrong_backward_pass_is_found() -> None:
    """A gradient that is not the transpose, as of a straight-through rounding, has an error."""

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(_ctx: Any, planes: torch.Tensor) -> torch.Tensor:
            return planes.flip(3)

        @staticmethod
        def backward(_ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
            return gradients[0]

    assert adjoint_error(Wrong.apply) > 1e-4
    assert adjoint_error(lambda planes: planes.flip(3)) < 1e-9


def test_learned_layers_take_part_and_other_libraries_do_not() -> None:
    """A trained network has a gradient, and no size of its own; OpenCV has none."""
    learned = found("cnn-resize-conv-nearest", 2)
    assert learned.adjoint_error < 1e-4  # where the difference crosses kinks of the ReLU
    assert learned.ripple_smaller is None
    assert found("opencv-linear", 2) is None


def test_the_table_has_the_columns() -> None:
    """Numbers for PyTorch, null for another library."""
    rows = probe_table(probe_method(METHODS[name], 2) for name in ("torch-nearest", "bilinear"))
    by_name = {row["method"]: row for row in rows.rows}
    columns = ("adjoint_error", "gradient_ripple", "gradient_ripple_smaller")
    assert [by_name["bilinear"][column] for column in columns] == [None] * 3
    assert by_name["torch-nearest"]["gradient_ripple_smaller"] == pytest.approx(sqrt(3))


def test_a_method_that_cannot_be_differentiated_after_all_is_one_sentence() -> None:
    """What it raises is named, with the method and its scale."""

    class Broken:
        def __call__(self, image: Any) -> Any:
            return np.repeat(image, 2, axis=0)

        def differentiable(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("no kernel for float64")

    with pytest.raises(MethodError, match=r"^mine x2 cannot be differentiated: .*no kernel"):
        probe_gradient(ProbedMethod("mine", 2, 1, Broken()))
