"""Layers in their roles, in a run's folder: tables, curves, pictures, the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.csv import write_csv
from upbench.benchmark.core.files import write_atomically, write_text
from upbench.benchmark.core.text import distinct, plain_name
from upbench.benchmark.report.drawings import FIGURES
from upbench.benchmark.report.page import DEFAULT_LIMIT, write_page
from upbench.benchmark.report.render.markdown import section
from upbench.benchmark.report.source import read_source
from upbench.benchmark.training.roles.table import curves_of, frame_of, role_tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from upbench.benchmark.engine.trainings import StoredTraining
    from upbench.benchmark.report.source import Source

ROWS, CURVES, MARKDOWN = "layers.csv", "layers-curves.csv", "layers.md"
HEADING = "# Layers in their roles\n\nMeans over seeds, with the lowest and the highest seed.\n"


def write_roles(out: Path, limit: int = DEFAULT_LIMIT) -> bool:
    """Write the tables, curves, pictures and the page of a folder's trainings.

    ``layers.csv`` has a row for each training, ``layers-curves.csv`` one for each point of their
    learning curves, ``layers.md`` the tables for people.

    Args:
        out: The folder.
        limit: How many bytes the page's pictures may take.

    Returns:
        Whether there are any.

    Raises:
        StoreError: The folder cannot be read or written.
    """
    source = read_source(out, limit=limit)
    if not source.trainings:
        return False
    write_csv(frame_of(source.trainings), out / ROWS)
    write_csv(curves_of(source.trainings), out / CURVES)
    write_text(out / MARKDOWN, to_markdown(source.trainings))
    _write_pictures(out / FIGURES, source)
    write_page(source)
    return True


def to_markdown(trainings: Sequence[StoredTraining]) -> str:
    """Write trainings for a reader: a table for each role, data, steps and device."""
    return "\n".join([HEADING, *map(section, role_tables(trainings))])


def _write_pictures(folder: Path, source: Source) -> None:
    """Write the learning curves, and what the first seed of each layer makes."""
    folder.mkdir(exist_ok=True)
    names = distinct(plain_name(f"curves {title}") for title in source.curves)
    for name, figure in zip(names, source.curves.values(), strict=True):
        with write_atomically(folder / f"{name}.png") as file:
            figure.savefig(file, format="png", dpi=100)
    for one in source.trainings:
        for name, png in one.pictures.items() if one.row["seed"] == 0 else ():
            with write_atomically(folder / f"{one.file_stem}-{plain_name(name)}.png") as file:
                file.write_bytes(png)
