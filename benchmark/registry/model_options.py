"""Reading ``--model FILE[,OPTION=VALUE...]``, as it is typed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.files import user_path
from upbench.benchmark.core.metadata import MAX_SCALE, MIN_SCALE, check_name
from upbench.benchmark.core.text import split_names
from upbench.methods._models.conventions import RANGES
from upbench.methods._models.network import Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Wanted:
    """A ``--model`` as it was typed."""

    place: Place
    name: str
    licence: str = ""
    stated: tuple[tuple[str, Any], ...] = ()
    """What else is stated, by the fields of Conventions, and "colour"."""


def read_model(text: str) -> Wanted:
    r"""Read ``FILE[,OPTION=VALUE...]``; a comma in a file's name is ``\,``.

    Raises:
        UsageError: An option is not known, or its value cannot be.

    >>> read_model("VDSR_91.onnx,scale=2").name
    'vdsr-91'
    """
    first, *others = split_names(text) or ("",)
    if not first or "=" in first.partition(".")[0]:
        raise UsageError(f"--model {text}: expected a file first, like network.onnx,name=mine.")
    given: dict[str, Any] = {}
    for part in others:
        found = _option(text, part)
        if given.keys() & found:
            option = part.partition("=")[0].strip()
            raise UsageError(f"--model {text}: {option}= is given twice; expected once.")
        given |= found
    file, target = _target(text, first)
    path = _absolute(file)
    name = given.pop("name", "") or _name(target or path.stem)
    check_name("method", name)
    weights = given.pop("weights", "")
    if weights and not target:
        raise UsageError(
            f"--model {text}: {path.name} holds its weights itself; weights= goes with "
            "FILE.py:CLASS: leave it out."
        )
    scale, licence = given.pop("scale", None), given.pop("licence", "")
    place = Place(str(path), target, str(_absolute(weights)) if weights else "", scale)
    return Wanted(place, name, licence, tuple(sorted(given.items())))


def _absolute(file: str) -> Path:
    return user_path(file).resolve()


def _target(text: str, first: str) -> tuple[str, str]:
    """Split ``file.py:Class``."""
    file, colon, target = first.rpartition(":")
    if colon and file.endswith(".py"):
        return file, target
    if first.endswith(".py"):
        raise UsageError(f"--model {text}: name the class that is the network: {first}:CLASS.")
    return first, ""


def _name(stem: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "model"


def _option(text: str, part: str) -> dict[str, Any]:
    """Read one ``OPTION=VALUE``."""
    option, equals, value = (piece.strip() for piece in part.partition("="))
    if not equals or option not in OPTIONS:
        close = get_close_matches(option, OPTIONS, n=1)
        hint = f"did you mean {close[0]}=?" if close else f"it takes {', '.join(OPTIONS)}."
        raise UsageError(f"--model {text}: there is no option {part!r}; {hint}")
    read, expected = OPTIONS[option]
    try:
        found = read(value)
    except (ValueError, KeyError):
        raise UsageError(f"--model {text}: {option}= takes {expected}; got {value!r}.") from None
    return found if option == "range" else {option: found}


def _scale(value: str) -> int:
    return _between(int(value.removeprefix("x")), MIN_SCALE, MAX_SCALE)


def _between(number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise ValueError
    return number


def _sides(value: str) -> tuple[int, int]:
    height, _, width = value.partition("x")
    return _between(int(height), 1, 1 << 14), _between(int(width or height), 1, 1 << 14)


def _range(value: str) -> dict[str, str]:
    given, _, returned = value.partition(":")
    if not {given, returned or given} <= RANGES.keys():
        raise ValueError
    return {"given": given, "returned": returned or given}


def _one_of(*words: str) -> Callable[[str], str]:
    return lambda value: dict(zip(words, words, strict=True))[value]


def _text(value: str) -> str:
    if not value:
        raise ValueError
    return value


OPTIONS: dict[str, tuple[Callable[[str], Any], str]] = {
    "name": (_text, "a method's name, like my-network"),
    "scale": (_scale, f"a whole factor from {MIN_SCALE} to {MAX_SCALE}"),
    "colour": (_one_of("luma", "rgb"), "luma or rgb"),
    "range": (_range, "1, 255 or -1..1, or two of them as INPUT:OUTPUT"),
    "weights": (_text, "the file of a class's weights"),
    "layout": (_one_of("nchw", "nhwc"), "nchw or nhwc"),
    "order": (_one_of("rgb", "bgr"), "rgb or bgr"),
    "tile": (_sides, "the input's size, like 224x224 (height first)"),
    "multiple": (lambda value: _between(int(value), 1, 1024), "a whole number from 1 to 1024"),
    "overlap": (lambda value: _between(int(value), 0, 4096), "a number of pixels from 0 to 4096"),
    "residual": (lambda value: {"yes": True, "no": False}[value], "yes or no"),
    "output": (lambda value: _between(int(value), 0, 1000), "an output's number, from 0"),
    "licence": (_text, "the licence of the weights, like CC-BY-4.0"),
}
"""By the option's name: how its value is read, and what that takes."""
