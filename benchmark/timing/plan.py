"""What is timed: one cell for each method, scale and output size.

Sizes are sides of the square OUTPUT, so that the same column compares every scale by the work that
it has to show.  The input's side is ``size / scale`` rounded to a whole pixel; where the scale does
not divide the size, the output is that times the scale (x3 at 256: 85 in, 255 out), and
megapixels count the output there really is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from upbench.benchmark.core.environment import library_version, machine
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.hashing import method_hash
from upbench.benchmark.core.sizes import scale_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from upbench.benchmark.core.contract import Method, Scale

__all__ = ["SIZES", "Identity", "TimingCell", "check_request", "estimate", "plan_timing"]

SIZES = (256, 512, 1024, 2048, 4096)
"""Sides of the output in pixels; 4 times the work from each to the next."""
MIN_SIZE, MAX_SIZE = 16, 32768

START_SECONDS = 1.0
"""What a fresh process costs before it measures: Python, numpy, the catalog."""

Identity: TypeAlias = tuple[str, int | float, int, int, int, str, str]
"""Method, scale, size, channels, threads, device, machine: what a row is about."""


@dataclass(frozen=True)
class TimingCell:
    """One method at one scale and output size, under stated conditions."""

    method: str
    family: str
    backend: str
    backend_version: str
    code_hash: str
    scale: Scale
    size: int
    """The side of the output that was asked for, in pixels."""
    channels: int
    """3, or 1 for a method that takes luma only."""
    threads: int
    device: str
    skip: str = ""
    """Why it is not to be measured; "" when it is."""
    origin: str = ""
    """The source by which its process finds the method."""

    @property
    def low_side(self) -> int:
        """The side of the input in pixels: size / scale, rounded."""
        return max(1, round(self.size / self.scale))

    @property
    def side(self) -> int:
        """The side of the output that there really is, in pixels."""
        return math.ceil(self.low_side * self.scale)

    @property
    def identity(self) -> Identity:
        """What the row of this cell is about, on this machine."""
        conditions = (self.channels, self.threads, self.device, machine())
        return (self.method, scale_number(self.scale), self.size, *conditions)


def plan_timing(
    methods: Sequence[Method],
    scales: Sequence[Scale],
    sizes: Sequence[int] = SIZES,
    *,
    threads: int = 1,
    device: str = "cpu",
    sources: Mapping[str, str] = MappingProxyType({}),
) -> tuple[TimingCell, ...]:
    """Lay out the cells: method by method, each from the smallest output to the largest.

    Args:
        methods: What to time.
        scales: Output size over input size.
        sizes: Sides of the output in pixels.
        threads: How many compute threads a method gets.
        device: Where learned methods run ("cpu", "cuda"); a plain function runs where it runs, and
            its cells say "cpu".
        sources: By a method's file: what a process finds it with, if not the file.

    Raises:
        UsageError: A size or the number of threads cannot be used.
    """
    check_request(sizes, threads)
    return tuple(
        TimingCell(**about, scale=scale, size=size, skip=_reason_to_skip(method, scale))
        for method in methods
        for about in [_about(method, threads, device, sources)]
        for scale in sorted(set(scales))
        for size in sorted(set(sizes))
    )


def check_request(sizes: Iterable[int], threads: int) -> None:
    """Refuse what cannot be measured, before anything is.

    Raises:
        UsageError: A size is no side of an image, or there are no threads.
    """
    for size in sizes:
        if type(size) is not int or not MIN_SIZE <= size <= MAX_SIZE:
            raise UsageError(
                f"A size to time is the output's side in pixels, a whole number from {MIN_SIZE} "
                f"to {MAX_SIZE}; got {size!r}."
            )
    if type(threads) is not int or threads < 1:
        raise UsageError(f"A method is timed on 1 thread or more; got {threads!r}.")


def estimate(cells: Sequence[TimingCell], budget: float = 2.0) -> float:
    """Return about how many seconds the cells take at most.

    Steady methods take less, since they stop as soon as they are precise; methods whose single
    call takes longer than the budget take more.
    """
    measured = [cell for cell in cells if not cell.skip]
    return START_SECONDS * len({cell.method for cell in measured}) + 1.2 * budget * len(measured)


def _about(method: Method, threads: int, device: str, sources: Mapping[str, str]) -> dict[str, Any]:
    """Return what all timings of a method have in common."""
    return {
        "method": method.name,
        "family": method.family,
        "backend": method.backend,
        "backend_version": library_version(method.backend),
        "code_hash": method_hash(method),
        "channels": 1 if method.colour == "luma" else 3,
        "threads": threads,
        "device": device if method.is_loader else "cpu",
        "origin": method.origin or sources.get(method.file, method.file),
    }


def _reason_to_skip(method: Method, scale: Scale) -> str:
    return "" if method.offers(scale) else f"{method.name} offers {method.offered}, not x{scale}."
