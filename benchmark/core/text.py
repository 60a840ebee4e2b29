"""Sentences and the words in them: what an error said, a number of things, a list of names."""

from __future__ import annotations

import re
import sysconfig
import traceback
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import MethodError, UpbenchError, pass_on_ctrl_c

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

LONGEST_TEXT = 500
"""Characters of a plugin's message that are kept; some libraries put a whole array in it."""


def counted(number: int, what: str) -> str:
    """Write a number of things.

    >>> counted(2, "sample")
    '2 samples'
    """
    return f"{number} {what}{'' if number == 1 else 's'}"


def listed(parts: Sequence[str]) -> str:
    """Join parts as a sentence does.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    *first, last = parts
    return " and ".join(filter(None, [", ".join(first), last]))


def some_of(names: Sequence[str], most: int) -> str:
    """Name so many as a sentence does, and count the rest.

    >>> some_of(["a", "b", "c", "d"], 2), some_of(["a", "b"], 2)
    ('a, b and 2 more', 'a and b')
    """
    rest = len(names) - most
    return listed([*names[:most], *([f"{rest} more"] if rest > 0 else [])])


def free_name(name: str, is_taken: Callable[[str], bool], form: str = "{} ({})") -> str:
    """Return a name, with the first number from 2 up that makes it free where it is taken.

    >>> free_name("a", {"a", "a (2)"}.__contains__), free_name("b", {"a"}.__contains__)
    ('a (3)', 'b')
    """
    numbered = (form.format(name, number) for number in count(2))
    return next(one for one in chain([name], numbered) if not is_taken(one))


def distinct(names: Iterable[str]) -> Iterator[str]:
    """Yield the names, each once whatever its case: one that is taken gets a number.

    >>> [*distinct(["a", "A", "a-2", "a"])]
    ['a', 'A-2', 'a-2-2', 'a-3']
    """
    taken: set[str] = set()
    for name in names:
        free = free_name(name, lambda one: one.casefold() in taken, "{}-{}")
        taken.add(free.casefold())
        yield free


_CONTROLS = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")
"""Controls, separators of lines, signs that turn the writing direction, lone surrogates."""


def printable(text: str) -> str:
    r"""Write what a terminal would obey, and no reader would see, as an escape.

    Every output of names and reasons goes through it: an escape sequence in a file's name cannot
    clear a screen, nor a line break forge a line.

    >>> printable("a\x1b[2J\nb")
    'a\\x1b[2J\\nb'
    """
    return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


def describe(error: BaseException) -> str:
    """Say in one line what a plugin or an image raised, and where: in its own file if possible."""
    # a lone surrogate, as in a file name of undecodable bytes, would break the tables
    text = " ".join(_message(error).encode("utf-8", "backslashreplace").decode().split())
    if len(text) > LONGEST_TEXT:
        text = f"{text[:LONGEST_TEXT]} ... ({len(text)} characters)"
    if isinstance(error, UpbenchError):
        return text
    return f"{type(error).__name__}{': ' if text else ''}{text}{_place(error)}"


@contextmanager
def plugin_errors(what: str) -> Iterator[None]:
    """Say in one sentence, which begins with ``what`` and a colon, what a plugin raises meanwhile.

    Raises:
        MethodError: The plugin's own, as it is; or one for whatever else is raised.
    """
    try:
        yield
    except MethodError:
        raise
    except BaseException as error:  # noqa: BLE001 - the plugin boundary
        pass_on_ctrl_c(error)
        raise MethodError(f"{what}: {describe(error)}") from None


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a plugin's own exception, whose __str__ fails
        return "its message cannot be read"


def _place(error: BaseException) -> str:
    """Name the last line outside of Python's own library and of installed packages."""
    if isinstance(error, SyntaxError):
        return ""  # its text says where
    frames = traceback.extract_tb(error.__traceback__)
    library = (sysconfig.get_path("stdlib"), "<frozen")
    own = [
        frame
        for frame in frames
        if not frame.filename.startswith(library)
        and not {"site-packages", "dist-packages"} & {*Path(frame.filename).parts}
    ]
    at = (own or frames)[-1:]
    return "".join(f" (at {Path(frame.filename).name}:{frame.lineno})" for frame in at)


def split_names(text: str) -> tuple[str, ...]:
    r"""Split "a, b" into its names, each once, in the order given; ``\,`` is a comma in a name.

    >>> split_names(r"set5, folder:a\,b")
    ('set5', 'folder:a,b')
    """
    parts = (part.strip().replace(r"\,", ",") for part in re.split(r"(?<!\\),", text))
    return tuple(dict.fromkeys(part for part in parts if part))


def plain_name(text: str) -> str:
    """Return a text as part of a file's name.

    >>> plain_name("curves generate, mnist")
    'curves-generate-mnist'
    """
    return re.sub(r"[^\w.-]+", "-", text).strip("-")


def join_names(names: Iterable[object]) -> str:
    r"""Join names by commas, so that :func:`split_names` finds them again.

    >>> join_names(["set5", "folder:a,b"])
    'set5,folder:a\\,b'
    """
    return ",".join(str(name).replace(",", r"\,") for name in names)
