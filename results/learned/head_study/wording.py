"""Numbers in words, the same in sentences and in tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from head_study.names import short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd


def with_list(lead: str, parts: Iterable[str]) -> str:
    """Write what belongs together as a sentence and a list below it, in Markdown.

    >>> print(with_list("At x2:", ["one", "another"]))
    At x2:
      - one
      - another
    """
    return "\n".join([lead, *(f"  - {part}" for part in parts if part)])


def level(decibels: float) -> str:
    """Write a level with as many decimals as count.

    >>> level(0.0), level(0.0123), level(0.254), level(31.25)
    ('0', '0.012', '0.25', '31.2')
    """
    if decibels < 0.0005:
        return "0"
    decimals = 3 if decibels < 0.1 else 2 if decibels < 1 else 1
    return f"{decibels:.{decimals}f}"


def bounds(values: Iterable[float]) -> str:
    """Write the least and the most of some levels, once where they read alike.

    >>> bounds([0.004, 31.25])
    '0.004 to 31.2 dB'
    """
    ordered = sorted(values)
    low, high = level(ordered[0]), level(ordered[-1])
    return f"{low} dB" if low == high else f"{low} to {high} dB"


def from_to(numbers: Iterable[int], write: Callable[[int], str] = str) -> str:
    """Write the first and the last of some whole numbers, once where they are one.

    >>> from_to([300, 100]), from_to([100]), from_to([12_464, 10_020], "{:,}".format)
    ('100 to 300', '100', '10,020 to 12,464')
    """
    ordered = sorted(int(number) for number in numbers)
    low, high = write(ordered[0]), write(ordered[-1])
    return low + f" to {high}" * (low != high)


def named(methods: Iterable[str]) -> str:
    """Write the heads of some methods, each once, in their order.

    >>> named(["cnn-carafe", "cnn-subpixel-conv", "cnn-carafe"])
    'carafe, subpixel-conv'
    """
    return ", ".join(short(name) for name in dict.fromkeys(methods))


def spread(values: pd.Series[Any], write: Callable[[float], str]) -> str:
    """Write the mean, and in brackets the least and the most where they read differently."""
    known = values.dropna()
    if known.empty:
        return ""
    low, high = write(known.min()), write(known.max())
    return write(known.mean()) + f" ({low} to {high})" * (low != high)
