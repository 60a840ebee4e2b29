"""Methods that are no plugin: a name, a network in a file or in memory, a function, a lambda."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import Method, description_of
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.metadata import check_name
from upbench.benchmark.registry.models import model_method, network_method
from upbench.methods._models.network import is_network_file

if TYPE_CHECKING:
    from upbench.benchmark.registry.catalog import Catalog

EXPECTED = (
    "a method's name, a network's file, a torch.nn.Module, a function (image, scale) -> image, or "
    "a list or dictionary of these"
)


def methods_of(things: Any, catalog: Catalog) -> tuple[Method, ...]:
    """Return what a script calls a method, or several, as methods.

    Args:
        things: Names as ``--methods`` takes them, files as ``--model`` does, methods, modules,
            functions; or a list of these, or a dictionary that names them.
        catalog: Where names are looked up.

    Raises:
        UsageError: One cannot be used, or two have one name.
    """
    found: dict[str, Method] = {}
    for name, thing in _named(things):
        for method in _methods(thing, name, catalog):
            if method.name in found and found[method.name] != method:
                raise UsageError(
                    f"Two methods are named {method.name!r}; name them: {{'one': ..., 'two': ...}}."
                )
            found[method.name] = method
    if not found:
        raise UsageError(f"There is no method; expected {EXPECTED}.")
    return tuple(found.values())


def _named(things: Any) -> list[tuple[str, Any]]:
    if isinstance(things, Mapping):
        return [(str(name), thing) for name, thing in things.items()]
    if isinstance(things, Iterable) and not isinstance(things, str) and not callable(things):
        return [("", thing) for thing in things]
    return [("", things)]


def _methods(thing: Any, name: str, catalog: Catalog) -> tuple[Method, ...]:
    if isinstance(thing, Path):
        thing = str(thing)
    if isinstance(thing, str):
        found = _looked_up(thing, name, catalog)
    else:
        found = (_in_memory(thing, name),)
    if not name:
        return found
    check_name("method", name)
    if len(found) > 1:
        raise UsageError(f"{name!r} names {len(found)} methods; expected one.")
    return (replace(found[0], name=name),)


def _looked_up(text: str, name: str, catalog: Catalog) -> tuple[Method, ...]:
    """Return the methods of a text: names and patterns, or a network's file."""
    from upbench.benchmark.core.text import split_names

    first = split_names(text)[0] if split_names(text) else ""
    is_file = first not in catalog.methods and (
        is_network_file(first) or ".py:" in first or "=" in text
    )
    if is_file:
        return (model_method(f"{text},name={name}" if name else text),)
    return catalog.choose_methods(split_names(text))


def _in_memory(thing: Any, name: str) -> Method:
    """Return a method, decorated function, module or function as a method."""
    if isinstance(thing, Method):
        return thing
    described = description_of(thing)
    if isinstance(described, Method):
        return described
    if inspect.isclass(thing):
        kind = thing.__name__
        raise UsageError(
            f"{kind} is a class that is not under @method; expected one of its objects, like "
            f"{kind}(...)."
        )
    if hasattr(thing, "state_dict") and hasattr(thing, "forward"):
        title = name or type(thing).__name__.lower()
        try:
            return network_method(thing, title)
        except UsageError as error:
            raise UsageError(f"{title}: {error}") from None
    if not callable(thing):
        raise UsageError(f"A {type(thing).__name__} is no method; expected {EXPECTED}.")
    return _function(thing, name)


def _function(function: Callable[..., Any], name: str) -> Method:
    """Return a function of an image, or of an image and a scale, as a method."""
    own = str(getattr(function, "__name__", type(function).__name__))
    title = name or own.strip("_<>").replace("_", "-").lower() or "function"
    target = function if _takes_scale(function) else (lambda image, _scale: function(image))
    return Method(name=title, family="in-memory", target=target)


def _takes_scale(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return True
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    places = [one for one in parameters if one.kind in kinds]
    needed = [one for one in places if one.default is one.empty]
    many = any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in parameters)
    return many or len(needed) > 1 or (len(places) > 1 and places[1].name == "scale")
