"""DySample, against its definition written as loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from upbench.methods._shared.by_content import DynamicSampling

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = Callable[..., torch.nn.Module]
    Noise = Callable[..., torch.Tensor]


def by_loops(module: DynamicSampling, features: torch.Tensor, scale: int) -> torch.Tensor:
    """Return bilinear interpolation at each moved point, with the edge pixel repeated."""
    channels, height, width = features.shape[1:]
    offsets = torch.nn.functional.pixel_shuffle(module.offset(features) * 0.25, scale)[0]
    output = torch.zeros(channels, height * scale, width * scale, dtype=features.dtype)
    per_group = channels // module.groups
    for channel in range(channels):
        group = channel // per_group
        for row in range(height * scale):
            for column in range(width * scale):
                right, down = (
                    offsets[group, row, column],
                    offsets[module.groups + group, row, column],
                )
                y = float(((row + 0.5) / scale - 0.5 + down).clamp(0, height - 1))
                x = float(((column + 0.5) / scale - 0.5 + right).clamp(0, width - 1))
                top, left = int(y), int(x)
                low, far = min(top + 1, height - 1), min(left + 1, width - 1)
                plane, v, u = features[0, channel], y - top, x - left
                upper = plane[top, left] * (1 - u) + plane[top, far] * u
                lower = plane[low, left] * (1 - u) + plane[low, far] * u
                output[channel, row, column] = upper * (1 - v) + lower * v
    return output


@pytest.mark.parametrize("scale", [2, 3])
def test_equals_the_paper(scale: int, made: Made, noise: Noise) -> None:
    """Points move by a quarter of the offsets, in input pixels, one pair per group of channels."""
    sampling = made("dysample", 8, 2, scale).get_submodule("0")
    assert isinstance(sampling, DynamicSampling)
    assert sampling.groups == 4
    with torch.no_grad():
        sampling.offset.weight.mul_(1000)
        got = sampling(noise(1, 8, 3, 4))[0]
        assert torch.allclose(got, by_loops(sampling, noise(1, 8, 3, 4), scale), atol=1e-9)


def test_begins_near_bilinear_interpolation(made: Made, noise: Noise) -> None:
    """Without offsets the points are those of half-pixel sampling."""
    sampling, features = made("dysample", 8, 2, 2).get_submodule("0"), noise(1, 8, 5, 6)
    expected = torch.nn.functional.interpolate(features, scale_factor=2, mode="bilinear")
    assert float((sampling(features) - expected).abs().max()) < 0.02
    with torch.no_grad():
        sampling.get_parameter("offset.weight").zero_()
    assert torch.allclose(sampling(features), expected)


@pytest.mark.parametrize(("channels", "groups"), [(1, 1), (6, 2), (7, 1), (12, 4)])
def test_takes_any_number_of_channels(channels: int, groups: int, made: Made) -> None:
    """Four groups where they divide the channels, fewer where not."""
    sampling = made("dysample", channels, 2, 2).get_submodule("0")
    assert isinstance(sampling, DynamicSampling)
    assert sampling.groups == groups
