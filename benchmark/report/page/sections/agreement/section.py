"""The agreement of methods that claim one kernel, as the page shows it."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.sizes import TargetSize, as_scale, scale_number
from upbench.benchmark.report.agreement.clusters import MANY, clusters
from upbench.benchmark.report.agreement.figure import CLASSES
from upbench.benchmark.report.agreement.kernels import claim
from upbench.benchmark.report.page.plots import embeddable, empty, write
from upbench.benchmark.report.page.section import Section
from upbench.benchmark.report.render.json import jsonable
from upbench.benchmark.report.summary import GROUP
from upbench.benchmark.theory.port.behaviour import at_scale, stated_by
from upbench.benchmark.theory.port.call import NOT_EXACT
from upbench.benchmark.theory.port.recipes import recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from upbench.benchmark.report.page.run import Group, Run
    from upbench.benchmark.theory.port.behaviour import Direction

GREY_LEVELS = 255.0
"""Differences are stored in [0, 1] and shown in grey levels, the unit of pictures."""


def describe_agreement(pairs: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one entry for each dataset, scale, protocol and kernel.

    Args:
        pairs: One row per pair of methods, with the columns dataset, scale, protocol, kernel,
            method_a, method_b, crops, max_abs, mean_abs, shift_down_px, shift_right_px, reason
            and explanation.
    """
    return [
        {
            "dataset": str(dataset),
            "scale": scale_number(as_scale(scale)),
            "protocol": str(protocol),
            "kernel": str(kernel),
            "clusters": clusters(table),
            "pairs": [_pair(pair) for pair in table.to_dict("records")],
        }
        for (dataset, scale, protocol, kernel), table in pairs.groupby(
            [*GROUP, "kernel"], sort=True
        )
    ]


def _pair(pair: dict[Any, Any]) -> dict[str, Any]:
    return {
        "a": str(pair["method_a"]),
        "b": str(pair["method_b"]),
        "crops": int(pair["crops"]),
        "max": jsonable(pair["max_abs"] * GREY_LEVELS),
        "inside": jsonable(pair.get("max_abs_inside", math.nan) * GREY_LEVELS),
        "mean": jsonable(pair["mean_abs"] * GREY_LEVELS),
        "down": jsonable(pair["shift_down_px"]),
        "right": jsonable(pair["shift_right_px"]),
        "reason": str(pair["reason"]),
        "explanation": str(pair["explanation"]),
    }


def describe_recipes(
    pairs: pd.DataFrame, methods: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Return what makes one method's library give another's numbers, for the pairs that differ.

    Returns:
        "texts", and "of": for each direction and method whose numbers are wanted, and method that
        is to give them, the index of the code, or of the reason why it cannot be had.
    """
    texts: dict[str, int] = {}
    found: dict[str, dict[str, dict[str, int]]] = {}
    apart = pairs[pairs["max_abs"] > 0]
    for scale, a, b in apart[["scale", "method_a", "method_b"]].itertuples(index=False):
        direction: Direction = "larger" if as_scale(scale) > 1 else "smaller"
        for wanted, other in ((str(a), str(b)), (str(b), str(a))):
            of = found.setdefault(direction, {}).setdefault(wanted, {})
            if other not in of:
                text = _recipe(methods.get(wanted, {}), methods.get(other, {}), direction)
                of[other] = texts.setdefault(text, len(texts))
    return {"texts": [*texts], "of": found}


def _recipe(wanted: Mapping[str, Any], other: Mapping[str, Any], direction: Direction) -> str:
    if reason := NOT_EXACT.get(str(wanted.get("backend"))):
        return f"Cannot be had: {reason}"
    found = recipe(stated_by(wanted), str(other.get("backend") or ""), direction)
    if not found.code:
        return f"Cannot be had: {found.reason}"
    return f"# {found.caveat}\n{found.code}" if found.caveat else found.code


@cache
def agreement_plot() -> dict[str, Any]:
    """Return the heat map of one kernel's methods, ready for embedding.

    The source is ``cells`` (a, b, colour, ink, text, said); the ranges are set by the page.
    """
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
    write(plot, "a", "b", cells, text_align="center", text_color="ink")
    plot.add_tools(HoverTool(renderers=[drawn], tooltips=[("", "@a"), ("", "@b"), ("", "@said")]))
    plot.xaxis.major_label_orientation = "vertical"
    plot.grid.visible = False
    return embeddable(plot)


def _data(run: Run) -> dict[str, Any]:
    return {
        "agreement": describe_agreement(run.source.agreement),
        "agreement_classes": [asdict(one) for one in CLASSES],
        "agreement_many": MANY,
        "agreement_plot": agreement_plot(),
        "agreement_recipes": describe_recipes(
            run.source.agreement, run.source.manifest.get("methods", {})
        ),
    }


def why_none(group: Group) -> str:
    """Say why no two methods of a group are compared, for where none are."""
    scale, source = group.key[1], group.run.source
    if isinstance(scale, TargetSize):
        return "Pairs are not compared at a size: each image has a scale of its own there."
    if not any(cell[0] and (cell[1], *cell[3:]) == group.key for cell in source.crops):
        return "Outputs are compared by their pictures, of which none were kept here."
    stated = source.manifest.get("methods", {})
    names = [name for name in group.table["method"] if name in stated]
    if not names:
        return "The folder's manifest does not say which kernels the methods use."
    kernels = [str(at_scale(stated[name], float(scale)).get("kernel") or "") for name in names]
    families = Counter(one.family for one in map(claim, kernels) if one is not None)
    if max(families.values(), default=0) > 1:
        return "No two methods of one kernel have a picture of the same image here."
    return "No two methods of this dataset, scale and protocol say that they use the same kernel."


SECTION = Section(
    "Agreement", 50, data=_data, group=lambda group: {"no_agreement": why_none(group)}
)
