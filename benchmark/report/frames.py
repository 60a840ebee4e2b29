"""Rows in memory as a summary and as a paper's tables, for scripts and notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.report.summary import summarise
from upbench.benchmark.report.tables import to_latex

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["latex", "summarise"]


def latex(rows: pd.DataFrame, reference: str | None = None) -> str:
    """Return rows as LaTeX tables, one for each dataset, scale and protocol, the best bold.

    Args:
        rows: As :func:`upbench.evaluate` or :func:`upbench.load` gives them.
        reference: The method that the others are compared with; bicubic by default.

    Raises:
        UsageError: No rows are of the reference.
    """
    return to_latex(summarise(rows, reference))
