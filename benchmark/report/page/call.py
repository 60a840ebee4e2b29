"""How a reader uses a method at a scale: by the call in its library, else by our command."""

from __future__ import annotations

import shlex
from functools import cache
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import UpbenchError
from upbench.benchmark.core.snippets import at_scale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from upbench.benchmark.core.sizes import Scale
    from upbench.benchmark.report.page.origin import Origin


def call_of(method: str, scale: Scale, origin: Origin) -> str:
    """Return how to use a method at a scale; "" where the run does not say how.

    Our command makes whole scales alone.  Of a plugin's method nothing says which file it is in.
    """
    stated = origin.methods.get(method, {})
    if stated.get("snippet"):
        return at_scale(stated["snippet"], scale)
    if not isinstance(scale, int):
        return ""
    if method in built_in():
        return _command("--method", method, "--scale", str(scale))
    for text in _models(origin):
        if _name_of(text) == method:
            is_its_own = stated.get("scales") == f"[{scale}]"
            return _command("--model", text, *(() if is_its_own else ("--scale", str(scale))))
    return ""


def _command(*options: str) -> str:
    return shlex.join(["upbench", "upscale", "PICTURE", *options])


@cache
def built_in() -> frozenset[str]:
    """Return the names of the methods that come with upbench: its command knows them already."""
    from upbench.benchmark.registry.catalog import own

    return frozenset(own(("upbench.methods",)).methods)


def _models(origin: Origin) -> Iterator[str]:
    """Yield what ``--model`` was given."""
    given = origin.request.get("models")
    yield from (one for one in (given if isinstance(given, list) else ()) if isinstance(one, str))


def _name_of(text: str) -> str:
    """Return the method that a ``--model`` makes; "" for a text that is none."""
    from upbench.benchmark.registry.model_options import read_model

    try:
        return read_model(text).name
    except (UpbenchError, ValueError, RuntimeError, OSError):  # a manifest may come from anywhere
        return ""
