"""The tables and pictures of layers in their roles, from a run's folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from upbench.benchmark.core.csv import write_csv
from upbench.benchmark.core.files import write_atomically, write_text
from upbench.benchmark.engine.store import Store
from upbench.benchmark.report.drawings import FIGURES
from upbench.benchmark.report.render.markdown import section
from upbench.benchmark.training.roles.table import curves_of, frame_of, role_tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from upbench.benchmark.engine.trainings import StoredTraining

__all__ = ["CURVES", "ROWS", "to_markdown", "write_roles"]

ROWS, CURVES, MARKDOWN = "layers.csv", "layers-curves.csv", "layers.md"


def write_roles(out: Path) -> None:
    """Write ``layers.csv``, ``layers-curves.csv``, ``layers.md`` and the pictures of a run.

    Raises:
        StoreError: The folder cannot be read or written.
    """
    with Store(out) as store:
        trainings = store.trainings()
    write_csv(frame_of(trainings), out / ROWS)
    write_csv(curves_of(trainings), out / CURVES)
    write_text(out / MARKDOWN, to_markdown(trainings))
    _write_pictures(out / FIGURES, trainings)


def to_markdown(trainings: Sequence[StoredTraining]) -> str:
    """Write the trainings for a reader: a table for each role, data, steps and device."""
    heading = "# Layers in their roles\n\nMeans over seeds, with the lowest and the highest seed.\n"
    return "\n".join([heading, *map(section, role_tables(trainings))])


def _write_pictures(folder: Path, trainings: Sequence[StoredTraining]) -> None:
    """Write the pictures of the first seed of each layer."""
    for one in trainings:
        role, layer, seed, *_ = one.identity
        if seed != 0:
            continue
        folder.mkdir(exist_ok=True)
        for name, png in one.pictures.items():
            file = folder / re.sub(r"[^\w.-]+", "-", f"{role}-{layer}-{name}.png")
            with write_atomically(file) as unfinished:
                unfinished.write_bytes(png)
