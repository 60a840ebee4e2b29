"""The steps of upsampling layers, computed exactly on one cell of a periodic image.

A flat field is periodic with period 1; a step of factor s makes a period P into P s.  So what a
stack of linear layers makes of a flat field, far from the border, is exactly a cell of P x P
pixels, P the product of the factors, with no image needed.

A cell is float64 ``(B, C, P, Q)``: B images, C channels, one period down and across.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from upbench.benchmark.core.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Floats

    Moves: TypeAlias = NDArray[np.intp]

__all__ = ["Bilinear", "Convolution", "Nearest", "Shuffle", "Step", "Transposed"]

Pair: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Transposed:
    """A transposed convolution."""

    weight: Floats
    """``(in, out, kh, kw)``."""
    bias: Floats
    """``(out,)``."""
    scale: Pair
    """Its stride."""
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)

    def __call__(self, cell: Floats) -> Floats:
        """Add the kernel, times each pixel, where the pixel is put."""
        images, channels, height, width = cell.shape
        down, across = self.scale
        stretched = np.zeros((images, channels, height * down, width * across))
        stretched[:, :, ::down, ::across] = cell
        taps, back = self.weight.swapaxes(0, 1), np.negative(self.padding)
        return _add_up(stretched, taps, self.bias, back, np.array(self.dilation))


@dataclass(frozen=True)
class Convolution:
    """A convolution of stride 1, a cross-correlation."""

    weight: Floats
    """``(out, in, kh, kw)``."""
    bias: Floats
    """``(out,)``."""
    padding: Pair = (0, 0)
    """At the top and left."""
    dilation: Pair = (1, 1)

    @property
    def scale(self) -> Pair:
        """By how much it enlarges: it does not."""
        return 1, 1

    def __call__(self, cell: Floats) -> Floats:
        """Add up the shifted cell, times each kernel element."""
        return _add_up(
            cell, self.weight, self.bias, np.array(self.padding), np.negative(self.dilation)
        )


def _add_up(cell: Floats, taps: Floats, bias: Floats, start: Moves, step: Moves) -> Floats:
    """Add up the cell, moved by start + step (down, across), times each kernel element."""
    output: Floats = np.zeros((1, 1, 1, 1)) + bias[:, None, None]
    for place in np.ndindex(*taps.shape[2:]):
        moved = np.roll(cell, start + step * place, axis=(2, 3))
        output = output + np.einsum("bipq,oi->bopq", moved, taps[:, :, *place])
    return output


@dataclass(frozen=True)
class Shuffle:
    """A pixel shuffle: r x r channels become one of r x r as many pixels."""

    factor: int

    @property
    def scale(self) -> Pair:
        """By how much it enlarges."""
        return self.factor, self.factor

    def __call__(self, cell: Floats) -> Floats:
        """Deal channel c r r + i r + j out to phase (i, j) of channel c."""
        r = self.factor
        images, channels, height, width = cell.shape
        if channels % r**2:
            raise UsageError(
                f"A pixel shuffle of factor {r} needs a multiple of {r**2} channels; "
                f"got {channels}."
            )
        dealt = cell.reshape(images, channels // r**2, r, r, height, width)
        return dealt.transpose(0, 1, 4, 2, 5, 3).reshape(images, -1, height * r, width * r)


@dataclass(frozen=True)
class Nearest:
    """Nearest-neighbour enlargement by whole factors."""

    scale: Pair

    def __call__(self, cell: Floats) -> Floats:
        """Repeat every pixel."""
        return cell.repeat(self.scale[0], axis=2).repeat(self.scale[1], axis=3)


@dataclass(frozen=True)
class Bilinear:
    """Bilinear enlargement by whole factors with half-pixel sampling."""

    scale: Pair

    def __call__(self, cell: Floats) -> Floats:
        """Interpolate along both axes."""
        return self._along(self._along(cell, 2).swapaxes(2, 3), 2, 1).swapaxes(2, 3)

    def _along(self, cell: Floats, axis: int, which: int = 0) -> Floats:
        scale, period = self.scale[which], cell.shape[axis]
        place = (np.arange(period * scale) + 0.5) / scale - 0.5
        before = np.floor(place).astype(np.intp)
        part = (place - before)[:, None]
        first, second = cell[:, :, before % period], cell[:, :, (before + 1) % period]
        return np.asarray(first * (1.0 - part) + second * part)


Step: TypeAlias = Bilinear | Convolution | Nearest | Shuffle | Transposed
"""One linear layer: called with an input cell, it returns its output cell.  Its ``scale`` says by
how much it enlarges, (down, across)."""
