"""TorchScript files, as ``torch.jit.save`` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import UsageError
from upbench.methods._models.network import Declared
from upbench.methods._models.torch_network import (
    TorchNetwork,
    check_one_input,
    numbers_of,
    reading,
    widened,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from upbench.methods._models.network import Place


def open_file(place: Place, device: str) -> TorchNetwork:
    """Open a TorchScript file.

    Raises:
        UsageError: It cannot be read, or takes more than one input.
    """
    import torch

    with reading("a TorchScript file"):
        load: Any = torch.jit.load
        module = load(place.file, map_location=device).eval()
    _check_inputs(module)
    stored = [one.detach() for one in module.parameters()]  # of their own type for good
    module = widened(module, device)
    weights = [*module.parameters()]
    declared = Declared(**numbers_of(stored, weights))
    hidden = _are_hidden(module, weights)
    return TorchNetwork(module, declared, weights, device, are_hidden=hidden)


def _are_hidden(module: Any, weights: Sequence[Any]) -> bool:
    """Say whether weights are no parameters: freezing and quantisation put them into the graph."""
    graph = module.inlined_graph
    if "quantized::" in str(graph):
        return True
    made = (node.output() for node in graph.findAllNodes("prim::Constant"))
    constants = [one.toIValue() for one in made if one.type().kind() == "TensorType"]
    return not weights and any(one.ndim for one in constants)


def _check_inputs(module: Any) -> None:
    if not hasattr(module, "forward"):
        raise UsageError(
            "it has no forward(); expected a network that is called with an image: export its "
            "forward()."
        )
    schema = module.forward.schema
    needed = [one.name for one in schema.arguments[1:] if not one.has_default_value()]
    check_one_input(needed)
