"""Weights in a file: a state dictionary, whatever training code wrote around it.

No pickle is ever run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from upbench.benchmark.core.errors import UsageError
from upbench.methods._models.torch_network import reading

State: TypeAlias = dict[str, Any]
"""Tensors by name."""

WRAPPERS = (
    *("params_ema", "params", "state_dict", "model_state_dict", "model", "net", "network"),
    *("generator", "ema", "g", "weights"),
)
"""Under which training code keeps a network's weights; the averaged ones (EMA) are preferred."""
PREFIXES = ("module.", "_orig_mod.", "model.", "generator.", "net_g.")
"""What wrappers put before every name: DataParallel, torch.compile, Lightning."""
LISTED = 3


def read_weights(file: str) -> State:
    """Return the tensors in a ``.safetensors`` or ``.pth`` file, without wrappers.

    Raises:
        UsageError: It cannot be read, holds no weights, or is a pickle that would run code.
    """
    import torch

    if Path(file).suffix.lower() == ".safetensors":
        from safetensors.torch import load_file

        with reading("a safetensors file"):
            return _unwrapped(load_file(file))
    with reading("a file of weights"):
        try:
            loaded = torch.load(file, map_location="cpu", weights_only=True)
        except Exception as error:
            if "eights_only" not in str(error) and "eights only" not in str(error):
                raise
            raise UsageError(
                "it is a pickle of Python objects, which would run code as it is read, and is "
                "refused; save the weights alone, torch.save(model.state_dict(), FILE), or "
                "export the network to ONNX, TorchScript or torch.export."
            ) from None
        return _unwrapped(loaded)


def _unwrapped(loaded: Any) -> State:
    for name in WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(name), Mapping):
            loaded = loaded[name]
    tensors = (
        {str(n): t for n, t in loaded.items() if hasattr(t, "dtype")}
        if isinstance(loaded, Mapping)
        else {}
    )
    if not tensors:
        raise UsageError("it holds no weights; expected a state dictionary: names and tensors.")
    return tensors


def fill(module: Any, state: State) -> None:
    """Put weights into a module; a prefix that all their names have in common is left out.

    Raises:
        UsageError: They are not those of the module.
    """
    import torch

    own = module.state_dict()
    for prefix in PREFIXES:
        if not own.keys() & state.keys() and all(name.startswith(prefix) for name in state):
            state = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    missing, unknown = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
    shapes = [
        f"{name} is {tuple(state[name].shape)} instead of {tuple(own[name].shape)}"
        for name in sorted(own.keys() & state.keys())
        if own[name].shape != state[name].shape
    ]
    wrong = [
        f"{what} {', '.join(names[:LISTED])}{' ...' if len(names) > LISTED else ''}"
        for what, names in (("missing are", missing), ("unknown are", unknown), ("", shapes))
        if names
    ]
    if wrong:
        raise UsageError(
            f"the weights are not those of {type(module).__name__}: {'; '.join(wrong).strip()}."
        )
    with torch.no_grad():
        module.load_state_dict(state)
