"""Sentences: what an error said, wherever it comes from."""

from __future__ import annotations

import pytest

from upbench.benchmark.core.errors import InvalidOutputError, MethodError, UsageError
from upbench.benchmark.core.text import (
    counted,
    describe,
    distinct,
    plugin_errors,
    some_of,
    split_names,
)

WHAT = "m fails"


class MuteError(Exception):
    """An exception whose message fails."""

    def __str__(self) -> str:
        raise RuntimeError


def caught(error: Exception) -> Exception:
    """Raise an error and return it with its place."""
    try:
        raise error
    except type(error) as raised:
        return raised


def test_an_error_is_one_line_with_its_place() -> None:
    """Line breaks go, and the last line outside of libraries is named."""
    text = describe(caught(ValueError("two\nlines")))
    assert text.startswith("ValueError: two lines (at test_text.py:")


def test_our_own_errors_are_their_sentence() -> None:
    """What upbench says on purpose needs no class and no place."""
    assert describe(UsageError("Say it.")) == "Say it."


def test_what_a_plugin_raises_is_one_sentence() -> None:
    """Whatever it is; a method's own error passes, and Ctrl-C is the user's."""
    at = r"\(at test_text.py:"
    with pytest.raises(MethodError, match=rf"^m fails: ValueError: no {at}"), plugin_errors(WHAT):
        raise ValueError("no")
    with pytest.raises(MethodError, match=rf"^m fails: SystemExit: 3 {at}"), plugin_errors(WHAT):
        raise SystemExit(3)
    with pytest.raises(InvalidOutputError, match=r"^Own\.$"), plugin_errors(WHAT):
        raise InvalidOutputError("Own.")
    with pytest.raises(KeyboardInterrupt), plugin_errors(WHAT):
        raise KeyboardInterrupt


def test_an_error_that_cannot_say_itself_is_described() -> None:
    """A plugin's exception whose __str__ raises costs its cell, not the run."""
    text = describe(caught(MuteError()))
    assert text.startswith("MuteError: its message cannot be read (at test_text.py:")


def test_some_names_are_named_and_the_rest_is_counted() -> None:
    """As a sentence does."""
    assert [some_of(["a", "b", "c"], most) for most in (3, 2, 1)] == [
        "a, b and c",
        "a, b and 1 more",
        "a and 2 more",
    ]


def test_distinct_names_are_never_made_twice() -> None:
    """Also where a number of ours is a name of theirs, before or after."""
    for names in (["a", "a", "a-2"], ["a-2", "a", "A", "a"], ["a"] * 5):
        found = [*distinct(names)]
        assert len({name.casefold() for name in found}) == len(names)
        assert found[0] == names[0]


def test_undecodable_bytes_and_long_messages_fit_a_table() -> None:
    """Lone surrogates are escaped, and a message of a megabyte is cut."""
    assert "\\udcff" in describe(OSError("old\udcff.png"))
    assert len(describe(ValueError("x" * 10**6))) < 600


def test_names_and_numbers_of_things() -> None:
    """Names are taken once, in order; one thing has no s."""
    assert split_names("b, a,,b") == ("b", "a")
    assert (counted(1, "file"), counted(2, "file")) == ("1 file", "2 files")
