"""Along training: the learning curves, and the step from which on no checkerboard shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from head_study.subjects import Subject

VISIBLE_DB = 1.0
"""Below this level, in dB, there is no checkerboard to see: 0.15 grey levels RMS."""
MEASURES = ("checkerboard_db", "ripple_db")
_NETWORK = ["method", "scale", "seed"]


def curves(subjects: Iterable[Subject]) -> pd.DataFrame:
    """Read the learning curves that training left.

    Returns:
        One row per record: method, scale, seed and the columns of
        :class:`upbench.benchmark.training.checkpoint.Point`, all on validation images.
    """
    import pandas as pd

    parts = []
    for one in subjects:
        curve = pd.read_csv(one.curve_file)
        for place, column in enumerate(_NETWORK):
            value = (one.method.name, one.scale, one.seed)[place]
            curve.insert(place, column, value)
        parts.append(curve)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_NETWORK)


def convergence(frame: pd.DataFrame) -> pd.DataFrame:
    """Return from which recorded step on each network's checkerboard and ripple do not show.

    Returns:
        One row per network: method, scale, seed, and for each of MEASURES ``_first`` (its value
        before training), ``_worst`` (the highest of the records), ``_step`` (see
        :func:`converged_at`) and ``_last`` (its value at the end).
    """
    import pandas as pd

    rows = []
    for network, records in frame.groupby(_NETWORK, sort=False):
        ordered = records.sort_values("step")
        row = dict(zip(_NETWORK, network, strict=True))
        for measure in MEASURES:
            row[f"{measure}_first"] = ordered[measure].iloc[0]
            row[f"{measure}_worst"] = ordered[measure].max()
            row[f"{measure}_step"] = converged_at(ordered["step"], ordered[measure])
            row[f"{measure}_last"] = ordered[measure].iloc[-1]
        rows.append(row)
    columns = [f"{m}_{part}" for m in MEASURES for part in ("first", "worst", "step", "last")]
    table = pd.DataFrame(rows, columns=[*_NETWORK, *columns])
    return table.astype({f"{measure}_step": "Int64" for measure in MEASURES})


def converged_at(steps: Iterable[int], levels: Iterable[float]) -> int | None:
    """Return the first recorded step from which on the level stays below VISIBLE_DB.

    The true moment lies between the record before and this one.

    Args:
        steps: Recorded steps, rising.
        levels: The level at each, in dB.

    Returns:
        The step; 0 where there never was a checkerboard, None where it still shows.

    >>> converged_at([0, 100, 300, 1000], [50.0, 0.5, 1.2, 0.1])
    1000
    """
    converged: int | None = None
    for step, level in zip(steps, levels, strict=True):
        if not level < VISIBLE_DB:
            converged = None
        elif converged is None:
            converged = int(step)
    return converged
