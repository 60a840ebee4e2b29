"""Rows in memory as a summary and as a paper's tables, for scripts and notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.report import summary
from upbench.benchmark.report.published import paper
from upbench.benchmark.report.tables import to_latex

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import pandas as pd

__all__ = ["latex", "summarise"]

NEEDED = {"method", "dataset", "image", "scale", "protocol", "status", "psnr_db", "ssim"}
"""Columns without which rows are not those of a run."""


def summarise(
    rows: pd.DataFrame, reference: str | None = None, stated: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Return one row per (dataset, scale, protocol, method), the best PSNR first in each group.

    Args:
        rows: As :func:`upbench.evaluate` or :func:`upbench.load` gives them.
        reference: The method that the others are compared with; bicubic by default.
        stated: What a manifest says of metrics, by name; by default what the rows carry in
            ``rows.attrs["metrics"]``.

    Returns:
        A frame; :func:`upbench.benchmark.report.summary.summarise` says what is in it.

    Raises:
        UsageError: No rows are of the reference, or these are no rows.
    """
    _check_rows("summarise", rows, reference)
    return summary.summarise(rows, reference, stated or rows.attrs.get("metrics"))


def _check_rows(function: str, rows: Any, reference: object) -> None:
    """Check what a function of rows is given.

    Raises:
        UsageError: These are no rows, or the reference is no name.
    """
    columns = getattr(rows, "columns", None)
    if columns is None or not NEEDED.issubset(columns):
        raise UsageError(
            f"{function} takes rows as upbench.load(FOLDER) or upbench.evaluate give them; got "
            f"{type(rows).__name__ if columns is None else 'a table without their columns'}."
        )
    if not isinstance(reference, str | None):
        raise UsageError(f"reference takes the name of a method; got {reference!r:.60}.")


def latex(
    rows: pd.DataFrame, reference: str | None = None, *, published: bool | None = None
) -> str:
    """Return rows as LaTeX tables, one for each dataset, scale and protocol, the best bold.

    Args:
        rows: As :func:`upbench.evaluate` or :func:`upbench.load` gives them.
        reference: The method that the others are compared with; bicubic by default.
        published: One table instead, as papers print it: methods down, sets and scales across,
            PSNR/SSIM, the best bold, the second underlined.  True puts the networks of the
            literature above, marked and in no statistic, and their BibTeX below, as comments;
            False leaves them out.

    Raises:
        UsageError: No rows are of the reference, or these are no rows.
    """
    _check_rows("latex", rows, reference)
    means = summarise(rows, reference)
    if published is None:
        return to_latex(means, stated=rows.attrs.get("metrics"))
    table = paper.paper_of(means, rows, published=published)
    entries = "".join(f"% {line}".rstrip() + "\n" for line in paper.cited(table).splitlines())
    return paper.to_latex(table) + entries
