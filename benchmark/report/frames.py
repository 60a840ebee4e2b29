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
        UsageError: No rows are of the reference.
    """
    return summary.summarise(rows, reference, stated or rows.attrs.get("metrics"))


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
    columns = getattr(rows, "columns", ())
    if not {"method", "status", "protocol"} <= {*columns}:
        raise UsageError(
            "latex takes rows as upbench.load(FOLDER) or upbench.evaluate give them; got "
            f"{'a table without their columns' if len(columns) else type(rows).__name__}."
        )
    means = summarise(rows, reference)
    if published is None:
        return to_latex(means, stated=rows.attrs.get("metrics"))
    table = paper.paper_of(means, rows, published=published)
    entries = "".join(f"% {line}".rstrip() + "\n" for line in paper.cited(table).splitlines())
    return paper.to_latex(table) + entries
