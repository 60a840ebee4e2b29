"""Quality against speed, as Bokeh draws it; its data come from the page."""

from __future__ import annotations

from functools import cache
from typing import Any

from upbench.benchmark.report.page.plots import FONT, embeddable, empty
from upbench.benchmark.report.style import GREY


@cache
def speed_plot() -> dict[str, Any]:
    """Return quality against speed, its Pareto front drawn and named, ready for embedding.

    The sources are ``points`` (x, y, method, kind, colour, marker, and the texts psnr and speed),
    ``front`` (x, y) and ``names`` (x, y, text, align, dx, dy, ink); the ranges are ``speed`` and
    ``quality``.
    """
    from bokeh.models import ColumnDataSource, NumeralTickFormatter, Range1d
    from bokeh.plotting import figure

    points = ColumnDataSource(empty("x y method kind colour marker psnr speed"), name="points")
    front = ColumnDataSource(empty("x y"), name="front")
    names = ColumnDataSource(empty("x y text align dx dy ink"), name="names")
    plot = figure(
        x_axis_type="log",
        x_range=Range1d(start=1, end=10, name="speed"),
        y_range=Range1d(start=0, end=1, name="quality"),
        height=430,
        sizing_mode="stretch_width",
        tools="pan,box_zoom,reset",
        active_drag=None,  # a finger that scrolls the page is not to be caught
        x_axis_label="speed, Mpx of output per second (right is faster)",
        y_axis_label="mean PSNR, dB (up is better)",
    )
    _draw(plot, points, front, names)
    plot.xaxis.formatter = NumeralTickFormatter(format="0,0.[00]")
    return embeddable(plot)


def _draw(plot: Any, points: Any, front: Any, names: Any) -> None:
    """Draw the front, the methods, which say more under the pointer, and their names."""
    from bokeh.core.properties import value
    from bokeh.models import HoverTool, TapTool

    plot.step("x", "y", source=front, mode="before", line_width=1.5, line_color=GREY)
    drawn = plot.scatter(
        "x",
        "y",
        source=points,
        size=11,
        marker="marker",
        fill_color="colour",
        fill_alpha=0.85,
        line_color="white",
        line_width=0.5,
        nonselection_fill_alpha=0.85,
    )
    plot.text(
        "x",
        "y",
        text="text",
        source=names,
        x_offset="dx",
        y_offset="dy",
        text_align="align",
        text_font=value(FONT),
        text_font_size="12px",
        text_baseline="middle",
        text_color="ink",
    )
    said = [("", "@method"), ("PSNR", "@psnr"), ("speed", "@speed"), ("kind", "@kind")]
    plot.add_tools(HoverTool(renderers=[drawn], tooltips=said), TapTool(renderers=[drawn]))
