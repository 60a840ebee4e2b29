"""The agreement of methods that claim one kernel, as the page shows it."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.sizes import as_scale, scale_number
from upbench.benchmark.report.agreement.clusters import MANY, clusters
from upbench.benchmark.report.agreement.figure import CLASSES
from upbench.benchmark.report.page.section import Section
from upbench.benchmark.report.page.sections.agreement.plot import agreement_plot
from upbench.benchmark.report.render.json import jsonable
from upbench.benchmark.report.summary import GROUP

if TYPE_CHECKING:
    import pandas as pd

    from upbench.benchmark.report.page.run import Run

__all__ = ["SECTION", "describe_agreement"]

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


def _data(run: Run) -> dict[str, Any]:
    return {
        "agreement": describe_agreement(run.source.agreement),
        "agreement_classes": [asdict(one) for one in CLASSES],
        "agreement_many": MANY,
        "agreement_plot": agreement_plot(),
    }


SECTION = Section("Agreement", 50, data=_data)
