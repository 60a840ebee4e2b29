"""The row of the table, and the result that carries it to the store."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upbench.benchmark.core.contract import Image8
    from upbench.benchmark.plan import Cell

__all__ = ["SCORES", "Result", "Row", "Status"]

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


@dataclass(frozen=True)
class Result:
    """A row, with the pictures of it that the report shows."""

    cell: Cell
    row: Row
    crop: Image8 | None = None
    """uint8 (h, w, C) of the output; None for a cell that did not come to an output."""
    reference_crop: Image8 | None = None
    """The same place of the high-resolution image."""
    elapsed: float = 0.0
    """Seconds that the cell took, preparing and scoring included."""
    more: Mapping[str, float | None] = field(default_factory=dict)
    """Metrics on request, by name: columns after those of every row."""
