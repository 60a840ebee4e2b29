"""The answer: which upsampler to use, and what it costs, in three choices.

The first screen of the page: choices and quality against speed of one group.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.table import unknown
from upbench.benchmark.core.text import counted, some_of
from upbench.benchmark.report.columns import MAIN, describe_score, fault_columns, speed_of
from upbench.benchmark.report.notes import is_clean, notes
from upbench.benchmark.report.page.plots import embeddable, empty, write
from upbench.benchmark.report.page.section import Section
from upbench.benchmark.report.style import GREY
from upbench.benchmark.report.summary import best_of, is_complete

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from upbench.benchmark.report.page.run import Group

TRAINED = ("learned", "model", "in-memory")
"""The families whose methods were trained: ours, and networks from a file or from a script."""
QUALITY = "Highest quality"
NEAREST = "Nearest to the reference"
"""What the best is the best at where there is no true image."""
NO_TRUTH = (
    "No true image of this size exists: outputs are compared with what the protocol itself makes, "
    "so a score says how near a method comes to that, not how good it is."
)
MAX_NAMES = 3
"""How many methods a sentence names; the rest are counted."""


@dataclass(frozen=True)
class Choice:
    """One method to consider, and why."""

    title: str
    """What it is the best at."""
    method: str
    remarks: tuple[str, ...]
    """What it costs against the others: sentences without a full stop."""


def choices(table: pd.DataFrame, title: str = QUALITY) -> tuple[Choice, ...]:
    """Return up to three methods of one group of a summary to choose among, none twice.

    The best; the best of those that need no training, if that one did; and the fastest.  A method
    without full coverage is no choice: its mean is over other images.

    Args:
        table: The group's lines.
        title: What the best is the best at.
    """
    complete = table[[is_complete(images) for images in table["images"]]].dropna(subset=["psnr_db"])
    if complete.empty:
        return ()
    best, speed = _best(complete), speed_of(complete).key
    found = [Choice(title, best["method"], tuple(_standing(complete, best)))]
    plain = complete[~complete["family"].isin(TRAINED)]
    if best["family"] in TRAINED and len(plain):
        top = _best(plain)
        found.append(Choice("Best without training", top["method"], _against(top, best, speed)))
    fastest = _fastest(complete)
    if fastest["method"] not in {choice.method for choice in found}:
        found.append(Choice("Fastest", fastest["method"], _against(fastest, best, speed)))
    return tuple(found)


def may_be_best(table: pd.DataFrame) -> set[str]:
    """Return the methods whose rank range begins at 1: the images do not put any above them.

    Where there are no ranks, those whose means print as the best does.
    """
    if "psnr_db_rank_low" in table:
        found = set(table.loc[table["psnr_db_rank_low"] == 1, "method"])
        if found:
            return found
    return best_of(table, describe_score(MAIN))


def checkerboard_sentence(table: pd.DataFrame) -> str:
    """Say which methods leave a checkerboard, judged by their worst image."""
    column = describe_score("checkerboard_db")
    worst, count = (one.key for one in fault_columns(column))
    known = table.dropna(subset=[worst]) if worst in table else table.iloc[:0]
    if known.empty:
        return "No checkerboard level was measured."
    if is_clean(column, known):
        return ""  # the notes say so
    loud = known[known[worst] >= column.clean].sort_values(worst, ascending=False)
    each = [
        f"{row['method']} ({row[worst]:.1f} dB at worst, {counted(int(row[count]), 'image')})"
        for row in loud.to_dict("records")
    ]
    return f"Checkerboards of {column.clean:g} dB and more: {some_of(each, MAX_NAMES)}."


def _best(table: pd.DataFrame) -> dict[str, Any]:
    """Return the row with the best mean.

    Of several that print alike it is one that no other is ranked above, and of these the fastest.
    """
    alike = best_of(table, describe_score(MAIN))
    return _fastest(table[table["method"].isin(alike & may_be_best(table) or alike)])


def _fastest(table: pd.DataFrame) -> dict[str, Any]:
    """Return the fastest row; where no speed is known, the best."""
    order = [speed_of(table).key, "psnr_db", "method"]
    ordered = table.sort_values(order, ascending=[False, False, True])
    return {str(column): value for column, value in ordered.iloc[0].items()}


def _standing(complete: pd.DataFrame, best: Mapping[str, Any]) -> Iterator[str]:
    """Say which other methods may be the best, and what one image decides."""
    ranked = "psnr_db_rank_low" in complete and complete["psnr_db_rank_low"].notna().any()
    first = best.get("psnr_db_rank_low")
    above = 0 if first is None or unknown(first) else int(first) - 1
    rivals = complete[complete["method"].isin(may_be_best(complete) - {best["method"]})]
    if above:
        yield f"by rank these images put {counted(above, 'method')} above it"
    elif ranked and rivals.empty and len(complete) > 1:
        yield "these images put every other method below it"
    elif not rivals.empty:
        names = some_of([str(name) for name in rivals["method"]], MAX_NAMES)
        remark = f"by these images {names} may be as good"
        fastest = _fastest(rivals)
        if len(rivals) > 1 and math.isfinite(fastest[speed_of(complete).key]):
            remark += f"; the fastest of those is {fastest['method']}"
        yield remark
    if not ranked:
        images = str(best["images"]).partition("/")[2]
        yield f"too few images ({images}) to rank"
    if not unknown(best.get("psnr_db_led_by")):
        yield f"without {best['psnr_db_led_by']} the best is {best['psnr_db_next_best']}"


def _against(one: Mapping[str, Any], best: Mapping[str, Any], speed: str) -> tuple[str, ...]:
    """Say what one costs against the best, and what it gains."""
    parts = []
    loss = float(best["psnr_db"]) - float(one["psnr_db"])
    if math.isfinite(loss):
        parts.append(f"{loss:.2f} dB below the best{_reach(one)}")
    ratio = float(one[speed]) / float(best[speed])
    if math.isfinite(ratio) and ratio > 0:
        word = "faster" if ratio >= 1 else "slower"
        parts.append(f"{_times(max(ratio, 1 / ratio))} times {word}")
    return (", ".join(parts),) if parts else ()


def _reach(one: Mapping[str, Any]) -> str:
    """Return the interval of the loss against the best: " (0.60 to 1.40)"."""
    ends = [one.get(f"psnr_db_best_{end}") for end in ("high", "low")]
    if any(unknown(end) for end in ends):
        return ""
    least, most = (-float(end) for end in ends if end is not None)
    return f" ({least:.2f} to {most:.2f})"


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:.0f}"


@cache
def speed_plot() -> dict[str, Any]:
    """Return quality against speed, its Pareto front drawn and named, ready for embedding.

    The sources are ``points`` (x, y, method, kind, colour, marker, and the texts psnr and speed),
    ``front`` (x, y) and ``names`` (x, y, text, align, dx, dy, ink); the ranges are ``speed`` and
    ``quality``.
    """
    from bokeh.models import ColumnDataSource, NumeralTickFormatter, Range1d
    from bokeh.plotting import figure

    points = ColumnDataSource(empty("x y method kind colour marker psnr speed"), name="points")
    front = ColumnDataSource(empty("x y"), name="front")
    names = ColumnDataSource(empty("x y text align dx dy ink"), name="names")
    plot = figure(
        x_axis_type="log",
        x_range=Range1d(start=1, end=10, name="speed"),
        y_range=Range1d(start=0, end=1, name="quality"),
        height=430,
        sizing_mode="stretch_width",
        tools="pan,box_zoom,reset",
        active_drag=None,  # a finger that scrolls the page is not to be caught
        x_axis_label="speed, Mpx of output per second (right is faster)",
        y_axis_label="mean PSNR, dB (up is better)",
    )
    _draw_methods(plot, points, front, names)
    plot.xaxis.formatter = NumeralTickFormatter(format="0,0.[000000]")  # slow networks too
    return embeddable(plot)


def _draw_methods(plot: Any, points: Any, front: Any, names: Any) -> None:
    """Draw the front, the methods, which say more under the pointer, and their names."""
    from bokeh.models import HoverTool, TapTool

    plot.step("x", "y", source=front, mode="before", line_width=1.5, line_color=GREY)
    drawn = plot.scatter(
        "x",
        "y",
        source=points,
        size=11,
        marker="marker",
        fill_color="colour",
        fill_alpha=0.85,
        line_color="white",
        line_width=0.5,
        nonselection_fill_alpha=0.85,
    )
    write(plot, "x", "y", names, x_offset="dx", y_offset="dy", text_align="align", text_color="ink")
    said = [("", "@method"), ("PSNR", "@psnr"), ("speed", "@speed"), ("kind", "@kind")]
    plot.add_tools(HoverTool(renderers=[drawn], tooltips=said), TapTool(renderers=[drawn]))


def _group(group: Group) -> dict[str, Any]:
    said = notes(group.table, group.run.source.columns, intervals=False)
    title, truth = (QUALITY, "") if group.is_true else (NEAREST, NO_TRUTH)
    return {
        "choices": [asdict(choice) for choice in choices(group.table, title)],
        "lead": [one for one in (truth, checkerboard_sentence(group.table), *said) if one],
    }


SECTION = Section("Answer", 10, data=lambda _: {"speed_plot": speed_plot()}, group=_group)
