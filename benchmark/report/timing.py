"""The tables and figures of timings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.csv import write_csv
from upbench.benchmark.core.files import write_atomically, write_text
from upbench.benchmark.core.sizes import scale_text
from upbench.benchmark.core.text import counted
from upbench.benchmark.report.drawings import FIGURES
from upbench.benchmark.report.growth import growth
from upbench.benchmark.report.render.markdown import section
from upbench.benchmark.timing import read_rows
from upbench.benchmark.timing.table import frame_of, overview, timing_tables

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

HEADING = """# Timings

Time of the method's call alone: median of the samples, interquartile range, 95 % confidence
interval of the median (order statistics).  Mpx/s counts pixels of the output.  Memory is what the
call adds to the process; loading is apart.  Unstable rows are marked with * and explained.
"""


def to_markdown(frame: pd.DataFrame) -> str:
    """Write the timings for a reader: a table per conditions, scale and size, fastest first."""
    if frame.empty:
        return "Nothing has been timed yet.\n"
    return "\n".join([HEADING, *map(section, (*overview(frame), *timing_tables(frame)))])


def rebuild_timing(out: Path) -> pd.DataFrame:
    """Write the tables and figures again from a folder's journal; return the rows.

    Raises:
        StoreError: The folder cannot be read or written.
    """
    frame = frame_of(read_rows(out).values())
    write_timing(out, frame)
    return frame


def write_timing(out: Path, frame: pd.DataFrame) -> None:
    """Write ``timing.csv``, ``timing.parquet``, ``timing.md`` and the figures.

    Raises:
        StoreError: The folder cannot be written.
    """
    write_timing_tables(out, frame)
    _draw(out / FIGURES, frame)


def write_timing_tables(out: Path, frame: pd.DataFrame) -> None:
    """Write ``timing.csv``, ``timing.parquet`` and ``timing.md``.

    Raises:
        StoreError: The folder cannot be written.
    """
    write_csv(frame, out / "timing.csv")
    with write_atomically(out / "timing.parquet") as file:
        frame.to_parquet(file, index=False)
    write_text(out / "timing.md", to_markdown(frame))


def _draw(folder: Path, frame: pd.DataFrame) -> None:
    """Draw one figure per scale, of the latest conditions: other machines' rows are not beside."""
    measured = frame[frame["status"] == "ok"]
    if measured.empty:
        return
    folder.mkdir(exist_ok=True)
    latest = measured.sort_values("measured_at").to_dict("records")[-1]
    where, threads = latest["machine"], latest["threads"]
    pixels, kind = latest["dtype"], latest["channels"]
    shown = measured[
        (measured["machine"] == where)
        & (measured["threads"] == threads)
        & (measured["dtype"] == pixels)
        & ((measured["channels"] == kind) | (pixels != "uint8"))
    ]
    for scale, table in shown.groupby("scale"):
        title = f"x{scale_text(scale)}, {counted(threads, 'thread')}, {where}"
        name = f"growth-x{scale_text(scale).replace('/', '-')}.png"
        with write_atomically(folder / name) as file:
            growth(table, title).savefig(file, format="png", dpi=120)
