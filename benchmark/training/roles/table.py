"""Trainings as tables: every row and every learning curve, and one line per layer for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.table import Column, Table, mean_and_range
from upbench.benchmark.core.text import counted
from upbench.benchmark.training.roles import every_role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pandas as pd

    from upbench.benchmark.engine.trainings import StoredTraining

__all__ = ["CONDITIONS", "by_conditions", "curves_of", "frame_of", "role_tables"]

CONDITIONS = ("role", "data", "steps", "device")
"""What rows must share to be compared."""
PLACE = (*CONDITIONS, "layer", "seed")


def frame_of(trainings: Iterable[StoredTraining]) -> pd.DataFrame:
    """Return a row for each training, failures included; not known is null."""
    return _ordered([dict(one.row) for one in trainings])


def curves_of(trainings: Iterable[StoredTraining]) -> pd.DataFrame:
    """Return a row for each point of each learning curve."""
    return _ordered(
        [
            {**{key: one.row[key] for key in PLACE}, **point}
            for one in trainings
            for point in one.curve
        ]
    )


def _ordered(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Sort rows by their conditions; layers and points stay in their order."""
    import pandas as pd

    names = dict.fromkeys(name for row in rows for name in row)
    frame = pd.DataFrame(rows, columns=[*names]).convert_dtypes()
    keys = [key for key in (*CONDITIONS, "seed") if key in frame]
    return frame.sort_values(keys, kind="stable", ignore_index=True) if keys else frame


def by_conditions(
    trainings: Iterable[StoredTraining],
) -> Iterator[tuple[str, list[StoredTraining]]]:
    """Yield trainings that may be compared, of one role, data, steps and device, and a title.

    Trainings of roles that this upbench does not have are left out.
    """
    groups: dict[tuple[Any, ...], list[StoredTraining]] = {}
    for one in trainings:
        if one.row["role"] in every_role():
            groups.setdefault(tuple(one.row[key] for key in CONDITIONS), []).append(one)
    for (role, data, steps, device), group in groups.items():
        yield f"{role}, {data}, {counted(steps, 'step')}, {device}", group


def role_tables(trainings: Iterable[StoredTraining]) -> Iterator[Table]:
    """Yield a table for each role, data, steps and device: a line per layer, means over seeds.

    Beside a mean stand the lowest and the highest seed, where they read differently.
    """
    for title, group in by_conditions(trainings):
        by_layer: dict[str, list[StoredTraining]] = {}
        for one in group:
            by_layer.setdefault(one.row["layer"], []).append(one)
        columns = every_role()[group[0].row["role"]].columns
        shown = [column for column in columns if _values(group, column.key)]
        yield Table(
            (Column("layer", "layer"), Column("seeds", "seeds", "d"), *shown),
            tuple({"layer": layer, **_line(shown, some)} for layer, some in by_layer.items()),
            title,
            _notes(group),
        )


def _line(columns: Sequence[Column], trainings: Sequence[StoredTraining]) -> dict[str, Any]:
    """Return one layer's means, with the lowest and the highest seed."""
    done = [one for one in trainings if one.row["status"] == "ok"]
    line: dict[str, Any] = {"seeds": len(done)}
    found = {column.key: mean_and_range(_values(done, column.key), column) for column in columns}
    return line | {key: value for key, value in found.items() if value is not None}


def _values(trainings: Iterable[StoredTraining], key: str) -> list[float]:
    return [one.row[key] for one in trainings if one.row.get(key) is not None]


def _notes(trainings: Iterable[StoredTraining]) -> tuple[str, ...]:
    """Say why a number is not known: of a training that failed, or of the data."""
    notes: dict[str, None] = {}
    for one in trainings:
        row = one.row
        if row["status"] != "ok":
            notes[f"{row['layer']}, seed {row['seed']}: {row['status']}. {row['reason']}"] = None
        elif row["reason"]:
            notes[row["reason"]] = None
    return (*notes,)
