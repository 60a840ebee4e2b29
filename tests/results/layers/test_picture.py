"""The picture of the study of layers: every seed is in it, and every layer's way there."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from layer_study.picture import draw

STEPS = (0, 100, 1000, 2000)
IMAGES = ("set5/baby", "set14/zebra")


def tables(*tasks: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return three seeds of two layers, "b" 0.2 dB above "a"; one of "a" failed."""
    places = [(task, layer, seed) for task in tasks for layer in "ab" for seed in range(3)]
    rows = [
        {"data": task, "layer": layer, "seed": seed}
        | {"status": "failed" if (layer, seed) == ("a", 2) else "ok"}
        for task, layer, seed in places
    ]
    curves = [
        {"data": task, "layer": layer, "seed": seed, "step": step}
        | {"psnr_validation_db": 28 + step / 1000 + 0.2 * (layer == "b")}
        | dict.fromkeys(IMAGES, 30 + seed / 100 + 0.2 * (layer == "b") if step == 2000 else None)
        for task, layer, seed in places
        for step in STEPS
    ]
    return pd.DataFrame(rows), pd.DataFrame(curves)


def lines(axes: Any) -> dict[str, list[float]]:
    """Return the values of the lines of a panel that are named."""
    named = (line for line in axes.get_lines() if not line.get_label().startswith("_"))
    return {line.get_label(): [float(y) for y in line.get_ydata()] for line in named}


def test_each_seed_that_came_to_an_end_has_a_mark() -> None:
    """A failed training has none; a bar is at the mean of the others."""
    figure = draw(*tables("x2"))
    marks = [[float(x) for x in line.get_xdata()] for line in figure.axes[0].get_lines()]
    assert marks == [
        pytest.approx(values)
        for values in ([30, 30.01], [30.005] * 2, [30.2, 30.21, 30.22], [30.21] * 2)
    ]


def test_curves_are_less_the_mean_of_all_layers() -> None:
    """Two layers 0.2 dB apart are 0.1 dB below and above, whatever the step."""
    figure = draw(*tables("x2"))
    assert lines(figure.axes[1]) == {
        "a": pytest.approx([-0.1, -0.1]),
        "b": pytest.approx([0.1, 0.1]),
    }


def test_each_scale_has_a_column() -> None:
    """The panels above are named after the data, in their order."""
    figure = draw(*tables("x3", "x2", "x2-as-built"))
    assert [axes.get_title() for axes in figure.axes[:3]] == ["x2", "x2-as-built", "x3"]


def test_both_beginnings_of_a_scale_have_one_range() -> None:
    """Seeds of both can be compared by eye; another scale has a range of its own."""
    rows, curves = tables("x2", "x2-as-built", "x3")
    curves.loc[curves["data"] != "x2", [*IMAGES]] += 2
    equal, own, other = (axes.get_xlim() for axes in draw(rows, curves).axes[:3])
    assert equal == own
    assert equal[0] < 30.005
    assert equal[1] > 32
    assert other[0] > 31.9
