"""How a signal ends the program: by one sentence and its exit code, at any moment.

Before and after a command a signal ends the program at once: there is nothing to keep.  Within a
command it is raised as an exception, so that workers are ended and what is finished is kept.  This
module imports next to nothing, so that it is there first.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_RECEIVED: list[int] = []


class Terminated(KeyboardInterrupt):
    """A signal that asks the program to end: TERM, or HUP where a terminal is closed."""


def take_signals() -> None:
    """End the program at once by Ctrl-C, TERM and HUP, from now on."""
    _install(_end)
    sys.unraisablehook = _raised_in_vain


@contextmanager
def signals_raised() -> Iterator[None]:
    """Raise signals as exceptions meanwhile, if :func:`take_signals` has been called."""
    is_ours = any(signal.getsignal(number) is _end for number in _numbers())
    if is_ours:
        _install(_raise)
    try:
        yield
    finally:
        if is_ours:
            _install(_end)


def received() -> int | None:
    """Return the number of the first signal that was raised, or None.

    An import that a signal interrupts may end in an error of any other kind.
    """
    return _RECEIVED[0] if _RECEIVED else None


def sentence(number: int) -> str:
    """Say that a signal has ended the command, and how to go on."""
    how = "Interrupted" if number == signal.SIGINT else "Ended from outside"
    return f"{how}: a run keeps what is finished; go on with: {this_command()}"


def this_command(without: str = "") -> str:
    """Return the command that was given, ready to be pasted, in one line.

    Args:
        without: An option that is left out with its value, like "--rerun".
    """
    words = [
        word
        for before, word in zip(sys.argv, sys.argv[1:], strict=False)
        if not without or (without not in (before, word) and not word.startswith(f"{without}="))
    ]
    return " ".join(["upbench", *map(_quoted, words)])


def _quoted(text: str) -> str:
    """Quote a word for the shell; controls as escapes, which bash, zsh and ksh read in $'...'."""
    if text.isprintable():
        return shlex.quote(text)
    plain = text.replace("\\", r"\\").replace("'", r"\'")
    shown = (c if c.isprintable() else _as_bytes(c) for c in plain)
    return f"$'{''.join(shown)}'"


def _as_bytes(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(text))


def _numbers() -> list[signal.Signals]:
    return [getattr(signal, name) for name in NAMES if hasattr(signal, name)]


def _install(handler: Callable[[int, Any], None]) -> None:
    for number in _numbers():
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup has it
            signal.signal(number, handler)


def _end(number: int, _frame: Any = None) -> None:
    with suppress(Exception):  # the signal may have come in the middle of a print
        sys.stdout.flush()
    with suppress(OSError):
        os.write(2, f"{sentence(number)}\n".encode(errors="backslashreplace"))
    os._exit(128 + number)


def _raise(number: int, _frame: Any) -> None:
    _RECEIVED.append(number)
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated


def _raised_in_vain(about: sys.UnraisableHookArgs) -> None:
    """End the program where Python would print the exception and go on: in a finaliser."""
    if issubclass(about.exc_type, KeyboardInterrupt) and _RECEIVED:
        _end(_RECEIVED[-1])
    sys.__unraisablehook__(about)
