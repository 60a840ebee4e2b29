"""Speeds that were measured alone, beside the summary of a run: whole calls on 8-bit RGB.

The seconds of a run's rows are of single calls while other cells run, on whatever the protocol
gives.  What a user of a method waits for is in the folder's timings, where there are some.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.row import alike_scales
from upbench.benchmark.core.text import counted
from upbench.benchmark.report.columns import RGB_SPEED, SPEED, speed_of
from upbench.benchmark.timing.plan import basis_words

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

BASIS = "rgb8_basis"
"""The column that says what the speed is of."""
SIZE = ["threads", "height", "width"]


def with_speeds(summary: pd.DataFrame, rows: pd.DataFrame, timings: pd.DataFrame) -> pd.DataFrame:
    """Return a summary with the speed on 8-bit RGB beside the speed of the run's own calls.

    Args:
        summary: One line per dataset, scale, protocol and method.
        rows: The rows that it is of: a timing counts that is of the same code, and of the machine
            of the newest row.
        timings: As :func:`upbench.benchmark.timing.table.frame_of` returns them.

    Returns:
        The summary with the columns ``rgb8_mpx_per_s`` and ``rgb8_basis`` after ``mpx_per_s``; as
        it was where no timing fits.  At each scale all speeds are of one size and number of
        threads: those of most methods, of these one thread, of these the largest size.  Of two
        devices the one counts on which most methods were timed.
    """
    known = _of_these_rows(timings, rows)
    if known.empty:
        return summary
    chosen = known.groupby("scale", group_keys=False)[known.columns.tolist()].apply(_one_size)
    speeds = chosen.assign(**{BASIS: [*map(_basis, chosen.to_dict("records"))]})
    speeds = speeds.rename(columns={"mpx_per_s": RGB_SPEED.key})
    summary, speeds = alike_scales(summary, speeds)
    here = speeds[speeds["scale"].isin(summary["scale"])]  # then x2 is of one type in both
    speeds = here.astype({"scale": summary["scale"].dtype})
    joined = summary.join(
        speeds.set_index(["method", "scale"])[[RGB_SPEED.key, BASIS]], on=["method", "scale"]
    )
    names = [*summary.columns]
    after = names.index(SPEED.key) + 1
    order = [*names[:after], RGB_SPEED.key, BASIS, *names[after:]]
    ordered: pd.DataFrame = joined[order]
    return ordered


def basis_of(table: pd.DataFrame) -> str:
    """Say what the speeds are of that a table's methods are compared by."""
    if speed_of(table) is SPEED:
        return "the method's call in the run, median over images"
    parts = [str(one).rsplit(", ", 2) for one in table[BASIS].dropna()]  # the last is the samples
    devices = dict.fromkeys(device for _, device, _ in parts)
    return f"{parts[0][0]}, {' and '.join(devices)}, median"


def _of_these_rows(timings: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the timings of whole calls by the code of some rows, on the newest one's machine."""
    newest = rows.sort_values("measured_at")["machine"].tail(1)
    code = set(zip(rows["method"], rows["code_hash"], strict=True))
    whole = timings[
        (timings["status"] == "ok")
        & (timings["dtype"] == "uint8")
        & timings["machine"].isin(newest)
    ]
    pairs = zip(whole["method"], whole["code_hash"], strict=True)
    return whole[[pair in code for pair in pairs]]


def _one_size(timings: pd.DataFrame) -> pd.DataFrame:
    """Return the timings of one size and number of threads, one for each method."""
    sizes = timings.groupby(SIZE)["method"].nunique().rename("methods").reset_index()
    sizes["pixels"] = sizes["height"] * sizes["width"]
    best = sizes.sort_values(["methods", "threads", "pixels"], ascending=[False, True, False])
    fits = timings[(timings[SIZE] == best[SIZE].iloc[0]).all(axis=1)]
    # a method that was timed on two devices stands on the one where most were
    usual = fits.groupby("device")["method"].transform("nunique")
    ordered = fits.assign(usual=usual).sort_values(["usual", "measured_at"])
    return ordered.drop(columns="usual").drop_duplicates("method", keep="last")


def _basis(row: Mapping[Hashable, Any]) -> str:
    """Say what a speed is of.

    >>> _basis({"channels": 3, "dtype": "uint8", "width": 960, "height": 540, "threads": 1,
    ...         "device": "cpu", "samples": 5})
    'uint8 RGB in and out, 960 x 540 px out, 1 thread, cpu, median of 5'
    """
    return (
        f"{basis_words(row['channels'], row['dtype'])} in and out, "
        f"{row['width']} x {row['height']} px out, {counted(row['threads'], 'thread')}, "
        f"{row['device']}, median of {row['samples']}"
    )
