"""The rows of all forms as a frame and as Markdown: ratios, growth, time, rate, memory."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from form_study.kinds import FORMS, MATRICES
from form_study.row import NATIVE, SUB_PIXEL, FormRow
from upbench.benchmark.report.growth import slope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pandas as pd

__all__ = ["LAYER", "ZEROS", "frame_of", "to_markdown"]

LAYER = ["channels", "stride", "kernel"]
ZEROS = "zero insertion"
LARGEST = 3
"""How many of a form's largest outputs show its growth: in the smallest, fixed costs hide it."""

TITLE = """# The cost of each form of a transposed convolution

The same weights, the same output, five ways of computing it; `stride`, `kernel`, `channels` (in and
out), `input` is the side of the square input, whose output is `stride` times as large.  Time is the
median of a call on one thread, the forms taking turns, in a process that keeps the memory it has
freed; * marks a median that is not stable.
"""
RATIOS = """## What the zeros cost

Zero insertion against the form that computes the same without zeros: multiplications as counted
(about stride^2), and the measured time, as the median ratio within the rounds with its 95 %
confidence interval.  In the smallest inputs the fixed cost of a call hides the zeros.
"""
GROWTH = f"""## How time and memory grow

Exponent p of time ~ (output pixels)^p, and of memory, least squares of the logarithms over each
form's {LARGEST} largest outputs; 1 is in proportion.  Memory is the peak of a call; of a matrix,
what it holds between calls.
"""
TIMES = "## Time of a call, ms\n"
RATE = """## Counted multiplications per second, billions

Forms with equal rates would differ in time by what counting predicts.
"""
MEMORY = """## Peak memory that a call adds, MB (its output included)

The kernel counts pages to within some hundred kilobytes, so the smallest are not exact.
"""
BUILDING = """## Building a matrix, once for each size of input

Time, and what is then held between calls; the other forms keep the kernel alone.
"""


def frame_of(rows: Iterable[FormRow]) -> pd.DataFrame:
    """Return rows as a frame with the columns of FormRow, ordered; not known is null."""
    import pandas as pd

    columns = [field.name for field in fields(FormRow)]
    frame = pd.DataFrame([asdict(row) for row in rows], columns=columns)
    names = [form.name for form in FORMS]
    order = frame["form"].map(names.index)
    frame = frame.assign(order=order).sort_values([*LAYER, "size", "order"], ignore_index=True)
    return frame.drop(columns="order").astype({"stable": "boolean", "samples": "Int64"})


def to_markdown(frame: pd.DataFrame) -> str:
    """Write the rows for a reader."""
    where = dict.fromkeys(frame["machine"] + "; " + frame["versions"])
    matrices = frame[frame["form"].isin(MATRICES)]
    sections = [
        TITLE + "\n" + "\n\n".join(where) + "\n",
        RATIOS + "\n" + "\n".join(_ratios(frame)) + "\n",
        GROWTH + "\n" + "\n".join(_growth(frame)) + "\n",
        TIMES + "\n" + "\n".join(_side_by_side(frame, _milliseconds)) + "\n",
        RATE + "\n" + "\n".join(_side_by_side(frame, _rate)) + "\n",
        MEMORY + "\n" + "\n".join(_side_by_side(frame, _peak)) + "\n",
        BUILDING + "\n" + "\n".join(_side_by_side(matrices, _building)) + "\n",
    ]
    return "\n".join(sections)


def _ratios(frame: pd.DataFrame) -> Iterator[str]:
    yield from _head(
        [*LAYER, "input", "counted", f"time / {NATIVE}", f"time / {SUB_PIXEL}", "stable"]
    )
    for row in frame[frame["form"] == ZEROS].to_dict("records"):
        yield _line(
            [
                *(row[name] for name in LAYER),
                row["size"],
                _number(row["counted_over_native"]),
                *(_with_interval(row, name) for name in ("over_native", "over_sub_pixel")),
                "yes" if row["stable"] else "no",
            ]
        )


def _growth(frame: pd.DataFrame) -> Iterator[str]:
    yield from _head([*LAYER, "form", "time", "memory", "counted multiplications"])
    measured = frame[frame["status"] == "ok"]
    for (*layer, form), rows in measured.groupby([*LAYER, "form"], sort=False):
        points = rows.nlargest(LARGEST, "height")
        columns = ("seconds", "held_mb" if form in MATRICES else "peak_mb", "multiplications")
        found = [slope(points.assign(seconds=points[column])) for column in columns]
        yield _line([*layer, form, *("" if p is None else f"{p:.2f}" for p in found)])


def _side_by_side(frame: pd.DataFrame, cell: Callable[[Mapping[Any, Any]], str]) -> Iterator[str]:
    """Write a row for each case and a column for each form."""
    names = [form.name for form in FORMS if form.name in set(frame["form"])]
    yield from _head([*LAYER, "input", *names])
    for case, rows in frame.groupby([*LAYER, "size"], sort=False):
        cells = {row["form"]: cell(row) for row in rows.to_dict("records") if row["status"] == "ok"}
        yield _line([*case, *(cells.get(name, "too large") for name in names)])


def _milliseconds(row: Mapping[Any, Any]) -> str:
    return _number(1e3 * row["seconds"]) + ("" if row["stable"] else " *")


def _rate(row: Mapping[Any, Any]) -> str:
    return _number(row["gmac_per_s"])


def _peak(row: Mapping[Any, Any]) -> str:
    return _number(row["peak_mb"])


def _building(row: Mapping[Any, Any]) -> str:
    return f"{_number(1e3 * row['build_s'])} ms, {_number(row['held_mb'])} MB"


def _with_interval(row: Mapping[Any, Any], name: str) -> str:
    middle, low, high = (_number(row[column]) for column in (name, f"{name}_low", f"{name}_high"))
    return f"{middle} ({low} to {high})" if low else middle


def _head(columns: list[str]) -> Iterator[str]:
    yield _line(columns)
    yield "|" + " ---: |" * len(columns)


def _line(cells: Iterable[Any]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _number(value: float | None) -> str:
    """Write a number with three digits that count; nothing for one that is not known."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return ""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
