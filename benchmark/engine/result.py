"""What becomes of a cell: its row and its pictures, on their way to the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upbench.benchmark.core.contract import Image8
    from upbench.benchmark.core.row import Row
    from upbench.benchmark.engine.plan import Cell

__all__ = ["Result"]


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
    opened: Mapping[str, str] = field(default_factory=dict)
    """Digests of the files that the method opened while it was loaded, by path."""
