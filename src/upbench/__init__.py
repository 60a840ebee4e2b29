"""upbench: which way of making an image larger should I use, and what does it cost me?

The public face.  A plugin file needs one line of it, a notebook another::

    from upbench import method, layer, dataset, metric, protocol

    import upbench

    rows = upbench.evaluate(network, datasets="set5", scales=2)
    larger = upbench.upscale(image, "upnet-slim", 2)

Nothing is imported before it is used: the decorators cost little, ``load`` imports pandas.
The three links beside this file are the code folders at the top of the project.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from upbench.benchmark.core.contract import ImageItem, dataset, layer, method, metric, protocol
    from upbench.benchmark.core.errors import MetricUndefinedError
    from upbench.benchmark.engine.store import load

    __version__: str
    # not imported here: a type checker of a plugin would follow them into all of PyTorch
    evaluate: Callable[..., pd.DataFrame]
    latex: Callable[..., str]
    psnr: Callable[..., float]
    ssim: Callable[..., float]
    summarise: Callable[..., pd.DataFrame]
    upscale: Callable[..., Any]

__all__ = [
    "ImageItem",
    "MetricUndefinedError",
    "__version__",
    "dataset",
    "evaluate",
    "latex",
    "layer",
    "load",
    "method",
    "metric",
    "protocol",
    "psnr",
    "ssim",
    "summarise",
    "upscale",
]

_LATER = {
    **dict.fromkeys(
        ("ImageItem", "dataset", "layer", "method", "metric", "protocol"), "core.contract"
    ),
    "MetricUndefinedError": "core.errors",
    "evaluate": "engine.evaluate",
    "latex": "report.frames",
    "load": "engine.store",
    "psnr": "engine.functions",
    "ssim": "engine.functions",
    "summarise": "report.frames",
    "upscale": "engine.functions",
}
"""Names that are imported when they are asked for, with their modules: most are heavy, and the
program must take Ctrl-C before it has imported anything."""


def __getattr__(name: str) -> Any:
    """Import a public name when it is asked for."""
    if name in _LATER:
        return getattr(import_module(f"upbench.benchmark.{_LATER[name]}"), name)
    if name == "__version__":
        from importlib.metadata import version

        return version("upbench")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, so that editors and notebooks complete them."""
    return __all__
