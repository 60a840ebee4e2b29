"""Max-unpooling with its companion, the pooling that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from upbench import layers
from upbench.benchmark.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = Callable[..., torch.nn.Module]
    Noise = Callable[..., torch.Tensor]


def test_values_go_back_to_their_places(noise: Noise) -> None:
    """After pool and unpool the maxima are where they were, and all else is zero."""
    layer = layers.MaxUnpooling(3, 2, 2)
    features = noise(1, 3, 6, 8)
    pooled, indices = layer.pool(features)
    back = layer.unpool(pooled, indices)

    assert torch.equal(back[back != 0], features[back != 0])
    assert int((back != 0).sum()) == pooled.numel()
    assert layer.float()(pooled.float(), indices).shape == (1, 2, 6, 8)


def test_refuses_to_run_without_its_indices(made: Made, noise: Noise) -> None:
    """No indices, or those of another pooling: a sentence that says where they come from."""
    layer, features = made("max-unpooling", 3, 2, 2), noise(1, 3, 4, 4)
    assert layers.named("max-unpooling").pooling
    with pytest.raises(UsageError, match=r"needs the indices of its pooling.*got none"):
        layer(features)
    with pytest.raises(UsageError, match=r"got \(1, 2, 4, 4\): pooled, indices = layer\.pool"):
        layer(features, torch.zeros(1, 2, 4, 4, dtype=torch.long))
