"""From pairs to lines: what changed on average, how surely, and where it is worst.

A line is one column of one method on the images of one (dataset, scale, protocol).  Its change is
the mean over the images of the paired differences, or the geometric mean of the paired ratios: the
interval and the test are of the same pairs, so they do not suffer from images being unlike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.sizes import scale_label
from upbench.benchmark.report.compare.reading import IDENTITY
from upbench.benchmark.statistics import ALPHA, holm, mean_interval, wilcoxon_p

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    import pandas as pd

    from upbench.benchmark.report.compare.columns import Compared

LINE = [*IDENTITY[:-1], "column"]
"""What a line is about."""

LINE_COLUMNS = [
    *LINE, "images", "of", "a", "b", "change", "low", "high", "p", "effect", "verdict",
    "better", "same", "worse", "worst_image", "worst_change",
]  # fmt: skip
"""The columns of the frame of lines; :func:`summarise_pairs` says what each holds."""

FEWEST = 6
"""So many images seldom change the same way by chance: 2 of 2^6 patterns of signs, p = 0.031."""


def summarise_pairs(pairs: pd.DataFrame, columns: Mapping[str, Compared]) -> pd.DataFrame:
    """Return one line per (method, dataset, scale, protocol, column).

    Returns:
        A frame in the order of the columns and then of the pairs, with

        - ``images``: how many images are compared, and ``of``: how many either side has;
        - ``a``, ``b``, ``change``: means over those images (geometric ones of a ratio), so that
          change is b - a, or b / a;
        - ``low``, ``high``: the 95 % interval of the change, null where a change is infinite;
        - ``p``: Wilcoxon's signed-rank test of no change, after Holm's correction over all lines
          of the column that changed; null where nothing did, or a change is infinite;
        - ``effect``: the change turned so that above 0 is better; ``verdict``: "better" or "worse"
          where every image of six or more changed the same way, or the interval excludes no change
          and the test agrees (p < 0.05); "undecided" otherwise, "equal" where no image changed,
          "changed" where no way is better;
        - ``better``, ``same``, ``worse``: how many images changed in which way; a column of which
          no way is better counts every change as worse;
        - ``worst_image`` and ``worst_change``: the image that lost most, or gained least; null
          where nothing changed.

        A line without any comparable pair is not there.
    """
    import pandas as pd

    found = [
        _line(key, pairs_of, column)
        for name, column in columns.items()
        for key, pairs_of in pairs[pairs["column"] == name].groupby(LINE, sort=True)
        if pairs_of["reason"].isna().any()
    ]
    lines = pd.DataFrame(found, columns=LINE_COLUMNS)
    present = pairs.drop_duplicates(IDENTITY).groupby(IDENTITY[:-1]).size().rename("of")
    lines = lines.drop(columns="of").join(present, on=IDENTITY[:-1])[LINE_COLUMNS]
    lines["p"] = lines.groupby("column")["p"].transform(holm)
    lines["verdict"] = [_verdict(line, columns[line["column"]]) for line in records(lines)]
    return lines


def _line(key: tuple[Any, ...], pairs: pd.DataFrame, column: Compared) -> dict[str, Any]:
    """Summarise the pairs of one line."""
    done = pairs[pairs["reason"].isna()]
    effects = done["effect"]
    worst = done.iloc[int(effects.argmin())]
    change = _change(done["change"], column)
    changed = bool((effects != 0).any())
    return {
        **dict(zip(LINE, key, strict=True)),
        "images": len(done),
        "a": _mean(done["a"], column),
        "b": _mean(done["b"], column),
        **change,
        "effect": column.effect(change["change"]),
        "better": int((effects > 0).sum()),
        "same": int((effects == 0).sum()),
        "worse": int((effects < 0).sum()),
        "worst_image": worst["image"] if changed else None,
        "worst_change": worst["change"] if changed else None,
    }


def _mean(values: pd.Series[float], column: Compared) -> float:
    """Return the mean of a column, or the geometric mean of one that is compared as a ratio."""
    import numpy as np

    return float(np.exp(np.log(values).mean()) if column.is_ratio else values.mean())


def _change(changes: pd.Series[float], column: Compared) -> dict[str, float]:
    """Return the mean change with its interval and its test; equal values need no test."""
    import numpy as np

    if (changes == column.same).all():
        return {"change": column.same, "low": column.same, "high": column.same, "p": np.nan}
    added = np.log(changes.to_numpy()) if column.is_ratio else changes.to_numpy()
    ends = np.array(mean_interval(added))
    mean, low, high = np.exp(ends) if column.is_ratio else ends
    p = wilcoxon_p(added) if np.isfinite(mean) else np.nan
    return {"change": float(mean), "low": float(low), "high": float(high), "p": p}


def _verdict(line: Mapping[Hashable, Any], column: Compared) -> str:
    """Say which way a line went, if its images leave no doubt."""
    if line["same"] == line["images"]:
        return "equal"
    if column.better == "none":
        return "changed"
    alike = line["images"] >= FEWEST and line["images"] in (line["better"], line["worse"])
    within = line["low"] <= column.same <= line["high"]
    if alike or (not within and line["p"] < ALPHA):  # an infinite change has no p, only signs
        return "better" if line["effect"] > 0 else "worse"
    return "undecided"


def records(frame: pd.DataFrame) -> list[dict[Hashable, Any]]:
    """Return the rows of a frame of lines or pairs."""
    return frame.to_dict("records")


def place(row: Mapping[Hashable, Any]) -> str:
    """Return what a line or pair is about without its method: "standard x2, y-classic"."""
    return f"{row['dataset']} {scale_label(row['scale'])}, {row['protocol']}"


def method_on_place(row: Mapping[Hashable, Any]) -> str:
    """Return what a line or pair is about: "bicubic on standard x2, y-classic"."""
    return f"{row['method']} on {place(row)}"
