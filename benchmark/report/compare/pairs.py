"""Pairing: the rows of two sides, image by image, and why some of them cannot be compared.

A pair is compared only if the same picture was degraded by the same protocol and scored by the
same version of the metric.  Whatever else there is stands in the same frame, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from upbench.benchmark.core.row import alike_scales
from upbench.benchmark.core.sizes import scale_dtype
from upbench.benchmark.report.compare.reading import IDENTITY
from upbench.benchmark.statistics import paired_differences

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from upbench.benchmark.report.compare.columns import Compared
    from upbench.benchmark.report.compare.reading import Run

PAIR_COLUMNS = [*IDENTITY, "column", "a", "b", "change", "effect", "reason", "present", "lost"]
"""The columns of the frame of pairs; :func:`pair` says what each holds."""

TAKEN = ["status", "reason", "machine"]


@dataclass(frozen=True)
class Side:
    """One side of a comparison: some rows of a run."""

    name: str
    """How reasons name it: "A", or a method."""
    run: Run
    rows: pd.DataFrame


def pair(a: Side, b: Side, columns: Mapping[str, Compared]) -> pd.DataFrame:
    """Pair two sides, the old one first, image by image and column by column.

    Returns:
        A frame of one row per pair and column, in the order of what they are about, with

        - the five columns that name a row, and ``column``: what is compared, or "" for a pair
          that cannot be compared in any column;
        - ``a`` and ``b``: both values; ``change``: b - a, or b / a where the column is a ratio;
        - ``effect``: the change turned so that above 0 is better (the logarithm of a ratio; minus
          its size where no way is better);
        - ``reason``: why it cannot be compared, null for a pair that can;
        - ``present``: which sides have the row, "both", "a" or "b"; ``lost``: whether A has a
          result and B's row has none.

        What both sides skipped is left out.
    """
    import pandas as pd

    merged = _merged(a, b, list(columns))
    reasons = _row_reasons(merged, a, b)
    merged["reason"] = reasons
    refused = merged[reasons.notna()].assign(column="")
    sound = merged[reasons.isna()].reset_index(drop=True)
    parts = [refused, *(_compared(sound, a, b, column) for column in columns.values())]
    types = dict.fromkeys(["a", "b", "change", "effect"], "float64") | {"reason": "str"}
    types |= {"scale": scale_dtype(merged["scale"].unique()), "lost": "bool"}
    frames = [part.reindex(columns=PAIR_COLUMNS).astype(types) for part in parts]
    order = [*IDENTITY, "column"]
    return pd.concat(frames).sort_values(order, ignore_index=True, kind="stable")


def _merged(a: Side, b: Side, columns: list[str]) -> pd.DataFrame:
    """Put the rows of both sides beside each other, whether or not they have a partner."""
    taken = [*IDENTITY, *TAKEN, *columns]
    old, new = alike_scales(*(side.rows.reindex(columns=taken) for side in (a, b)))
    if old["scale"].dtype.kind != new["scale"].dtype.kind:  # whole ones against fractions
        old, new = (side.astype({"scale": "float64"}) for side in (old, new))
    merged = old.merge(new, how="outer", on=IDENTITY, suffixes=("_a", "_b"), indicator="present")
    words = {"left_only": "a", "right_only": "b", "both": "both"}
    merged["present"] = merged["present"].astype("str").map(words)
    merged["lost"] = (merged["status_a"] == "ok") & (merged["status_b"].fillna("ok") != "ok")
    skipped = (merged["status_a"] == "skipped") & (merged["status_b"] == "skipped")
    return merged[~skipped].reset_index(drop=True)


# ------------------------------------------------------------------ why not: whole rows


def _row_reasons(merged: pd.DataFrame, a: Side, b: Side) -> pd.Series[str]:
    """Say why rows cannot be compared in any column; null for those that can."""
    reasons = merged["reason_a"].where(merged["status_a"].isna())  # all null
    for side, present in ((a, "a"), (b, "b")):
        reasons = _also(reasons, merged["present"] == present, f"only {side.name} has it")
    for side, suffix in ((a, "_a"), (b, "_b")):
        status = merged[f"status{suffix}"]
        why = merged[f"reason{suffix}"].fillna("no reason is given")
        skipped = status == "skipped"
        reasons = _also(reasons, skipped, f"{side.name} skipped it: " + why)
        reasons = _also(reasons, status != "ok", f"{side.name} failed (" + status + "): " + why)
    if a.run is b.run:
        return reasons  # one run gives one meaning to its protocols and images
    for said in (_protocol_reasons(merged, a, b), _image_reasons(merged, a, b)):
        reasons = _also(reasons, said.notna(), said)
    return reasons


def _also(
    reasons: pd.Series[str], applies: pd.Series[bool], said: str | pd.Series[str]
) -> pd.Series[str]:
    """Give a reason to those that it applies to and that have none yet."""
    return reasons.mask(applies & reasons.isna(), said)


def _protocol_reasons(merged: pd.DataFrame, a: Side, b: Side) -> pd.Series[str]:
    unlike = {
        name: _unlike(f"protocol {name}", a, b, a.run.protocol(name), b.run.protocol(name))
        for name in merged["protocol"].unique()
    }
    return merged["protocol"].map(unlike).astype("str")


def _image_reasons(merged: pd.DataFrame, a: Side, b: Side) -> pd.Series[str]:
    """Compare the digests.  The reason names no image, so that it can be counted."""
    import pandas as pd

    places = merged[["dataset", "image"]].drop_duplicates()
    known = [(a.run.digest(*place), b.run.digest(*place)) for place in places.to_numpy()]
    said = [
        "the image is another one: its SHA-256 differs"
        if old and new and old != new
        else _unlike("the image", a, b, old, new)
        for old, new in known
    ]
    reasons = places.assign(said=pd.Series(said, index=places.index, dtype="str"))
    return merged[["dataset", "image"]].merge(reasons, how="left")["said"]


def _unlike(what: str, a: Side, b: Side, old: str | None, new: str | None) -> str | None:
    """Say how two signatures differ, or whose manifest has none; None where they are equal."""
    if old is None or new is None:
        silent = [side.name for side, text in ((a, old), (b, new)) if text is None]
        return f"the manifest of {' and of '.join(silent)} does not describe {what}"
    if old == new:
        return None
    gone = [part for part in old.split("|") if part not in new.split("|")]
    come = [part for part in new.split("|") if part not in old.split("|")]
    return f"{what} differs: {', '.join(gone) or 'less'} against {', '.join(come) or 'less'}"


# ------------------------------------------------------------------ the columns


def _compared(sound: pd.DataFrame, a: Side, b: Side, column: Compared) -> pd.DataFrame:
    """Compare one column of the rows that can be."""
    old, new = sound[f"{column.key}_a"], sound[f"{column.key}_b"]
    change = _changes(old, new, column)
    reasons = _column_reasons(sound, a, b, column)
    can = reasons.isna()
    return sound.assign(
        column=column.key,
        a=old,
        b=new,
        change=change.where(can),
        effect=change.map(column.effect).where(can),
        reason=reasons,
    )


def _changes(old: pd.Series[float], new: pd.Series[float], column: Compared) -> pd.Series[float]:
    """Return the change of each pair; values that differ by rounding alone have none."""
    import pandas as pd

    if column.is_ratio:
        return new / old
    found = paired_differences(new.to_numpy()[:, None], old.to_numpy())
    return pd.Series(found[:, 0], index=old.index)


def _column_reasons(sound: pd.DataFrame, a: Side, b: Side, column: Compared) -> pd.Series[str]:
    """Say why rows cannot be compared in this column; null for those that can."""
    old, new = sound[f"{column.key}_a"].isna(), sound[f"{column.key}_b"].isna()
    reasons = sound["reason_a"].where(sound["present"] != "both")  # all null
    reasons = _also(reasons, old & new, f"neither side has a value of {column.key}")
    reasons = _also(reasons, new, f"only {a.name} has a value of {column.key}")
    reasons = _also(reasons, old, f"only {b.name} has a value of {column.key}")
    if column.is_ratio:
        elsewhere = sound["machine_a"] != sound["machine_b"]
        return _also(reasons, elsewhere, _machines(sound))
    if a.run is b.run:
        return reasons
    name = column.key
    unlike = _unlike(f"metric {name}", a, b, a.run.metric(name), b.run.metric(name))
    return reasons if unlike is None else _also(reasons, reasons.isna(), unlike)


def _machines(sound: pd.DataFrame) -> pd.Series[str]:
    both = "(" + sound["machine_a"] + " against " + sound["machine_b"] + ")"
    return "speed is only compared on one machine " + both
