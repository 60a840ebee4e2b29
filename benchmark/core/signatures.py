"""How a plugin's functions are called: whether their parameters are those of the contract."""

from __future__ import annotations

import inspect
from inspect import Parameter, Signature
from typing import Any


def misfit(function: Any, *places: str, **named: str) -> str:
    """Say what is expected and what is there where something cannot be called so; "" where it can.

    What Python knows no parameters of, like a function in C, is taken as it is.

    Args:
        function: A function, a class, or an object with ``__call__``.
        places: What it is called with, by place, in the contract's words.
        named: What it is called with by name.

    >>> def f(image): ...
    >>> misfit(f, "image", "scale")
    'expected f(image, scale), got f(image)'
    """
    name = getattr(function, "__name__", "__call__")
    expected = ", ".join([*places, *(f"{key}={value!r}" for key, value in named.items())])
    if not callable(function):
        return f"expected {name}({expected}), got an object that cannot be called"
    try:
        # of a decorated function the decorator's: it may pass on others than it takes
        signature = inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError):
        return ""
    try:
        signature.bind(*places, **named)
    except TypeError:
        return f"expected {name}({expected}), got {name}{_short(signature)}"
    return ""


def _short(signature: Signature) -> Signature:
    """Return a signature of names alone."""
    places = signature.parameters.values()
    return Signature([Parameter(one.name, one.kind) for one in places])
