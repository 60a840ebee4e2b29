"""What the page's plots share, which Bokeh draws.  Their data come from the page.

Bokeh draws offline from one script that its wheel ships.  Each figure starts with an empty data
source of a known name; the page fills it for the dataset, scale and protocol that is looked at.
Colours of axes and text follow the page's, light or dark, through Bokeh's CSS variables.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bokeh.models import ColumnDataSource
    from bokeh.plotting import figure

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


def empty(columns: str) -> dict[str, Any]:
    """Return a data source's columns, still without rows."""
    return {column: [] for column in columns.split()}


def embeddable(plot: figure) -> dict[str, Any]:
    """Return a figure as JSON for the page, in the page's type."""
    from bokeh.embed import json_item

    for axis in plot.axis:
        axis.update(**TEXT)
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    return dict(json_item(plot))


def write(plot: figure, x: str, y: str, source: ColumnDataSource, **look: Any) -> None:
    """Write the column "text" of a source into a figure, in the page's type."""
    from bokeh.core.properties import value

    font: dict[str, Any] = {
        "text_font": value(FONT),
        "text_font_size": "12px",
        "text_baseline": "middle",
    }
    plot.text(x, y, text="text", source=source, **font, **look)
