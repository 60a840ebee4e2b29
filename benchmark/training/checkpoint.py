"""Checkpoints: all that training needs to go on, in one file of the weights store.

Weights and the optimiser's state are tensors; its numbers, the step and the learning curve are the
header.  The file's name holds a key over everything that the weights depend on, so that a
checkpoint of other data, another recipe or other code is not found; after a damaged one training
starts again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core import weights

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor

_LOG = logging.getLogger("upbench")
_TENSOR = "tensor"
"""The key that stands in the header for a tensor of the optimiser's state."""
_NUMBERED = "numbered"
"""The key that stands in the header for a dictionary by whole numbers; JSON's keys are words."""


@dataclass(frozen=True)
class Point:
    """One line of the learning curve."""

    step: int
    seconds: float
    """Seconds of training so far, scoring left out."""
    loss: float | None
    """Mean absolute error since the last point, in grey levels; None before the first step."""
    psnr_db: float
    checkerboard_db: float
    ripple_db: float


@dataclass(frozen=True)
class Progressed:
    """How far a training has come."""

    step: int = 0
    """Steps that are done."""
    seconds: float = 0.0
    loss: float = 0.0
    """Sum of the losses since the last point."""
    curve: tuple[Point, ...] = ()


def save(file: Path, network: Any, optimiser: Any, progressed: Progressed) -> None:
    """Write a checkpoint over the former one.

    Raises:
        StoreError: The folder cannot be written.
    """
    states = {"network": network.state_dict(), "optimiser": optimiser.state_dict()}
    save_tree(file, {"progressed": asdict(progressed), **states})


def restore(file: Path, network: Any, optimiser: Any) -> Progressed:
    """Put a checkpoint into network and optimiser; return how far it had come, or the beginning."""
    try:
        saved = load_tree(file)
        if saved is None:
            return Progressed()
        fields = saved["progressed"]
        points = tuple(Point(**point) for point in fields["curve"])
        progressed = Progressed(**fields | {"curve": points})
        _put(saved, network, optimiser)
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        _LOG.warning("%s cannot be used (%s); training starts again", file, error)
        return Progressed()
    return progressed


def save_tree(file: Path, tree: Mapping[str, Any]) -> None:
    """Write nested dictionaries and lists of tensors and JSON values over a former checkpoint.

    Raises:
        StoreError: The folder cannot be written.
    """
    tensors: dict[str, Tensor] = {}
    about = {"tree": _take_out(tree, "", tensors)}
    arrays = {name: one.detach().cpu().contiguous().numpy() for name, one in tensors.items()}
    weights.save(file, arrays, about)


def load_tree(file: Path) -> dict[str, Any] | None:
    """Read what :func:`save_tree` wrote; tuples have become lists.  None where there is none.

    Raises:
        ValueError: It is damaged, or of another kind.
    """
    import torch

    try:
        arrays, about = weights.load(file)
        tensors = {name: torch.tensor(array) for name, array in arrays.items()}
        tree: dict[str, Any] = _put_back(about["tree"], tensors)
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, RuntimeError) as error:
        raise ValueError(str(error)) from None
    return tree


def forget(file: Path) -> None:
    """Remove a checkpoint whose training has ended."""
    file.unlink(missing_ok=True)


def _put(saved: Mapping[str, Any], network: Any, optimiser: Any) -> None:
    """Put all in its place, or raise before anything is changed."""
    expected = network.state_dict()
    weights = {name: saved["network"][name] for name in expected}
    if any(weights[name].shape != expected[name].shape for name in expected):
        raise ValueError("it is of another network")
    optimiser.load_state_dict(saved["optimiser"])
    network.load_state_dict(weights)


def _take_out(tree: Any, place: str, tensors: dict[str, Tensor]) -> Any:
    """Return nested dictionaries and lists with name and layout where each tensor was.

    Args:
        tree: Nested dictionaries, lists and tuples of tensors and plain values.
        place: What the tensors' names begin with.
        tensors: They are added here, by their names.
    """
    if hasattr(tree, "detach"):
        tensors[place] = tree
        return {_TENSOR: place, "strides": tree.stride()}
    if isinstance(tree, Mapping):
        kept = {key: _take_out(value, f"{place}{key}/", tensors) for key, value in tree.items()}
        numbered = any(isinstance(key, int) for key in kept)
        return {_NUMBERED: [*kept.items()]} if numbered else kept
    if isinstance(tree, list | tuple):
        return [_take_out(value, f"{place}{i}/", tensors) for i, value in enumerate(tree)]
    return tree


def _put_back(tree: Any, tensors: dict[str, Tensor]) -> Any:
    """Undo :func:`_take_out`."""
    if isinstance(tree, dict):
        if _TENSOR in tree:
            return _laid_out(tensors[tree[_TENSOR]], tree["strides"])
        if _NUMBERED in tree:
            return {key: _put_back(value, tensors) for key, value in tree[_NUMBERED]}
        return {key: _put_back(value, tensors) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_put_back(value, tensors) for value in tree]
    return tree


def _laid_out(tensor: Tensor, strides: Sequence[int]) -> Tensor:
    """Return a tensor as it lay in memory: sums depend on the order, in their last bits."""
    import torch

    return torch.empty_strided(tensor.shape, strides, dtype=tensor.dtype).copy_(tensor)
