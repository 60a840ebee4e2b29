"""What the decorators leave on a function or class: its metadata, as one attribute."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar

from upbench.benchmark.core.errors import PluginMetadataError
from upbench.benchmark.core.kinds import Dataset, Described, Layer, Metric, ScoringProtocol
from upbench.benchmark.core.upsampler import Method

ATTRIBUTE = "__upbench__"
"""The attribute that holds the metadata on a decorated function or class."""

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])
_AnyDescribed = TypeVar("_AnyDescribed", Method, Layer, Dataset, Metric, ScoringProtocol)


def description_of(target: object) -> Described | None:
    """Return the metadata attached to this object, not to a class that it inherits from.

    What they describe is this object, where another decorator (:func:`functools.wraps`) or a bound
    method passes on what was attached to the function inside.
    """
    found = getattr(target, "__dict__", {}).get(ATTRIBUTE)
    if not isinstance(found, Described):
        return None
    field = _code_of(found)
    code = getattr(found, field)
    # a function around a class, which makes its objects, is called otherwise: the class is meant
    if code is target or inspect.isclass(code) != inspect.isclass(target):
        return found
    return replace(found, **{field: target})  # type: ignore[arg-type]


def _code_of(described: Described) -> str:
    """Return the field that holds what was decorated."""
    return {Dataset: "items", Metric: "function"}.get(type(described), "target")


def without_code(described: _AnyDescribed) -> _AnyDescribed:
    """Return metadata that can be pickled and read in a process that has not the plugin's code.

    Everything that is called is replaced by a stand-in that raises; what the metadata say stays.
    """
    stand_ins = {
        one.name: _NoCode if inspect.isclass(value) else no_code
        for one in fields(described)
        if callable(value := getattr(described, one.name))
    }
    return replace(described, **stand_ins)  # type: ignore[arg-type]


class _NoCode:
    """Stand in for a class whose code is not in this process."""

    def __init__(self, *_: Any, **__: Any) -> None:
        no_code()


def no_code(*_: Any, **__: Any) -> Any:
    """Stand in for a function whose code is not in this process."""
    raise NotImplementedError("Only the metadata of this plugin are here, not its code.")


def attach_to(described: Described, target: _Decorated) -> _Decorated:
    """Attach metadata to what was decorated.

    Raises:
        PluginMetadataError: It is no function or class of Python, or is of another kind already.
    """
    name = described.name
    known: Any = getattr(target, "__dict__", {}).get(ATTRIBUTE)
    is_other = isinstance(known, Described) and type(known) is not type(described)
    if is_other and getattr(known, _code_of(known)) is target:  # two names of one kind are allowed
        raise PluginMetadataError(
            f"{name}: this is described already, as {known.name!r}; expected one decorator of "
            "upbench on a function or class: write another function that calls it."
        )
    if not callable(target):
        raise _unfit(name, target)
    try:
        setattr(target, ATTRIBUTE, replace(described, file=file_of(target)))
    except (TypeError, AttributeError):  # of C: a built-in function, a type
        raise _unfit(name, target) from None
    return target


def _unfit(name: str, target: object) -> PluginMetadataError:
    return PluginMetadataError(
        f"{name}: expected a function or class of Python below the decorator; got "
        f"{type(target).__name__}."
    )


def file_of(target: Callable[..., Any]) -> str:
    """Return the path of the file that defines the target, or "" when it has none."""
    try:
        return str(Path(inspect.getfile(inspect.unwrap(target))))
    except (TypeError, OSError):
        return ""
