"""A training step recorded as one CUDA graph: on a GPU small networks train up to 3 times faster.

A step of the networks here is a few hundred kernels of some microseconds each.  PyTorch launches
them one by one, which takes longer than they run; a graph launches them together (PyTorch's notes,
"CUDA Graphs").  On a CPU a step is called as it is.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

__all__ = ["Captured", "concurrently", "optimiser_options", "set_rate"]

_LOG = logging.getLogger("upbench")
WARM_UP = 3
"""Steps that are called before one is recorded: libraries choose their kernels in the first."""


def optimiser_options(rate: float, device: str) -> dict[str, Any]:
    """Return Adam's learning rate, and what its step needs so that it can be recorded."""
    import torch

    if device == "cpu":
        return {"lr": rate}
    return {"lr": torch.tensor(rate, device=device), "fused": True, "capturable": True}


def set_rate(optimiser: Any, rate: float, device: str) -> None:
    """Set the learning rate, on a GPU where the recorded step reads it."""
    import torch

    for group in optimiser.param_groups:
        if device == "cpu" or not group.get("capturable"):
            group["lr"] = rate
        else:
            group["lr"] = torch.as_tensor(group["lr"], device=device).fill_(rate)


def concurrently(
    steps: Sequence[Callable[..., tuple[Tensor, ...]]],
) -> Callable[..., tuple[Tensor, ...]]:
    """Return a step on a GPU that takes several with the same tensors, each on a stream of its own.

    Networks of a dozen channels leave most of a GPU idle.  Recorded as one graph, their steps run
    at the same time.

    Args:
        steps: Each is of another network and optimiser, and returns one number.

    Returns:
        The step; it returns one tensor, with a number for each of ``steps``.
    """
    import torch

    streams: list[Any] = [torch.cuda.Stream() for _ in steps]  # type: ignore[no-untyped-call]

    def take(*given: Tensor) -> tuple[Tensor, ...]:
        current = torch.cuda.current_stream()
        found: list[Tensor] = []
        for step, stream in zip(steps, streams, strict=True):
            stream.wait_stream(current)
            with torch.cuda.stream(stream):
                found += step(*given)
        for stream in streams:
            current.wait_stream(stream)
        return (torch.stack(found),)

    return take


class Captured:
    """A step: tensors in, tensors out, networks and optimisers changed in place.

    All that changes from step to step must come in as a tensor of one shape.  A step that cannot
    be recorded is called each time, which is said once.  What was recorded writes where networks
    and optimisers lay then: make a new one after they were restored.

    Args:
        step: It is called with tensors on the device.
        device: "cuda", or "cpu" to call the step as it is.
    """

    def __init__(self, step: Callable[..., tuple[Tensor, ...]], device: str) -> None:
        self._step, self._device = step, device
        self._called = 0
        self._graph: Any = None
        self._given: tuple[Tensor, ...] = ()
        self._found: tuple[Tensor, ...] = ()

    @property
    def is_recorded(self) -> bool:
        """Whether the next step is the recorded one."""
        return self._graph is not None

    def __call__(self, *given: Tensor) -> tuple[float, ...]:
        """Take a step; return its numbers."""
        take = self._step if self._device == "cpu" else self._on_gpu
        return tuple(one for found in take(*given) for one in found.reshape(-1).tolist())

    def _on_gpu(self, *given: Tensor) -> tuple[Tensor, ...]:
        """Call the first steps, then record one and repeat it."""
        moved = tuple(one.to(self._device) for one in given)
        if self._called == WARM_UP:
            self._record(moved)
        self._called += 1
        if self._graph is None:
            return self._beside(moved)
        for held, one in zip(self._given, moved, strict=True):
            held.copy_(one)
        self._graph.replay()
        return self._found

    def _beside(self, moved: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Take a step on a stream of its own: what the default one has begun is not recorded."""
        import torch

        stream: Any = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            found = self._step(*moved)
        torch.cuda.current_stream().wait_stream(stream)
        return found

    def _record(self, moved: tuple[Tensor, ...]) -> None:
        """Record a step; recording takes none."""
        import torch

        graph = torch.cuda.CUDAGraph()
        self._given = tuple(one.clone() for one in moved)
        try:
            with torch.cuda.graph(graph):
                self._found = self._step(*self._given)
        except RuntimeError as error:  # a layer that waits for the GPU within its forward pass
            # the text alone: a log that keeps the error keeps all that the failed step made
            why = str(error).partition("\n")[0]
            _LOG.warning("The training step is not recorded as a CUDA graph: %s", why)
            return
        self._graph = graph
