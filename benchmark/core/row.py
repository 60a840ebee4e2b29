"""The row of the table: its columns, in their order."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

__all__ = ["SCORES", "Row", "Status"]

Status = Literal["ok", "error", "timeout", "crash", "invalid_output", "skipped"]


@dataclass(frozen=True)
class Row:
    """One row of the table, in the order of its columns.  Not known is None."""

    method: str
    family: str
    dataset: str
    image: str
    height: int | None
    width: int | None
    channels: int | None
    scale: int
    protocol: str
    status: Status
    reason: str | None
    psnr_db: float | None
    ssim: float | None
    checkerboard_db: float | None
    shift_px: float | None
    seconds: float | None
    mpx_per_s: float | None
    peak_mb: float | None
    parameters: int | None
    macs_per_px: float | None
    measured_at: str
    machine: str
    code_hash: str
    seed: int | None


COSTS = ("seconds", "mpx_per_s", "peak_mb", "macs_per_px")

SCORES = tuple(
    column.name
    for column in fields(Row)
    if column.type == "float | None" and column.name not in COSTS
)
"""The columns that metrics fill, each by the metric of its name."""
