"""Checkpoints: all that training needs to go on, in one safetensors file, written atomically.

Weights and Adam's two moments are tensors, the step and the learning curve are its header.  The
file's name holds a key over everything that the weights depend on, so that a checkpoint of other
data, another recipe or other code is not found; one that is damaged is begun anew.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from upbench.benchmark.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

__all__ = ["Point", "Progressed", "forget", "restore", "save"]

_LOG = logging.getLogger("upbench")
_MOMENTS = ("exp_avg", "exp_avg_sq")


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
    from safetensors.torch import save as to_bytes

    from upbench.benchmark.store import write_atomically

    tensors = {name: value.detach().cpu() for name, value in network.state_dict().items()}
    for name, weight in network.named_parameters():
        state = optimiser.state.get(weight, {})
        tensors |= {f"{moment}/{name}": state[moment].cpu() for moment in _MOMENTS if state}
    header = {"progressed": json.dumps(asdict(progressed))}
    contiguous = {name: value.contiguous() for name, value in tensors.items()}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"Checkpoints cannot be kept in {file.parent} ({error.strerror}); set UPBENCH_CACHE "
            "to a folder that can be written."
        ) from None
    with write_atomically(file) as unfinished:
        unfinished.write_bytes(to_bytes(contiguous, metadata=header))


def restore(file: Path, network: Any, optimiser: Any) -> Progressed:
    """Put a checkpoint into network and optimiser; return how far it had come, or the beginning."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="pt") as opened:
            fields = json.loads(opened.metadata()["progressed"])
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
        progressed = Progressed(
            **fields | {"curve": tuple(Point(**point) for point in fields["curve"])}
        )
        _put(tensors, network, optimiser, progressed.step)
    except FileNotFoundError:
        return Progressed()
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        _LOG.warning("%s cannot be used (%s); training begins anew", file, error)
        return Progressed()
    return progressed


def forget(file: Path) -> None:
    """Remove a checkpoint whose training has ended."""
    file.unlink(missing_ok=True)


def _put(tensors: dict[str, Tensor], network: Any, optimiser: Any, step: int) -> None:
    """Put all in its place, or raise before anything is changed."""
    import torch

    weights = {name: value for name, value in tensors.items() if "/" not in name}
    expected = {name: value.shape for name, value in network.state_dict().items()}
    if {name: value.shape for name, value in weights.items()} != expected:
        raise ValueError("it is of another network")
    state = {
        weight: {
            "step": torch.tensor(float(step), device=weight.device),
            **{moment: tensors[f"{moment}/{name}"].to(weight.device) for moment in _MOMENTS},
        }
        for name, weight in network.named_parameters()
        if step
    }
    network.load_state_dict(weights)
    optimiser.state.update(state)
