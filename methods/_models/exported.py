"""Files of ``torch.export.save``: one graph for the shapes that it was exported for."""

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
    """Open a ``.pt2`` file.

    Raises:
        UsageError: It cannot be read, or has not one input that is an image.
    """
    import torch

    with reading("a torch.export file"):
        program = torch.export.load(place.file)
        if device != "cpu":
            from torch.export.passes import move_to_device_pass

            program = move_to_device_pass(program, device)
        stored = [one.detach() for one in program.parameters()]  # of their own type for good
        module = widened(program.module(), device)
    weights = [*module.parameters()]
    declared = _declared(program, numbers_of(stored, weights))
    hidden = _are_hidden(program, weights)
    return TorchNetwork(module, declared, weights, device, are_hidden=hidden)


def _are_hidden(program: Any, weights: Sequence[Any]) -> bool:
    """Say whether weights are no parameters: constants, or the 8-bit numbers of quantisation."""
    if any(one.ndim and one.element_size() == 1 for one in program.buffers()):
        return True
    return not weights and any(getattr(one, "ndim", 0) for one in program.constants.values())


def _declared(program: Any, numbers: dict[str, Any]) -> Declared:
    names = program.graph_signature.user_inputs
    check_one_input(names)
    (node,) = [one for one in program.graph.nodes if one.name == names[0]]
    shape = getattr(node.meta.get("val"), "shape", ())
    if len(shape) != 4:
        raise UsageError(
            f"its input has shape {tuple(shape)}; expected an image of four axes: batch, channels, "
            "height, width."
        )
    count, *axes = [side if isinstance(side, int) else None for side in shape]
    if count not in {None, 1}:
        raise UsageError(f"its input is a batch of {count} images; expected a batch of one.")
    first, second, third = axes
    if third in {1, 3} and first not in {1, 3}:
        return Declared(third, "nhwc", first, second, **numbers)
    return Declared(first, "nchw", second, third, **numbers)
