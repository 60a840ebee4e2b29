"""CARAFE, against the paper's formulas written as loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from upbench.methods._shared.modules import ContentAwareReassembly
from upbench.methods.learned import carafe

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def by_loops(layer: ContentAwareReassembly, features: Floats, scale: int) -> Floats:
    """Return equations 1 to 4 of the paper, pixel by pixel: ``(C, H, W)`` -> ``(C, H s, W s)``."""
    encoder = layer.encode.weight.detach().double().numpy()[:, :, 0, 0]
    offset = layer.encode.bias.detach().double().numpy()  # type: ignore[union-attr]
    channels, height, width = features.shape
    output = np.zeros((channels, height * scale, width * scale))
    for row in range(height * scale):
        for column in range(width * scale):
            # the input pixel under the output pixel, and which of its s x s it is
            (i, p), (j, q) = divmod(row, scale), divmod(column, scale)
            logits = (encoder @ features[:, i, j] + offset).reshape(9, scale, scale)[:, p, q]
            weights = np.exp(logits) / np.exp(logits).sum()
            for tap, (n, m) in enumerate(np.ndindex(3, 3)):
                down, right = i + n - 1, j + m - 1
                if 0 <= down < height and 0 <= right < width:
                    output[:, row, column] += weights[tap] * features[:, down, right]
    return output


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_equals_the_paper(scale: int, noise: Callable[..., torch.Tensor]) -> None:
    """The layer is the paper's softmax-weighted mean over 3 x 3 neighbours, zeros beyond."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = ContentAwareReassembly(5, scale)
    features = noise(1, 5, 4, 6) * 4 - 2
    with torch.no_grad():
        got = layer(features)[0].double().numpy()

    expected = by_loops(layer, features[0].double().numpy(), scale)
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_flat_area_stays_flat(built: Callable[..., torch.nn.Module]) -> None:
    """The weights of each mean sum to 1, so no weights make a checkerboard of a flat field."""
    layer = built(carafe.HEAD, 3, seed=5)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(20)
        output = layer(torch.full((1, 16, 9, 9), 0.7))[0, 0, 6:-6, 6:-6]

    assert float(output.max() - output.min()) < 1e-5


def test_depends_on_the_content(
    built: Callable[..., torch.nn.Module], noise: Callable[..., torch.Tensor]
) -> None:
    """Twice the input is not twice the output: the layer is not linear, and says so."""
    layer = built(carafe.HEAD, 2)
    with torch.no_grad():
        nothing = layer(torch.zeros(1, 16, 5, 5))
        one, two = (layer(noise(1, 16, 5, 5) * gain) - nothing for gain in (20, 40))

    assert not carafe.HEAD.linear
    assert float((two - 2 * one).abs().max()) > 0.1
