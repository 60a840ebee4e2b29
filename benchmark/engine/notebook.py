"""Progress where a script or a notebook runs: a bar in a cell, a line on a terminal, or none."""

from __future__ import annotations

import sys
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Progress

__all__ = ["progress_for"]


def progress_for(wanted: Progress | bool) -> Progress | None:  # noqa: FBT001 - as a user gives it
    """Return what is called with (what, done, total): the user's own, a bar, or None."""
    if not isinstance(wanted, bool):
        return wanted
    if not wanted:
        return None
    if "ipykernel" in sys.modules:
        return _Bar()
    return _line if sys.stderr.isatty() else None


def _line(what: str, done: int, total: int) -> None:
    text = f"{done}/{total} {what}" if done < total else ""
    sys.stderr.write(f"\r\x1b[K{text}")
    sys.stderr.flush()


class _Bar:
    """A bar in the output of a notebook's cell; it goes when all is done."""

    def __init__(self) -> None:
        self._shown: Any = None

    def __call__(self, what: str, done: int, total: int) -> None:
        from IPython import display as shows

        make: Any = shows.HTML
        display: Any = shows.display
        bar = f"<progress value={done} max={total}></progress> {done}/{total} {escape(what)}"
        shown = make(bar if done < total else "")
        if self._shown is None:
            self._shown = display(shown, display_id=True)
        else:
            self._shown.update(shown)
