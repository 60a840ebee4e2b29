"""The table of what methods make of a zone plate and a photograph at some smaller sizes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from upbench.benchmark.core.csv import write_csv
from upbench.benchmark.core.errors import MethodError, UsageError
from upbench.benchmark.core.metadata import MAX_SCALE
from upbench.benchmark.core.progress import tracked
from upbench.benchmark.core.sizes import output_size, read_scale
from upbench.benchmark.core.table import Column, Table, unknown
from upbench.benchmark.theory.shrink.measure import SIDE, Shrunk, checked_size, shrink

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from upbench.benchmark.core.contract import Method, Progress, Size

TABLE = "shrink.csv"
ALIKE = 0.5
"""Largest difference, in levels of 255, of outputs that are called alike."""

COLUMNS = (
    Column("method", "method"),
    Column("antialias", "antialias"),
    Column("aliasing_db", "aliasing dB", ".1f", "lower"),
    Column("detail_db", "detail dB", "+.1f"),
    Column("from_matlab", "from MATLAB", ".1f"),
    Column("milliseconds", "ms", ".2f", "lower"),
    Column("alike", "alike"),
)
"""What the terminal shows; ``shrink.csv`` has the size before them."""

NOTES = (
    "Aliasing: what is left of a zone plate's rings that are too fine, 0 dB is all of their power.",
    "Detail: what is left of its coarse rings. Alike: within half a level on a photograph.",
    "From MATLAB: the largest difference from imresize on that photograph, in levels of 255.",
    f"ms: one call on {SIDE} x {SIDE} x 1 float32, the fastest of five, on one thread.",
)


@dataclass(frozen=True)
class Failure:
    """A method that could not make an image smaller."""

    reason: str
    """One sentence."""


def read_target(text: str) -> Size:
    """Read what to shrink to: a scale like "1/2", or a size like "300x448", height x width.

    Raises:
        UsageError: It is neither, or not smaller.
    """
    written = text.strip().lower()
    if found := re.fullmatch(r"(\d{1,6})x(\d{1,6})", written):
        return checked_size((int(found[1]), int(found[2])))
    if not _is_below_one(written):
        raise UsageError(
            "--to takes scales below 1, or sizes as height x width, like 300x448 (300 high); got "
            f"{text!r}."
        )
    if Fraction(written.removeprefix("x")) < Fraction(1, MAX_SCALE):
        raise UsageError(f"--to takes scales from 1/{MAX_SCALE} to below 1; got {text!r}.")
    scale = read_scale(written, "--to")
    return checked_size(output_size((SIDE, SIDE), scale))


def _is_below_one(text: str) -> bool:
    if not re.fullmatch(r"x?[0-9./]{1,30}", text):  # of 1e-99999999 a fraction has as many digits
        return False
    try:
        return 0 < Fraction(text.removeprefix("x")) < 1
    except (ValueError, ZeroDivisionError):
        return False


def shrink_all(
    methods: Sequence[Method], sizes: Iterable[Size], progress: Progress | None = None
) -> Iterator[Shrunk | Failure]:
    """Measure every method at every size, (height, width) of the output.

    Yields:
        A result, or why there is none, in the order of sizes, then methods: a broken method stops
        no other.
    """
    todo = [(method, size) for size in sizes for method in methods]
    for method, size in tracked("shrink", todo, progress):
        try:
            yield shrink(method, size)
        except MethodError as error:
            yield Failure(str(error))


def shrink_tables(found: Iterable[Shrunk | Failure]) -> Iterator[Table]:
    """Yield one table for each size, the least aliasing first."""
    by_size: dict[Size, list[Shrunk]] = {}
    for one in found:
        if isinstance(one, Shrunk):
            by_size.setdefault(one.size, []).append(one)
    for size, results in by_size.items():
        alike = _alike(results)
        rows = sorted(
            (_row(one, alike) for one in results),
            key=lambda row: (
                unknown(row["aliasing_db"]),
                round(row["aliasing_db"], 1),
                row["method"],
            ),
        )
        title = f"{SIDE} x {SIDE} to {size[0]} x {size[1]}"
        yield Table(COLUMNS, tuple(rows), title, NOTES)


def write_shrink_table(found: Iterable[Shrunk | Failure], folder: Path) -> Path:
    """Write all sizes as ``folder/shrink.csv``, every digit of them; return its path.

    Raises:
        StoreError: The file cannot be written.
    """
    import pandas as pd

    rows = [
        {"height": one.size[0], "width": one.size[1], **_row(one, {})}
        for one in found
        if isinstance(one, Shrunk)
    ]
    columns = ["height", "width", *(column.key for column in COLUMNS[:-1])]
    return write_csv(pd.DataFrame(rows, columns=columns), folder / TABLE)


def _row(one: Shrunk, alike: dict[str, str]) -> dict[str, Any]:
    measured = ("aliasing_db", "detail_db", "from_matlab", "milliseconds")
    return {
        "method": one.method.name,
        "antialias": one.method.antialias,
        **{key: getattr(one, key) for key in measured},
        "alike": alike.get(one.method.name, ""),
    }


def _alike(results: Sequence[Shrunk]) -> dict[str, str]:
    """Give a letter to each set of methods whose photographs are alike inside the borders."""
    sets: list[list[Shrunk]] = []
    for one in results:
        for members in sets:
            if _apart(one, members[0]) <= ALIKE:
                members.append(one)
                break
        else:
            sets.append([one])
    several = [members for members in sets if len(members) > 1]
    return {one.method.name: _letter(n) for n, members in enumerate(several) for one in members}


def _apart(a: Shrunk, b: Shrunk) -> float:
    inner = tuple(slice(side // 8, side - side // 8) for side in a.size)
    return float(np.abs(a.photograph - b.photograph)[inner].max())


def _letter(number: int) -> str:
    """Return a, b ... z, then a2, b2 ..."""
    return chr(ord("a") + number % 26) + (str(number // 26 + 1) if number > 25 else "")
