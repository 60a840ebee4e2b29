"""A call of a library, and what is known of libraries and kernels: ``calls.toml``, read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upbench.benchmark.theory.port.behaviour import Behaviour

STATED: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("calls.toml").read_text(encoding="utf-8")
)
LIBRARIES: dict[str, str] = STATED["libraries"]
"""What each backend is called."""
NOT_EXACT: dict[str, str] = STATED["not_exact"]
"""Backends that give no other library's numbers, with the reason."""
REACH: dict[str, int] = STATED["reach"]
"""How many pixels beyond the border a kernel reads: what is padded for another edge rule."""


def library_of(metadata: Mapping[str, Any]) -> str:
    """Return what the library of a manifest's method is called; "" is not known."""
    backend = str(metadata.get("backend") or "")
    if backend == "numpy" and not str(metadata.get("snippet") or "").startswith("upbench."):
        return "NumPy"  # of a plugin, or of ours without a call: not the resampler
    return LIBRARIES.get(backend, backend)


@dataclass(frozen=True)
class Call:
    """One way to call a library."""

    library: str
    """Its distribution, as a method's ``backend`` names it."""
    does: Behaviour
    code: str
    """The expression."""
    modules: tuple[str, ...] = ()
    """What is imported for it, beside numpy."""
    setup: str = ""
    """A function that the expression calls, where the library needs more than one."""
    caveat: str = ""
    """Where it does not do that."""
