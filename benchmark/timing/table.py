"""The table of timings: one row per method, scale, size and machine; no quality number is in it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.environment import stamp, versions_line
from upbench.benchmark.core.sizes import scale_dtype, scale_text
from upbench.benchmark.core.table import Column, Span, Table, significant
from upbench.benchmark.core.text import counted
from upbench.benchmark.timing.conditions import Conditions, advice
from upbench.benchmark.timing.plan import basis_words
from upbench.benchmark.timing.spread import spread

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping

    import pandas as pd

    from upbench.benchmark.core.row import Status
    from upbench.benchmark.engine.supervisor import Outcome
    from upbench.benchmark.timing.plan import Identity, TimingCell


@dataclass(frozen=True)
class TimingRow:
    """One row, in the order of its columns.  Not known is None; times in s, memory in MB (1e6)."""

    method: str
    family: str
    scale: int | float
    size: int | None
    """Side of the square output that was asked for; height and width are what there was."""
    height: int
    width: int
    low_height: int
    """The input's; it is size / scale, rounded."""
    low_width: int
    channels: int
    dtype: str
    """Of the pixels in and out; "uint8" is a whole call, conversions included."""
    threads: int
    device: str
    status: Status
    reason: str | None
    seconds: float | None
    """The median of the samples."""
    seconds_q25: float | None
    seconds_q75: float | None
    seconds_ci_low: float | None
    """The 95 % confidence interval of the median."""
    seconds_ci_high: float | None
    seconds_min: float | None
    samples: int | None
    warm_up: int | None
    """Untimed calls before the samples, after the first."""
    mpx_per_s: float | None
    """Millions of pixels of the output per second, whatever the number of channels."""
    stable: bool | None
    advice: str | None
    """Why it is not stable, and what to do about it."""
    first_s: float | None
    """The very first call of a size, imports included where it is the process's first."""
    load_s: float | None
    """Loading the method at this scale, apart from every call; null for a plain function."""
    peak_mb: float | None
    """What a call adds at most to the memory held before it, its output included."""
    process_mb: float | None
    """What the process held before that call."""
    memory_source: str | None
    """"VmHWM" (the kernel's own peak), "sampled" (a lower bound) or "CUDA allocator"."""
    load_average: float | None
    cores: int | None
    affinity: str | None
    cores_used: float | None
    """Processor seconds of the method per second."""
    others_cores: float | None
    """Processor seconds of everybody else per second."""
    measured_at: str
    machine: str
    backend: str
    backend_version: str
    versions: str
    code_hash: str
    weights_hash: str | None


TYPES = {"int": "Int64", "float": "float64", "str": "str", "bool": "boolean", "Status": "str"}


def row_of(cell: TimingCell, outcome: Outcome) -> TimingRow:
    """Make the row of one cell, here and now, of an outcome of ``measure_in_processes``."""
    known = outcome.value or {}
    values: dict[str, Any] = dict.fromkeys(field.name for field in fields(TimingRow))
    values |= {name: getattr(cell, name) for name in values if hasattr(cell, name)}
    values |= {"height": cell.side, "width": cell.width}
    values |= {"size": None if cell.across else cell.size}
    values |= {"low_height": cell.low_side, "low_width": cell.low_width}
    values |= {"status": outcome.status, "reason": outcome.reason or None}
    values |= {"load_s": known.get("load")}
    values |= {**stamp(), "versions": versions_line()}
    if "measured" in known:
        values |= _measured(cell, known["measured"])
    return TimingRow(**values)


def _measured(cell: TimingCell, measured: Mapping[str, Any]) -> dict[str, Any]:
    samples, conditions = measured["samples"], Conditions(**measured["conditions"])
    found, alone = spread(samples), [*samples] == [measured["first"]]
    warnings = advice(samples, conditions, cell.threads, alone=alone)
    return {
        **found.columns(),
        "seconds_min": min(samples),
        "samples": len(samples),
        "warm_up": measured["warm_up"],
        "mpx_per_s": cell.side * cell.width / 1e6 / found.median if found.median > 0 else None,
        "stable": not warnings,
        "advice": " ".join(warnings) or None,
        "first_s": measured["first"],
        "peak_mb": measured["peak"]["call_mb"],
        "process_mb": measured["peak"]["process_mb"],
        "memory_source": measured["peak"]["source"],
        **measured["conditions"],
    }


def identity_of(row: Mapping[Any, Any]) -> Identity:
    """Return what a row is about, as :attr:`upbench.benchmark.timing.plan.TimingCell.identity`."""
    method, scale, height, width = (row[name] for name in ("method", "scale", "height", "width"))
    dtype = row.get("dtype") or "float32"  # an older upbench's rows were all of float32
    threads, device, where = (row[name] for name in ("threads", "device", "machine"))
    return (method, scale, height, width, row["channels"], dtype, threads, device, where)


def frame_of(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame with the columns of TimingRow, ordered; not known is null."""
    import pandas as pd

    types = {field.name: TYPES[str(field.type).split(" ")[0]] for field in fields(TimingRow)}
    known = [{"dtype": "float32", **row} for row in rows]
    found = pd.DataFrame(known, columns=list(types))
    frame = found.astype(types | {"scale": scale_dtype(found["scale"].unique())})
    order = [*CONDITIONS[:4], "size", *CONDITIONS[4:], "method"]
    return frame.sort_values(order, ignore_index=True)


def timing_tables(frame: pd.DataFrame) -> Iterator[Table]:
    """Yield a table for each machine, device, threads, scale, size and basis, fastest first.

    Machines never share a table, and what is not stable says why under it.
    """
    for _, rows in frame.groupby(CONDITIONS, sort=False):
        ordered = rows.sort_values("mpx_per_s", ascending=False, na_position="last")
        records = ordered.to_dict("records")
        first = records[0]
        size = f"x{scale_text(first['scale'])} to {first['width']} x {first['height']} px"
        basis = f"{basis_words(first['channels'], first['dtype'])} in and out"
        yield Table(
            COLUMNS,
            tuple(map(_shown, records)),
            f"{size}, {counted(first['threads'], 'thread')}, {first['device']}: {basis}",
            (
                first["machine"],
                *(f"- {row['method']}: {_note(row)}" for row in records if _note(row)),
            ),
        )


def overview(frame: pd.DataFrame) -> Iterator[Table]:
    """Yield a table for each machine, size, basis and number of threads: Mpx/s at every scale.

    It is for people who want one number per method, in a README or a paper; one scale alone has
    its table already.
    """
    measured = frame[frame["status"] == "ok"]
    names = ["machine", "threads", "height", "width", "channels", "dtype"]
    for _, rows in measured.groupby(names, sort=False):
        first = rows.iloc[0].to_dict()
        scales = sorted(rows["scale"].unique())
        if len(scales) < 2:
            continue
        speeds = rows.pivot_table("mpx_per_s", ["method", "device"], "scale").reset_index()
        ordered = speeds.sort_values(scales[0], ascending=False, na_position="last")
        columns = (
            Column("method", "method"),
            *(Column(f"x{scale_text(one)}", f"x{scale_text(one)}", significant) for one in scales),
        )
        records = tuple(
            {f"x{scale_text(one)}": row[one] for one in scales}
            | {"method": row["method"] + ("" if row["device"] == "cpu" else f" on {row['device']}")}
            for row in ordered.to_dict("records")
        )
        basis = f"{basis_words(first['channels'], first['dtype'])} in and out"
        size = f"{first['width']} x {first['height']} px, {counted(first['threads'], 'thread')}"
        yield Table(columns, records, f"Mpx/s to {size}: {basis}, medians", (first["machine"],))


CONDITIONS = ["machine", "device", "threads", "scale", "height", "width", "channels", "dtype"]
"""What rows of one table have in common."""
COLUMNS = (
    Column("method", "method"),
    Column("mpx_per_s", "Mpx/s", significant),
    Column("median", "median, ms", significant),
    Column("quartiles", "IQR, ms", significant),
    Column("interval", "95 % CI, ms", significant),
    Column("samples", "samples", "d"),
    Column("peak_mb", "peak, MB", significant),
    Column("load_s", "load, s", significant),
)


def _shown(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    """Return what a reader sees of a row, in milliseconds; of a failure its status alone."""
    if row["status"] != "ok":
        return {"method": row["method"], "mpx_per_s": row["status"]}
    return {
        "method": row["method"] + ("" if row["stable"] else " *"),
        "median": row["seconds"] * 1e3,
        "quartiles": Span(row["seconds_q25"] * 1e3, row["seconds_q75"] * 1e3),
        "interval": Span(row["seconds_ci_low"] * 1e3, row["seconds_ci_high"] * 1e3),
        **{name: row[name] for name in ("mpx_per_s", "samples", "peak_mb", "load_s")},
    }


def _note(row: Mapping[Hashable, Any]) -> str:
    text = row["advice"] if row["status"] == "ok" else row["reason"]
    return text if isinstance(text, str) else ""
