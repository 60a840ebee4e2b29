"""What failed, how often, and the command that runs just that again."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.sizes import TargetSize, as_scale_or_size, scale_label
from upbench.benchmark.core.text import counted, join_names, printable
from upbench.benchmark.imaging.decode import MAX_PIXELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from upbench.benchmark.core.sizes import ScaleOrSize

MAX_REASONS = 20
"""How many different failures, or reasons to skip, are listed; the rest are counted."""
ASKED_AGAIN = {
    "metrics": "",
    "timeout": 300.0,
    "memory": None,
    "max_pixels": MAX_PIXELS,
    "device": "cpu",
}
"""Options of the run that decide whether a cell fails or what it holds, with their defaults."""
REPEATED = {"plugins": "plugin", "models": "model", "crops": "crop"}
"""Fields of the request whose option is given once for each value."""


@dataclass(frozen=True)
class Failure:
    """Cells that failed alike: one method for one reason, or one image that cannot be used."""

    what: str
    """The method, or "dataset/image" where the image is to blame."""
    status: str
    reason: str
    """Of the first of the cells; the others' differ in numbers at most."""
    cells: int
    first: str
    """The first of the cells: "standard/astronaut x2 y-classic"."""
    methods: tuple[str, ...]
    datasets: tuple[str, ...]
    scales: tuple[ScaleOrSize, ...]
    protocols: tuple[str, ...]
    of_image: bool = False


def failures(rows: pd.DataFrame) -> list[Failure]:
    """Return one entry for each different failure, those of images first.

    Args:
        rows: A run's rows; "ok" and "skipped" ones are no failures.
    """
    failed = rows[~rows["status"].isin(["ok", "skipped"])]
    # Reasons that differ in numbers alone ("shape (9, 9, 1)") are one failure to the reader.
    kind = failed["reason"].fillna("").str.replace(r"0x[0-9a-f]+|\d+", "#", regex=True)
    # A cell whose image could not be read or prepared is an error without a size.
    of_image = failed["height"].isna() & (failed["status"] == "error")
    return [
        *_each(failed[of_image], ["dataset", "image", kind], of_image=True),
        *_each(failed[~of_image], ["method", "status", kind], of_image=False),
    ]


def _each(failed: pd.DataFrame, by: list[Any], *, of_image: bool) -> Iterator[Failure]:
    for _, cells in failed.groupby(by, sort=False):
        first: Any = next(cells.itertuples())
        image = f"{first.dataset}/{first.image}"
        yield Failure(
            what=image if of_image else first.method,
            status=first.status,
            reason=first.reason,
            cells=len(cells),
            first=f"{image} {scale_label(first.scale)} {first.protocol}",
            methods=_distinct(cells["method"]),
            datasets=_distinct(cells["dataset"]),
            scales=tuple(map(as_scale_or_size, _distinct(cells["scale"]))),
            protocols=_distinct(cells["protocol"]),
            of_image=of_image,
        )


def _distinct(column: pd.Series[Any]) -> tuple[Any, ...]:
    return tuple(sorted(column.unique()))


def failure_lines(rows: pd.DataFrame) -> list[str]:
    """Return one line for each different failure: what, why, and how many cells it cost."""
    return _first_of([_line(one) for one in failures(rows)])


def skip_lines(rows: pd.DataFrame) -> list[str]:
    """Return one line for each reason why cells were not run, and how many there were."""
    reasons = rows.loc[rows["status"] == "skipped", "reason"]
    counts = reasons.groupby(reasons, sort=False).size()
    return _first_of([f"{reason} ({counted(number, 'cell')})" for reason, number in counts.items()])


def _first_of(lines: list[str]) -> list[str]:
    rest = len(lines) - MAX_REASONS
    return [*lines[:MAX_REASONS], *([f"... and {rest} more"] if rest > 0 else [])]


def _line(failure: Failure) -> str:
    place = "" if failure.of_image else f", first {failure.first}"
    count = counted(failure.cells, "cell")
    return printable(f"{failure.what}: {failure.status}: {failure.reason} ({count}{place})")


def rerun_command(found: Sequence[Failure], request: Mapping[str, Any], folder: Path) -> str:
    """Return the command that tries some failed cells again, and nothing that is finished.

    Args:
        found: The failures; none gives "".
        request: The request in the run's manifest: its plugins and limits are given again.
        folder: The run's folder.
    """
    if not found:
        return ""
    # an image that cannot be read fails for every method of the run: not to be named one by one
    every = all(one.of_image for one in found)
    scales = sorted({scale for one in found for scale in one.scales})
    asked = {
        "methods": request.get("methods", "") if every else _joined(found, "methods"),
        "datasets": _joined(found, "datasets"),
        "scales": join_names(one for one in scales if not isinstance(one, TargetSize)),
        "sizes": join_names(one for one in scales if isinstance(one, TargetSize)),
        "protocol": _joined(found, "protocols"),
    }
    words = ["upbench", "run"]
    for option, value in asked.items():
        words += [f"--{option}", str(value)] if value else []
    for option, default in ASKED_AGAIN.items():
        if request.get(option, default) != default:
            words += [f"--{option.replace('_', '-')}", _as_typed(request[option])]
    for field, option in REPEATED.items():
        values = request.get(field)
        for value in values if isinstance(values, list) else ():
            words += [f"--{option}", str(value)]
    return shlex.join([*words, "--rerun", "failed", "--out", str(folder)])


def _joined(found: Sequence[Failure], what: str) -> str:
    return join_names(sorted({name for one in found for name in getattr(one, what)}))


def _as_typed(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
