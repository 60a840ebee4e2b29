"""upbench's core: contracts, protocols, metrics, the run and its tables.

``from upbench.benchmark import load; load(DIR)`` gives a run's rows as a pandas frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if __name__ == "benchmark":
    raise ImportError("this folder is upbench.benchmark, not a top-level package 'benchmark'")

if TYPE_CHECKING:
    from upbench.benchmark.engine.store import load

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    """Import pandas only when the frame is asked for."""
    if name == "load":
        from upbench.benchmark.engine.store import load

        return load
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
