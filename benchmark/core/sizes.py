"""Scales and sizes: how large an output is.

A scale is output size over input size.  A whole one is an ``int`` wherever a user or a plugin sees
it; any other is a :class:`Ratio`, an exact fraction, that reads as people write it: "1.5", "8/3".
"""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.metadata import MAX_SCALE, MIN_SCALE

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_PIXELS = 100_000_000
"""The largest image that is read; 10000 x 10000 takes 1.2 GB as float32 RGB."""

LARGEST_TERM = 100
"""The largest numerator or denominator: images are cropped to multiples of it."""
MOST_DECIMALS = 3
"""Digits after the point of a scale that is written as a decimal; others are written as p/q."""

Size: TypeAlias = tuple[int, int]
"""(height, width) in pixels."""


class Ratio(Fraction):
    """A scale that is no whole number, which reads as people write it.

    >>> f"x{Ratio(3, 2)}, x{Ratio(8, 3)}, x{Ratio(1, 2)}"
    'x1.5, x8/3, x0.5'
    """

    def __str__(self) -> str:
        """Write a short decimal as one, any other number as a fraction."""
        if 10**MOST_DECIMALS % self.denominator == 0:
            return f"{float(self):g}"
        return f"{self.numerator}/{self.denominator}"

    def __format__(self, form: str) -> str:
        """Write it as text, or as a number where a format of numbers is asked for."""
        return format(float(self), form) if form else str(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it as its two numbers."""
        return Ratio, (self.numerator, self.denominator)


Scale: TypeAlias = int | Ratio
"""Output size over input size: an int where it is whole."""


def as_scale(number: Any) -> Scale:
    """Return a scale as its own type, from whatever a table or a journal holds.

    >>> as_scale(2.0), str(as_scale(2.6666666666666665))
    (2, '8/3')
    """
    if number == int(number):
        return int(number)
    exact = number if isinstance(number, Fraction) else Fraction(float(number))
    return Ratio(exact.limit_denominator(LARGEST_TERM))


def scale_number(scale: Scale) -> int | float:
    """Return a scale as tables hold it: an int where it is whole, else the nearest float."""
    return scale if isinstance(scale, int) else float(scale)


def is_whole(scale: Scale) -> bool:
    """Say whether a scale is a whole number."""
    return scale == int(scale)


def scale_dtype(scales: Iterable[Any]) -> str:
    """Return the pandas dtype of a column of scales; a cast to int64 would cut 1.5 to 1.

    >>> scale_dtype([2, 3.0]), scale_dtype([2, 1.5])
    ('int64', 'float64')
    """
    return "int64" if all(scale == int(scale) for scale in scales) else "float64"


def scale_text(number: Any) -> str:
    """Write a scale of a table as people do.

    >>> scale_text(2), scale_text(2.0), scale_text(1.5), scale_text(8 / 3)
    ('2', '2', '1.5', '8/3')
    """
    return str(as_scale(number))


def scale_list(scales: Iterable[Scale]) -> str:
    """Write scales in one line.

    >>> scale_list((2, Ratio(8, 3)))
    'x2, x8/3'
    """
    return ", ".join(f"x{scale}" for scale in scales)


def output_size(shape: tuple[int, ...], scale: Scale) -> Size:
    """Return the height and width of an image's enlargement, as MATLAB's ``imresize`` has them.

    Args:
        shape: ``(H, W)`` or ``(H, W, C)``.
        scale: Output size over input size.

    Returns:
        ``(ceil(H * s), ceil(W * s))``, computed exactly.
    """
    height, width = (math.ceil(side * scale) for side in shape[:2])
    return height, width


def asked_size(shape: tuple[int, ...], size: Size | Scale) -> Size:
    """Return the size that a method of any size is called with: it may be given as a scale.

    Args:
        shape: ``(H, W)`` or ``(H, W, C)`` of the image.
        size: The output's ``(height, width)``, or a scale.
    """
    return size if isinstance(size, tuple) else output_size(shape, size)


def read_scale(text: str, option: str = "--scales") -> Scale:
    """Read a scale as people type it: "2", "x2", "1.5", "8/3".

    Raises:
        UsageError: It is no number, out of the range, 1, or a fraction of large numbers.
    """
    written = text.strip().removeprefix("x")
    number = Fraction(0)
    if re.fullmatch(r"\d{1,9}(?:\.\d{0,9}|/0*[1-9]\d{0,8})?|\.\d{1,9}", written):
        number = Fraction(written.removesuffix("."))
    if number == 1 or not Fraction(1, MAX_SCALE) <= number <= MAX_SCALE:
        raise UsageError(
            f"{option} takes whole numbers from {MIN_SCALE} to {MAX_SCALE}, like 2,3,4, and for "
            f"methods of any size fractions from 1/{MAX_SCALE} up, like 1.5, 8/3 or 0.5; "
            f"got {text!r}."
        )
    if max(number.numerator, number.denominator) > LARGEST_TERM:
        near = number.limit_denominator(LARGEST_TERM // MAX_SCALE)
        like = "" if near in (0, 1) else f", like {near}"
        raise UsageError(
            f"{option} takes fractions of whole numbers up to {LARGEST_TERM}, because images are "
            f"cropped to multiples of them; {text!r} is {number.numerator}/{number.denominator}: "
            f"write a fraction near it{like}."
        )
    return as_scale(number)
