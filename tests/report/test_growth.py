"""The figure of time and memory against work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from upbench.benchmark.report.timing import growth, slope

if TYPE_CHECKING:
    from pathlib import Path

SIZES = (256, 512, 1024)
TABLE = pd.DataFrame(
    [
        (name, "cpu", size, size, 1e-8 * size**power, size != 512, size * 1e-2)
        for name, power in (("linear", 2), ("quadratic", 4))
        for size in SIZES
    ],
    columns=["method", "device", "height", "width", "seconds", "stable", "peak_mb"],
)


@pytest.mark.parametrize(("method", "exponent"), [("linear", 1.0), ("quadratic", 2.0)])
def test_slope_is_the_exponent_of_the_work(method: str, exponent: float) -> None:
    """Time in proportion to the pixels of the output has slope 1."""
    assert slope(TABLE[TABLE["method"] == method]) == pytest.approx(exponent)


def test_one_size_has_no_slope() -> None:
    """Neither have rows that failed."""
    assert slope(TABLE.iloc[:1]) is None
    assert slope(TABLE.iloc[:3].assign(seconds=[0.1, None, None])) is None


def test_figure_has_a_line_per_method_in_both_panels() -> None:
    """Axes are logarithmic and say their units; the legend says the slopes."""
    figure = growth(TABLE, "x2, some machine")
    for axes, unit in zip(figure.axes, ("s", "MB"), strict=True):
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        assert "Mpx" in axes.get_xlabel()
        assert f", {unit} (" in axes.get_ylabel()
        assert len([line for line in axes.lines if line.get_linestyle() == "-"]) == 2
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["linear: 1.00", "quadratic: 2.00"]


def test_points_that_are_not_stable_are_hollow() -> None:
    """One size of each method here."""
    time = growth(TABLE, "title").axes[0]
    hollow = [line for line in time.lines if line.get_markerfacecolor() == "white"]
    assert [line.get_xdata().tolist() for line in hollow] == [[512 * 512 / 1e6]] * 2


def test_what_is_not_known_is_left_out() -> None:
    """A method without memory numbers has its time drawn; a failed one has nothing."""
    table = TABLE.assign(peak_mb=None)
    table.loc[table["method"] == "quadratic", "seconds"] = None
    time, memory = growth(table, "title").axes
    assert len(time.lines) == 2
    assert all(len(line.get_xdata()) == 0 for line in memory.lines)


def test_devices_are_lines_of_their_own() -> None:
    """One method on two devices is not one curve."""
    both = pd.concat([TABLE.iloc[:3], TABLE.iloc[:3].assign(device="cuda")])
    labels = [text.get_text() for text in growth(both, "title").legends[0].get_texts()]
    assert labels == ["linear: 1.00", "linear on cuda: 1.00"]


def test_figure_of_nothing_is_empty_and_no_error() -> None:
    """A run in which everything failed still ends."""
    assert growth(TABLE.iloc[:0], "title").legends == []


def test_an_empty_panel_can_be_drawn(tmp_path: Path) -> None:
    """Speed that was measured beside a run has no memory: its panel is empty, not an error."""
    file = tmp_path / "growth.png"
    growth(TABLE.assign(peak_mb=None), "title").savefig(file)
    assert file.stat().st_size
