"""What is timed: one cell for each method, scale, output size, kind of pixels and thread count.

Sizes are of the OUTPUT, its side or (width, height), so that the same column compares every scale
by the work that it has to show.  The input's side is ``size / scale`` rounded to a whole pixel;
where the scale does not divide the size, the output is that times the scale (x3 at 256: 85 in, 255
out), and megapixels count the output there really is.

What is given and returned is the *basis* of a speed.  "uint8-rgb" is what a pipeline does: 8-bit
RGB in and out, with whatever conversions and chroma that takes.  "float-luma" is what the metrics
run on.  "float" is what the method takes without conversion: RGB, or luma alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from upbench.benchmark.core.environment import library_version, machine
from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.core.hashing import method_hash, weights_hash
from upbench.benchmark.core.sizes import scale_number
from upbench.benchmark.engine.plan import device_of, not_offered, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from upbench.benchmark.core.contract import Method, Scale

BASES: Final = ("uint8-rgb", "float-luma", "float")
"""What a speed is of, as ``--basis`` names it."""

SIZES = (256, 512, 1024, 2048, 4096)
"""Sides of the output in pixels; 4 times the work from each to the next."""
MIN_SIZE, MAX_SIZE = 16, 32768

START_SECONDS = 1.0
"""What a fresh process costs before it measures: Python, numpy, the catalog."""

OutputSize: TypeAlias = int | tuple[int, int]
"""Of the output in pixels: the side of a square, or (width, height)."""
Identity: TypeAlias = tuple[str, int | float, int, int, int, str, int, str, str]
"""Method, scale, height, width, channels, dtype, threads, device, machine: what a row is about."""


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
    """The side of the output that was asked for, in pixels; its height where it is no square."""
    channels: int
    """3 for RGB, 1 for luma."""
    threads: int
    device: str
    skip: str = ""
    """Why it is not to be measured; "" when it is."""
    origin: str = ""
    """The source by which its process finds the method."""
    weights_hash: str = ""
    """Of the weights that the method states; "" without any."""
    dtype: str = "float32"
    """"float32" or "uint8"."""
    across: int = 0
    """The width of the output that was asked for; 0 is that of a square."""

    @property
    def low_side(self) -> int:
        """The height of the input in pixels: size / scale, rounded."""
        return max(1, round(self.size / self.scale))

    @property
    def low_width(self) -> int:
        """The width of the input in pixels."""
        return max(1, round((self.across or self.size) / self.scale))

    @property
    def side(self) -> int:
        """The height of the output that there really is, in pixels."""
        return math.ceil(self.low_side * self.scale)

    @property
    def width(self) -> int:
        """The width of the output that there really is, in pixels."""
        return math.ceil(self.low_width * self.scale)

    @property
    def place(self) -> str:
        """The size in words: "256 px", "1920 x 1080 px"."""
        return f"{self.across} x {self.size} px" if self.across else f"{self.size} px"

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What its numbers depend on, beside the machine."""
        return (self.code_hash, self.backend_version, self.weights_hash, self.skip)

    @property
    def identity(self) -> Identity:
        """What the row of this cell is about, on this machine."""
        pixels = (self.side, self.width, self.channels, self.dtype)
        where = (self.threads, self.device, machine())
        return (self.method, scale_number(self.scale), *pixels, *where)


def plan_timing(
    methods: Sequence[Method],
    scales: Sequence[Scale],
    sizes: Sequence[OutputSize] = SIZES,
    *,
    threads: int | Sequence[int] = 1,
    device: str = "cpu",
    sources: Mapping[str, str] = MappingProxyType({}),
    bases: Sequence[str] = ("float",),
) -> tuple[TimingCell, ...]:
    """Lay out the cells: method by method, each from the smallest output to the largest.

    Args:
        methods: What to time.
        scales: Output size over input size.
        sizes: Of the output in pixels.
        threads: How many compute threads a method gets; several are timed one after another.
        device: Where learned methods run ("cpu", "cuda"); a plain function runs where it runs, and
            its cells say "cpu".
        sources: By a method's file: what a process finds it with, if not the file.
        bases: What goes in and out, of :data:`BASES`.

    Raises:
        UsageError: A size, a basis or the number of threads cannot be used.
    """
    numbers = [*dict.fromkeys(threads)] if isinstance(threads, Sequence) else [threads]
    for number in numbers:
        check_request(sizes, number)
    for basis in bases:
        if basis not in BASES:
            raise UnknownNameError("basis", basis, BASES)
    outputs = sorted({_width_and_height(size) for size in sizes}, key=lambda one: one[0] * one[1])
    return tuple(
        TimingCell(
            **about,
            **_pixels(method, basis),
            threads=number,
            scale=scale,
            size=height,
            across=0 if width == height else width,
            skip=not_offered(method, scale),
        )
        for method in methods
        for about in [_about(method, device, sources)]
        for number, scale in product(numbers, sorted(set(scales)))
        for basis in dict.fromkeys(bases)
        for width, height in outputs
    )


def _width_and_height(size: OutputSize) -> tuple[int, int]:
    return size if isinstance(size, tuple) else (size, size)


def _pixels(method: Method, basis: str) -> dict[str, Any]:
    is_luma = basis == "float-luma" or (basis == "float" and method.colour == "luma")
    return {
        "channels": 1 if is_luma else 3,
        "dtype": "uint8" if basis == "uint8-rgb" else "float32",
    }


def basis_words(channels: int, dtype: str) -> str:
    """Say what went in and came out.

    >>> basis_words(3, "uint8"), basis_words(1, "float32")
    ('uint8 RGB', 'float32 luma')
    """
    return f"{dtype} {'luma' if channels == 1 else 'RGB'}"


def check_request(sizes: Iterable[OutputSize], threads: int) -> None:
    """Refuse what cannot be measured, before anything is.

    Raises:
        UsageError: A size is no side of an image, or there are no threads.
    """
    for size in sizes:
        sides = size if isinstance(size, tuple) else (size,)
        if not all(type(side) is int and MIN_SIZE <= side <= MAX_SIZE for side in sides):
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
    processes = {(cell.method, cell.threads) for cell in measured}
    return START_SECONDS * len(processes) + 1.2 * budget * len(measured)


def _about(method: Method, device: str, sources: Mapping[str, str]) -> dict[str, Any]:
    """Return what all timings of a method have in common."""
    return {
        "method": method.name,
        "family": method.family,
        "backend": method.backend,
        "backend_version": library_version(method.backend),
        "code_hash": method_hash(method),
        "weights_hash": weights_hash(method)[:16],
        "device": device_of(method, device),
        "origin": source_of(method, sources),
    }
