"""Plots of the summary."""

from __future__ import annotations

import pandas as pd
from matplotlib.collections import LineCollection

from upbench.benchmark.report.figures import pareto, quality_against_speed

TABLE = pd.DataFrame(
    [
        ("lib-slow-good", "interpolation", 32.0, 1.0),
        ("lib-fast-bad", "interpolation", 30.0, 100.0),
        ("beaten", "interpolation", 29.0, 50.0),
        ("perfect", "interpolation", float("inf"), 0.5),
        ("failed", "interpolation", float("nan"), float("nan")),
    ],
    columns=["method", "family", "psnr_db", "mpx_per_s"],
).assign(images="3/3")


def test_front_holds_what_nothing_beats_in_both() -> None:
    """A method that another beats in both is not on the front; the fastest is first."""
    assert pareto(TABLE.iloc[:3])["method"].tolist() == ["lib-fast-bad", "lib-slow-good"]


def test_equal_methods_do_not_crowd_the_front() -> None:
    """Of two with the same quality the faster one is on the front."""
    twice = pd.concat([TABLE.iloc[:1], TABLE.iloc[:1].assign(method="slower", mpx_per_s=0.5)])
    assert pareto(twice)["method"].tolist() == ["lib-slow-good"]


def test_an_infinite_psnr_beats_others_and_is_not_drawn() -> None:
    """A method that equals the reference and is faster leaves no other on the front."""
    perfect = TABLE.iloc[3:4].assign(mpx_per_s=34.0)
    table = pd.concat([perfect, TABLE.iloc[:3]], ignore_index=True)  # the best first
    assert pareto(table)["method"].tolist() == ["lib-fast-bad", "perfect"]
    (axes,) = quality_against_speed(table, "title").axes
    assert {text.get_text() for text in axes.texts} == {"lib-fast-bad"}


def test_an_infinite_mean_that_is_not_the_best_beats_no_better_one() -> None:
    """One image that a method gets exactly right is no victory: the summary's order is."""
    table = pd.DataFrame(
        [("good", 32.0, 1.0), ("exact-on-one", float("inf"), 2.0), ("bad", 30.0, 1.5)],
        columns=["method", "psnr_db", "mpx_per_s"],
    ).assign(images="3/3")
    assert pareto(table)["method"].tolist() == ["exact-on-one", "good"]


def test_plot_names_the_front_and_leaves_out_what_has_no_number() -> None:
    """Infinite and missing values cannot be drawn; the axes say their units."""
    (axes,) = quality_against_speed(TABLE, "standard x2, y-classic").axes
    assert {text.get_text() for text in axes.texts} == {"lib-fast-bad", "lib-slow-good"}
    assert sum(len(points.get_offsets()) for points in axes.collections) == 3
    assert "Mpx" in axes.get_xlabel()
    assert "dB" in axes.get_ylabel()
    assert axes.get_xscale() == "log"


def test_methods_are_grouped_by_library() -> None:
    """Methods that share the first word of their names share a colour."""
    (axes,) = quality_against_speed(TABLE, "title").axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["lib", "interpolation"]


def test_plot_of_nothing_is_empty_and_no_error() -> None:
    """A run whose cells all failed still gets its figure."""
    (axes,) = quality_against_speed(TABLE.iloc[4:], "title").axes
    assert axes.get_legend() is None


def test_bars_show_how_sure_the_differences_of_the_front_are() -> None:
    """They are of the difference to the reference, which the axis names, not of the mean."""
    table = TABLE.assign(
        reference="bicubic",
        psnr_db_diff=[2.0, 0.0, -1.0, float("inf"), float("nan")],
        psnr_db_diff_low=[1.5, 0.0, -1.5, float("nan"), float("nan")],
        psnr_db_diff_high=[2.25, 0.0, -0.5, float("nan"), float("nan")],
    )
    (axes,) = quality_against_speed(table, "title").axes
    assert "bars: 95 % of the difference to bicubic" in axes.get_ylabel()
    (bars,) = (lines for lines in axes.collections if isinstance(lines, LineCollection))
    ends = sorted(tuple(path.vertices[:, 1]) for path in bars.get_paths())
    assert ends == [(30.0, 30.0), (31.5, 32.25)]
    (plain,) = quality_against_speed(TABLE, "title").axes
    assert "bars" not in plain.get_ylabel()
