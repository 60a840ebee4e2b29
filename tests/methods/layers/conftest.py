"""What the tests of layers share: a layer from a seed, and noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from upbench import layers
from upbench.benchmark.core.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module", autouse=True)
def _forward_alone() -> Iterator[None]:
    """Keep torch to one thread, two wait for each other on a busy machine; no gradients."""
    with one_thread(), torch.no_grad():
        yield


@pytest.fixture
def made() -> Callable[..., torch.nn.Module]:
    """Build a layer from a seed, in double precision: ``made(name, in, out, scale, seed=0)``."""

    def build(name: str, channels: int, outputs: int, scale: int, seed: int = 0) -> torch.nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return layers.build(name, channels, outputs, scale).double()

    return build


@pytest.fixture
def noise() -> Callable[..., torch.Tensor]:
    """Return normal noise of a shape, the same at every call."""

    def draw(*shape: int) -> torch.Tensor:
        numbers = torch.Generator().manual_seed(0)
        return torch.randn(shape, generator=numbers, dtype=torch.float64)

    return draw
