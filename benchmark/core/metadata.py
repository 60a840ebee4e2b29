"""The fields of the decorators, checked: one sentence for each way of being wrong.

Metadata reach tables, file names, terminals and other processes, so nothing is taken that one of
those could not hold.  What was given is repeated in short: it may be a megabyte.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from pathlib import Path, PurePath
from reprlib import Repr
from typing import Any

from upbench.benchmark.core.errors import PluginMetadataError
from upbench.benchmark.core.text import printable

MIN_SCALE, MAX_SCALE = 2, 16
"""The scales that the suite accepts: whole numbers from MIN_SCALE to MAX_SCALE."""

MAX_COUNT = 2**63 - 1
"""The largest number of weights that the tables hold."""

SHRINKS = ("edge", "kernel", "sampling")
"""What may differ where images are made smaller, in the order in which it is kept."""

LONGEST_NAME, LONGEST_TEXT = 100, 1000

_NAME = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)*")
_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = 60

FORMAT = re.compile(r"\+?(?:\.\d)?[fge%]")
"""What a metric's format may be: one from elsewhere must not ask for a million digits."""


def check_name(kind: str, name: object) -> None:
    """Check a plugin's name: it is typed, written as a file and shown as a column.

    Raises:
        PluginMetadataError: As all functions here: a field breaks the contract.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise PluginMetadataError(
            f"A {kind}'s name must be lower-case letters and digits joined by hyphens, "
            f"like 'my-{kind}'; got {_SHORT.repr(name)}."
        )


def _wrong(name: str, field: str, expected: str, given: object) -> PluginMetadataError:
    """Return the error of a field that is not what is expected."""
    return PluginMetadataError(f"{name}: {field} must be {expected}; got {_SHORT.repr(given)}.")


def check_word(name: str, **words: object) -> None:
    """Check fields that must not be empty."""
    for field, value in words.items():
        if not isinstance(value, str) or not value.strip():
            raise PluginMetadataError(f"{name}: {field} must be a word, got {_SHORT.repr(value)}.")
    check_texts(name, **words)


def check_texts(name: str, **texts: object) -> None:
    """Check fields of one line of text, which may be empty."""
    for field, value in texts.items():
        if not isinstance(value, str):
            raise PluginMetadataError(f"{name}: {field} must be text, got {_SHORT.repr(value)}.")
        if len(value) > LONGEST_TEXT:
            raise PluginMetadataError(
                f"{name}: {field} must have at most {LONGEST_TEXT} characters; got {len(value)}."
            )
        if printable(value) != value:
            raise _wrong(name, field, "one line of text without control characters", value)


def check_sentences(name: str, field: str, given: object) -> tuple[str, ...]:
    """Return sentences, of which one may stand for a list of one: its letters are none."""
    listed = (given,) if isinstance(given, str) else given
    if isinstance(listed, Iterable):
        listed = tuple(listed)
    if not isinstance(listed, tuple) or not all(isinstance(one, str) for one in listed):
        raise _wrong(name, field, "sentences, like ('Few images.',)", given)
    return listed


def check_extra(name: str, extra: object) -> None:
    """Check the name of an optional set of packages: it is written into a command.  "" is none."""
    if extra != "" and not (isinstance(extra, str) and _NAME.fullmatch(extra)):
        raise _wrong(name, "extra", "lower-case letters and digits joined by hyphens", extra)


def check_flags(name: str, **flags: object) -> None:
    """Check fields that are true or false."""
    for field, value in flags.items():
        if not isinstance(value, bool):
            raise _wrong(name, field, "True or False", value)


def check_callables(name: str, **targets: object) -> None:
    """Check fields that are functions, or None."""
    for field, value in targets.items():
        if value is not None and not callable(value):
            raise _wrong(name, field, "a function or None", value)


def check_choice(name: str, field: str, value: object, choices: Any) -> None:
    """Check that a field is one of the words of a ``Literal``."""
    allowed = choices.__args__
    if not isinstance(value, str) or value not in allowed:
        raise _wrong(name, field, f"one of {', '.join(allowed)}", value)


def check_count(
    name: str, what: str, *, least: int = 0, optional: bool = False, **counts: object
) -> None:
    """Check fields that count ``what``."""
    for field, value in counts.items():
        is_whole = type(value) is int and least <= value <= MAX_COUNT
        if not (is_whole or (optional and value is None)):
            expected = f"a whole number {what}{' or None' if optional else ''}"
            raise _wrong(name, field, expected, value)


def check_scales(name: str, scales: object) -> tuple[int, ...] | None:
    """Return the scales of a method, each once and in their order; None is all."""
    if scales is None:
        return None
    if not isinstance(scales, Sequence) or not scales or not all(map(is_scale, scales)):
        numbers = f"whole numbers from {MIN_SCALE} to {MAX_SCALE}, like (2, 3, 4)"
        raise _wrong(name, "scales", f"{numbers}, or None for all of them", scales)
    return tuple(sorted({int(scale) for scale in scales}))


def is_scale(scale: object) -> bool:
    """Say whether something is a scale that the suite accepts; True is none."""
    return type(scale) is int and MIN_SCALE <= scale <= MAX_SCALE


def check_shrinks(name: str, shrinks: object) -> tuple[tuple[str, str], ...]:
    """Return what a method does otherwise where images are made smaller, by field."""
    if not isinstance(shrinks, Mapping) or not set(shrinks) <= set(SHRINKS):
        expected = "a mapping of edge, kernel or sampling, like {'kernel': 'Lanczos, 3 lobes'}"
        raise _wrong(name, "shrinks", expected, shrinks)
    for field, value in shrinks.items():
        check_word(name, **{f"shrinks[{field!r}]": value})
    return tuple((field, shrinks[field]) for field in SHRINKS if field in shrinks)


def check_snippet(name: str, snippet: object) -> None:
    """Check a method's call in its library: an expression of an image and a scale, or ""."""
    check_texts(name, snippet=snippet)
    if not snippet:
        return
    text = str(snippet)
    try:
        compile(text, name, "eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        text = "?"
    if not all(re.search(rf"\b{word}\b", text) for word in ("image", "scale")):
        call = "'cv2.resize(image, None, fx=scale, fy=scale)'"
        raise _wrong(
            name, "snippet", f"a Python expression of image and scale, like {call}", snippet
        )


def check_format(name: str, form: object) -> None:
    """Check a format for numbers: one that tables, pages and manifests all know."""
    if not isinstance(form, str) or not FORMAT.fullmatch(form):
        raise _wrong(
            name, "format", "a format for numbers like '.2f', '+.1f', '.3g' or '.1%'", form
        )


def check_clean(name: str, clean: object, better: str) -> float | None:
    """Return below what value a fault does not show; None where the metric is not of a fault."""
    if clean is None:
        return None
    no_fault = isinstance(clean, bool) or better != "lower"
    if no_fault or not isinstance(clean, int | float) or not math.isfinite(clean):
        raise _wrong(name, "clean", "a number, of a metric whose better is 'lower'", clean)
    return float(clean)


def check_range(name: str, limits: object) -> tuple[float, float]:
    """Return the lowest and the highest value of a metric."""
    match limits:
        case (Real() as low, Real() as high) if low < high:
            return float(low), float(high)
    expected = f"the lowest and the highest value, like (0, 1) or (0, {math.inf})"
    raise _wrong(name, "range", expected, limits)


def check_weights(name: str, weights: object, file: str) -> tuple[str, ...]:
    """Return the weights files of a method: relative paths below the folder of its own file.

    A file that is not there yet is taken: loading the method fails, and says so.
    """
    listed = (weights,) if isinstance(weights, str) else weights
    if not isinstance(listed, Sequence):
        raise _wrong(name, "weights", "file names, like ('weights.npz',)", weights)
    for one in listed:
        check_word(name, weights=one)
        if PurePath(one).is_absolute() or ".." in PurePath(one).parts:
            raise _wrong(name, "weights", "paths below the folder of the method's own file", one)
        place = Path(file).parent / one
        if place.exists() and not place.is_file():
            raise PluginMetadataError(
                f"{name}: weights must be regular files; {_SHORT.repr(one)} is none."
            )
    return tuple(listed)
