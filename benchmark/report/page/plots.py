"""The page's plots, made by Bokeh: what they look like.  Their data come from the page.

Bokeh draws offline from one script that its wheel ships.  Each figure starts with an empty data
source of a known name; the page fills it for the dataset, scale and protocol that is looked at.
Colours of axes and text follow the page's, light or dark, through Bokeh's CSS variables.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from upbench.benchmark.report.figures import COLOURS

if TYPE_CHECKING:
    from bokeh.plotting import figure

__all__ = ["PALETTE", "agreement_plot", "library", "speed_plot"]

PALETTE = (*COLOURS[:6], COLOURS[-1])
"""Okabe and Ito's colours that stand out from white and from black."""
FONT = "system-ui, sans-serif"
"""What the page is set in; Bokeh's canvas cannot inherit it."""
TEXT = {
    "axis_label_text_font_style": "normal",
    "axis_label_text_font": FONT,
    "major_label_text_font": FONT,
    "axis_label_text_font_size": "13px",
    "major_label_text_font_size": "12px",
}


@cache
def library() -> str:
    """Return Bokeh's script, to stand in the page."""
    from bokeh.resources import Resources

    return "\n".join(Resources(mode="inline", components=["bokeh"]).js_raw)


@cache
def speed_plot() -> dict[str, Any]:
    """Return quality against speed, its Pareto front drawn and named, ready for embedding.

    The sources are ``points`` (x, y, method, kind, colour, marker, and the texts psnr and speed),
    ``front`` (x, y) and ``names`` (x, y, text, align, dx, dy, ink); the ranges are ``speed`` and
    ``quality``.
    """
    from bokeh.core.properties import value
    from bokeh.models import ColumnDataSource, HoverTool, NumeralTickFormatter, Range1d, TapTool
    from bokeh.plotting import figure

    points = ColumnDataSource(_empty("x y method kind colour marker psnr speed"), name="points")
    front = ColumnDataSource(_empty("x y"), name="front")
    names = ColumnDataSource(_empty("x y text align dx dy ink"), name="names")
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
    plot.step("x", "y", source=front, mode="before", line_width=1.5, line_color="#8a949e")
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
    plot.xaxis.formatter = NumeralTickFormatter(format="0,0.[00]")
    return _embeddable(plot)


@cache
def agreement_plot() -> dict[str, Any]:
    """Return the heat map of one kernel's methods, ready for embedding.

    The source is ``cells`` (a, b, colour, ink, text, said); the ranges are set by the page.
    """
    from bokeh.core.properties import value
    from bokeh.models import ColumnDataSource, FactorRange, HoverTool
    from bokeh.plotting import figure

    cells = ColumnDataSource(_empty("a b colour ink text said"), name="cells")
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
    return _embeddable(plot)


def _empty(columns: str) -> dict[str, Any]:
    return {column: [] for column in columns.split()}


def _embeddable(plot: figure) -> dict[str, Any]:
    from bokeh.embed import json_item

    for axis in plot.axis:
        axis.update(**TEXT)
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    return dict(json_item(plot))
