"""What the images of one table of a summary can tell and what not, in sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from upbench.benchmark.core.text import counted, some_of
from upbench.benchmark.report.columns import MAIN, worst_key
from upbench.benchmark.report.reasons import is_of, lines_of, why
from upbench.benchmark.report.summary import SEPARATOR, is_complete, reference_of
from upbench.benchmark.statistics.resolution import caveats

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from upbench.benchmark.core.table import Column

NAMED = 5
"""How many images a sentence names."""


def notes(
    frame: pd.DataFrame,
    shown: tuple[Column, ...],
    *,
    intervals: bool = True,
    tests: bool = True,
) -> Iterator[str]:
    """Yield what the images of one table can tell and what not, a sentence each.

    Args:
        frame: One group of a summary.
        shown: The columns that people compare by.
        intervals: Whether the reader sees intervals, and must know where they fall short.
        tests: Whether the reader sees p beside the intervals, and must know how low it can be.
    """
    images = int(str(frame["images"].iloc[0]).partition("/")[2])
    whole = frame["images"].map(is_complete).astype(bool)
    complete = frame[whole]
    yield from _set_aside(frame, images)
    if len(complete) < len(frame) and len(complete):
        yield (
            f"Methods without all {images} images stand below: their means are over other images."
        )
    yield from _coverage_of_scores(complete, shown, images)
    scores = {column.key for column in shown}
    yield from (line for line in lines_of(frame) if not is_of(line, scores))
    yield from _infinite(frame)
    main = next(column for column in shown if column.key == MAIN)
    yield from _clean_faults(frame, shown)
    yield from _decided_by_one(complete, main)
    yield from _detectable(complete, images, main)
    methods = complete[MAIN].dropna().map(main.write)
    yield from caveats(
        images,
        methods.nunique(),
        tests=_tests(frame) if intervals and tests else 0,
        intervals=intervals and _has_intervals(frame),
    )


def _tests(frame: pd.DataFrame) -> int:
    """Return for how many tests the p of a table is corrected; 0 where it has none."""
    known = frame.get(f"{MAIN}_tests", frame["images"].iloc[:0]).dropna()
    return int(known.max()) if len(known) else 0


def _has_intervals(frame: pd.DataFrame) -> bool:
    known = frame.get(f"{MAIN}_low")
    return known is not None and bool(known.notna().any())


def _set_aside(frame: pd.DataFrame, images: int) -> Iterator[str]:
    """Name the images that no method could use."""
    for names in frame.get("set_aside", frame["images"].iloc[:0]).dropna()[:1]:
        left = names.split(SEPARATOR)
        named = some_of(left, NAMED)
        yield f"{images} of {images + len(left)} images used; no method could use {named}."


def _coverage_of_scores(
    complete: pd.DataFrame, shown: tuple[Column, ...], images: int
) -> Iterator[str]:
    """Say which scores exist of fewer images than were upsampled, and why those of none do not."""
    for column in shown:
        counts = complete.get(f"{column.key}_images")
        if counts is None or not len(counts) or counts.min() == images:
            continue
        least, most = int(counts.min()), int(counts.max())
        if most:
            number = f"{least}" if least == most else f"{least} to {most}"
            yield f"{column.heading} has a value on {number} of {images} images."
        elif reason := why(complete, column.key):
            yield f"{column.heading} has no value: it {reason}"
        else:
            yield f"{column.heading} has no value; the reason of each row says why."


def _clean_faults(frame: pd.DataFrame, shown: tuple[Column, ...]) -> Iterator[str]:
    """Say which faults no image shows; their columns are left out where every method has values."""
    for column in shown:
        if _is_below(column, frame):
            known = frame.dropna(subset=[worst_key(column)])
            worst = known.sort_values(worst_key(column)).iloc[-1]
            name = column.heading.removesuffix(f" {column.unit}")
            unit = column.unit if column.factor == 1 else ""  # a percent's format writes its sign
            level = f"{column.write(worst[worst_key(column)])} {unit}".strip()
            clean = column.in_unit(column.clean or 0.0)
            of = f" ({worst['method']})" if worst[worst_key(column)] else ""
            if is_clean(column, frame):
                yield (
                    f"No method leaves a visible {name}: the worst image of all is at {level}{of}, "
                    f"and below {clean} is clean. The column is left out here; summary.csv has it."
                )
            else:
                yield (
                    f"No method of those measured leaves a visible {name}: the worst image is at "
                    f"{level}{of}, and below {clean} is clean."
                )


def _decided_by_one(complete: pd.DataFrame, main: Column) -> Iterator[str]:
    """Name the images that decide the order alone, and what holds without each."""
    nothing = complete["images"].iloc[:0]
    lead = complete[complete.get(f"{MAIN}_led_by", nothing).reindex(complete.index).notna()]
    for row in lead.to_dict("records"):
        yield (
            f"One image decides the best: without {row[f'{MAIN}_led_by']} it is "
            f"{row[f'{MAIN}_next_best']}, not {row['method']}."
        )
    turned = complete.get(f"{MAIN}_turned_by", nothing)
    for image, methods in complete.groupby(turned.reindex(complete.index)):
        first, *rest = methods.to_dict("records")
        more = f" ({counted(len(rest), 'more method')} likewise)" if rest else ""
        without = replace(main, format=f"+{main.format}").write(first[f"{MAIN}_diff_without"])
        now = replace(main, format=f"+{main.format}").write(first[f"{MAIN}_diff"])
        yield (
            f"One image decides the sign of a difference: {first['method']} minus "
            f"{first['reference']} is {now} {main.unit}, and {without} {main.unit} without "
            f"{image}{more}."
        )


def _detectable(complete: pd.DataFrame, images: int, main: Column) -> Iterator[str]:
    """Say from what difference on the images usually show one, by method."""
    needed = complete.get(f"{MAIN}_resolves", complete["images"].iloc[:0]).dropna().sort_values()
    needed = needed[needed > 0]  # a difference that does not vary is found however small
    if needed.empty:
        return
    names = complete["method"].reindex(needed.index)
    ends = [f"{value:.2g} {main.unit} ({name})" for value, name in zip(needed, names, strict=True)]
    span = ends[0] if len(ends) == 1 else f"{ends[0]} to {ends[-1]}, by method,"
    yield (
        f"With {images} images, differences to {reference_of(complete)} below about {span} are "
        "usually not detectable."
    )


def _infinite(frame: pd.DataFrame) -> Iterator[str]:
    """Name the images that make a mean infinite, and say what it counts as."""
    found = frame.get("infinite", frame["images"].iloc[:0]).dropna()
    if len(found):
        images = sorted({name for names in found for name in names.split(SEPARATOR)})
        output = "its output equals" if len(found) == 1 else "their output equals"
        yield (
            f"The PSNR of {counted(len(found), 'method')} is infinite: {output} the reference on "
            f"{some_of(images, NAMED)}. In the order and the ranks an infinite PSNR counts as the "
            "best finite one of its image plus the largest difference of two methods on any image."
        )


# ------------------------------------------------------------------ faults that no image shows


def is_left_out(column: Column, frame: pd.DataFrame) -> bool:
    """Say whether a fault's columns are left out: no image shows it, or no image has a value."""
    return is_clean(column, frame) or (column.clean is not None and bool(why(frame, column.key)))


def is_clean(column: Column, frame: pd.DataFrame) -> bool:
    """Say whether a score is of a fault that no image shows, by a value of each complete method."""
    if not _is_below(column, frame):
        return False
    complete = frame[frame["images"].map(is_complete).astype(bool)]
    return bool(complete[worst_key(column)].notna().all())


def _is_below(column: Column, frame: pd.DataFrame) -> bool:
    """Say whether a score is of a fault that no image shows of those that have a value."""
    worst = frame.get(worst_key(column))
    return column.clean is not None and worst is not None and worst.max() < column.clean
