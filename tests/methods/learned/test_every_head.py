"""What every learned layer keeps, whichever it is."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch

from upbench.benchmark.registry.catalog import collect
from upbench.methods._shared.forms import running_form
from upbench.methods._shared.network import SHAPES, collapse, untrained

if TYPE_CHECKING:
    from collections.abc import Callable

    from upbench.methods._shared.head import Head
    from upbench.methods._shared.network import Network

METHODS = {
    name: method
    for name, method in collect(folders=["upbench.methods"]).methods.items()
    if method.target.__module__.startswith("upbench.methods.learned.")
}
HEADS: dict[str, Head] = {
    name: getattr(method.target, "head", None)  # type: ignore[misc]
    for name, method in METHODS.items()
    if name.startswith("cnn-")
}
SIZES = ((1, 1), (1, 6), (5, 1), (2, 3), (7, 4), (17, 23))
each_head = pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
each_resize = pytest.mark.parametrize(
    "head", [HEADS["cnn-resize-conv-bilinear"], HEADS["cnn-resize-conv-nearest"]]
)
each_scale = pytest.mark.parametrize("scale", [2, 3, 4])


def network_of(head: Head, scale: int) -> Network:
    """Return a network with this head, as training begins."""
    return untrained(head, SHAPES["small"], scale, seed=1).eval()


def test_all_heads_are_here() -> None:
    """Twelve layers after one trunk, and three networks that were trained for longer."""
    assert sorted(HEADS) == [
        "cnn-carafe",
        "cnn-resize-conv-bilinear",
        "cnn-resize-conv-nearest",
        "cnn-subpixel-conv",
        "cnn-subpixel-conv-icnr",
        "cnn-transposed-conv-9",
        "cnn-transposed-conv-9-bilinear",
        "cnn-transposed-conv-even",
        "cnn-transposed-conv-even-bilinear",
        "cnn-transposed-conv-uneven",
        "cnn-transposed-conv-uneven-bilinear",
        "cnn-zero-insertion-conv",
    ]
    assert METHODS.keys() - HEADS.keys() == {"upnet-small", "upnet-slim", "upnet-large"}


@pytest.mark.parametrize("file", sorted({method.file for method in METHODS.values()}))
def test_no_head_imports_another(file: str) -> None:
    """What several of them need is shared: a method's file alone says what it is."""
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    modules = [one.module or "" for one in ast.walk(tree) if isinstance(one, ast.ImportFrom)]
    assert not [module for module in modules if module.startswith("upbench.methods.learned.")]


@each_scale
@each_head
def test_folded_forms_equal_the_definition(
    head: Head, scale: int, noise: Callable[..., torch.Tensor]
) -> None:
    """At any size, down to one pixel, each form that runs is the layer's own function to 1e-5."""
    network = network_of(head, scale)
    shipped = collapse(network)
    for height, width in SIZES:
        low = noise(2, 1, height, width)
        with torch.no_grad():
            defined = network.unfolded(low)
            assert defined.shape == (2, 1, height * scale, width * scale)
            for form in (network, shipped, shipped.unfolded, running_form(shipped)):
                assert torch.allclose(form(low), defined, rtol=1e-5, atol=1e-5), form


@each_scale
@each_head
def test_reach_is_as_far_as_the_layer_looks(
    head: Head, scale: int, built: Callable[..., torch.nn.Module]
) -> None:
    """A pixel changes outputs within the stated reach, and none beyond it."""
    layer, reach, middle = built(head, scale), head.reach(scale), 6
    features = torch.zeros(1, 16, 13, 13)
    features[:, :, middle, middle] = 1
    with torch.no_grad():
        changed = layer(features) - layer(torch.zeros_like(features))
    cells = changed[0, 0].view(13, scale, 13, scale).abs().amax(dim=(1, 3)) > 0
    rows = cells.any(dim=1).nonzero()

    assert rows.min() >= middle - reach
    assert rows.max() <= middle + reach
    assert cells[middle - 1 : middle + 2, middle - 1 : middle + 2].sum() > 3


@each_scale
@each_head
def test_gradients_pass_through_the_fold(
    head: Head, scale: int, noise: Callable[..., torch.Tensor]
) -> None:
    """Training in the folded form teaches the layer what its definition would."""
    network, low = network_of(head, scale).double(), noise(1, 1, 6, 5).double()
    names = [name for name, _ in network.named_parameters()]
    taught = []
    for form in (network, network.unfolded):
        network.zero_grad()
        form(low).square().sum().backward()  # type: ignore[no-untyped-call]
        taught.append([parameter.grad.clone() for parameter in network.parameters()])  # type: ignore[union-attr]
    for name, folded, defined in zip(names, *taught, strict=True):
        assert torch.allclose(folded, defined, rtol=1e-9, atol=1e-9), name


@each_head
def test_initialisation_follows_the_seed(head: Head, built: Callable[..., Any]) -> None:
    """One seed is one layer, another seed another."""
    first, again, other = (list(built(head, 2, seed).parameters()) for seed in (3, 3, 4))

    assert all(torch.equal(one, two) for one, two in zip(first, again, strict=True))
    assert not all(torch.equal(one, two) for one, two in zip(first, other, strict=True))


@pytest.mark.parametrize("name", METHODS)
def test_metadata(name: str) -> None:
    """Every learned method says its source and layer, runs on luma and names its three files."""
    method = METHODS[name]

    assert (method.family, method.backend, method.colour) == ("learned", "torch", "luma")
    assert method.scales == (2, 3, 4)
    assert method.source
    assert method.kernel
    assert method.weights == tuple(f"weights/{name}-x{scale}.safetensors" for scale in (2, 3, 4))


WEIGHTS = {
    (10197, 10962, 12033): ["carafe"],
    (9585, 9585, 9585): ["resize-conv-bilinear", "resize-conv-nearest"],
    (10020, 10745, 11760): ["subpixel-conv", "subpixel-conv-icnr"],
    (10737, 10737, 10737): ["transposed-conv-9", "transposed-conv-9-bilinear"],
    (9697, 10017, 10465): [
        "transposed-conv-even",
        "transposed-conv-even-bilinear",
        "zero-insertion-conv",
    ],
    (9585, 9841, 10225): ["transposed-conv-uneven", "transposed-conv-uneven-bilinear"],
}
"""How many weights a network has at x2, x3 and x4, and with which heads."""


@pytest.mark.parametrize(
    ("name", "weights"), [(f"cnn-{name}", n) for n, names in WEIGHTS.items() for name in names]
)
def test_number_of_weights(name: str, weights: tuple[int, int, int]) -> None:
    """Trunk (9440) and head have the weights of their definition, fewer than FSRCNN's 12.5 k."""
    counts = tuple(
        sum(one.numel() for one in collapse(network_of(HEADS[name], scale)).parameters())
        for scale in (2, 3, 4)
    )

    assert counts == weights
    assert max(counts) < 12_500


@each_resize
@each_scale
def test_no_weights_make_a_checkerboard(
    head: Head,
    scale: int,
    built: Callable[..., torch.nn.Module],
    noise: Callable[..., torch.Tensor],
    ripple: Callable[[torch.nn.Module], float],
) -> None:
    """Whatever the weights, all phases have one DC gain, and flat stays flat, to the edge."""
    layer = built(head, scale)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(noise(*parameter.shape) * 100 - 30)
        flat = layer(torch.full((1, 16, 4, 4), 0.3))

    assert ripple(layer) < 1e-12
    assert float((flat - flat[0, 0, 0, 0]).abs().max()) < 1e-6 * float(flat.abs().max())


@each_resize
def test_convolution_after_a_resize_begins_as_torchs(
    head: Head, is_torchs: Callable[..., None]
) -> None:
    """Weights are drawn from +-1/sqrt(fan-in), the 16 x 3 x 3 that an output pixel sums."""
    is_torchs(head, 2, (16 * 9) ** -0.5, "1.weight")
