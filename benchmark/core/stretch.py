"""The scale between two sizes, whose axes may have scales of their own."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Self

from upbench.benchmark.core.sizes import Ratio

if TYPE_CHECKING:
    from upbench.benchmark.core.sizes import Scale, Size


class Stretch(Ratio):
    """The larger of the scales of the two axes, where they are not the same.

    >>> str(Stretch(Fraction(3, 2), Fraction(1, 2)))
    '1.5 down and x0.5 across'
    """

    axes: tuple[Ratio, Ratio]

    def __new__(cls, down: Fraction, across: Fraction) -> Self:
        """Keep both."""
        made = super().__new__(cls, max(down, across))
        made.axes = (Ratio(down), Ratio(across))
        return made

    def __str__(self) -> str:
        """Write both, to be read after an x."""
        return "{} down and x{} across".format(*self.axes)

    def __copy__(self) -> Self:
        """Return itself: it cannot change."""
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        """Return itself: it cannot change."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it as its two scales."""
        return Stretch, self.axes


def scale_between(before: tuple[int, ...], after: Size) -> Scale:
    """Return the scale from one size to another, exactly; a :class:`Stretch` of uneven axes.

    >>> scale_between((10, 20), (20, 40)), str(scale_between((10, 20), (15, 10)))
    (2, '1.5 down and x0.5 across')
    """
    down, across = (Fraction(new, old) for old, new in zip(before[:2], after, strict=True))
    if down != across:
        return Stretch(down, across)
    return int(down) if down.denominator == 1 else Ratio(down)
