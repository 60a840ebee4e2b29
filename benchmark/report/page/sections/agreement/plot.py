"""The heat map of one kernel's methods, as Bokeh draws it; its data come from the page."""

from __future__ import annotations

from functools import cache
from typing import Any

from upbench.benchmark.report.page.plots import FONT, embeddable, empty


@cache
def agreement_plot() -> dict[str, Any]:
    """Return the heat map of one kernel's methods, ready for embedding.

    The source is ``cells`` (a, b, colour, ink, text, said); the ranges are set by the page.
    """
    from bokeh.core.properties import value
    from bokeh.models import ColumnDataSource, FactorRange, HoverTool
    from bokeh.plotting import figure

    cells = ColumnDataSource(empty("a b colour ink text said"), name="cells")
    plot = figure(
        x_range=FactorRange(name="across"),
        y_range=FactorRange(name="down"),
        x_axis_location="above",
        height=470,
        sizing_mode="stretch_width",
        tools="",
        toolbar_location=None,
    )
    drawn = plot.rect("a", "b", 0.96, 0.94, source=cells, fill_color="colour", line_color=None)
    plot.text(
        "a",
        "b",
        text="text",
        source=cells,
        text_align="center",
        text_baseline="middle",
        text_font=value(FONT),
        text_font_size="12px",
        text_color="ink",
    )
    plot.add_tools(HoverTool(renderers=[drawn], tooltips=[("", "@a"), ("", "@b"), ("", "@said")]))
    plot.xaxis.major_label_orientation = "vertical"
    plot.grid.visible = False
    return embeddable(plot)
