"""Reading values as people type them, with one sentence where they cannot be read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from upbench.benchmark.core.contract import MAX_SCALE, MIN_SCALE
from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.threads import usable_cores

if TYPE_CHECKING:
    from collections.abc import Iterable

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def check_each_scale(scales: Iterable[str | int]) -> tuple[int, ...]:
    """Read the scales of ``--scale``, each once.

    Raises:
        UsageError: One is no whole number, or out of range.
    """
    known: dict[int, None] = {}
    for scale in scales:
        found = re.fullmatch(r"[0-9]{1,9}", str(scale).strip().removeprefix("x"))
        if found is None or not MIN_SCALE <= int(found[0]) <= MAX_SCALE:
            raise UsageError(
                f"--scale takes whole numbers from {MIN_SCALE} to {MAX_SCALE}; "
                f"got {scale or repr(scale)}."
            )
        known[int(found[0])] = None
    return tuple(known)


def read_whole(option: str, text: str | None) -> int | None:
    """Read a whole number, which may be negative; its range is checked where it is used.

    Raises:
        UsageError: It is none.
    """
    if text is not None and not re.fullmatch(r"\s*[-+]?[0-9]{1,9}\s*", text):
        raise UsageError(f"{option} takes a whole number, like 2; got {text!r}.")
    return None if text is None else int(text)


def read_jobs(text: str) -> int:
    """Read ``--jobs``; the executor checks its range.

    Raises:
        UsageError: It is no whole number.
    """
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"--jobs takes a whole number from 1 up; got {text!r}.") from None


def check_seconds(option: str, seconds: float) -> float:
    """Return a time limit.

    Raises:
        UsageError: It is not above 0.
    """
    if not seconds > 0:
        raise UsageError(f"{option} takes seconds above 0; got {seconds:g}.")
    return seconds


def read_sizes(option: str, text: str) -> tuple[int | tuple[int, int], ...]:
    """Read sizes in pixels, like "256,1920x1080" (width x height), each once.

    Raises:
        UsageError: A part is no such size, or there is none.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    found = [re.fullmatch(r"0*([1-9]\d{0,8})(?:[xX]0*([1-9]\d{0,8}))?", part) for part in parts]
    sizes = [one for one in found if one is not None]
    if not parts or len(sizes) < len(parts):
        raise UsageError(f"{option} takes whole numbers above 0, like 256,512; got {text!r}.")
    read = (int(one[1]) if one[2] is None else (int(one[1]), int(one[2])) for one in sizes)
    return tuple(dict.fromkeys(read))


def read_threads(text: str) -> tuple[int, ...]:
    """Read ``--threads``: numbers, and "all" for one per core, like "1,all".

    Raises:
        UsageError: A part is neither.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(re.fullmatch(r"all|\d{1,4}", part) for part in parts):
        raise UsageError(f"--threads takes numbers from 1 up, or all, like 1,all; got {text!r}.")
    cores = usable_cores()
    return tuple(dict.fromkeys(cores if part == "all" else int(part) for part in parts))


def read_size(option: str, text: str, least: int = 1) -> int | None:
    """Read a number of bytes like "4G", "512M" or "1.5 GiB"; "" is None.

    Raises:
        UsageError: It is no size, or smaller than the least that makes sense.
    """
    if not text.strip():
        return None
    number = r"[0-9]{0,15}\.?[0-9]{1,15}"  # of hundreds of digits a float is infinite
    found = re.fullmatch(rf"({number})\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if found is None or float(found[1]) == 0:
        raise UsageError(f"{option} takes a size like 4G or 512M; got {text!r}.")
    size = int(float(found[1]) * UNITS[found[2].upper()])
    if size < least:
        raise UsageError(
            f"{option} takes {least >> 20}M or more; got {text!r}, which is {size} bytes."
        )
    return size
