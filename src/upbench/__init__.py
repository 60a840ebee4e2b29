"""upbench: which way of making an image larger should I use, and what does it cost me?

The public face.  A plugin file needs one line of it, a notebook another::

    from upbench import method, dataset, metric, protocol, load

Nothing heavy is imported before it is used: the decorators cost nothing, ``load`` imports pandas.
The three links beside this file are the code folders at the top of the project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.contract import ImageItem, dataset, method, metric, protocol

if TYPE_CHECKING:
    from upbench.benchmark.engine.store import load

    __version__: str

__all__ = ["ImageItem", "__version__", "dataset", "load", "method", "metric", "protocol"]


def __getattr__(name: str) -> Any:
    """Import what is heavy or slow only when it is asked for."""
    if name == "load":
        from upbench.benchmark.engine.store import load

        return load
    if name == "__version__":
        from importlib.metadata import version

        return version("upbench")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
