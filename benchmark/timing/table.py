"""The table of timings: one row per method, scale, size and machine; no quality number is in it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.environment import machine, versions
from upbench.benchmark.core.text import counted
from upbench.benchmark.timing.conditions import Conditions
from upbench.benchmark.timing.spread import spread
from upbench.benchmark.timing.stability import advice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from upbench.benchmark.core.row import Status
    from upbench.benchmark.engine.supervisor import Outcome
    from upbench.benchmark.timing.plan import Identity, TimingCell

__all__ = ["TimingRow", "frame_of", "identity_of", "row_of", "to_markdown"]


@dataclass(frozen=True)
class TimingRow:
    """One row, in the order of its columns.  Not known is None; times in s, memory in MB (1e6)."""

    method: str
    family: str
    scale: int
    size: int
    """Side of the output that was asked for; height and width are what there was."""
    height: int
    width: int
    low_height: int
    """The input's; it is size / scale, rounded."""
    low_width: int
    channels: int
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


TYPES = {"int": "Int64", "float": "float64", "str": "str", "bool": "boolean", "Status": "str"}


def row_of(cell: TimingCell, outcome: Outcome) -> TimingRow:
    """Make the row of one cell, here and now.

    Args:
        cell: What was measured.
        outcome: What came of it; its value holds "load" and "measured" where there are such.
    """
    known = outcome.value or {}
    values: dict[str, Any] = dict.fromkeys(field.name for field in fields(TimingRow))
    values |= {name: getattr(cell, name) for name in values if hasattr(cell, name)}
    values |= {"height": cell.side, "width": cell.side}
    values |= {"low_height": cell.low_side, "low_width": cell.low_side}
    values |= {"status": outcome.status, "reason": outcome.reason or None}
    values |= {"load_s": known.get("load")}
    values |= {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": "; ".join(f"{name} {version}" for name, version in versions().items()),
    }
    if "measured" in known:
        values |= _measured(cell, known["measured"])
    return TimingRow(**values)


def _measured(cell: TimingCell, measured: Mapping[str, Any]) -> dict[str, Any]:
    samples, conditions = measured["samples"], Conditions(**measured["conditions"])
    found, warnings = spread(samples), advice(samples, conditions, cell.threads)
    return {
        "seconds": found.median,
        "seconds_q25": found.q25,
        "seconds_q75": found.q75,
        "seconds_ci_low": found.low,
        "seconds_ci_high": found.high,
        "seconds_min": min(samples),
        "samples": len(samples),
        "warm_up": measured["warm_up"],
        "mpx_per_s": cell.side**2 / 1e6 / found.median if found.median > 0 else None,
        "stable": not warnings,
        "advice": " ".join(warnings) or None,
        "first_s": measured["first"],
        "peak_mb": measured["peak"]["call_mb"],
        "process_mb": measured["peak"]["process_mb"],
        "memory_source": measured["peak"]["source"],
        **measured["conditions"],
    }


def identity_of(row: Mapping[str, Any]) -> Identity:
    """Return what a row is about, as :attr:`upbench.benchmark.timing.plan.TimingCell.identity`."""
    names = ("method", "scale", "size", "channels", "threads", "device", "machine")
    method, scale, size, channels, threads, device, where = (row[name] for name in names)
    return (method, scale, size, channels, threads, device, where)


def frame_of(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame with the columns of TimingRow, ordered; not known is null."""
    import pandas as pd

    types = {field.name: TYPES[str(field.type).split(" ")[0]] for field in fields(TimingRow)}
    frame = pd.DataFrame(list(rows), columns=list(types)).astype(types)
    order = ["machine", "device", "threads", "scale", "size", "method", "channels"]
    return frame.sort_values(order, ignore_index=True)


def to_markdown(frame: pd.DataFrame) -> str:
    """Write the timings for a reader: a table per conditions, scale and size, fastest first.

    Machines never share a table, and what is not stable says why under it.
    """
    if frame.empty:
        return "Nothing has been timed yet.\n"
    conditions = ["machine", "device", "threads", "scale", "size"]
    sections = [_section(table) for _, table in frame.groupby(conditions, sort=False)]
    return "\n".join([HEADING, *sections])


HEADING = """# Timings

Time of the method's call alone: median of the samples, interquartile range, 95 % confidence
interval of the median (order statistics).  Mpx/s counts pixels of the output.  Memory is what the
call adds to the process; loading is apart.  Unstable rows are marked with * and explained.
"""

COLUMNS = "| method | Mpx/s | median, ms | IQR, ms | 95 % CI, ms | samples | peak, MB | load, s |"


def _section(table: pd.DataFrame) -> str:
    ordered = table.sort_values("mpx_per_s", ascending=False, na_position="last")
    rows = ordered.to_dict("records")
    first = rows[0]
    size = f"x{first['scale']} to {first['height']} x {first['width']} px"
    notes = [f"- {row['method']}: {_note(row)}" for row in rows if _note(row)]
    return "\n".join(
        [
            f"## {size}, {counted(first['threads'], 'thread')}, {first['device']}",
            f"\n{first['machine']}\n",
            COLUMNS,
            "| --- |" + " ---: |" * (COLUMNS.count("|") - 2),
            *(_line(row) for row in rows),
            "",
            *notes,
            *([""] if notes else []),
        ]
    )


def _line(row: Mapping[Any, Any]) -> str:
    if row["status"] != "ok":
        return f"| {row['method']} | {row['status']} |" + " |" * (COLUMNS.count("|") - 3)
    cells = [
        row["method"] + ("" if row["stable"] else " *"),
        _number(row["mpx_per_s"]),
        _number(row["seconds"], 1e3),
        _range(row["seconds_q25"], row["seconds_q75"]),
        _range(row["seconds_ci_low"], row["seconds_ci_high"]),
        str(row["samples"]),
        _number(row["peak_mb"]),
        _number(row["load_s"]),
    ]
    return f"| {' | '.join(cells)} |"


def _note(row: Mapping[Any, Any]) -> str:
    text = row["advice"] if row["status"] == "ok" else row["reason"]
    return text if isinstance(text, str) else ""


def _range(low: float, high: float) -> str:
    return "" if low != low or high != high else f"{_number(low, 1e3)} to {_number(high, 1e3)}"  # noqa: PLR0124 - NaN


def _number(value: float, times: float = 1.0) -> str:
    """Write a number with three digits that count; nothing for one that is not known."""
    if value != value:  # noqa: PLR0124 - NaN
        return ""
    return f"{value * times:.3g}" if abs(value * times) < 1000 else f"{value * times:.0f}"
