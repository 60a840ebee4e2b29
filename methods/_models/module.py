"""``FILE.py:CLASS[,weights=FILE]``: any ``torch.nn.Module``."""

from __future__ import annotations

import inspect
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.core.python_file import import_file
from upbench.benchmark.core.text import describe
from upbench.methods._models.network import Declared
from upbench.methods._models.torch_network import (
    TorchNetwork,
    check_one_input,
    numbers_of,
    widened,
)
from upbench.methods._models.weights import fill, read_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from upbench.methods._models.network import Place
    from upbench.methods._models.weights import State

SCALE_NAMES = ("scale", "scale_factor", "upscale", "upscale_factor", "upsample_factor", "factor")
"""What constructors call the scale."""


def open_file(place: Place, device: str) -> TorchNetwork:
    """Import a file, make the network and fill it with its weights.

    Raises:
        UsageError: It cannot be imported or made, or the weights are not its.
    """
    network = _instance(_target(Path(place.file), place.target), place)
    state = _weights(place.weights) if place.weights else {}
    if state:
        fill(network, state)
    stored = [*(state or network.state_dict()).values()]
    return network_of(widened(network.to(device).eval(), device), stored)


def _weights(file: str) -> State:
    try:
        return read_weights(file)
    except UsageError as error:
        raise UsageError(f"its weights, {Path(file).name}: {error}") from None


def network_of(module: Any, stored: Sequence[Any] = ()) -> TorchNetwork:
    """Return a module, as it is in memory and where it is, as a network.

    Args:
        module: A ``torch.nn.Module``; each call puts it into evaluation mode and back.
        stored: Its weights as they are in a file; none for a module of the user's own.
    """
    names = [
        name
        for name, one in inspect.signature(module.forward).parameters.items()
        if one.default is one.empty and one.kind in {one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD}
    ]
    check_one_input(names or ["image"])
    weights = [*module.parameters()]
    declared = Declared(**numbers_of(stored or weights, weights))
    device = str(weights[0].device) if weights else "cpu"
    hidden = any(getattr(one, "is_quantized", False) for one in module.state_dict().values())
    return TorchNetwork(partial(_evaluated, module), declared, weights, device, are_hidden=hidden)


def _evaluated(module: Any, batch: Any) -> Any:
    """Call a module without dropout and with the kept statistics, and leave it as it was."""
    modes = [(one, one.training) for one in module.modules()]
    module.eval()
    try:
        return module(batch)
    finally:
        for one, mode in modes:
            one.training = mode


def _target(file: Path, name: str) -> Any:
    try:
        module = import_file(file)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's own code
        raise UsageError(f"it cannot be imported: {describe(error)}") from None
    if not hasattr(module, name):
        named = [one for one, value in vars(module).items() if inspect.isclass(value)]
        raise UnknownNameError("class", name, named)
    return getattr(module, name)


def _instance(target: Callable[..., Any], place: Place) -> Any:
    """Make the network, always with the same initial weights; the scale goes to who takes it."""
    import torch

    if isinstance(target, torch.nn.Module):
        return target
    given = _arguments(target, place)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        try:
            made = target(**given)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's own code
            raise UsageError(f"{place.target} cannot be made: {describe(error)}") from None
    if not isinstance(made, torch.nn.Module):
        raise UsageError(
            f"{place.target} makes a {type(made).__name__}; expected a torch.nn.Module."
        )
    return made


def _arguments(target: Callable[..., Any], place: Place) -> dict[str, int]:
    """Return what a constructor is called with: the scale, where it takes one."""
    try:
        parameters = inspect.signature(target).parameters
    except (TypeError, ValueError):
        return {}
    needed = [
        name
        for name, one in parameters.items()
        if one.default is one.empty and one.kind not in {one.VAR_POSITIONAL, one.VAR_KEYWORD}
    ]
    scale = next((name for name in SCALE_NAMES if name in parameters), "")
    if scale in needed and place.scale is None:
        raise UsageError(f"{place.target} is made for a scale ({scale}); say which: scale=N.")
    if unknown := [name for name in needed if name != scale]:
        raise UsageError(
            f"{place.target} needs {', '.join(unknown)} to be made; give them defaults, or write a "
            "function in the file that makes the network, and name that."
        )
    return {scale: place.scale} if scale and place.scale is not None else {}
