"""Weights in a file: a state dictionary, whatever training code wrote around it.

No pickle is ever run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from upbench.benchmark.core.errors import UsageError
from upbench.methods._models.network import DAMAGED, check_kind
from upbench.methods._models.torch_network import reading

State: TypeAlias = dict[str, Any]
"""Tensors by name."""

WRAPPERS = (
    *("params_ema", "params", "state_dict", "model_state_dict", "model", "net", "network"),
    *("generator", "ema", "g", "weights"),
)
"""Under which training code keeps a network's weights; the averaged ones (EMA) are preferred."""
LISTED = 3


def read_weights(file: str) -> State:
    """Return the tensors in a ``.safetensors`` or ``.pth`` file, without wrappers.

    Raises:
        UsageError: It is not there, cannot be read, holds no weights, or is a pickle that would run
            code.
    """
    import torch

    if not Path(file).is_file():
        raise UsageError("there is no such file; expected one of weights.")
    suffix = ".safetensors" if Path(file).suffix.lower() == ".safetensors" else ".pth"
    check_kind(Path(file), suffix)
    if suffix == ".safetensors":
        from safetensors.torch import load_file

        with reading("a safetensors file"):
            return _unwrapped(load_file(file))
    with reading("a file of weights"):
        if not _is_saved_by_torch(Path(file)):
            raise UsageError(f"it is not a file of weights that can be read: {DAMAGED}")
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


def _is_saved_by_torch(file: Path) -> bool:
    """Say whether a file is an archive or a pickle, as torch.save writes them."""
    with file.open("rb") as opened:
        return opened.read(2).startswith((b"PK", b"\x80"))


def _unwrapped(loaded: Any) -> State:
    for _ in WRAPPERS:  # one inside the other, in any order
        if isinstance(loaded, Mapping):
            inner = (loaded[name] for name in WRAPPERS if isinstance(loaded.get(name), Mapping))
            loaded = next(inner, loaded)
    tensors = (
        {str(n): t for n, t in loaded.items() if hasattr(t, "dtype")}
        if isinstance(loaded, Mapping)
        else {}
    )
    if not tensors:
        raise UsageError("it holds no weights; expected a state dictionary: names and tensors.")
    return tensors


def fill(module: Any, state: State) -> None:
    """Put weights into a module; what wrappers put before all their names is left out.

    DataParallel, torch.compile and Lightning do so, also one around the other.

    Raises:
        UsageError: They are not those of the module.
    """
    import torch

    own = module.state_dict()
    prefix = _prefix(own, state)
    state = {name.removeprefix(prefix): tensor for name, tensor in state.items()}
    missing, unknown = sorted(own.keys() - state.keys()), sorted(state.keys() - own.keys())
    common = sorted(own.keys() & state.keys())
    others = [
        f"{name} is {tuple(state[name].shape)} instead of {tuple(own[name].shape)}"
        for name in common
        if own[name].shape != state[name].shape
    ]
    others += [
        f"{name} is {state[name].dtype} instead of {own[name].dtype}"
        for name in common
        if own[name].is_floating_point() != state[name].is_floating_point()
    ]
    wrong = [
        f"{what} {', '.join(names[:LISTED])}{' ...' if len(names) > LISTED else ''}"
        for what, names in (("missing are", missing), ("unknown are", unknown), ("", others))
        if names
    ]
    if wrong:
        raise UsageError(
            f"the weights are not those of {type(module).__name__}: {'; '.join(wrong).strip()}."
        )
    with torch.no_grad():
        module.load_state_dict(state)


def _prefix(own: State, state: State) -> str:
    """Return what stands before each name of some weights, and then a module's own name follows."""
    if own.keys() & state.keys():
        return ""
    first = next(iter(own), "")
    ends = (name.removesuffix(first) for name in state if name.endswith(f".{first}"))
    found = (prefix for prefix in ends if all(name.startswith(prefix) for name in state))
    return next(found, "")
