"""What a resize does: five properties that decide its numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from upbench.benchmark.core.metadata import SHRINKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upbench.benchmark.core.contract import Method

PROPERTIES = {
    "kernel": "kernel",
    "sampling": "grid",
    "edge": "edge",
    "antialias": "antialias",
    "clips": "clips",
}
"""The properties, by the field that holds them, and what they are called."""

Direction: TypeAlias = Literal["larger", "smaller"]


@dataclass(frozen=True)
class Behaviour:
    """What a resize does."""

    kernel: str
    """Its name and parameter in lower case; "" is not known."""
    sampling: str = "half-pixel"
    edge: str = "none"
    antialias: str = "none"
    clips: bool = False
    shrinks: tuple[tuple[str, str], ...] = ()
    """What is otherwise where images are made smaller: pairs of a field and its value."""

    def where(self, direction: Direction) -> Behaviour:
        """Return what it does where images are made larger, or smaller."""
        changed: Any = dict(self.shrinks) if direction == "smaller" else {}
        return replace(self, shrinks=(), **changed)


def stated(method: Method) -> Behaviour:
    """Return what a method's metadata say that it does."""
    fields = {name: getattr(method, name) for name in PROPERTIES}
    return stated_by({**fields, "shrinks": dict(method.shrinks)})


def stated_by(metadata: Mapping[str, Any]) -> Behaviour:
    """Return the same of metadata as a run's manifest has them; what is missing is unknown."""
    grid, edge, antialias = (
        str(metadata.get(one) or "unknown") for one in ("sampling", "edge", "antialias")
    )
    shrinks = tuple(
        (name, _words(value) if name == "kernel" else value)
        for name, value in shrinks_of(metadata).items()
    )
    kernel = _words(metadata.get("kernel") or "")
    return Behaviour(kernel, grid, edge, antialias, bool(metadata.get("clips")), shrinks)


def shrinks_of(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Return what a method does otherwise where images are made smaller, by field.

    Args:
        metadata: As a run's manifest has them, which may come from anywhere.
    """
    said = metadata.get("shrinks")
    known = said if isinstance(said, dict) else {}
    return {name: str(known[name]) for name in SHRINKS if known.get(name)}


def at_scale(metadata: Mapping[str, Any], scale: float) -> Mapping[str, Any]:
    """Return metadata with what a method does at a scale, larger or smaller."""
    return {**metadata, **shrinks_of(metadata)} if scale < 1 else metadata


def _words(kernel: Any) -> str:
    return " ".join(str(kernel).lower().split())
