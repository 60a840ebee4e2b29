"""The formats of a report: which files each one is, and writing those that are asked for.

- ``markdown``: ``summary.md``
- ``latex``: ``summary.tex``; with published numbers ``paper.tex`` and ``paper.bib``
- ``csv``: ``scores.csv``, ``summary.csv``; ``agreement.csv`` where the run keeps crops
- ``parquet``: ``scores.parquet``, ``summary.parquet``
- ``html``: ``report.html``; with pictures where the run keeps crops

A report without ``--format`` is :func:`upbench.benchmark.report.folder.rebuild`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.csv import write_csv
from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.core.files import write_atomically, write_text
from upbench.benchmark.core.text import split_names
from upbench.benchmark.report.page import DEFAULT_LIMIT, write_page
from upbench.benchmark.report.published.paper import write_paper
from upbench.benchmark.report.source import read_source
from upbench.benchmark.report.tables import to_latex, to_markdown

if TYPE_CHECKING:
    from pathlib import Path

    from upbench.benchmark.report.source import Source


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
    published: bool = False,
) -> list[Path]:
    """Write a run's tables in some formats, from its stored rows and crops; nothing else.

    Args:
        folder: A run's folder, or published tables.
        formats: Keys of ``FORMATS``.
        crops: Bytes that the pictures of the page may take.
        reference: The method that the others are compared with; as in ``summarise``.
        published: Whether published numbers stand beside the run's.

    Returns:
        The files.

    Raises:
        StoreError: The folder holds no run, or cannot be written.
        UsageError: No row is of the reference.
    """
    source = read_source(folder, reference=reference, limit=crops, published=published)
    return [file for name in formats for file in FORMATS[name](source)]


def _csv(source: Source) -> list[Path]:
    return [write_csv(source.rows, source.folder / "scores.csv"), *write_csv_files(source)]


def write_csv_files(source: Source) -> list[Path]:
    """Write ``summary.csv``, and ``agreement.csv`` where crops are kept; return the files."""
    written = [write_csv(source.summary, source.folder / "summary.csv")]
    if source.crops:
        file = source.folder / "agreement.csv"
        written.append(write_csv(source.agreement, file, float_format="%.6g"))
    return written


def _parquet(source: Source) -> list[Path]:
    written = []
    for name, table in (("scores", source.rows), ("summary", source.summary)):
        written.append(source.folder / f"{name}.parquet")
        with write_atomically(written[-1]) as file:
            table.to_parquet(file, index=False)
    return written


def write_markdown(source: Source) -> list[Path]:
    """Write ``summary.md``; return the file."""
    text = to_markdown(source.summary, source.stated, published=source.published)
    return [write_text(source.folder / "summary.md", text)]


def _latex(source: Source) -> list[Path]:
    versions = source.manifest.get("versions")
    version = versions.get("upbench") if isinstance(versions, dict) else None
    written = source.manifest.get("written_at")
    origin = f"Measured {written} with upbench {version}." if version else ""
    text = to_latex(source.summary, origin, source.stated)
    paper = write_paper(source) if source.published else []
    return [write_text(source.folder / "summary.tex", text), *paper]


def _html(source: Source) -> list[Path]:
    return [write_page(source)]


FORMATS = {
    "markdown": write_markdown,
    "latex": _latex,
    "csv": _csv,
    "parquet": _parquet,
    "html": _html,
}
"""What writes each format."""
