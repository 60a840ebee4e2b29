"""What PyTorch's formats share: a module that is called on numpy arrays."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.device import exact_convolutions
from upbench.benchmark.core.errors import UsageError
from upbench.methods._models.network import DAMAGED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from upbench.methods._models.network import Declared

OF_A_CUT_FILE = ("central directory", "zip file", "Invalid argument", "EOF", "deserializing header")
"""What PyTorch's and safetensors' readers say of a file that is cut short, or of another kind."""
NARROW = {"float16", "bfloat16"}
"""Numbers that PyTorch computes with very slowly on a CPU."""


class TorchNetwork:
    """A module, or anything that is called with one tensor.

    Args:
        module: What is called, on the device already.
        declared: What is known of its input.
        weights: Its parameters.
        device: Where it is.
        are_hidden: Whether weights are no parameters, as in frozen and quantised networks; then
            nobody can count them.
    """

    def __init__(
        self,
        module: Callable[[Any], Any],
        declared: Declared,
        weights: Sequence[Any],
        device: str,
        *,
        are_hidden: bool = False,
    ) -> None:
        self._module, self._device = module, device
        self.declared = declared
        self.parameters = None if are_hidden else sum(weight.numel() for weight in weights)
        self._dtype = next((one.dtype for one in weights if one.is_floating_point()), None)

    def __call__(self, batch: NDArray[np.float32]) -> Sequence[NDArray[Any]]:
        """Run it without gradients; return each tensor that it gives, as float32 or uint8."""
        import torch

        with torch.inference_mode(), exact_convolutions():
            given = torch.from_numpy(batch).to(self._device, self._dtype)
            return [_array(made) for made in _tensors(self._module(given))]

    def macs(self, batch: NDArray[np.float32]) -> int | None:
        """Return half of the floating-point operations that PyTorch counts, or None for none."""
        from torch.utils.flop_counter import FlopCounterMode

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with FlopCounterMode(display=False) as counter:
                self(batch)
        return counter.get_total_flops() // 2 or None


def _tensors(made: Any) -> list[Any]:
    """Return the tensors of an output: one, or those in a list, tuple or dictionary."""
    import torch

    if isinstance(made, torch.Tensor):
        return [made]
    parts = made.values() if isinstance(made, dict) else made
    return [part for part in parts if isinstance(part, torch.Tensor)]


def _array(made: Any) -> NDArray[Any]:
    """Return a tensor as float32; uint8 stays, since it says which range the values have."""
    is_levels = str(made.dtype) == "torch.uint8"
    array: NDArray[Any] = (made if is_levels else made.float()).cpu().numpy()
    return array


def widened(module: Any, device: str) -> Any:
    """Return a module that computes in float32 on the CPU, where half precision is very slow."""
    narrow = _precision([*module.parameters()]) in NARROW
    return module.float() if narrow and device == "cpu" else module


def numbers_of(stored: Iterable[Any], weights: Iterable[Any] = ()) -> dict[str, Any]:
    """Return what ``Declared`` says of a network's numbers.

    Args:
        stored: The weights in the file.
        weights: Those that it computes with, where they may be others.
    """
    precision = _precision(stored)
    is_widened = precision in NARROW and _precision(weights) == "float32"
    return {"precision": precision, "is_widened": is_widened}


def _precision(weights: Iterable[Any]) -> str:
    """Return the numbers that most networks compute in: their first weights' type."""
    first = next((one.dtype for one in weights if one.is_floating_point()), "torch.float32")
    return str(first).removeprefix("torch.")


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn whatever PyTorch raises while it reads a file into one sentence.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations are not the user's
            yield
    except UsageError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes it raise
        said = " ".join(str(error).split())
        if "CUDA" in said:
            raise UsageError(
                f"it is {what} for a GPU (CUDA) and cannot be opened on this CPU; export it on the "
                "CPU: model.cpu() first."
            ) from None
        said = said[:200] or type(error).__name__
        if any(one.lower() in said.lower() for one in OF_A_CUT_FILE):
            said = DAMAGED
        raise UsageError(f"it is not {what} that can be read: {said}") from None


def check_one_input(names: Sequence[str]) -> None:
    """Refuse a network that needs more than the image.

    Raises:
        UsageError: It needs another number of inputs than one.
    """
    if len(names) != 1:
        listed = ", ".join(names) or "none"
        raise UsageError(f"it has {len(names)} inputs ({listed}); expected one, the image.")
