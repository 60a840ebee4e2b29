"""The statistics of a table: rows of one group in, one line per method out.

A group is what may be averaged and ranked together: one dataset, scale and protocol.  Everything
here is per image and paired: a difference is over the images that both methods have a score for,
a tie group over methods that have a score for every image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.statistics.intervals import Interval, mean_interval
from upbench.benchmark.statistics.paired import holm, paired_differences, wilcoxon_p
from upbench.benchmark.statistics.ranking import doubles, tie_groups
from upbench.benchmark.statistics.resolution import resolvable

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "COLUMNS",
    "MEASURES",
    "REFERENCE",
    "Measure",
    "group_statistics",
    "statistics_by_group",
]

REFERENCE = "bicubic"
"""What methods are compared with, where the rows have it."""


@dataclass(frozen=True)
class Measure:
    """A column of scores, and what its statistics must know of it."""

    name: str
    least: float = -np.inf
    """No score can be lower, so no interval goes there."""
    most: float = np.inf
    negligible: float | None = None
    """Half of the last digit that the tables print: what counts as no difference.

    None where methods are not ranked by it."""


MEASURES = (
    Measure("psnr_db", negligible=0.005),
    Measure("ssim", least=-1, most=1, negligible=0.00005),
    Measure("checkerboard_db", least=0),
)
_RANKED = tuple(measure.name for measure in MEASURES if measure.negligible is not None)
COLUMNS = (
    *(f"{measure.name}_{end}" for measure in MEASURES for end in ("low", "high")),
    *(
        f"{name}_{what}"
        for name in _RANKED
        for what in ("tie", "diff", "diff_low", "diff_high", "p")
    ),
    "reference",
    *(f"{name}_resolves" for name in _RANKED),
)
"""The columns of statistics, in their order."""


def statistics_by_group(
    rows: pd.DataFrame,
    by: list[str],
    complete: Mapping[Hashable, Collection[str]],
    reference: str | None = None,
) -> pd.DataFrame:
    """Return the statistics of each group of rows; groups never meet.

    Args:
        rows: Finished rows, with the columns of ``by`` and those of :func:`group_statistics`.
        by: The columns that tell the groups apart.
        complete: By group, the methods that finished every image of it.
        reference: As for :func:`group_statistics`.

    Returns:
        A frame indexed by group and method, with COLUMNS; tie groups are whole numbers or null.
    """
    import pandas as pd

    found = {
        key: group_statistics(group, complete.get(key, ()), reference)
        for key, group in rows.groupby(by, sort=False)
    }
    index = pd.MultiIndex.from_arrays([[]] * (len(by) + 1), names=[*by, "method"])
    empty = pd.DataFrame(index=index, columns=list(COLUMNS))
    statistics = pd.concat(found, names=by) if found else empty
    return statistics.astype({f"{name}_tie": "Int64" for name in _RANKED})


def group_statistics(
    rows: pd.DataFrame, complete: Collection[str], reference: str | None = None
) -> pd.DataFrame:
    """Return the statistics of one group of rows.

    Args:
        rows: Finished rows of one dataset, scale and protocol, with the columns method, image,
            psnr_db, ssim and checkerboard_db.
        complete: The methods that finished every image of the group.
        reference: The method that the others are compared with; by default bicubic where the
            rows have it, else the complete method of the best mean PSNR.  Where the rows have
            no such method there are no differences.

    Returns:
        A frame indexed by method, with COLUMNS; not known is null.
    """
    import pandas as pd

    tables = {measure.name: _table(rows, measure.name) for measure in MEASURES}
    chosen = _reference(tables["psnr_db"], complete, reference)
    found = pd.DataFrame(index=tables["psnr_db"].columns, columns=list(COLUMNS), dtype=np.float64)
    found["reference"] = chosen
    for measure in MEASURES:
        name, table = measure.name, tables[measure.name]
        interval = _intervals(table.to_numpy())
        found[f"{name}_low"] = interval.low.clip(measure.least, measure.most)
        found[f"{name}_high"] = interval.high.clip(measure.least, measure.most)
        if measure.negligible is not None and len(table):
            _rank(found, name, table, complete, measure.negligible)
            if chosen is not None:
                _compare(found, name, table, chosen, measure.negligible)
    return found


def _table(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return scores, images down and methods across; images that nobody has a score for are out.

    A method with no score at all keeps its column, of nulls.
    """
    scores = rows.pivot_table(index="image", columns="method", values=name)
    return scores.reindex(columns=sorted(set(rows["method"]))).dropna(how="all")


def _reference(psnr: pd.DataFrame, complete: Collection[str], wanted: str | None) -> str | None:
    if wanted is not None or REFERENCE in psnr.columns:
        name = wanted or REFERENCE
        return name if name in psnr.columns else None
    means = psnr[[method for method in psnr.columns if method in complete]].mean()
    return str(means.idxmax()) if means.notna().any() else None


def _intervals(table: Floats) -> Interval:
    """Return the interval of each column's mean over the scores that it has."""
    ends = np.full((3, table.shape[1]), np.nan)
    known = ~np.isnan(table)
    for pattern in np.unique(known, axis=1).T if table.size else ():
        columns = (known == pattern[:, None]).all(axis=0)
        ends[:, columns] = mean_interval(table[np.ix_(pattern, columns)])
    return Interval(*ends)


def _rank(
    found: pd.DataFrame,
    name: str,
    table: pd.DataFrame,
    complete: Collection[str],
    negligible: float,
) -> None:
    """Fill the tie groups and the smallest difference that the images resolve."""
    whole = table.columns[table.notna().all() & table.columns.isin(list(complete))]
    if not len(whole):
        return
    scores = table[whole].to_numpy()
    found.loc[whole, f"{name}_tie"] = tie_groups(scores, negligible=negligible)
    found[f"{name}_resolves"] = resolvable(scores, negligible=negligible)


def _compare(
    found: pd.DataFrame, name: str, table: pd.DataFrame, reference: str, negligible: float
) -> None:
    """Fill the differences to the reference: mean, interval, corrected p."""
    scores = table.to_numpy()
    own = list(table.columns).index(reference)
    differences = paired_differences(scores, scores[:, own])
    interval = _intervals(differences)
    found[f"{name}_diff"] = interval.mean
    found[f"{name}_diff_low"] = interval.low
    found[f"{name}_diff_high"] = interval.high
    found[f"{name}_p"] = _corrected(differences, doubles(scores, negligible), own)


def _corrected(differences: Floats, double: NDArray[np.intp], own: int) -> Floats:
    """Return Holm's p of each column; methods that print alike on every image are one test."""
    p = np.full(len(double), np.nan)
    for method in np.unique(double):
        known = differences[:, method][~np.isnan(differences[:, method])]
        if method != double[own] and len(known):
            p[method] = wilcoxon_p(known)
    p = holm(p)
    p[double[own]] = 1.0  # the reference's doubles
    p = p[double]
    p[own] = np.nan  # the reference is not tested against itself
    return p
