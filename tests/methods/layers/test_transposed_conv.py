"""Transposed convolutions: sizes, and what each initialisation promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from upbench import layers
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.theory.layers.torch_modules import module_overlap
from upbench.methods._shared.layer_measures import first_variance, phase_gains, ready, spread

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = Callable[..., torch.nn.Module]
    Noise = Callable[..., torch.Tensor]


@pytest.mark.parametrize(
    ("name", "sides"), [("even", (4, 6)), ("uneven", (3, 5)), ("5", (5, 5)), ("9", (9, 9))]
)
def test_kernels_are_of_the_named_side(name: str, sides: tuple[int, int], made: Made) -> None:
    """Sides are 2s, 2s - 1, 5 and 9; the stride divides the even one alone: even overlap."""
    for scale, side in zip((2, 3), sides, strict=True):
        module = made(f"transposed-conv-{name}", 4, 2, scale)
        assert module.get_parameter("weight").shape == (4, 2, side, side)
        assert module_overlap(module).even == (side % scale == 0)


@pytest.mark.parametrize("kind", ["even", "uneven", "9", "5"])
@pytest.mark.parametrize("scale", [2, 4])
def test_matched_keeps_the_variance(kind: str, scale: int) -> None:
    """With 64 channels in, the first output has the input's variance, whatever the channels out."""
    layer = layers.named(f"transposed-conv-{kind}-matched")
    for outputs in (1, 16):
        found = first_variance(ready(layer, 64, outputs, scale))
        assert found == pytest.approx(1.0, abs=0.15)


def test_default_is_torchs_and_does_not() -> None:
    """Torch counts the channels out as the fan-in: 16 of them make the variance 1 / 16."""
    layer = layers.named("transposed-conv-even")
    narrow, wide = (first_variance(ready(layer, 64, outputs, 2)) for outputs in (1, 16))
    bound = 1 / 3 / 16  # of one weight at 1 channel out: uniform within 1 / sqrt(k k)
    assert narrow == pytest.approx(64 * 4 * bound, rel=0.15)
    assert wide == pytest.approx(narrow / 16, rel=0.15)


def test_bilinear_is_interpolation_of_each_channel(made: Made, noise: Noise) -> None:
    """With equal channels in and out the layer begins as FCN's: bilinear, channel by channel."""
    module, features = made("transposed-conv-even-bilinear", 3, 3, 2), noise(1, 3, 6, 7)
    torch.nn.init.zeros_(module.get_parameter("bias"))
    expected = torch.nn.functional.interpolate(features, scale_factor=2, mode="bilinear")
    got = module(features)
    assert torch.allclose(got[..., 1:-1, 1:-1], expected[..., 1:-1, 1:-1], atol=1e-6)


def test_bilinear_mixes_channels_where_they_change() -> None:
    """The kernel stays bilinear, times one factor per pair of channels: flat stays flat."""
    probed = ready(layers.named("transposed-conv-uneven-bilinear"), 6, 2, 3)
    assert spread(phase_gains(probed)) < 1e-6
    weight = probed.module.get_parameter("weight").detach()
    shapes = weight / weight[:, :, 2:3, 2:3]
    assert torch.allclose(shapes, shapes[:1, :1].expand_as(shapes), atol=1e-6)


def test_kernel_must_reach_every_pixel() -> None:
    """A kernel below the stride, an unknown initialisation or a scale not offered: one sentence."""
    with pytest.raises(UsageError, match=r"at x4 needs a kernel of 4 or more.*got 3"):
        layers.TransposedConv(2, 2, 4, kernel=3)
    with pytest.raises(UsageError, match=r"default, matched, bilinear; got 'icnr'"):
        layers.TransposedConv(2, 2, 4, initialisation="icnr")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"transposed-conv-5 is made for x2, x3, x4, x5, not x6"):
        layers.build("transposed-conv-5", 2, 2, 6)
