"""What the tests of the learned layers share: layers from a seed, noise, flat-field gains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from upbench.benchmark.core.threads import one_thread
from upbench.benchmark.theory.layers.torch_modules import module_response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from upbench.methods._shared.head import Head

CHANNELS = 16


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread: on a busy machine two wait for each other most of the time."""
    with one_thread():
        yield


@pytest.fixture
def built() -> Callable[..., torch.nn.Module]:
    """Build a head's layer from a seed: ``built(head, scale, seed=0)``."""

    def build(head: Head, scale: int, seed: int = 0) -> torch.nn.Module:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return head.build(CHANNELS, scale)

    return build


@pytest.fixture
def noise() -> Callable[..., torch.Tensor]:
    """Return uniform noise of a shape, the same at every call."""

    def make(*shape: int) -> torch.Tensor:
        return torch.rand(shape, generator=torch.Generator().manual_seed(0))

    return make


@pytest.fixture
def ripple() -> Callable[[torch.nn.Module], float]:
    """Return how far the DC gains of a layer's phases are from equal, by layer theory."""
    return lambda layer: module_response(layer).ripple


@pytest.fixture
def is_transposed(built: Callable[..., torch.nn.Module]) -> Callable[[Head, int], None]:
    """Check a transposed convolution against stamps of its kernel, added in a loop."""

    def check(head: Head, scale: int) -> None:
        layer, random = built(head, scale), np.random.default_rng(0)
        kernels = layer.get_parameter("weight").detach().double().numpy()[:, 0]
        features = random.random((CHANNELS, 3, 4))
        side = kernels.shape[1]
        before = (side - scale + 1) // 2  # centred, or half a pixel to the top left
        stamps = np.zeros((2 * scale + side, 3 * scale + side))
        for channel, row, column in np.ndindex(features.shape):
            top, left = row * scale, column * scale
            place = (slice(top, top + side), slice(left, left + side))
            stamps[place] += features[channel, row, column] * kernels[channel]
        expected = stamps[before : before + 3 * scale, before : before + 4 * scale]
        bias = float(layer.get_parameter("bias").detach())
        with torch.no_grad():
            got = layer(torch.from_numpy(features[None]).float())[0, 0]
        np.testing.assert_allclose(got, expected + bias, atol=1e-5)

    return check


@pytest.fixture
def is_torchs(built: Callable[..., torch.nn.Module]) -> Callable[..., None]:
    """Check that weights fill the uniform distribution that torch draws them from."""

    def check(head: Head, scale: int, bound: float, name: str = "weight") -> None:
        drawn = [built(head, scale, seed).get_parameter(name) for seed in range(20)]
        weights = torch.cat(drawn).detach()
        assert 0.99 * bound < float(weights.abs().max()) <= bound
        assert float(weights.var()) == pytest.approx(bound**2 / 3, rel=0.1)

    return check


@pytest.fixture
def is_bilinear(built: Callable[..., torch.nn.Module]) -> Callable[[Head, int], None]:
    """Check a beginning against ``upsample_filt`` of FCN's published code, factor by factor."""

    def check(head: Head, scale: int) -> None:
        kernels = built(head, scale).get_parameter("weight").detach()[:, 0]
        size = kernels.shape[-1]
        factor = (size + 1) // 2
        center = factor - 1 if size % 2 == 1 else factor - 0.5
        rows, columns = np.ogrid[:size, :size]
        formula = (1 - abs(rows - center) / factor) * (1 - abs(columns - center) / factor)
        factors = [float(kernel.sum()) / formula.sum() for kernel in kernels]
        for kernel, its in zip(kernels, factors, strict=True):
            np.testing.assert_allclose(kernel, its * formula, atol=1e-6)
        assert len(set(factors)) == CHANNELS
        assert max(map(abs, factors)) <= CHANNELS**-0.5

    return check
