"""The published numbers, and the rows that show them under a measured table."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.csv import read_csv
from upbench.benchmark.core.table import unknown

if TYPE_CHECKING:
    from upbench.benchmark.core.sizes import ScaleOrSize
    from upbench.benchmark.core.table import Table

FILE = Path(__file__).with_name("published.csv")
TEXTS = ("network", "trained_on", "dataset", "protocol", "source", "cite")
"""Columns of text; the others are numbers."""
MARK = "\N{DAGGER}"
"""What marks a published row."""
NOTE = (
    f"{MARK} published, not measured here: in no rank or interval; "
    "results/published.csv has the source and the protocol of each."
)
_ENTRY = re.compile(r"@\w+\{([^,]+),.*?\n\}\n", re.DOTALL)


@dataclass(frozen=True)
class Published:
    """One network on one set at one scale."""

    network: str
    year: int
    parameters: int | None
    trained_on: str
    """"" where it is not stated."""
    dataset: str
    scale: int
    psnr_db: float
    ssim: float | None
    protocol: str
    """Ours that has the same conventions; "" where the source does not say which."""
    source: str
    """Where the number stands, with the number of the table."""
    cite: str
    """The key of the paper in the bibliography."""


@cache
def published() -> tuple[Published, ...]:
    """Return every published number, in the order of the file."""
    frame = read_csv(FILE, TEXTS)
    names = [str(name) for name in frame]
    rows = (dict(zip(names, row, strict=True)) for row in frame.itertuples(index=False))
    return tuple(
        Published(**{name: _plain(name, value) for name, value in row.items()}) for row in rows
    )


def of_set(dataset: str, scale: ScaleOrSize) -> list[Published]:
    """Return one number for each network that has one on a set at a scale, the lowest PSNR first.

    Where sources disagree it is that of the first one in the file.
    """
    found: dict[str, Published] = {}
    for one in published():
        if (one.dataset, one.scale) == (dataset, scale):
            found.setdefault(one.network, one)
    return sorted(found.values(), key=lambda one: one.psnr_db)


def with_published(table: Table, dataset: str, scale: ScaleOrSize) -> Table:
    """Return a table with the published networks of its set and scale below, the best first.

    It comes after the statistics, so that published numbers are in none of them.
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


def bibliography(keys: list[str] | None = None) -> str:
    """Return BibTeX entries: those of some keys, or all."""
    text = FILE.with_suffix(".bib").read_text(encoding="utf-8")
    entries = {entry[1]: entry[0] for entry in _ENTRY.finditer(text)}
    return "\n".join(entry for key, entry in entries.items() if keys is None or key in keys)


def _plain(name: str, value: Any) -> Any:
    if unknown(value):
        return "" if name in TEXTS else None
    return int(value) if name in {"year", "parameters", "scale"} else value
