"""The rows of all forms as a frame and as Markdown: ratios, growth, time, rate, memory."""

from __future__ import annotations

from dataclasses import asdict, fields
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from form_study.kinds import FORMS, MATRICES
from form_study.row import NATIVE, SUB_PIXEL, FormRow
from upbench.benchmark.core.table import Column, Span, Table, significant
from upbench.benchmark.report.render.markdown import grid
from upbench.benchmark.report.timing import slope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

LAYER = ["channels", "stride", "kernel"]
ZEROS = "zero insertion"
_PLACE = (*(Column(name, name, "d") for name in LAYER), Column("size", "input", "d"))
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
    tables = (
        (RATIOS, _ratios(frame)),
        (GROWTH, _growth(frame)),
        (TIMES, _side_by_side(frame, _milliseconds)),
        (RATE, _side_by_side(frame, itemgetter("gmac_per_s"))),
        (MEMORY, _side_by_side(frame, itemgetter("peak_mb"))),
        (BUILDING, _side_by_side(matrices, _building)),
    )
    sections = [TITLE + "\n" + "\n\n".join(where) + "\n"]
    sections += [text + "\n" + "\n".join(grid(table)) + "\n" for text, table in tables]
    return "\n".join(sections)


def _ratios(frame: pd.DataFrame) -> Table:
    columns = (
        *_PLACE,
        Column("counted_over_native", "counted", significant),
        Column("over_native", f"time / {NATIVE}", significant),
        Column("over_sub_pixel", f"time / {SUB_PIXEL}", significant),
        Column("stable", "stable"),
    )
    rows = []
    for one in frame[frame["form"] == ZEROS].to_dict("records"):
        row: dict[str, Any] = {str(key): value for key, value in one.items()}
        for name in ("over_native", "over_sub_pixel"):
            row[name] = Span(row[f"{name}_low"], row[f"{name}_high"], row[name])
        rows.append(row | {"stable": "yes" if row["stable"] else "no"})
    return Table(columns, tuple(rows))


def _growth(frame: pd.DataFrame) -> Table:
    names = {"time": "time", "memory": "memory", "counted": "counted multiplications"}
    columns = (*_PLACE[:3], Column("form", "form"))
    rows = []
    measured = frame[frame["status"] == "ok"]
    for (*layer, form), found in measured.groupby([*LAYER, "form"], sort=False):
        points = found.nlargest(LARGEST, "height")
        sources = ("seconds", "held_mb" if form in MATRICES else "peak_mb", "multiplications")
        slopes = [slope(points.assign(seconds=points[source])) for source in sources]
        rows.append(dict(zip([*LAYER, "form", *names], [*layer, form, *slopes], strict=True)))
    numbers = tuple(Column(key, heading, ".2f") for key, heading in names.items())
    return Table((*columns, *numbers), tuple(rows))


def _side_by_side(frame: pd.DataFrame, cell: Callable[[Mapping[Any, Any]], Any]) -> Table:
    """Return a row for each case and a column for each form."""
    names = [form.name for form in FORMS if form.name in set(frame["form"])]
    rows = []
    for case, found in frame.groupby([*LAYER, "size"], sort=False):
        cells = {
            one["form"]: cell(one) for one in found.to_dict("records") if one["status"] == "ok"
        }
        row = dict(zip([*LAYER, "size"], case, strict=True))
        rows.append(row | {name: cells.get(name, "too large") for name in names})
    return Table((*_PLACE, *(Column(name, name, significant) for name in names)), tuple(rows))


def _milliseconds(row: Mapping[Any, Any]) -> str:
    return significant(1e3 * row["seconds"]) + ("" if row["stable"] else " *")


def _building(row: Mapping[Any, Any]) -> str:
    return f"{significant(1e3 * row['build_s'])} ms, {significant(row['held_mb'])} MB"
