"""The steps of upsampling layers, computed exactly on one cell of a periodic image.

A flat field is periodic with period 1; a step of factor s makes a period P into P s.  So what a
stack of linear layers makes of a flat field, far from the border, is exactly a cell of P x P
pixels, P the product of the factors, with no image needed.

A cell is float64 ``(B, C, P, Q)``: B images, C channels, one period down and across.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from upbench.benchmark.core.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

__all__ = ["Bilinear", "Convolution", "Nearest", "Shuffle", "Step", "Transposed"]

Pair: TypeAlias = tuple[int, int]


class Step(Protocol):
    """One linear layer."""

    @property
    def scale(self) -> Pair:
        """By how much it enlarges, (down, across)."""
        ...

    def __call__(self, cell: Floats) -> Floats:
        """Compute the layer's output cell from its input cell."""
        ...

    def reach(self, low: int, high: int, axis: int) -> Pair:
        """Say where on an axis the output can depend on input pixels low to high."""
        ...


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
        import numpy as np

        images, _, *period = cell.shape
        size = [period[axis] * self.scale[axis] for axis in (0, 1)]
        output = np.zeros((images, self.weight.shape[1], *size)) + self.bias[:, None, None]
        for down, across in np.ndindex(*self.weight.shape[2:]):
            rows, columns = (
                (np.arange(period[axis]) * self.scale[axis] + shift) % size[axis]
                for axis, shift in enumerate(self._shift(down, across))
            )
            added = np.einsum("bipq,io->bopq", cell, self.weight[:, :, down, across])
            output[:, :, rows[:, None], columns] += added
        return output

    def reach(self, low: int, high: int, axis: int) -> Pair:
        """Say where on an axis the output can depend on input pixels low to high."""
        scale, last = self.scale[axis], self.weight.shape[2 + axis] - 1
        start = -self.padding[axis]
        return low * scale + start, high * scale + start + last * self.dilation[axis]

    def _shift(self, down: int, across: int) -> Pair:
        return (
            down * self.dilation[0] - self.padding[0],
            across * self.dilation[1] - self.padding[1],
        )


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
        import numpy as np

        output: Floats = np.zeros((1, 1, 1, 1)) + self.bias[:, None, None]
        for down, across in np.ndindex(*self.weight.shape[2:]):
            shift = (
                self.padding[0] - down * self.dilation[0],
                self.padding[1] - across * self.dilation[1],
            )
            shifted = np.roll(cell, shift, axis=(2, 3))
            output = output + np.einsum("bipq,oi->bopq", shifted, self.weight[:, :, down, across])
        return output

    def reach(self, low: int, high: int, axis: int) -> Pair:
        """Say where on an axis the output can depend on input pixels low to high."""
        back = (self.weight.shape[2 + axis] - 1) * self.dilation[axis]
        return low + self.padding[axis] - back, high + self.padding[axis]


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

    def reach(self, low: int, high: int, axis: int) -> Pair:
        """Say where on an axis the output can depend on input pixels low to high."""
        del axis
        return low * self.factor, high * self.factor + self.factor - 1


@dataclass(frozen=True)
class Nearest:
    """Nearest-neighbour enlargement by whole factors."""

    scale: Pair

    def __call__(self, cell: Floats) -> Floats:
        """Repeat every pixel."""
        return cell.repeat(self.scale[0], axis=2).repeat(self.scale[1], axis=3)

    def reach(self, low: int, high: int, axis: int) -> Pair:
        """Say where on an axis the output can depend on input pixels low to high."""
        return low * self.scale[axis], (high + 1) * self.scale[axis] - 1


@dataclass(frozen=True)
class Bilinear:
    """Bilinear enlargement by whole factors with half-pixel sampling."""

    scale: Pair

    def __call__(self, cell: Floats) -> Floats:
        """Interpolate along both axes."""
        return self._along(self._along(cell, 2).swapaxes(2, 3), 2, 1).swapaxes(2, 3)

    def _along(self, cell: Floats, axis: int, which: int = 0) -> Floats:
        import numpy as np

        scale, period = self.scale[which], cell.shape[axis]
        place = (np.arange(period * scale) + 0.5) / scale - 0.5
        before = np.floor(place).astype(np.intp)
        part = (place - before)[:, None]
        first, second = cell[:, :, before % period], cell[:, :, (before + 1) % period]
        return np.asarray(first * (1.0 - part) + second * part)

    def reach(self, low: int, high: int, axis: int) -> Pair:
        """Say where on an axis the output can depend on input pixels low to high."""
        return (low - 1) * self.scale[axis], (high + 2) * self.scale[axis] - 1
