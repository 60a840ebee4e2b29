"""The network: its trunk, the bicubic image that is added, and where its weights come from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.nn import functional

from upbench.benchmark.imaging.resample import resize
from upbench.methods._shared.head import Head, transposed_geometry
from upbench.methods._shared.modules import CollapsibleConv
from upbench.methods._shared.network import SHAPES, collapse, take_trunk, untrained
from upbench.methods._shared.subpixel import build

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.methods._shared.network import Network

HEAD = Head("subpixel-conv", build)
each_scale = pytest.mark.parametrize("scale", [2, 3, 4])
each_shape = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)


def weights_of(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return a copy of all weights by name."""
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> bool:
    """Say whether two networks have equal weights, bit by bit."""
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


@each_scale
def test_without_a_head_it_is_canonical_bicubic(
    scale: int, noise: Callable[..., torch.Tensor]
) -> None:
    """A head of zeros leaves canonical bicubic interpolation; edge pixels are repeated."""
    network = collapse(untrained(HEAD, SHAPES["small"], scale, seed=0))
    low = noise(1, 1, 9, 12)
    with torch.no_grad():
        for parameter in network.head.parameters():
            parameter.zero_()
        output = network(low)[0, 0].numpy()
    padded = np.pad(low[0, 0].double().numpy(), 4, mode="edge")
    inside = slice(4 * scale, -4 * scale)

    np.testing.assert_allclose(output, resize(padded, scale)[inside, inside], atol=1e-6)


@each_scale
def test_mixed_precision_leaves_the_bicubic_image_whole(
    scale: int, noise: Callable[..., torch.Tensor]
) -> None:
    """What the head adds may be coarse; the image under it keeps all its grey levels."""
    network = untrained(HEAD, SHAPES["small"], scale, seed=0)
    low = noise(1, 1, 9, 12)
    with torch.no_grad():
        full = network(low)
        with torch.autocast("cpu", torch.bfloat16):
            mixed = network(low)
        for parameter in network.head.parameters():
            parameter.zero_()
        bicubic = network(low)
        with torch.autocast("cpu", torch.bfloat16):
            assert torch.equal(network(low), bicubic)
    added = (full - bicubic).abs().max()
    assert mixed.dtype == torch.float32
    assert 0 < (mixed - full).abs().max() < added / 50


@each_scale
@each_shape
def test_collapsing_changes_nothing(
    shape: object, scale: int, noise: Callable[..., torch.Tensor]
) -> None:
    """What is shipped, plain convolutions, is the trained network's function to 1e-5."""
    network = untrained(HEAD, shape, scale, seed=3)  # type: ignore[arg-type]
    shipped = collapse(network)
    low = noise(1, 1, 13, 18)
    with torch.no_grad():
        difference = (network(low) - shipped(low)).abs().max()

    assert float(difference) < 1e-5
    kinds = {type(layer).__name__ for layer in shipped.trunk}
    assert kinds == {"Conv2d", "ReLU"}


def test_collapsible_layer_is_two_convolutions(noise: Callable[..., torch.Tensor]) -> None:
    """The layer is a 3 x 3 convolution, a 1 x 1 after it, and its input added."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = CollapsibleConv(6, 6, width=20)
        layer.bias.data.uniform_()
    features = noise(1, 6, 7, 8)
    with torch.no_grad():
        wide = functional.conv2d(features, layer.expand.view(20, 6, 3, 3), padding=1)
        narrow = functional.conv2d(wide, layer.reduce[:, :, None, None], layer.bias)
        got = layer(features)

    assert torch.allclose(got, narrow + features, atol=1e-5)


def test_collapsible_layer_begins_alike_whatever_its_width() -> None:
    """The product begins with twice the variance of torch's convolution, at any width."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for width in (8, 64, 256):
            layer = CollapsibleConv(16, 16, width)
            product = (layer.reduce @ layer.expand).detach()
            assert float(product.var()) == pytest.approx(2 / 3 / (16 * 9), rel=0.01)


@each_shape
def test_trunk_can_be_taken_from_another_scale(
    shape: object, noise: Callable[..., torch.Tensor]
) -> None:
    """After taking over a trained trunk the features are those of that network."""
    trained = collapse(untrained(HEAD, shape, 2, seed=1))  # type: ignore[arg-type]
    network = untrained(HEAD, shape, 3, seed=2)  # type: ignore[arg-type]
    head = weights_of(network.head)
    with torch.no_grad():  # biases begin at zero
        for parameter in trained.trunk.parameters():
            parameter.add_(0.01)
    take_trunk(network, trained)
    low = noise(1, 1, 11, 10)
    with torch.no_grad():
        assert torch.allclose(network.trunk(low), trained.trunk(low), atol=1e-4)
        assert torch.allclose(collapse(network).trunk(low), trained.trunk(low), atol=1e-4)
    assert same(weights_of(network.head), head)


@each_shape
def test_a_seed_is_one_beginning(shape: object) -> None:
    """One seed gives one network, bit by bit; another seed another."""

    def begun(seed: int) -> dict[str, torch.Tensor]:
        return weights_of(untrained(HEAD, shape, 2, seed))  # type: ignore[arg-type]

    assert same(begun(7), begun(7))
    assert not same(begun(7), begun(8))


def test_torchs_random_numbers_are_left_alone() -> None:
    """Building and collapsing a network does not move torch's own generator."""
    torch.manual_seed(11)
    state = torch.get_rng_state()
    network = untrained(HEAD, SHAPES["small"], 2, seed=5)
    collapse(network)

    assert torch.equal(torch.get_rng_state(), state)


def test_trunks_do_not_depend_on_the_head() -> None:
    """All heads begin one seed with one trunk, so that they can be compared."""

    def trunk(head: Head) -> dict[str, torch.Tensor]:
        network: Network = untrained(head, SHAPES["small"], 2, seed=0)
        return weights_of(network.trunk)

    def other(channels: int, scale: int) -> torch.nn.Module:
        return torch.nn.ConvTranspose2d(channels, 1, 9, scale, 4, output_padding=scale - 1)

    assert same(trunk(HEAD), trunk(replace(HEAD, name="other", build=other)))


@pytest.mark.parametrize("scale", [2, 3, 4, 5, 8])
@pytest.mark.parametrize("extra", [0, 1, 2, 3, 6, 9])
def test_transposed_convolution_is_exactly_s_times_as_large(scale: int, extra: int) -> None:
    """At any kernel of at least s the geometry gives s times the pixels, and torch accepts it."""
    geometry = transposed_geometry(scale + extra, scale)
    layer = torch.nn.ConvTranspose2d(
        1,
        1,
        geometry.kernel,
        scale,
        geometry.padding,
        output_padding=geometry.output_padding,
    )
    output = layer(torch.zeros(1, 1, 3, 5))

    assert output.shape == (1, 1, 3 * scale, 5 * scale)
    assert geometry.output_padding in {0, 1}
