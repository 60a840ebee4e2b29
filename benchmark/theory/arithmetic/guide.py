"""The 15 relationships of the guide to convolution arithmetic, each under its own number.

V. Dumoulin and F. Visin, arXiv:1603.07285v2, 2018.  The letters are the guide's: input size i,
kernel size k, stride s, zero padding p on either side, dilation d, output size o; i is the guide's
i' in relationships 8 to 14.  Sizes are in pixels along one axis.  Every function raises UsageError
for an argument out of its range and where no output is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.theory.arithmetic.sizes import check_transposed, conv_size, span

if TYPE_CHECKING:
    from collections.abc import Callable

    Function = TypeVar("Function", bound=Callable[..., "int | DirectConvolution"])


@dataclass(frozen=True)
class DirectConvolution:
    """The convolution, of stride s' = 1, that does what a transposed convolution does.

    It reads the input with s - 1 zeros between its pixels, with the kernel turned by 180 degrees.
    """

    stretched: int
    """The input size after zero insertion; the guide's i' with a tilde."""
    kernel: int
    """The kernel size k' = k."""
    padding: int
    """How many zeros p' it puts on either side; below 0, how many pixels it cuts off."""
    extra: int
    """How many more zeros a it puts at the bottom and right."""
    output: int
    """The output size o'."""


@dataclass(frozen=True)
class Relationship:
    """One numbered relationship of the guide."""

    number: int
    """Its number in the guide, 1 to 15."""
    name: str
    """What it is about, in the guide's words."""
    formula: str
    """What it says of the output size."""
    function: Callable[..., int | DirectConvolution]
    """It as a function."""


RELATIONSHIPS: dict[int, Relationship] = {}
"""The guide's relationships by their numbers."""


def _numbered(function: Function) -> Function:
    """Keep a relationship under its number; its name and formula are its docstring's first line."""
    number = int(function.__name__.rpartition("_")[2])
    name, _, formula = (function.__doc__ or "").partition("\n")[0].rstrip(".").partition(": ")
    RELATIONSHIPS[number] = Relationship(number, name, formula, function)
    return function


@_numbered
def relationship_1(i: int, k: int) -> int:
    """No zero padding, unit strides: o = (i - k) + 1."""
    return conv_size(i, k)


@_numbered
def relationship_2(i: int, k: int, p: int) -> int:
    """Zero padding, unit strides: o = (i - k) + 2p + 1."""
    return conv_size(i, k, padding=p)


@_numbered
def relationship_3(i: int, k: int) -> int:
    """Half (same) padding, unit strides: for odd k and p = floor(k/2), o = i."""
    _check_odd(k)
    return conv_size(i, k, padding=k // 2)


@_numbered
def relationship_4(i: int, k: int) -> int:
    """Full padding, unit strides: for p = k - 1, o = i + (k - 1)."""
    return conv_size(i, k, padding=k - 1)


@_numbered
def relationship_5(i: int, k: int, s: int) -> int:
    """No zero padding, non-unit strides: o = floor((i - k) / s) + 1."""
    return conv_size(i, k, s)


@_numbered
def relationship_6(i: int, k: int, s: int, p: int) -> int:
    """Zero padding, non-unit strides: o = floor((i + 2p - k) / s) + 1."""
    return conv_size(i, k, s, p)


@_numbered
def relationship_7(i: int, k: int, s: int) -> int:
    """Pooling of any type, with a window of k: o = floor((i - k) / s) + 1."""
    return conv_size(i, k, s)


@_numbered
def relationship_8(i: int, k: int) -> DirectConvolution:
    """No zero padding, unit strides, transposed: p' = k - 1, o' = i' + (k - 1)."""
    return relationship_14(i, k, 1, 0, 0)


@_numbered
def relationship_9(i: int, k: int, p: int) -> DirectConvolution:
    """Zero padding, unit strides, transposed: p' = k - p - 1, o' = i' + (k - 1) - 2p."""
    return relationship_14(i, k, 1, p, 0)


@_numbered
def relationship_10(i: int, k: int) -> DirectConvolution:
    """Half (same) padding, transposed: for odd k and p = floor(k/2), p' = p, o' = i'."""
    _check_odd(k)
    return relationship_14(i, k, 1, k // 2, 0)


@_numbered
def relationship_11(i: int, k: int) -> DirectConvolution:
    """Full padding, transposed: for p = k - 1, p' = 0, o' = i' - (k - 1)."""
    return relationship_14(i, k, 1, k - 1, 0)


@_numbered
def relationship_12(i: int, k: int, s: int) -> DirectConvolution:
    """No zero padding, non-unit strides, transposed: p' = k - 1, o' = s(i' - 1) + k.

    For a convolution whose i - k is a multiple of s.
    """
    return relationship_14(i, k, s, 0, 0)


@_numbered
def relationship_13(i: int, k: int, s: int, p: int) -> DirectConvolution:
    """Zero padding, non-unit strides, transposed: p' = k - p - 1, o' = s(i' - 1) + k - 2p.

    For a convolution whose i + 2p - k is a multiple of s.
    """
    return relationship_14(i, k, s, p, 0)


@_numbered
def relationship_14(i: int, k: int, s: int, p: int, a: int) -> DirectConvolution:
    """Any strides and padding, transposed: p' = k - p - 1, o' = s(i' - 1) + a + k - 2p.

    a = (i + 2p - k) mod s of the convolution tells the s input sizes apart that lead to the same
    i'; deep learning libraries call it the output padding.
    """
    check_transposed(i, k, s, p, a)
    return DirectConvolution(s * (i - 1) + 1, k, k - p - 1, a, s * (i - 1) + a + k - 2 * p)


@_numbered
def relationship_15(i: int, k: int, s: int, p: int, d: int) -> int:
    """Dilation: o = floor((i + 2p - k - (k - 1)(d - 1)) / s) + 1."""
    return conv_size(i, k, s, p, d)


def _check_odd(k: int) -> None:
    if span(k) % 2 == 0:
        raise UsageError(f"Half padding needs an odd kernel; got {k}.")


def conv_relationship(
    kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Relationship:
    """Return the most special relationship that gives a convolution's output size."""
    if dilation > 1:
        number = 15
    elif stride > 1:
        number = 6 if padding else 5
    else:
        number = 1 + _padding_case(kernel, padding)
    return RELATIONSHIPS[number]


def transposed_relationship(
    kernel: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> Relationship:
    """Return the most special relationship that gives a transposed convolution's output size.

    The guide has none for dilation; its span d (k - 1) + 1 then takes the place of k.
    """
    if output_padding:
        number = 14
    elif stride > 1:
        number = 13 if padding else 12
    else:
        number = 8 + _padding_case(span(kernel, dilation), padding)
    return RELATIONSHIPS[number]


def _padding_case(kernel: int, padding: int) -> int:
    """Return which of none, any, half, full (0 to 3) a padding is, at unit stride."""
    if padding == 0:
        return 0
    if padding == kernel - 1:
        return 3
    return 2 if kernel % 2 and padding == kernel // 2 else 1
