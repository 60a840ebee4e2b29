"""The report in a run's folder: written after a run, and again from what is stored."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import StoreError
from upbench.benchmark.engine.manifest import manifest, merged, read_manifest, write_manifest
from upbench.benchmark.engine.store import JOURNAL, MANIFEST, Store
from upbench.benchmark.report.drawings import draw, is_drawn
from upbench.benchmark.report.exports import write_csv_files, write_markdown
from upbench.benchmark.report.page import (
    DEFAULT_LIMIT,
    PAGE,
    is_problem_page,
    write_page,
    write_problem,
)
from upbench.benchmark.report.published.paper import write_paper
from upbench.benchmark.report.source import Source, read_source, source_of

if TYPE_CHECKING:
    from pathlib import Path

    from upbench.benchmark.core.contract import Progress
    from upbench.benchmark.engine.runner import Plan

OURS = (JOURNAL, MANIFEST, PAGE, "scores.parquet", "scores.csv")
"""Files that make a folder one of ours, even if the run in it cannot be read."""


def rebuild(
    folder: Path,
    progress: Progress | None = None,
    *,
    crops: int = DEFAULT_LIMIT,
    reference: str | None = None,
    published: bool = False,
) -> Source:
    """Write a run's tables, pictures and page again from its journal; return what they show.

    Of published tables, which have no journal, the tables and plots are made again; a page that
    is there stays, because its pictures could not be made again.  A folder whose run cannot be
    read gets a page that says why, if it has no page and is empty or one of ours.

    Args:
        folder: The run's folder, or published tables.
        progress: Called with (what, done, total) after each picture.
        crops: Bytes that the pictures of the page may take.
        reference: The method that the others are compared with; as in ``summarise``.
        published: Whether published numbers stand beside the run's: in ``summary.md``, on the page
            and in ``paper.tex``.

    Raises:
        StoreError: The folder holds no run that this upbench can read, or cannot be written.
        UsageError: No row is of the reference.
    """
    options: dict[str, Any] = {"reference": reference, "limit": crops, "published": published}
    try:
        if not (folder / JOURNAL).is_file():
            source = read_source(folder, **options)
        else:
            with Store(folder, reading=True) as store:
                source = source_of(store, store.export(), **options)
    except StoreError as error:
        with suppress(StoreError, OSError):  # the first error is the one to report
            if _may_explain_in(folder):
                write_problem(folder, str(error))
        raise
    return write_report(source, progress, redraw=True)


def _may_explain_in(folder: Path) -> bool:
    """Say whether a page may be put there: beside our own files, and in the place of no report."""
    names = {file.name for file in folder.iterdir()}
    if PAGE in names and not is_problem_page(folder / PAGE):
        return False
    return not names or not names.isdisjoint(OURS)


def write_report(
    source: Source, progress: Progress | None = None, *, redraw: bool = False
) -> Source:
    """Write ``summary.csv``, ``summary.md``, ``agreement.csv``, the pictures and ``report.html``.

    Args:
        source: What is shown.
        progress: Called with (what, done, total) after each picture.
        redraw: Draw the pictures even if they show these very rows already.

    Returns:
        The source.

    Raises:
        StoreError: The folder cannot be written.
        UsageError: No row is of the reference.
    """
    write_csv_files(source)
    write_markdown(source)
    if source.published:
        write_paper(source)
    page = source.folder / PAGE
    has_journal = (source.folder / JOURNAL).is_file()
    if source.crops or not page.is_file() or is_problem_page(page) or has_journal:
        write_page(source)
    if redraw or not is_drawn(source.folder):
        draw(source, progress)
    return source


def finish(plan: Plan, store: Store, progress: Progress | None = None) -> Source:
    """Write the tables, the manifest and the pictures of a run; return what they show."""
    rows = store.export()
    write_manifest(store.folder, merged(read_manifest(store.folder), manifest(plan), rows))
    return write_report(source_of(store, rows), progress)
