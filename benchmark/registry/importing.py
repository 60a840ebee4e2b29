"""Importing plugins: from a file, an installed package or a module of ours to what it describes.

Only this file runs a plugin's top-level code; ``catalog`` sorts what comes of it.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from upbench.benchmark.core.contract import (
    ATTRIBUTE,
    Dataset,
    Layer,
    Method,
    Metric,
    ScoringProtocol,
    description_of,
)
from upbench.benchmark.core.distributions import ENTRY_POINTS
from upbench.benchmark.core.errors import PluginImportError, PluginMetadataError, UsageError
from upbench.benchmark.core.files import user_path
from upbench.benchmark.core.python_file import import_file

if TYPE_CHECKING:
    from types import ModuleType

    from upbench.benchmark.core.contract import Described

AnyDescribed = TypeVar("AnyDescribed", bound=Method | Layer | Dataset | Metric | ScoringProtocol)

ENTRY = "entry point "
"""How the source of an installed package begins."""
ORIGIN = "model "
"""How the source of a ``--model`` begins."""


def described_by(source: str) -> list[Described]:
    """Import a plugin and return what it describes.

    Args:
        source: A Python file, "entry point NAME=VALUE", the full name of a module of ours, or
            "model FILE[,OPTION=VALUE...]".

    Raises:
        PluginError: Its metadata break the contract, or the entry point is gone.
        BaseException: Whatever it raises while it is imported.
    """
    if source.startswith(ORIGIN):
        from upbench.benchmark.registry.models import model_method

        return [model_method(source)]
    if source.endswith(".py"):
        return _described_in(import_file(Path(source)))
    if not source.startswith(ENTRY):
        return _described_in(importlib.import_module(source))
    for entry in entry_points():
        if source == source_of(entry):
            return _of_entry_point(entry)
    raise PluginImportError(f"There is no {source} any more.")


def described_as(source: str, kind: type[AnyDescribed], name: str) -> AnyDescribed:
    """Import a plugin again, and return what it describes of a kind under a name.

    Raises:
        PluginMetadataError: It describes no such thing this time.
        BaseException: As :func:`described_by`.
    """
    for one in described_by(source):
        if isinstance(one, kind) and one.name == name:
            return one
    raise PluginMetadataError(
        f"{source} described {name!r} when it was collected, and does not where its code is run; "
        "expected the same at each import."
    )


def _described_in(module: ModuleType) -> list[Described]:
    """Return what a module describes itself; what it imported from elsewhere is not its own."""
    found = (
        (vars(value)[ATTRIBUTE], described)
        for value in vars(module).values()
        if (described := description_of(value)) is not None
        and _home(value, module) == module.__name__
    )
    own: dict[int, Described] = {}  # not all that a plugin states can be hashed
    for attached, described in found:
        if attached is described:
            own[id(attached)] = described
        else:  # of a function around the one that was described, which counts where that is hidden
            own.setdefault(id(attached), described)
    # what is no function or class does not know its file
    return [one if one.file else replace(one, file=str(module.__file__)) for one in own.values()]


def _home(value: object, module: ModuleType) -> str:
    """Return the module that defines a value; a partial, say, is at home where it is found."""
    knows = inspect.isroutine(value) or inspect.isclass(value)
    return str(getattr(value, "__module__", "")) if knows else module.__name__


def _of_entry_point(entry: importlib.metadata.EntryPoint) -> list[Described]:
    if entry.pattern.match(entry.value) is None:
        raise PluginMetadataError(
            f"{entry.value!r} names nothing in Python; expected a module or module:function."
        )
    value = entry.load()
    if (described := description_of(value)) is not None:
        return [described]
    if hasattr(value, "__path__") or hasattr(value, "__spec__"):
        return _described_in(value)
    raise PluginMetadataError(
        f"{entry.value} is neither a module nor a function or class under @method."
    )


def source_of(entry: importlib.metadata.EntryPoint) -> str:
    """Return the source by which an entry point is imported."""
    return f"{ENTRY}{entry.name}={entry.value}"


def entry_points() -> list[importlib.metadata.EntryPoint]:
    """Return the entry points of all groups; one that stands in two is one."""
    installed = importlib.metadata.entry_points()  # reads a file of every installed package
    groups = (installed.select(group=group) for group in ENTRY_POINTS)
    return [*{(one.name, one.value): one for group in groups for one in group}.values()]


def checked_file(plugin: str | Path) -> Path:
    """Return the path of a file given with ``--plugin``.

    Raises:
        UsageError: It does not exist or is not a Python file.
    """
    path = user_path(plugin)
    if not path.is_file():
        raise UsageError(f"--plugin {plugin}: there is no such file; expected a Python file.")
    if path.suffix != ".py":
        raise UsageError(f"--plugin {plugin}: expected a Python file, ending in .py.")
    return path.resolve()
