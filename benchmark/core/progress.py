"""Saying how far something long has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias, TypeVar

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with (what, done, total) while something long is under way."""

_Item = TypeVar("_Item")


def tracked(what: str, items: Sequence[_Item], progress: Progress | None) -> Iterator[_Item]:
    """Yield items; report before the first, and after each, how many are done."""
    for done, item in enumerate(items):
        if progress:
            progress(what, done, len(items))
        yield item
    if progress:
        progress(what, len(items), len(items))
