"""The report: tables, pictures and the page from stored rows and crops.  It never runs a method."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.core.files import write_atomically
from upbench.benchmark.engine.manifest import merged, read_manifest, write_manifest
from upbench.benchmark.engine.runner import manifest
from upbench.benchmark.engine.store import JOURNAL, MANIFEST, Store
from upbench.benchmark.report.agreement import agreement as compare_crops
from upbench.benchmark.report.drawings import FIGURES, draw, is_drawn
from upbench.benchmark.report.page import DEFAULT_LIMIT, PAGE, write_page, write_problem
from upbench.benchmark.report.summary import summarise, to_markdown

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from upbench.benchmark.core.contract import Progress
    from upbench.benchmark.engine.runner import Plan

__all__ = ["DEFAULT_LIMIT", "FIGURES", "PAGE", "finish", "rebuild", "write_report"]

OURS = (JOURNAL, MANIFEST, PAGE, "scores.parquet", "scores.csv")
"""Files that make a folder one of ours, even if the run in it cannot be read."""


def rebuild(
    folder: Path,
    progress: Progress | None = None,
    *,
    crops: int = DEFAULT_LIMIT,
    reference: str | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write a run's tables, pictures and page anew from its journal; return rows and summary.

    A folder whose run cannot be read gets a page that says why, if it is empty or one of ours.

    Args:
        folder: The run's folder.
        progress: Called with (what, done, total) after each picture.
        crops: Bytes that the pictures of the page may take.
        reference: The method that the others are compared with; as in ``summarise``.

    Raises:
        StoreError: The folder holds no journal that this upbench can read, or cannot be written.
        UsageError: No row is of the reference.
    """
    try:
        return _rebuild(folder, progress, crops, reference)
    except StoreError as error:
        with suppress(StoreError, OSError):  # what went wrong first is what is told
            if _may_write_in(folder):
                write_problem(folder, str(error))
        raise


def _rebuild(
    folder: Path, progress: Progress | None, crops: int, reference: str | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    if not (folder / JOURNAL).is_file():
        raise StoreError(
            f"{folder} holds no run; expected a folder that 'upbench run --out {folder}' wrote."
        )
    with Store(folder) as store:
        rows = store.export()
        return rows, write_report(
            store, rows, progress, anew=True, crops=crops, reference=reference
        )


def _may_write_in(folder: Path) -> bool:
    """Say whether a page would stand among our own files: a folder of something else is let be."""
    names = {file.name for file in folder.iterdir()}
    return not names or not names.isdisjoint(OURS)


def write_report(
    store: Store,
    rows: pd.DataFrame,
    progress: Progress | None = None,
    *,
    anew: bool = False,
    crops: int = DEFAULT_LIMIT,
    reference: str | None = None,
) -> pd.DataFrame:
    """Write ``summary.csv``, ``summary.md``, ``agreement.csv``, the pictures and ``report.html``.

    Args:
        store: The run, for its folder and its crops.
        rows: The run's rows.
        progress: Called with (what, done, total) after each picture.
        anew: Draw the pictures even if they show these very rows already.
        crops: Bytes that the pictures of the page may take.
        reference: The method that the others are compared with; as in ``summarise``.

    Returns:
        The summary.

    Raises:
        StoreError: The folder cannot be written.
        UsageError: No row is of the reference.
    """
    folder, summary, kept = store.folder, summarise(rows, reference), store.crops()
    with write_atomically(folder / "summary.csv") as file:
        summary.to_csv(file, index=False)
    with write_atomically(folder / "summary.md") as file:
        file.write_text(to_markdown(summary), encoding="utf-8")
    pairs = compare_crops(kept, read_manifest(folder)["methods"])
    with write_atomically(folder / "agreement.csv") as file:
        pairs.to_csv(file, index=False, float_format="%.6g")
    write_page(folder, rows, summary, kept, agreement=pairs, limit=crops)
    if anew or not is_drawn(folder):
        draw(folder, rows, summary, kept, pairs, progress)
    return summary


def finish(
    plan: Plan, store: Store, progress: Progress | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write the tables, the manifest and the pictures; return the rows and their summary."""
    rows = store.export()
    write_manifest(store.folder, merged(read_manifest(store.folder), manifest(plan), rows))
    return rows, write_report(store, rows, progress)
