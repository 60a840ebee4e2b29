"""The notebook that researchers copy runs from top to bottom without a network connection."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

if TYPE_CHECKING:
    from nbformat import NotebookNode

NOTEBOOK = Path(__file__).parents[2] / "docs" / "my-model-notebook.ipynb"
MACHINE = re.compile(r"(?i)(?<![\w:/.])/(?:home|root|tmp|work|users|var|opt|mnt)\b|[a-z]:\\\\users")


@pytest.fixture(scope="module")
def committed() -> NotebookNode:
    """Return the notebook as it is in the project."""
    return nbformat.read(NOTEBOOK, as_version=4)


def outputs(notebook: NotebookNode) -> list[Any]:
    """Return what its cells show."""
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def gains(notebook: NotebookNode) -> list[float]:
    """Return the network's dB over bicubic, image by image."""
    (text,) = [
        output.data["text/plain"]
        for output in outputs(notebook)
        if "dB over bicubic" in output.get("data", {}).get("text/plain", "")
    ]
    return [float(number) for number in re.findall(r"-?\d+\.\d+$", text, re.MULTILINE)]


def test_it_runs_and_ends_with_a_table(
    committed: NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each cell shows what it showed; the network beats bicubic; its file scores the same."""
    monkeypatch.setenv("UPBENCH_CACHE", str(tmp_path))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    folder = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=folder).execute()
    kinds = [(output.output_type, output.get("name")) for output in outputs(notebook)]
    assert kinds == [(output.output_type, output.get("name")) for output in outputs(committed)]
    assert ("stream", "stderr") not in kinds
    table = next(output.text for output in outputs(notebook) if output.output_type == "stream")
    assert "\\begin{tabular}" in table
    assert "my-espcn" in table
    assert len(gains(notebook)) == len(gains(committed)) == 12
    assert sum(gains(notebook)) > 0
    assert float(outputs(notebook)[-1].data["text/plain"]) == pytest.approx(0.0, abs=1e-3)


def test_the_committed_notebook_names_no_machine(committed: NotebookNode) -> None:
    """Neither metadata nor outputs hold a path of the machine that made them."""
    said = [output for output in outputs(committed) if "image/png" not in output.get("data", {})]
    assert not MACHINE.search(json.dumps([committed.metadata, said]))
    assert committed.metadata.kernelspec.name == "python3"
    assert not any(cell.metadata for cell in committed.cells)
