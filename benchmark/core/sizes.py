"""Scales and sizes: how large an output is.

A scale is output size over input size.  A whole one is an ``int`` wherever a user or a plugin sees
it; any other is a :class:`Ratio`, an exact fraction, that reads as people write it: "1.5", "8/3".
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias, overload

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


@dataclass(frozen=True)
class TargetSize:
    """A size that stands in the place of a scale: images of any size are resized to it, or back.

    >>> str(TargetSize(448, 300)), str(TargetSize(448, 300, back=True))
    ('300x448', 'from-300x448')
    """

    height: int
    width: int
    back: bool = False
    """Whether methods get images of this size and make the images' own again."""

    def __str__(self) -> str:
        """Write it as ``--sizes`` takes it: width x height."""
        return f"{'from-' if self.back else ''}{self.width}x{self.height}"

    def __format__(self, form: str) -> str:
        """Write it as text."""
        return format(str(self), form)

    @property
    def size(self) -> Size:
        """Its height and width."""
        return self.height, self.width

    def __lt__(self, other: object) -> bool:
        """Say whether it comes before another size, by area; numbers come before sizes."""
        return isinstance(other, TargetSize) and self._order < other._order

    def __gt__(self, other: object) -> bool:
        """Say whether it comes after a size or a number."""
        return not isinstance(other, TargetSize) or self._order > other._order

    @property
    def _order(self) -> tuple[int, str]:
        return self.height * self.width, str(self)


ScaleOrSize: TypeAlias = Scale | TargetSize
"""What a cell is of: a scale, or a size in its place."""

_TARGET = re.compile(r"(from-)?0*([1-9]\d{0,5})(?:x0*([1-9]\d{0,5}))?", re.IGNORECASE)


def is_target_size(text: str) -> bool:
    """Say whether a text is a size as tables hold it.

    >>> is_target_size("300x448"), is_target_size("from-300x448"), is_target_size("2")
    (True, True, False)
    """
    found = _TARGET.fullmatch(text)
    return found is not None and bool(found[3])


def as_scale_or_size(value: Any) -> ScaleOrSize:
    """Return what a table or a journal holds under "scale" as its own type.

    >>> as_scale_or_size("300x448"), as_scale_or_size("2"), as_scale_or_size(2)
    (TargetSize(height=448, width=300, back=False), 2, 2)

    Raises:
        ValueError: A text is neither.
    """
    if isinstance(value, TargetSize):
        return value
    if isinstance(value, str) and is_target_size(value):
        return read_target_size(value)
    return as_scale(Fraction(value) if isinstance(value, str) else value)


def as_scale(number: Any) -> Scale:
    """Return a scale as its own type, from whatever a table or a journal holds.

    >>> as_scale(2.0), str(as_scale(2.6666666666666665))
    (2, '8/3')
    """
    if number == int(number):
        return int(number)
    exact = number if isinstance(number, Fraction) else Fraction(float(number))
    return Ratio(exact.limit_denominator(LARGEST_TERM))


@overload
def scale_number(scale: Scale) -> int | float: ...
@overload
def scale_number(scale: ScaleOrSize) -> int | float | str: ...
def scale_number(scale: ScaleOrSize) -> int | float | str:
    """Return a scale as tables hold it: an int where it is whole, else the nearest float.

    A size is a text.
    """
    if isinstance(scale, TargetSize):
        return str(scale)
    return scale if isinstance(scale, int) else float(scale)


def is_whole(scale: Scale) -> bool:
    """Say whether a scale is a whole number."""
    return scale == int(scale)


def scale_dtype(scales: Iterable[Any]) -> str:
    """Return the pandas dtype of a column of scales; a cast to int64 would cut 1.5 to 1.

    Where one of them is a size, all of them are text.

    >>> scale_dtype([2, 3.0]), scale_dtype([2, 1.5]), scale_dtype([2, "300x448"])
    ('int64', 'float64', 'str')
    """
    scales = [*scales]
    if any(isinstance(scale, str) for scale in scales):
        return "str"
    return "int64" if all(scale == int(scale) for scale in scales) else "float64"


def scale_text(number: Any) -> str:
    """Write a scale of a table as people do.

    >>> scale_text(2), scale_text(2.0), scale_text(1.5), scale_text(8 / 3), scale_text("300x448")
    ('2', '2', '1.5', '8/3', '300x448')
    """
    return str(as_scale_or_size(number))


def scale_label(scale: Any) -> str:
    """Write a scale as it reads in a sentence: with an x before a number, a size as it is.

    >>> scale_label(2), scale_label(1.5), scale_label("300x448")
    ('x2', 'x1.5', '300x448')
    """
    known = as_scale_or_size(scale)
    return str(known) if isinstance(known, TargetSize) else f"x{known}"


def scale_list(scales: Iterable[Scale]) -> str:
    """Write scales in one line.

    >>> scale_list((2, Ratio(8, 3)))
    'x2, x8/3'
    """
    return ", ".join(f"x{scale}" for scale in scales)


def output_size(shape: tuple[int, ...], scale: Scale) -> Size:
    """Return the height and width of an image's enlargement, as MATLAB's ``imresize`` has them.

    Of ``(H, W)`` or ``(H, W, C)`` these are ``(ceil(H * s), ceil(W * s))``, computed exactly.
    """
    height, width = (math.ceil(side * scale) for side in shape[:2])
    return height, width


def asked_size(shape: tuple[int, ...], size: Size | Scale) -> Size:
    """Return the size that a method of any size is called with: it may be given as a scale."""
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


def read_target_size(text: str, option: str = "--sizes") -> TargetSize:
    """Read a size as people type it: "300x448" (width x height), "256", "from-300x448".

    Raises:
        UsageError: It is none, or has too many pixels.
    """
    found = _TARGET.fullmatch(text.strip())
    if found is None:
        raise UsageError(
            f"{option} takes sizes in pixels, width x height, like 300x448, and from-300x448 for "
            f"the way back; got {text!r}."
        )
    width, height = int(found[2]), int(found[3] or found[2])
    if height * width > MAX_PIXELS:
        raise UsageError(
            f"{option} takes sizes of up to {MAX_PIXELS // 10**6} million pixels; got {text!r}."
        )
    return TargetSize(height, width, back=bool(found[1]))
