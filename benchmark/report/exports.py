"""The formats of a report: which files each one is, and writing those that are asked for.

- ``markdown``: ``summary.md``
- ``latex``: ``summary.tex``
- ``csv``: ``scores.csv``, ``summary.csv``; ``agreement.csv`` where the run keeps crops
- ``parquet``: ``scores.parquet``, ``summary.parquet``
- ``html``: ``report.html``; with pictures where the run keeps crops

A report without ``--format`` is :func:`upbench.benchmark.report.rebuild`'s.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.core.files import write_atomically
from upbench.benchmark.core.text import split_names
from upbench.benchmark.engine.manifest import read_manifest
from upbench.benchmark.engine.store import JOURNAL, Store, load
from upbench.benchmark.report.agreement import agreement
from upbench.benchmark.report.latex import to_latex
from upbench.benchmark.report.page import DEFAULT_LIMIT, write_page
from upbench.benchmark.report.summary import summarise, to_markdown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from upbench.benchmark.engine.plan import Identity

__all__ = ["FORMATS", "choose_formats", "write_exports"]


@dataclass(frozen=True)
class _Report:
    """What every format is made of."""

    folder: Path
    rows: pd.DataFrame
    summary: pd.DataFrame
    crops: Mapping[Identity, bytes]
    """Empty of a folder that holds published tables alone."""
    limit: int

    @cached_property
    def agreement(self) -> pd.DataFrame | None:
        """The agreement of methods, from the crops; None where there are none."""
        return agreement(self.crops, read_manifest(self.folder)["methods"]) if self.crops else None


def choose_formats(text: str) -> tuple[str, ...]:
    """Read ``--format``: names, comma-separated, each once, in the order given.

    Raises:
        UnknownNameError: There is no such format.
        UsageError: There is no name.
    """
    names = split_names(text)
    for name in names:
        if name not in FORMATS:
            raise UnknownNameError("format", name, FORMATS)
    if not names:
        raise UsageError(f"--format is empty; expected some of {', '.join(FORMATS)}.")
    return names


def write_exports(
    folder: Path,
    formats: tuple[str, ...],
    *,
    crops: int = DEFAULT_LIMIT,
    reference: str | None = None,
) -> list[Path]:
    """Write a run's tables in some formats, from its stored rows and crops; nothing else.

    Args:
        folder: A run's folder, or published tables.
        formats: Keys of ``FORMATS``.
        crops: Bytes that the pictures of the page may take.
        reference: The method that the others are compared with; as in ``summarise``.

    Returns:
        The files.

    Raises:
        StoreError: The folder holds no run, or cannot be written.
        UsageError: No row is of the reference.
    """
    rows = load(folder)
    report = _Report(folder, rows, summarise(rows, reference), _crops(folder), crops)
    return [file for name in formats for file in FORMATS[name](report)]


def _crops(folder: Path) -> Mapping[Identity, bytes]:
    # SQLite opens a journal for writing even to read it, as in ``load``
    if not (folder / JOURNAL).is_file() or not os.access(folder, os.W_OK):
        return {}
    with Store(folder) as store:
        return store.crops()


def _csv(report: _Report) -> list[Path]:
    tables = {"scores.csv": report.rows, "summary.csv": report.summary}
    pairs = report.agreement
    written = [_to_csv(report.folder / name, table) for name, table in tables.items()]
    if pairs is not None:
        written.append(_to_csv(report.folder / "agreement.csv", pairs, "%.6g"))
    return written


def _to_csv(path: Path, table: pd.DataFrame, form: str | None = None) -> Path:
    with write_atomically(path) as file:
        table.to_csv(file, index=False, float_format=form)
    return path


def _parquet(report: _Report) -> list[Path]:
    written = []
    for name, table in (("scores", report.rows), ("summary", report.summary)):
        written.append(report.folder / f"{name}.parquet")
        with write_atomically(written[-1]) as file:
            table.to_parquet(file, index=False)
    return written


def _markdown(report: _Report) -> list[Path]:
    return [_to_text(report.folder / "summary.md", to_markdown(report.summary))]


def _latex(report: _Report) -> list[Path]:
    described = read_manifest(report.folder)
    versions = described.get("versions")
    version = versions.get("upbench") if isinstance(versions, dict) else None
    origin = f"Measured {described.get('written_at')} with upbench {version}." if version else ""
    return [_to_text(report.folder / "summary.tex", to_latex(report.summary, origin))]


def _html(report: _Report) -> list[Path]:
    page = write_page(
        report.folder,
        report.rows,
        report.summary,
        report.crops,
        agreement=report.agreement,
        limit=report.limit,
    )
    return [page]


def _to_text(path: Path, text: str) -> Path:
    with write_atomically(path) as file:
        file.write_text(text, encoding="utf-8")
    return path


FORMATS = {
    "markdown": _markdown,
    "latex": _latex,
    "csv": _csv,
    "parquet": _parquet,
    "html": _html,
}
"""What writes each format."""
