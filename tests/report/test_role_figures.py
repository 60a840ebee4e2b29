"""Learning curves of layers in a role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure

from upbench.benchmark.engine.trainings import StoredTraining
from upbench.benchmark.report.role_figures import curve_figures
from upbench.benchmark.report.roles import _write_pictures
from upbench.benchmark.report.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def trained(layer: str, seed: int, data: str = "shapes") -> StoredTraining:
    """Return a training of two points: one column is known at both, one at the end alone."""
    row = {"role": "segment", "data": data, "steps": 2, "device": "cpu"}
    curve = (
        {"step": 0, "validation_iou": 0.1},
        {"step": 2, "validation_iou": 0.2, "mean_iou": 0.3, "parameters": 7},
    )
    return StoredTraining(
        ("segment", layer, seed, data, 2, "cpu"),
        "key",
        row | {"layer": layer, "seed": seed},
        curve,
    )


def test_a_panel_needs_two_points() -> None:
    """What is known at the end alone, by however many layers and seeds, is no curve."""
    trainings = [trained(layer, seed) for layer in "ab" for seed in range(2)]
    ((_, figure),) = curve_figures(trainings)
    assert [axes.get_title() for axes in figure.axes] == ["validation IoU"]


def test_the_curves_of_a_folder_are_drawn_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the files and for the page; titles that make one file's name have a file each."""
    drawn: list[str] = []

    def draw(title: str, *_: object) -> Figure:
        drawn.append(title)
        return Figure()

    monkeypatch.setattr("upbench.benchmark.report.role_figures._figure", draw)
    trainings = [trained(layer, 0, data) for data in ("a b", "a/b") for layer in "ab"]
    source = Source(tmp_path, pd.DataFrame(), trainings=trainings)
    _write_pictures(tmp_path / "figures", source)
    assert drawn == [*source.curves]
    assert len(drawn) == len([*(tmp_path / "figures").glob("curves-*.png")]) == 2
