"""Learning curves of layers in a role."""

from __future__ import annotations

from upbench.benchmark.engine.trainings import StoredTraining
from upbench.benchmark.report.role_figures import curve_figures


def trained(layer: str, seed: int) -> StoredTraining:
    """Return a training of two points: one column is known at both, one at the end alone."""
    row = {"role": "segment", "data": "shapes", "steps": 2, "device": "cpu"}
    curve = (
        {"step": 0, "validation_iou": 0.1},
        {"step": 2, "validation_iou": 0.2, "mean_iou": 0.3, "parameters": 7},
    )
    return StoredTraining(
        ("segment", layer, seed, "shapes", 2, "cpu"),
        "key",
        row | {"layer": layer, "seed": seed},
        curve,
    )


def test_a_panel_needs_two_points() -> None:
    """What is known at the end alone, by however many layers and seeds, is no curve."""
    trainings = [trained(layer, seed) for layer in "ab" for seed in range(2)]
    ((_, figure),) = curve_figures(trainings)
    assert [axes.get_title() for axes in figure.axes] == ["validation IoU"]
