"""The tutorial runs from top to bottom, and its committed outputs are its own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import pytest
from nbclient import NotebookClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

NOTEBOOK = Path(__file__).parents[1] / "docs" / "tutorial.ipynb"
MOST_BYTES = 1_500_000
MACHINE = re.compile(r"(?i)(?<![\w:/.])/(?:home|root|tmp|work|users|var|opt|mnt)\b|[a-z]:\\\\users")
WORKED_EXAMPLE = (
    "[[84.,84.],[87.,60.]]",
    "[[2.,7.,14.,12.],[6.,16.,31.,21.],[6.,14.,29.,21.],[4.,11.,22.,12.]]",
)


@pytest.fixture(scope="module")
def committed() -> NotebookNode:
    """Return the notebook as it is in the project."""
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def executed() -> NotebookNode:
    """Return the notebook after all its cells ran in a fresh kernel; a failing cell raises."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    folder = {"metadata": {"path": str(NOTEBOOK.parent)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=folder).execute()
    return notebook


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells that are run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(notebook: NotebookNode) -> Iterator[str]:
    """Yield what each cell shows as text, in order; pictures are left out."""
    for cell in code_cells(notebook):
        for output in cell.outputs:
            shown = output.get("data", {})
            if "text/plain" in shown and "image/png" not in shown:
                yield shown["text/plain"]


def has_worked_example(notebook: NotebookNode) -> bool:
    """Say whether the numbers of the worked example stand in the outputs."""
    found = {re.sub(r"\s|array\(|\)", "", text) for text in texts(notebook)}
    return found.issuperset(WORKED_EXAMPLE)


def test_every_cell_runs_and_says_what_is_committed(
    committed: NotebookNode, executed: NotebookNode
) -> None:
    """No cell fails or complains; up to the first random weights, each text is the committed one.

    One test, so that the notebook is executed once.
    """
    kinds = {output.output_type for cell in code_cells(executed) for output in cell.outputs}
    assert kinds == {"execute_result"}  # no error, nothing on stderr
    assert has_worked_example(executed)
    today, then = list(texts(executed)), list(texts(committed))
    exact = 1 + next(place for place, text in enumerate(then) if "max_over_min" in text)
    assert exact >= 10
    assert then[:exact] == today[:exact]
    assert len(then) == len(today)


def test_the_committed_notebook_has_its_outputs(committed: NotebookNode) -> None:
    """It was run once from top to bottom, and a reader sees numbers and pictures."""
    cells = code_cells(committed)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    pictures = [o for cell in cells for o in cell.outputs if "image/png" in o.get("data", {})]
    assert len(pictures) >= 8
    assert has_worked_example(committed)
    assert NOTEBOOK.stat().st_size < MOST_BYTES


def test_the_committed_notebook_names_no_machine(committed: NotebookNode) -> None:
    """Neither metadata nor outputs hold a path or a user of the machine that made them."""
    said = [committed.metadata, *(cell.metadata for cell in committed.cells)]
    for cell in code_cells(committed):
        for output in cell.outputs:
            assert "image/png" in output.data or not MACHINE.search(json.dumps(output))
            said.append({**output, "data": sorted(output.data)})
    assert not MACHINE.search(json.dumps(said))
    assert committed.metadata.kernelspec.name == "python3"
    assert not any(cell.metadata for cell in committed.cells)
