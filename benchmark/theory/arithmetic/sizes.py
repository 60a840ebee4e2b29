"""Output sizes of convolutions and transposed convolutions along one axis.

The axes of a convolution do not interact, so one axis is all there is to know.  All functions
raise UsageError for an argument that is no whole number in its range, and where no output is left.
"""

from __future__ import annotations

from operator import index
from typing import TypeAlias

from upbench.benchmark.core.errors import UsageError

Size: TypeAlias = int | tuple[int, int]
"""One whole number for both axes, or (height, width)."""


def whole_number(what: str, value: object, minimum: int) -> int:
    """Return a value as an int.

    Args:
        what: What it is, for the message ("stride").
        value: A whole number of any integer type; True, 2.0 and "2" are none.
        minimum: The smallest that is allowed.

    Raises:
        UsageError: It is no whole number, or too small.
    """
    try:
        number = index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or number < minimum:
        raise UsageError(f"The {what} must be a whole number, {minimum} or more; got {value!r}.")
    return number


def pair(what: str, value: object, minimum: int) -> tuple[int, int]:
    """Return a value for (height, width), from one whole number for both axes or from two.

    Raises:
        UsageError: It is neither, or one is too small.
    """
    if not isinstance(value, tuple | list):
        number = whole_number(what, value, minimum)
        return number, number
    if len(value) != 2:
        raise UsageError(
            f"The {what} must be one whole number or two, (height, width); got {value!r}."
        )
    return whole_number(what, value[0], minimum), whole_number(what, value[1], minimum)


def span(kernel: int, dilation: int = 1) -> int:
    """Return how many pixels a dilated kernel covers from end to end: d (k - 1) + 1.

    The guide's effective kernel size, k + (k - 1)(d - 1), is the same number.
    """
    return whole_number("dilation", dilation, 1) * (whole_number("kernel", kernel, 1) - 1) + 1


def conv_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Return the output size of a convolution, as PyTorch's ``conv2d`` has it.

    Args:
        size: The input size i in pixels.
        kernel: The kernel size k.
        stride: The stride s.
        padding: How many zeros p are put on either side.
        dilation: The distance d between kernel elements.
    """
    check_conv(size, kernel, stride, padding, dilation)
    return (size + 2 * padding - span(kernel, dilation)) // stride + 1


def transposed_size(
    size: int,
    kernel: int,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> int:
    """Return the output size of a transposed convolution, as ``conv_transpose2d`` has it.

    Args:
        size: The input size i' in pixels.
        kernel: The kernel size k.
        stride: The stride s of the convolution that is transposed: the upsampling factor.
        padding: That convolution's padding p: how many pixels are cut off either side.
        output_padding: How many pixels a are added at the bottom and right.
        dilation: The distance d between kernel elements.
    """
    check_transposed(size, kernel, stride, padding, output_padding, dilation)
    return stride * (size - 1) + span(kernel, dilation) - 2 * padding + output_padding


def check_conv(
    size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> None:
    """Refuse a convolution that does not exist."""
    _check_layer(size, kernel, stride, padding, dilation)
    needed = span(kernel, dilation)
    if size + 2 * padding < needed:
        raise UsageError(
            f"No output is left: a kernel that spans {needed} does not fit into an input of {size} "
            f"with padding {padding}; choose a smaller kernel, or a padding of "
            f"{(needed - size + 1) // 2} or more."
        )


def check_transposed(
    size: int,
    kernel: int,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> None:
    """Refuse a transposed convolution that does not exist."""
    _check_layer(size, kernel, stride, padding, dilation)
    whole_number("output padding", output_padding, 0)
    if output_padding >= max(stride, dilation):
        raise UsageError(
            f"The output padding must be smaller than the stride or the dilation, "
            f"{max(stride, dilation)} here; got {output_padding}."
        )
    whole = stride * (size - 1) + span(kernel, dilation) + output_padding
    if whole <= 2 * padding:
        raise UsageError(
            f"No output is left: a padding of {padding} cuts off all {whole} output pixels; "
            f"choose a padding of {(whole - 1) // 2} or less."
        )


def _check_layer(size: int, kernel: int, stride: int, padding: int, dilation: int) -> None:
    whole_number("input size", size, 1)
    whole_number("kernel", kernel, 1)
    whole_number("stride", stride, 1)
    whole_number("padding", padding, 0)
    whole_number("dilation", dilation, 1)
