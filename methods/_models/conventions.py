"""What a network takes and gives: everything that its file alone does not say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Layout: TypeAlias = Literal["nchw", "nhwc"]
Order: TypeAlias = Literal["rgb", "bgr"]

RANGES = {"1": (0.0, 1.0), "255": (0.0, 255.0), "-1..1": (-1.0, 1.0)}
"""By the name that ``range=`` takes: the values of black and of white."""


@dataclass(frozen=True)
class Conventions:
    """What a network takes and gives."""

    scale: int
    """The side of its output divided by the side of its input; 1 where the input is enlarged by
    bicubic first."""
    channels: int
    """1 (luma) or 3 (RGB)."""
    layout: Layout = "nchw"
    order: Order = "rgb"
    """How the three channels follow each other."""
    given: str = "1"
    """The range of its input, a key of RANGES."""
    returned: str = "1"
    """The range of its output, a key of RANGES."""
    tile: tuple[int, int] | None = None
    """The one input size (height, width) that it takes; None where it takes others."""
    multiple: int = 1
    """What the sides of its input are multiples of."""
    overlap: int = 16
    """How far an output pixel looks, in input pixels: how much two tiles have in common."""
    border: int = 0
    """How many rows and columns its output has less than scale times the input, in all."""
    residual: bool = False
    """Whether it gives what is added to the enlarged image, not the image."""
    output: int = 0
    """Which of its outputs is the image."""
    precision: str = "float32"
    """The numbers of its weights, or of its input."""
    is_widened: bool = False
    """Whether it computes in float32 although its weights are stored in half precision."""

    @property
    def is_enlarged_first(self) -> bool:
        """Whether its input is the bicubic enlargement."""
        return self.scale == 1

    @property
    def lost(self) -> int:
        """How many rows or columns at each end of its input its output has nothing for."""
        return -(-self.border // (2 * self.scale))

    @property
    def shared(self) -> int:
        """How many pixels at a tile's end its neighbour gives: all that it looks at or loses."""
        return max(self.overlap, self.lost)

    @property
    def least_side(self) -> int:
        """The least side of tiles that leave nothing out: what they lose and one step more."""
        return 2 * self.lost + self.multiple

    @property
    def values(self) -> str:
        """Name the ranges of input and output."""
        given, returned = (_RANGE_WORDS[one] for one in (self.given, self.returned))
        same = self.given == self.returned
        return f"values {given}" if same else f"values {given} in, {returned} out"

    def __str__(self) -> str:
        """Say it in one line."""
        colour = "luma" if self.channels == 1 else self.order.upper()
        parts = [
            "any scale" if self.is_enlarged_first else f"x{self.scale}",
            colour,
            self.values,
            "on the bicubic enlargement" if self.is_enlarged_first else "",
            f"{self.tile[0]} x {self.tile[1]} tiles" if self.tile else "",
            f"sides padded to multiples of {self.multiple}" if self.multiple > 1 else "",
            f"border of {self.border // 2} px padded" if self.border else "",
            "residual added" if self.residual else "",
            "NHWC" if self.layout == "nhwc" else "",
            self._numbers,
        ]
        return ", ".join(filter(None, parts))

    @property
    def _numbers(self) -> str:
        """Name half precision, and say where the CPU does without it."""
        short = {"float16": "FP16", "bfloat16": "BF16"}.get(self.precision, "")
        return f"{short} weights run in float32 on the CPU" if self.is_widened else short


_RANGE_WORDS = {"1": "0..1", "255": "0..255", "-1..1": "-1..1"}
