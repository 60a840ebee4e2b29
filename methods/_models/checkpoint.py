"""Checkpoints of known architectures: plain chains of convolutions, and what spandrel knows.

A state dictionary has no graph.  A chain of convolutions with rectifiers between them (SRCNN,
VDSR) is recognised by its shapes; whether it gives the image or what is added to it is tried.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import UsageError
from upbench.methods._models.network import Declared, require
from upbench.methods._models.torch_network import TorchNetwork, numbers_of, widened
from upbench.methods._models.weights import read_weights

if TYPE_CHECKING:
    from upbench.methods._models.network import Place
    from upbench.methods._models.weights import State

CLASS = "give its class: FILE.py:CLASS,weights=FILE"
ASSUMED = (
    "a rectifier (ReLU) is assumed after each convolution but the last, since weights do not say "
    f"what is there; if it is another, {CLASS}."
)


def open_file(place: Place, device: str) -> TorchNetwork:
    """Open a ``.pth`` or ``.safetensors`` file.

    Raises:
        UsageError: It cannot be read, or is of no known architecture.
    """
    state = read_weights(place.file)
    chain = chain_of(state)
    if chain is not None:
        chain = widened(chain.to(device).eval(), device)
        weights = [*chain.parameters()]
        channels, numbers = int(weights[0].shape[1]), numbers_of(state.values(), weights)
        declared = Declared(channels, "nchw", residual=None, scale=1, note=ASSUMED, **numbers)
        return TorchNetwork(chain, declared, weights, device)
    return _known_to_spandrel(state, device)


def _known_to_spandrel(state: State, device: str) -> TorchNetwork:
    spandrel = _spandrel()
    try:
        model = spandrel.ModelLoader(device=device).load_from_state_dict(dict(state))
    except Exception as error:  # noqa: BLE001 - whatever its architectures raise
        known = type(error).__name__ == "UnsupportedModelError"
        said = "" if known else f" ({' '.join(str(error).split())[:150]})"
        raise UsageError(
            f"spandrel knows no architecture of these weights{said}; {CLASS}."
        ) from None
    if not hasattr(model, "input_channels") or model.purpose not in {"SR", "Restoration"}:
        raise UsageError(f"{model.architecture.name} does not enlarge an image.")
    weights = [*model.model.parameters()]
    numbers = numbers_of(state.values(), weights)
    declared = Declared(model.input_channels, "nchw", scale=model.scale, **numbers)
    return TorchNetwork(model.model.eval(), declared, weights, device)


def _spandrel() -> Any:
    """Import spandrel.

    Raises:
        UsageError: It is not installed, or torchvision, which it needs, is for another PyTorch.
    """
    try:
        return require("spandrel", "a checkpoint of this architecture")
    except UsageError as error:
        raise UsageError(f"{str(error).removesuffix('.')}; or {CLASS}.") from None


def chain_of(state: State) -> Any:
    """Return the network of a chain of convolutions, or None for other weights.

    Raises:
        UsageError: Its weights are whole numbers: how they were quantised is not in the file.
    """
    import torch

    layers = _ordered({n: t for n, t in state.items() if n.endswith("weight")})
    named = {name for name, _ in layers} | {_bias(name) for name, _ in layers}
    if len(layers) < 3 or not state.keys() <= named:
        return None
    if whole := [name for name, weight in state.items() if not weight.is_floating_point()]:
        kind = str(state[whole[0]].dtype).removeprefix("torch.")
        raise UsageError(
            f"its weights, like {whole[0]}, are {kind}; expected floating-point numbers: export "
            "the network to ONNX, TorchScript or torch.export."
        )
    parts: list[Any] = []
    for name, weight in layers:
        made, given, tall, wide = weight.shape
        bias = state.get(_bias(name))
        layer = torch.nn.Conv2d(
            given, made, (tall, wide), padding=(tall // 2, wide // 2), bias=bias is not None
        )
        layer.weight.data = weight
        if bias is not None and layer.bias is not None:
            layer.bias.data = bias
        parts += [layer, torch.nn.ReLU(inplace=True)]
    return torch.nn.Sequential(*parts[:-1])


def _bias(name: str) -> str:
    return f"{name.removesuffix('weight')}bias"


def _ordered(weights: State) -> list[tuple[str, Any]]:
    """Return the layers of a chain in their order, or none where they are no chain.

    Names say the order, but the first and the last layer are known by their channels: they stand
    wherever their names put them.
    """
    layers = sorted(weights.items(), key=lambda item: _natural(item[0]))
    if not all(tensor.ndim == 4 and all(n % 2 for n in tensor.shape[2:]) for _, tensor in layers):
        return []
    layers.sort(key=lambda item: (item[1].shape[1] > 3, item[1].shape[0] <= 3))
    joined = all(first.shape[0] == second.shape[1] for (_, first), (_, second) in pairwise(layers))
    is_image = bool(layers) and layers[0][1].shape[1] == layers[-1][1].shape[0] in {1, 3}
    return layers if joined and is_image else []


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort "conv10" after "conv9"."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
