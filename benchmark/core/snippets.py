"""A method's call in its library: an expression that a reader copies, and that tests run."""

from __future__ import annotations

import re
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from upbench.benchmark.core.sizes import Scale

SHORT = {"np": "numpy"}
"""Names that stand for a module."""


def at_scale(snippet: str, scale: Scale) -> str:
    """Return a snippet with the scale written out; the sides that a fraction makes are rounded up.

    >>> at_scale("cv2.resize(image, None, fx=scale, fy=scale)", 2)
    'cv2.resize(image, None, fx=2, fy=2)'
    """
    if not isinstance(scale, int):  # a size is a whole number
        side = rf"-(-\1 * {scale.numerator} // {scale.denominator})"
        snippet = re.sub(r"(image\.shape\[[01]\]) \* scale\b", side, snippet)
    return re.sub(r"\bscale\b", str(scale), snippet)


def run_snippet(snippet: str, image: Any, scale: Scale) -> Any:
    """Run a snippet on an image; the modules that it names are imported.

    It is a Python expression of ``image``, uint8 ``(H, W, 3)``, and ``scale``; its value is uint8
    ``(H * s, W * s, 3)`` if it is what a method states.

    Raises:
        ImportError: A library is not installed.
        Exception: Whatever the library raises.
    """
    names: dict[str, Any] = {}
    for dotted in re.findall(r"(?<![\w.)\]])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+", snippet):
        first, *rest = dotted.split(".")
        if first not in {"image", "plane"}:
            names[first] = import_module(SHORT.get(first, first))
        with suppress(ImportError):  # the first part that is no module ends it
            for end in range(1, len(rest)):
                import_module(".".join([first, *rest[:end]]))
    names |= {"image": image, "scale": scale}
    return eval(snippet, names)  # noqa: S307 - a plugin's own text, run as the plugin is
