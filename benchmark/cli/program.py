"""The ``upbench`` command: what comes before the commands.

``main`` is the entry point.  Nothing of weight is imported before it runs, so that a signal ends
the program by a sentence from its first moment on.  ``app`` is the program of all commands.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from upbench.benchmark.cli.ending import take_signals

if TYPE_CHECKING:
    from upbench.benchmark.cli.commands import app

__all__ = ["app", "main"]


def main() -> None:
    """Run the command line; the entry point of the ``upbench`` script."""
    take_signals()
    from io import TextIOWrapper
    from pathlib import Path

    from upbench.benchmark.core.threads import use_one_thread_each

    use_one_thread_each()
    _ignore_what_libraries_stumble_over()
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed, as `>&-` does: what is said to it goes nowhere
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    if isinstance(sys.stdout, TextIOWrapper):  # a terminal that cannot show a name still shows it
        sys.stdout.reconfigure(errors="backslashreplace")
    from upbench.benchmark.cli.commands import app

    try:
        app()
    except OSError as error:  # at --help and --version; commands say it themselves
        sys.stderr.write(f"upbench: the operating system refuses: {error}.\n")
        sys.exit(2)


def __getattr__(name: str) -> Any:
    """Import the commands when they are asked for."""
    if name == "app":
        from upbench.benchmark.cli.commands import app

        return app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _ignore_what_libraries_stumble_over() -> None:
    """Drop settings of other programs with which matplotlib and numpy raise at import."""
    os.environ["MPLBACKEND"] = "agg"  # pictures are files; no window is ever opened
    if not os.environ.get("SOURCE_DATE_EPOCH", "0").isdecimal():
        del os.environ["SOURCE_DATE_EPOCH"]
