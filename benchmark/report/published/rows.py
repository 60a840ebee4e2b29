"""Published rows under a measured table: after its statistics, and in none of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from upbench.benchmark.report.published.numbers import MARK, of_set

if TYPE_CHECKING:
    from upbench.benchmark.core.sizes import ScaleOrSize
    from upbench.benchmark.core.table import Table

__all__ = ["with_published"]

NOTE = (
    f"{MARK} published, not measured here: in no rank, interval or comparison; "
    "results/published.csv has the source and the protocol of each."
)


def with_published(table: Table, dataset: str, scale: ScaleOrSize) -> Table:
    """Return a table with the published networks of its set and scale below, the best first.

    Args:
        table: Of measured methods, its best marked already.
        dataset: The set.
        scale: The factor.
    """
    found = of_set(dataset, scale)
    if not found:
        return table
    rows = tuple(
        {
            "method": f"{one.network} {MARK}",
            "images": "published",
            "psnr_db": one.psnr_db,
            "ssim": one.ssim,
        }
        for one in reversed(found)
    )
    return replace(table, rows=(*table.rows, *rows), notes=(*table.notes, NOTE))
