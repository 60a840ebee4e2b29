"""Extras: optional sets of packages, one for each library that is not installed by default.

Whether a library is there is read from its distribution's metadata: nothing is imported, so a
library that is missing or broken costs a listing nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.environment import library_version
from upbench.benchmark.core.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from upbench.benchmark.core.contract import Method, Metric


def is_installed(method: Method | Metric) -> bool:
    """Say whether the library that an extra adds is there; True without an extra."""
    return not method.extra or bool(library_version(method.backend))


def command(extra: str) -> str:
    """Return the command that adds an extra."""
    return f"pip install 'upbench[{extra}]'"


def missing_extras(methods: Iterable[Method]) -> tuple[str, ...]:
    """Say of each extra that is not installed what it would add, in one sentence."""
    counts: dict[tuple[str, str], int] = {}
    for method in methods:
        if not is_installed(method):
            which = method.extra, method.backend
            counts[which] = counts.get(which, 0) + 1
    return tuple(
        f"{backend} is not installed: {number} method{'s' if number > 1 else ''} more with "
        f"{command(extra)}"
        for (extra, backend), number in counts.items()
    )


def refuse_missing(method: Method | Metric) -> None:
    """Refuse a method or a metric whose library is not installed.

    Raises:
        MissingExtraError: It is not.
    """
    if not is_installed(method):
        raise MissingExtraError(
            f"{method.name} needs {method.backend}, which is not installed; add it with: "
            f"{command(method.extra)}"
        )
