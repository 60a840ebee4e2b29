"""TorchScript files, as ``torch.jit.save`` writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.methods._models.network import Declared
from upbench.methods._models.torch_network import (
    TorchNetwork,
    check_one_input,
    numbers_of,
    reading,
    widened,
)

if TYPE_CHECKING:
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
    return TorchNetwork(module, Declared(**numbers_of(stored, weights)), weights, device)


def _check_inputs(module: Any) -> None:
    schema = module.forward.schema
    needed = [one.name for one in schema.arguments[1:] if not one.has_default_value()]
    check_one_input(needed)
