"""The row of the table: what is known of one cell, and the columns that it becomes.

A row holds its scores by name.  The columns, their order and their types follow from the fields
of :class:`Row` and from the scores that the rows of a table hold.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from upbench.benchmark.core.sizes import as_scale_or_size, scale_dtype, scale_number, scale_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from upbench.benchmark.core.sizes import ScaleOrSize

Status = Literal["ok", "error", "timeout", "crash", "invalid_output", "skipped"]

IDENTITY = ["method", "dataset", "image", "scale", "protocol"]
"""The columns that say what a row is about."""

HEADLINE = ("psnr_db", "ssim", "checkerboard_db", "shift_px")
"""The scores that every table has as columns, even where no cell has a score, in their order.

Other scores follow after the last field of the row."""


@dataclass(frozen=True)
class Row:
    """One row of the table, in the order of its columns.  Not known is None."""

    method: str
    family: str
    dataset: str
    image: str
    height: int | None
    width: int | None
    channels: int | None
    scale: int | float | str
    """A number, or a size in its place."""
    protocol: str
    status: Status
    reason: str | None
    scores: Mapping[str, float | None]
    """By the name of the metric, which is the name of the column."""
    seconds: float | None
    mpx_per_s: float | None
    peak_mb: float | None
    parameters: int | None
    macs_per_px: float | None
    measured_at: str
    machine: str
    code_hash: str
    seed: int | None


_FIELDS = {field.name: str(field.type) for field in fields(Row)}
_DTYPES = {
    "int": "int64",
    "int | float | str": "int64",
    "int | None": "Int64",
    "float | None": "float64",
}
"""How pandas holds a field of each type; all others hold text."""


def columns(scores: Iterable[str] = ()) -> list[str]:
    """Return the columns of a table, in their order, with the scores that its rows hold.

    Names of other columns among the scores change nothing.
    """
    own = (HEADLINE if name == "scores" else (name,) for name in _FIELDS)
    return [*dict.fromkeys(name for names in (*own, scores) for name in names)]


def score_columns(names: Iterable[str]) -> list[str]:
    """Return those of some columns that hold scores, in the order given."""
    return [name for name in names if name not in _FIELDS]


def text_columns() -> list[str]:
    """Return the columns that hold text, whatever it looks like."""
    return [name for name, dtype in dtypes(columns()).items() if dtype == "str"]


def dtypes(names: Iterable[str]) -> dict[str, str]:
    """Return the pandas dtype of each of some columns: text is text, whatever it looks like."""
    scores = dict.fromkeys(score_columns(names), "float64")
    return {name: scores.get(name) or _DTYPES.get(_FIELDS[name], "str") for name in names}


def record(row: Row) -> dict[str, Any]:
    """Return a row as a flat record: one value for each column that it knows."""
    values = {name: getattr(row, name) for name in _FIELDS if name != "scores"}
    return values | dict(row.scores)


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the dtype of each column.

    Raises:
        KeyError: A column that every table has is missing.
        ValueError: A column of numbers holds something else.
    """
    held = {one: scale_number(as_scale_or_size(one)) for one in frame["scale"].unique()}
    dtype = scale_dtype(held.values())
    if any(isinstance(one, str) for one in held):  # sizes, or what was beside them
        text = {one: scale_text(value) for one, value in held.items()}
        frame = frame.assign(scale=frame["scale"].map(text if dtype == "str" else held))
    return frame.astype(dtypes(columns(frame.columns)) | {"scale": dtype})


def alike_scales(*frames: pd.DataFrame) -> tuple[pd.DataFrame, ...]:
    """Return tables whose scales can be compared: as text in all, where one of them holds sizes."""
    if all(frame["scale"].dtype.kind in "iuf" for frame in frames):
        return frames
    return tuple(frame.assign(scale=frame["scale"].map(scale_text)) for frame in frames)


def identities(frame: pd.DataFrame) -> list[tuple[str, str, str, ScaleOrSize, str]]:
    """Return (method, dataset, image, scale, protocol) of each row."""
    return [
        (method, dataset, image, as_scale_or_size(scale), protocol)
        for method, dataset, image, scale, protocol in frame[IDENTITY].itertuples(index=False)
    ]
