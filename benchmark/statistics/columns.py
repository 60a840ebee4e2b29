"""The statistics of a table: rows of one group in, one line per method out.

A group is what may be averaged and ranked together: one dataset, scale and protocol.  Everything
here is per image and paired: a difference is over the images that both methods have a score for,
a rank among methods that have a score for every image.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from upbench.benchmark.statistics.influence import deciding_image, deciding_lead
from upbench.benchmark.statistics.intervals import Interval, mean_interval
from upbench.benchmark.statistics.paired import holm, paired_differences, wilcoxon_p
from upbench.benchmark.statistics.ranking import doubles, finite_scores, rank_methods
from upbench.benchmark.statistics.resolution import resolvable

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Floats
    from upbench.benchmark.core.table import Column


__all__ = [
    "Measure",
    "group_statistics",
    "measure",
    "order_of_group",
    "statistic_columns",
    "statistics_by_group",
]

REFERENCE = "bicubic"
"""What methods are compared with, where the rows have it."""


@dataclass(frozen=True)
class Measure:
    """A column of scores, and what its statistics must know of it."""

    name: str
    higher: bool = True
    """Whether higher is better."""
    ranked: bool = True
    """Whether methods are ranked by it: it has a direction."""
    least: float = -np.inf
    """No score can be lower, so no interval goes there."""
    most: float = np.inf
    negligible: float = 0.0
    """Half of the last digit that the tables print: what counts as no difference."""


def measure(column: Column) -> Measure:
    """Return what the statistics must know: 0.005 dB are nothing where ".2f" is shown."""
    digits = re.fullmatch(r"\+?\.(\d+)f", column.format if isinstance(column.format, str) else "")
    return Measure(
        column.key,
        higher=column.better != "lower",
        ranked=column.better != "none",
        least=column.limits[0],
        most=column.limits[1],
        negligible=float(f"5e-{int(digits[1]) + 1}") if digits else 0.0,
    )


def statistic_columns(measures: Sequence[Measure]) -> list[str]:
    """Return the columns of statistics, in their order."""
    ranked = [one.name for one in measures if one.ranked]
    return [
        *(f"{one.name}_{what}" for one in measures for what in OF_EACH),
        *(f"{name}_{what}" for name in ranked for what in (*OF_REFERENCE, *OF_BEST)),
        "reference",
        *(f"{name}_resolves" for name in ranked),
        *(f"{one.name}_images" for one in measures),
    ]


OF_EACH = ("low", "high", "median")
OF_REFERENCE = (
    *("diff", "diff_low", "diff_high", "diff_median"),
    *("p", "tests", "turned_by", "diff_without"),
)
OF_BEST = ("best_diff", "best_low", "best_high", "rank_low", "rank_high", "led_by", "next_best")
"""What is said of a method beside the reference, and beside the best; names of images and methods
are text, ranks whole numbers, the others numbers."""
TEXTS = ("turned_by", "led_by", "next_best")
WHOLE = ("tests", "rank_low", "rank_high", "images")


def statistics_by_group(
    rows: pd.DataFrame,
    by: list[str],
    complete: Mapping[Hashable, Collection[str]],
    measures: Sequence[Measure],
    reference: str | None = None,
) -> pd.DataFrame:
    """Return the statistics of each group of rows; groups never meet.

    Args:
        rows: Finished rows, with the columns of ``by``, method, image and one for each measure.
        by: The columns that tell the groups apart.
        complete: By group, the methods that finished every image of it.
        measures: The scores; each has differences and ranks of its own.
        reference: The method that the others are compared with; by default bicubic where the
            rows have it, else the complete method of the best mean of the first measure.  Where
            the rows have no such method there are no differences.

    Returns:
        A frame indexed by group and method, with :func:`statistic_columns`; not known is null,
        ranks are whole numbers or null.
    """
    import pandas as pd

    found = {
        key: group_statistics(group, complete.get(key, ()), measures, reference)
        for key, group in rows.groupby(by, sort=False)
    }
    index = pd.MultiIndex.from_arrays([[]] * (len(by) + 1), names=[*by, "method"])
    empty = pd.DataFrame(index=index, columns=statistic_columns(measures))
    statistics = pd.concat(found, names=by) if found else empty
    types = {
        f"{one.name}_{what}": kind
        for one in measures
        for kind, endings in (("Int64", WHOLE), ("str", TEXTS))
        for what in endings
        if f"{one.name}_{what}" in statistics
    }
    return statistics.astype(types)


def group_statistics(
    rows: pd.DataFrame,
    complete: Collection[str],
    measures: Sequence[Measure],
    reference: str | None = None,
) -> pd.DataFrame:
    """Return the statistics of one group of rows.

    As :func:`statistics_by_group`, for rows of one dataset, scale and protocol, of which the
    methods ``complete`` finished every image; indexed by method.
    """
    import pandas as pd

    tables = {one.name: _table(rows, one.name) for one in measures}
    first = tables[measures[0].name]
    chosen = _reference(first, complete, reference, measures[0])
    names = statistic_columns(measures)
    found = pd.DataFrame(index=first.columns, columns=names, dtype=np.float64)
    texts = [f"{one.name}_{what}" for one in measures if one.ranked for what in TEXTS]
    found[texts] = None
    found["reference"] = chosen
    for one in measures:
        name, table = one.name, tables[one.name]
        interval = _intervals(table.to_numpy())
        found[f"{name}_low"] = interval.low.clip(one.least, one.most)
        found[f"{name}_high"] = interval.high.clip(one.least, one.most)
        found[f"{name}_median"] = table.median()
        found[f"{name}_images"] = table.notna().sum()
        if one.ranked and len(table):
            _rank(found, table, complete, one)
            if chosen is not None:
                _compare(found, name, table, chosen, one.negligible)
    return found


def order_of_group(rows: pd.DataFrame, complete: Collection[str], one: Measure) -> pd.Series[float]:
    """Return what the methods of one group are ordered by, higher first, by method.

    That is the mean, or minus the mean where lower is better, with a number for each infinite
    score; of methods that lack an image it says nothing beside those that have all of them.
    """
    return _order(_table(rows, one.name), complete, one)


def _table(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return scores, images down and methods across; images without any score are left out.

    A method with no score at all keeps its column, of nulls.
    """
    scores = rows.pivot_table(index="image", columns="method", values=name)
    return scores.reindex(columns=sorted(set(rows["method"]))).dropna(how="all")


def _order(table: pd.DataFrame, complete: Collection[str], one: Measure) -> pd.Series[float]:
    """Return the means of :func:`order_of_group`.

    The methods with every image are counted by themselves, as for their ranks.
    """
    import pandas as pd

    found = pd.Series(np.nan, index=table.columns)
    whole = _whole(table, complete)
    for names in (whole, table.columns.difference(whole)):
        scores = table[names].to_numpy() * (1 if one.higher else -1)
        found[names] = pd.DataFrame(finite_scores(scores, one.negligible)).mean().to_numpy()
    return found


def _whole(table: pd.DataFrame, complete: Collection[str]) -> pd.Index[str]:
    """Return the methods that are ranked: those with a score on every image."""
    found: pd.Index[str] = table.columns[table.notna().all() & table.columns.isin(list(complete))]
    return found


def _reference(
    scores: pd.DataFrame, complete: Collection[str], wanted: str | None, one: Measure
) -> str | None:
    if wanted is not None or REFERENCE in scores.columns:
        name = wanted or REFERENCE
        return name if name in scores.columns else None
    order = _order(scores, complete, one)
    known = order[order.index.isin(list(complete))].dropna()
    return str(known.idxmax()) if len(known) else None


def _intervals(table: Floats) -> Interval:
    """Return the interval of each column's mean over the scores that it has."""
    ends = np.full((3, table.shape[1]), np.nan)
    known = ~np.isnan(table)
    for pattern in np.unique(known, axis=1).T if table.size else ():
        columns = (known == pattern[:, None]).all(axis=0)
        ends[:, columns] = mean_interval(table[np.ix_(pattern, columns)])
    return Interval(*ends)


def _rank(
    found: pd.DataFrame, table: pd.DataFrame, complete: Collection[str], one: Measure
) -> None:
    """Fill the differences to the best, the rank ranges, and what the lead hangs on."""
    whole, name = _whole(table, complete), one.name
    scores = table[whole].to_numpy()
    ranking = rank_methods(scores, higher=one.higher, negligible=one.negligible)
    if ranking is None:
        return
    found.loc[whole, f"{name}_best_diff"] = ranking.difference
    found.loc[whole, f"{name}_best_low"] = ranking.low
    found.loc[whole, f"{name}_best_high"] = ranking.high
    found.loc[whole, f"{name}_rank_low"] = np.where(ranking.first, ranking.first, np.nan)
    found.loc[whole, f"{name}_rank_high"] = np.where(ranking.last, ranking.last, np.nan)
    counted = finite_scores(scores * (1 if one.higher else -1), one.negligible)
    lead = deciding_lead(counted, ranking.best, one.negligible)
    if lead is not None:
        found.loc[whole[ranking.best], f"{name}_led_by"] = table.index[lead.image]
        found.loc[whole[ranking.best], f"{name}_next_best"] = whole[lead.method]


def _compare(
    found: pd.DataFrame, name: str, table: pd.DataFrame, reference: str, negligible: float
) -> None:
    """Fill the differences to the reference: mean, median, interval, corrected p, what it needs."""
    scores = table.to_numpy()
    own = list(table.columns).index(reference)
    differences = paired_differences(scores, scores[:, own])
    interval = _intervals(differences)
    found[f"{name}_diff"] = interval.mean
    found[f"{name}_diff_low"] = interval.low
    found[f"{name}_diff_high"] = interval.high
    found[f"{name}_diff_median"] = _medians(differences)
    found[f"{name}_p"], found[f"{name}_tests"] = _corrected(
        differences, doubles(scores, negligible), own
    )
    found[f"{name}_resolves"] = resolvable(differences, negligible=negligible)
    for method, values in zip(table.columns, differences.T, strict=True):
        turn = deciding_image(values, negligible)
        if turn is not None:
            found.loc[method, f"{name}_turned_by"] = table.index[turn.image]
            found.loc[method, f"{name}_diff_without"] = turn.without


def _medians(table: Floats) -> Floats:
    """Return the median of each column over what it has; NaN where that is nothing."""
    known = [column[~np.isnan(column)] for column in table.T]
    return np.array([np.median(column) if len(column) else np.nan for column in known])


def _corrected(differences: Floats, double: NDArray[np.intp], own: int) -> tuple[Floats, int]:
    """Return Holm's p of each column, and of how many tests.

    Methods that print alike on every image are one test.
    """
    p = np.full(len(double), np.nan)
    for method in np.unique(double):
        known = differences[:, method][~np.isnan(differences[:, method])]
        if method != double[own] and len(known):
            p[method] = wilcoxon_p(known)
    tests = int(np.count_nonzero(~np.isnan(p)))
    p = holm(p)
    p[double[own]] = 1.0  # the reference's doubles
    p = p[double]
    p[own] = np.nan  # the reference is not tested against itself
    return p, tests
