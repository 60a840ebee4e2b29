"""From rows to one line per method: frame in, frame out.

Means are unweighted over images.  A row that failed counts in the coverage ("11/12") and in
nothing else; a method without full coverage is never the best and stands below the others: its
mean is over other images.  An image that no method could use is set aside, and named.  An infinite
PSNR makes a mean infinite and no method the best: where methods are ordered, it counts as a finite
one (:func:`upbench.benchmark.statistics.ranking.finite_scores`).  How sure the means are is said by
:mod:`upbench.benchmark.statistics`.
"""

from __future__ import annotations

import math
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.errors import UsageError
from upbench.benchmark.core.sizes import as_scale_or_size, scale_label
from upbench.benchmark.core.table import best_rows
from upbench.benchmark.core.text import some_of
from upbench.benchmark.report.columns import (
    MAIN,
    SPEED,
    columns_of_rows,
    count_key,
    describe_score,
    worst_key,
)
from upbench.benchmark.report.reasons import noted
from upbench.benchmark.statistics.columns import measure, order_of_group, statistics_by_group

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence

    import pandas as pd

    from upbench.benchmark.core.table import Column

GROUP = ["dataset", "scale", "protocol"]
"""Rows that differ in one of these are never averaged or ranked together."""
SEPARATOR = " / "
"""Between names of images in one cell: no file's name holds it."""
INFINITE = (math.inf, -math.inf)
NAMED = 8
"""How many methods an error names."""


def summarise(
    rows: pd.DataFrame, reference: str | None = None, stated: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Return one row per (dataset, scale, protocol, method), the best PSNR first in each group.

    Args:
        rows: A run's rows, as :func:`upbench.benchmark.load` gives them; skipped cells are left
            out, failed ones count in the coverage.
        reference: The method that the others are compared with.  By default bicubic in each
            group that has it, else the group's best method of full coverage.
        stated: What the run's manifest says of its metrics, by name.

    Returns:
        A frame with the columns dataset, scale, protocol, method, family, images ("12/12": of
        all images of the group that can be used), the mean of each score, the medians over images
        of seconds and mpx_per_s, and the statistics
        (:func:`upbench.benchmark.statistics.columns.statistic_columns`; ``docs/statistics.md``
        explains each), the worst image and the count of a fault
        (:func:`upbench.benchmark.report.columns.fault_columns`), then ``infinite`` and
        ``set_aside``: the images whose PSNR is infinite for this method, and those that no method
        could use.  Where all rows of a group say the same, ``noted`` has it.  A mean over no image
        is null.  Methods
        of full coverage come first.  Speeds of other machines than the last one are kept in the
        rows but left out here: they would be ranked beside fresh ones.

    Raises:
        UsageError: No rows are of the reference.
    """
    tried = _speeds_of_one_machine(rows[rows["status"] != "skipped"].reset_index(drop=True))
    _check_reference(tried, reference)
    unusable = _unusable(tried)
    used, done = tried[~unusable], tried["status"] == "ok"
    scores = columns_of_rows(rows.columns, stated or {})
    by = [*GROUP, "method", "family"]
    summary = _means(tried, done, by, [column.key for column in scores])
    summary.insert(0, "images", _coverage(summary.index, used, done, by))
    summary = summary.reset_index()
    whole = summary[summary["images"].map(is_complete).astype(bool)]
    complete = whole.groupby(GROUP, sort=False)["method"].agg(set).to_dict()
    summary = _ordered(summary, tried[done], complete)
    measures = [measure(column) for column in scores]
    faults = _faults(tried[done], [column for column in scores if column.clean is not None])
    statistics = statistics_by_group(tried[done], GROUP, complete, measures, reference)
    infinite = _names(tried[tried[MAIN] == float("inf")], [*GROUP, "method"], "infinite")
    aside = _names(tried[unusable], GROUP, "set_aside")
    said = noted(tried[done], GROUP)
    found = (
        summary.join(statistics, on=[*GROUP, "method"])
        .join(faults, on=[*GROUP, "method"])
        .join(infinite, on=[*GROUP, "method"])
        .join(aside, on=GROUP)
    )
    return found.join(said, on=GROUP) if len(said) else found


def _check_reference(rows: pd.DataFrame, reference: str | None) -> None:
    known = sorted(set(rows["method"]))
    if reference is not None and reference not in known:
        close = get_close_matches(reference, known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"they are of {some_of(known, NAMED)}."
        raise UsageError(f"No rows are of the reference method {reference!r}; {hint}")


def _speeds_of_one_machine(rows: pd.DataFrame) -> pd.DataFrame:
    """Blank the speeds that were not measured on the machine of the newest row."""
    newest = rows.sort_values("measured_at")["machine"].tail(1)
    elsewhere = ~rows["machine"].isin(newest)
    speeds = ["seconds", SPEED.key]
    return rows.assign(**{column: rows[column].mask(elsewhere) for column in speeds})


def _unusable(tried: pd.DataFrame) -> pd.Series[bool]:
    """Say which rows are of an image that could not be read or prepared for any method."""
    if "height" not in tried:
        return tried["status"] != tried["status"]
    unread = (tried["status"] == "error") & tried["height"].isna()
    places = [tried[name] for name in (*GROUP, "image")]
    return unread.groupby(places).transform("all").astype(bool)


def _means(
    tried: pd.DataFrame, done: pd.Series[bool], by: list[str], scores: list[str]
) -> pd.DataFrame:
    """Return the mean of each score and the medians of time and speed, by method."""
    costs = ["seconds", SPEED.key]
    numbers = tried[by].join(tried.loc[done, [*scores, *costs]])
    grouped = numbers.groupby(by, sort=False)
    means: pd.DataFrame = grouped[scores].mean()
    return means.join(grouped[costs].median())


def _faults(done: pd.DataFrame, columns: list[Column]) -> pd.DataFrame:
    """Return the worst image's value of each fault and how many images show it, by method."""
    import pandas as pd

    by = [*GROUP, "method"]
    found = pd.DataFrame(index=pd.MultiIndex.from_frame(done[by].drop_duplicates()))
    for column in columns:
        values = done.set_index(by)[column.key]
        shows = (values >= column.clean).astype(float).where(values.notna())
        found[worst_key(column)] = values.groupby(by).max()
        found[count_key(column)] = shows.groupby(by).sum(min_count=1).astype("Int64")
    return found


def _coverage(
    index: pd.Index[Any], used: pd.DataFrame, done: pd.Series[bool], by: list[str]
) -> list[str]:
    """Return "11/12" for each method: images with a result, of those that can be used."""
    finished = used["image"].where(done[used.index])
    counts = finished.groupby([used[name] for name in by], sort=False).nunique()
    images = used.groupby(GROUP, sort=False)["image"].nunique()
    return [f"{counts.get(key, 0)}/{images.get(key[:3], 0)}" for key in index]


def _ordered(
    summary: pd.DataFrame, done: pd.DataFrame, complete: Mapping[Hashable, Collection[str]]
) -> pd.DataFrame:
    """Put the best PSNR of each group first; means over other images come after."""
    partial = ~summary["images"].map(is_complete).astype(bool)
    order = _counted_means(summary, done, complete)
    ordered = summary.assign(partial=partial, order=order).sort_values(
        [*GROUP, "partial", "order", "method"],
        ascending=[True, True, True, True, False, True],
        ignore_index=True,
    )
    return ordered.drop(columns=["partial", "order"])


def _counted_means(
    summary: pd.DataFrame, done: pd.DataFrame, complete: Mapping[Hashable, Collection[str]]
) -> Sequence[float]:
    """Return what each line of a summary is ordered by.

    That is its mean, unless its group has an infinite PSNR.
    """
    found: dict[Hashable, float] = {}
    for key, rows in done.groupby(GROUP, sort=False):
        if rows[MAIN].isin(INFINITE).any():
            order = order_of_group(rows, complete.get(key, ()), measure(describe_score(MAIN)))
            found |= {(*key, method): value for method, value in order.items()}
    keys = summary[[*GROUP, "method"]].itertuples(index=False, name=None)
    return [found.get(key, mean) for key, mean in zip(keys, summary[MAIN], strict=True)]


def _names(rows: pd.DataFrame, by: list[str], name: str) -> pd.Series[str]:
    """Return the images of some rows, by group, in one text."""
    found = rows.groupby(by)["image"].agg(lambda images: SEPARATOR.join(sorted(set(images))))
    return found.astype("str").rename(name)


def groups(summary: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each table of a summary with its title: "standard x2, y-classic".

    They come by dataset, scale and protocol; sizes, which tables hold as text, by their area.
    """
    by_key = {
        (dataset, as_scale_or_size(scale), protocol): table
        for (dataset, scale, protocol), table in summary.groupby(GROUP)
    }
    for (dataset, scale, protocol), table in sorted(by_key.items(), key=lambda one: one[0]):
        yield f"{dataset} {scale_label(scale)}, {protocol}", table


def best_of(table: pd.DataFrame, column: Column) -> set[str]:
    """Return the methods that show the best value of a column, among those with full coverage.

    Values that print alike are alike: a difference that the table does not show is no victory.
    A score has a coverage of its own: an image may be too small for one metric alone.  Where a mean
    is infinite, the best is the one that the others' differences to the best are to.
    """
    counted = table.get(f"{column.key}_images")
    most = None if counted is None else counted.max()
    eligible = [
        row
        for row, images in enumerate(table["images"])
        if is_complete(images) and (counted is None or counted.iloc[row] == most)
    ]
    rows = [{column.key: value} for value in table[column.key]]
    best = _of_infinite(table.iloc[eligible], column)
    return best or {str(table["method"].iloc[row]) for row in best_rows(column, rows, eligible)}


def standings(table: pd.DataFrame) -> dict[str, int]:
    """Return the place by PSNR of each method of full coverage, from 1; those alike share one.

    Args:
        table: One group of a summary, or some lines of it, in their order.  Means that print alike
            are alike; infinite ones only if their differences to the best print alike too.
    """
    found: dict[str, int] = {}
    place, above = 0, None
    for row in table[table["images"].map(is_complete).astype(bool)].to_dict("records"):
        shown = _shown(row, describe_score(MAIN))
        place += shown != above
        found[str(row["method"])], above = place, shown
    return found


def _of_infinite(table: pd.DataFrame, column: Column) -> set[str]:
    """Return the best methods of a table with an infinite mean; none where no mean is infinite."""
    to_best = f"{column.key}_best_diff"
    if to_best not in table or not table[column.key].isin(INFINITE).any():
        return set()
    known = table.dropna(subset=[to_best]).to_dict("records")
    best = min(known, key=lambda row: abs(row[to_best]), default={})
    return {str(row["method"]) for row in known if _shown(row, column) == _shown(best, column)}


def _shown(row: Mapping[Hashable, Any], column: Column) -> tuple[str, str]:
    """Return what tells a mean from others: how it prints, an infinite one with its difference."""
    mean = row.get(column.key)
    to_best = row.get(f"{column.key}_best_diff")
    return column.write(mean), column.write(to_best) if mean in INFINITE else ""


def reference_of(table: pd.DataFrame) -> str | None:
    """Return the method that a table's differences are to; None where it has none."""
    named = table["reference"].dropna()
    return str(named.iloc[0]) if len(named) else None


def is_complete(images: str) -> bool:
    """Say whether a coverage like "12/12" is full."""
    done, _, tried = images.partition("/")
    return done == tried != "0"
