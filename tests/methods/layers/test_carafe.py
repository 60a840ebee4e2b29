"""CARAFE in the paper's setting, against equations 1 to 4 written as loops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from upbench.methods._shared.modules import ContentAwareReassembly

if TYPE_CHECKING:
    from collections.abc import Callable

    Made = Callable[..., torch.nn.Module]
    Noise = Callable[..., torch.Tensor]


def by_loops(module: ContentAwareReassembly, features: torch.Tensor, scale: int) -> torch.Tensor:
    """Return each output pixel as the mean of 5 x 5 neighbours by its own softmax."""
    channels, height, width = features.shape[1:]
    logits = module.encode(module.compress(features))[0]
    logits = torch.nn.functional.pixel_shuffle(logits, scale)  # (25, H s, W s)
    padded = torch.nn.functional.pad(features[0], (2, 2, 2, 2))
    output = torch.zeros(channels, height * scale, width * scale, dtype=features.dtype)
    for row in range(height * scale):
        for column in range(width * scale):
            top, left = row // scale, column // scale
            near = padded[:, top : top + 5, left : left + 5].reshape(channels, 25)
            output[:, row, column] = near @ logits[:, row, column].softmax(dim=0)
    return output


@pytest.mark.parametrize("scale", [2, 3])
def test_equals_the_paper(scale: int, made: Made, noise: Noise) -> None:
    """Compressor to 64, encoder of 3 x 3, softmax over 5 x 5, zeros beyond the border."""
    means = made("carafe", 6, 2, scale).get_submodule("0")
    assert isinstance(means, ContentAwareReassembly)
    with torch.no_grad():
        means.encode.weight.mul_(500)  # at first the means are nearly plain ones
        got = means(noise(1, 6, 4, 5))[0]
        assert torch.allclose(got, by_loops(means, noise(1, 6, 4, 5), scale))


def test_begins_as_the_published_code(made: Made) -> None:
    """Normal weights of 0.001 in the encoder, no biases, and 64 compressed channels."""
    means = made("carafe", 32, 2, 2).get_submodule("0")
    encoder = means.get_parameter("encode.weight").detach()
    assert encoder.shape == (100, 64, 3, 3)
    assert float(encoder.std()) == pytest.approx(0.001, rel=0.02)
    for name in ("encode.bias", "compress.bias"):
        assert not means.get_parameter(name).any()


def test_light_is_the_heads(made: Made) -> None:
    """carafe-light has 3 x 3 means and one 1 x 1 convolution, as the method cnn-carafe."""
    means = made("carafe-light", 16, 1, 2).get_submodule("0")
    assert [name for name, _ in means.named_parameters()] == ["encode.weight", "encode.bias"]
    assert means.get_parameter("encode.weight").shape == (36, 16, 1, 1)
