"""Which device learned methods run on."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


def choose_device(name: str) -> str:
    """Return "cpu" or "cuda"; "auto" is the GPU where there is one.

    Raises:
        UsageError: The name is another one, or there is no GPU.
    """
    if name == "cpu":
        return name
    if not isinstance(name, str) or name not in {"auto", "cuda"}:
        raise UsageError(f"--device takes auto, cpu or cuda; got {name}.")
    import torch

    here = torch.cuda.is_available()
    if name == "cuda" and not here:
        raise UsageError("--device cuda: PyTorch finds no GPU here; choose --device cpu.")
    return "cuda" if here else "cpu"


@contextmanager
def exact_convolutions() -> Iterator[None]:
    """Keep a GPU's convolutions in float32.

    By default cuDNN rounds their inputs to 10 bits (TF32): off by 1e-3, which scores would show.
    """
    import torch

    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield
