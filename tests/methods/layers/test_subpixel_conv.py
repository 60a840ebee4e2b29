"""Sub-pixel convolution, at random and by ICNR."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = Callable[..., torch.nn.Module]
    Noise = Callable[..., torch.Tensor]


@pytest.mark.parametrize("scale", [2, 3])
def test_icnr_begins_as_nearest_after_a_convolution(scale: int, made: Made, noise: Noise) -> None:
    """Every s x s cell holds one value per channel at first; at random it does not."""
    features = noise(1, 4, 5, 5)
    for name, alike in (("subpixel-conv-icnr", True), ("subpixel-conv", False)):
        large = made(name, 4, 3, scale)(features)
        cells = large.unflatten(3, (-1, scale)).unflatten(2, (-1, scale))
        assert torch.allclose(cells, cells[:, :, :, :1, :, :1].expand_as(cells)) == alike


def test_channels_out_are_not_mixed_up(made: Made) -> None:
    """Each channel out has a filter of its own under ICNR, not one for all."""
    weight = made("subpixel-conv-icnr", 4, 3, 2).get_parameter("0.weight")
    firsts = weight.view(3, 4, 4, 3, 3)
    assert torch.equal(firsts, firsts[:, :1].expand_as(firsts))
    assert not torch.equal(firsts[0], firsts[1])
