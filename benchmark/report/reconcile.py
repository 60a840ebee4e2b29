"""What ``upbench reconcile`` found, as a table, CSV and JSON."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.table import Column, Table
from upbench.benchmark.core.text import counted, listed
from upbench.benchmark.protocols.conventions.axes import AXES, HEADINGS, SHORT, words
from upbench.benchmark.protocols.conventions.codes import codes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from upbench.benchmark.protocols.conventions.search import Found, Number, Target

MOST_ROWS = 12
"""Rows of the table on a terminal; CSV and JSON have every convention."""
MOST_CODES = 3
NOTHING = (
    "No combination of conventions gives this: then it is the weights, the images or a step that "
    "is not among them (other test images, self-ensemble, a crop or a resize of the original)."
)


def fits(found: Sequence[Found]) -> bool:
    """Say whether anything is within the tolerance."""
    return bool(found) and found[0].off <= 1.0


def found_table(
    method: str, targets: Sequence[Target], found: Sequence[Found], most: int = MOST_ROWS
) -> Table:
    """Return the conventions, nearest first; what all rows shown share is in a note."""
    shown = found[:most]
    choices = [one.convention.choices for one in shown]
    differing = [axis for axis in AXES if len({one.get(axis) for one in choices}) > 1]
    offs = (Column("off_db", "off dB", ".3f"), Column("off_ssim", "off SSIM", ".5f"))
    columns = (
        *(Column(key, heading, form) for key, heading, form, _ in _numbers(targets)),
        *(one for one in offs if any(getattr(found, one.key) for found in shown)),
        Column("alike", "alike", ".0f"),
        Column("codes", "code"),
        *(Column(axis, HEADINGS[axis]) for axis in differing),
    )
    rows = tuple(_row(one, targets) for one in shown)
    notes = tuple(_notes(found, shown, differing))
    return Table(columns, rows, _title(method, targets, found), notes)


def found_frame(targets: Sequence[Target], found: Sequence[Found]) -> pd.DataFrame:
    """Return every convention as a row, those that cannot be distinguished under one ``group``."""
    import pandas as pd

    return pd.DataFrame([_flat(*one, targets) for one in _ranked(found)])


def found_json(method: str, targets: Sequence[Target], found: Sequence[Found]) -> str:
    """Return the same as JSON."""
    asked = [
        {
            "dataset": target.dataset,
            "scale": target.scale,
            "psnr_db": target.psnr_db and target.psnr_db.value,
            "ssim": target.ssim and target.ssim.value,
        }
        for target in targets
    ]
    conventions = [_in_json(_flat(*one, targets)) for one in _ranked(found)]
    document = {"method": method, "numbers": asked, "fits": fits(found), "conventions": conventions}
    return json.dumps(document, indent=2) + "\n"


def _in_json(values: dict[str, Any]) -> dict[str, Any]:
    """Write what JSON has no number for as text: the PSNR of equal images is infinite."""
    return {
        key: "Infinity" if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in values.items()
    }


def _title(method: str, targets: Sequence[Target], found: Sequence[Found]) -> str:
    numbers = listed([_said(target) for target in targets])
    count = sum(1 + len(one.alike) for one in found)
    if not fits(found):
        return f"{method}, {numbers}: nothing fits; the nearest"
    return f"{method}, {numbers}: {counted(count, 'convention')} within the tolerance"


def _said(target: Target) -> str:
    numbers = [_written(target.psnr_db, "dB"), _written(target.ssim, "SSIM")]
    return f"{target.dataset} x{target.scale} {' and '.join(filter(None, numbers))}".strip()


def _written(number: Number | None, unit: str) -> str:
    return "" if number is None else f"{number.value:.{number.digits}f} {unit}"


def _notes(
    found: Sequence[Found], shown: Sequence[Found], differing: Sequence[str]
) -> Iterator[str]:
    if not fits(found):
        yield NOTHING
    first = shown[0].convention.choices
    common = {axis: value for axis, value in first.items() if axis not in differing}
    yield f"All of these: {words(common)}."
    if differing:
        yield f"The first: {words({a: v for a, v in first.items() if a in differing})}."
    if any(one.alike for one in shown):
        yield "Alike are others that give the same number, so that it does not tell them apart."
    if len(found) > len(shown):
        rest = counted(len(found) - len(shown), "more line")
        yield f"{rest}: --csv FILE or --json FILE has every convention."


def _numbers(targets: Sequence[Target]) -> Iterator[tuple[str, str, str, tuple[int, int]]]:
    """Yield key, heading, format and place of each number that was asked for."""
    for place, target in enumerate(targets):
        of = f" {target.dataset} x{target.scale}" if len(targets) > 1 else ""
        suffix = f"_{target.dataset}_x{target.scale}" if len(targets) > 1 else ""
        if target.psnr_db is not None:
            yield f"psnr_db{suffix}", f"PSNR dB{of}", ".3f", (place, 0)
        if target.ssim is not None:
            yield f"ssim{suffix}", f"SSIM{of}", ".5f", (place, 1)


def _row(one: Found, targets: Sequence[Target]) -> dict[str, Any]:
    numbers = {key: one.gives[n][m] for key, _, _, (n, m) in _numbers(targets)}
    codes = [*one.codes[:MOST_CODES]]
    codes += [f"{len(one.codes) - MOST_CODES} more"] if len(one.codes) > MOST_CODES else []
    shown = {axis: SHORT.get(value, value) for axis, value in one.convention.choices.items()}
    return {
        **shown,
        **numbers,
        "off_db": one.off_db,
        "off_ssim": one.off_ssim,
        "alike": len(one.alike) or None,
        "codes": "; ".join(codes),
    }


def _ranked(found: Sequence[Found]) -> Iterator[tuple[int, int, Found]]:
    """Yield rank, group and each convention alone; equal distances have one rank."""
    rank, last = 0, None
    for number, one in enumerate(found, start=1):
        if last is None or round(one.off, 9) != last:
            rank, last = number, round(one.off, 9)
        yield rank, number, one
        for other in one.alike:
            yield rank, number, replace(one, convention=other, codes=codes_of(other))


def _flat(rank: int, group: int, one: Found, targets: Sequence[Target]) -> dict[str, Any]:
    choices = one.convention.choices
    axes = [
        axis
        for axis in AXES
        if not axis.startswith(("psnr_", "ssim_"))
        or any(getattr(target, "psnr_db" if axis.startswith("p") else "ssim") for target in targets)
    ]
    return {
        "rank": rank,
        "group": group,
        "fits": one.off <= 1.0,
        **{key: one.gives[n][m] for key, _, _, (n, m) in _numbers(targets)},
        "off_db": one.off_db,
        "off_ssim": one.off_ssim,
        "codes": "; ".join(one.codes),
        **{axis: choices.get(axis) for axis in axes},
        "words": words(choices),
    }
