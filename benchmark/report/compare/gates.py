"""Gates: what must not happen between two runs, in one expression each, for CI.

::

    psnr_db < -0.05            the mean change over the images of any line is below -0.05 dB
    any psnr_db < -0.5 dB      a single image loses more than 0.5 dB
    mpx_per_s < 0.9            the geometric mean of the speed ratios, new / old, is below 0.9

The change of a quality column is new minus old, in the column's unit; that of ``mpx_per_s`` is the
ratio new / old.  A gate that cannot be judged does not hold, and no gate does where the old side
has a result and the new side failed.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from upbench.benchmark.core.errors import UnknownNameError, UsageError
from upbench.benchmark.core.sizes import scale_label
from upbench.benchmark.core.text import counted
from upbench.benchmark.report.compare.columns import known_columns
from upbench.benchmark.report.compare.lines import LINE, method_on_place, records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from upbench.benchmark.report.compare.columns import Compared
    from upbench.benchmark.report.compare.comparison import Comparison

COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

EXPRESSION = re.compile(
    r"(?:(?P<over>mean|any)\s+)?(?P<column>[a-z0-9]\w*(?:[-.]\w+)*)\s*(?P<sign><=|<|>=|>)\s*"
    r"(?P<limit>[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?)\s*(?P<unit>[a-z%]*)",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True)
class Gate:
    """A condition that a comparison must not meet."""

    text: str
    """As it was typed."""
    over: Literal["mean", "any"]
    """Whether the mean of a line is meant, or any image of it."""
    column: Compared
    sign: str
    limit: float

    def broken_by(self, change: float) -> bool:
        """Say whether a change is what must not be."""
        return bool(COMPARISONS[self.sign](change * self.column.factor, self.limit))


@dataclass(frozen=True)
class Verdict:
    """What a comparison says to a gate."""

    gate: Gate
    lines: int
    """How many lines it was held against."""
    broken: tuple[str, ...]
    """What breaks it: "bicubic on standard x2, y-classic: -0.163 dB over 12 images ..."."""
    open: tuple[str, ...]
    """What it could not be held against, and why."""


@dataclass(frozen=True)
class Judgement:
    """What a comparison says to all gates."""

    verdicts: tuple[Verdict, ...] = ()
    lost: tuple[str, ...] = ()
    """Where the old side has a result and the new one has none: that breaks every gate."""
    unseen: int = 0
    """How many other pairs the gates say nothing of, because they cannot be compared."""

    @property
    def is_broken(self) -> bool:
        """Whether something is what it must not be."""
        return any(verdict.broken for verdict in self.verdicts) or bool(self.lost)

    @property
    def is_open(self) -> bool:
        """Whether something could not be judged."""
        return any(verdict.open for verdict in self.verdicts)


def parse_gate(text: str, columns: Mapping[str, Compared]) -> Gate:
    """Read an expression like ``psnr_db < -0.05`` or ``any mpx_per_s < 0.9``.

    Raises:
        UsageError: It is no such expression, or its limit does not fit its column.
        UnknownNameError: No column has the name.
    """
    found = EXPRESSION.fullmatch(text.strip())
    if found is None:
        raise UsageError(
            f"--fail-if takes one change and its limit, like 'psnr_db < -0.05', "
            f"'any ssim < -0.01' or 'mpx_per_s < 0.9'; got {text!r}."
        )
    _check_compared(text, found["column"], columns)
    column, limit = columns[found["column"]], float(found["limit"])
    if found["unit"] and found["unit"].lower() != column.unit.lower():
        raise UsageError(
            f"--fail-if {text!r}: {column.key} changes in {column.unit or 'no unit'}; got the "
            f"unit {found['unit']!r}."
        )
    if column.is_ratio and not limit > 0:
        raise UsageError(
            f"--fail-if {text!r}: {column.key} changes by a ratio, new / old; expected a limit "
            f"above 0, like 0.9 for a tenth slower; got {found['limit']}."
        )
    over: Literal["mean", "any"] = "any" if (found["over"] or "").lower() == "any" else "mean"
    return Gate(" ".join(text.split()), over, column, found["sign"], limit)


def _check_compared(text: str, name: str, columns: Mapping[str, Compared]) -> None:
    known = known_columns(columns)
    if name not in known:
        raise UnknownNameError("metric", name, known)
    if name not in columns:
        raise UsageError(
            f"--fail-if {text!r}: {name} is not compared, because --metrics leaves it out or the "
            f"runs were made without it; compared are {', '.join(columns)}."
        )


def judge(gates: Sequence[Gate], comparison: Comparison) -> Judgement:
    """Hold a comparison against gates; without gates there is nothing to say.

    A gate is broken by every line, or image, whose change it names.  It stays open where no image
    of what both sides tried can be compared, and where a mean is not a number.  What only one
    side tried is not judged.
    """
    if not gates:
        return Judgement()
    pairs, names = comparison.pairs, ["", *(gate.column.key for gate in gates)]
    unseen = pairs["reason"].notna() & pairs["column"].isin(names) & ~pairs["lost"]
    verdicts = tuple(_judge(gate, comparison) for gate in gates)
    return Judgement(verdicts, tuple(_lost(comparison)), int(unseen.sum()))


def _judge(gate: Gate, comparison: Comparison) -> Verdict:
    lines = comparison.lines[comparison.lines["column"] == gate.column.key]
    pairs = comparison.pairs
    broken = _broken_means(gate, lines) if gate.over == "mean" else _broken_images(gate, pairs)
    open_ = [*_undecided(gate, lines), *_incomparable(gate, pairs, lines)]
    if lines.empty and not open_:
        open_ = [f"the two sides have no row in common that has {gate.column.key}"]
    return Verdict(gate, len(lines), tuple(broken), tuple(open_))


def _broken_means(gate: Gate, lines: pd.DataFrame) -> Iterator[str]:
    for line in records(lines[lines["change"].map(gate.broken_by)]):
        change = gate.column.write_change(line["change"], unit=True)
        worst = ""
        if line["verdict"] != "equal":
            least = gate.column.write_change(line["worst_change"])
            worst = f", worst on {line['worst_image']}: {least}"
        images = counted(line["images"], "image")
        yield f"{method_on_place(line)}: {change} over {images}{worst}"


def _broken_images(gate: Gate, pairs: pd.DataFrame) -> Iterator[str]:
    asked = pairs[(pairs["column"] == gate.column.key) & pairs["reason"].isna()]
    broken = asked[asked["change"].map(gate.broken_by)]
    for one in records(broken.sort_values("effect", kind="stable")):
        change = gate.column.write_change(one["change"], unit=True)
        yield f"{method_on_place(one)}: {change} on {one['image']}"


def _lost(comparison: Comparison) -> Iterator[str]:
    """Name each method's images that only the old side has a result of."""
    a, b = comparison.a.name, comparison.b.name
    lost = comparison.pairs[comparison.pairs["lost"]]
    for (method, reason), group in lost.groupby(["method", "reason"], sort=False):
        images = counted(len(group), "image")
        first = records(group)[0]
        yield (
            f"{method}: {images} with a result of {a} and none of {b}, the first "
            f"{first['dataset']}/{first['image']} {scale_label(first['scale'])}, "
            f"{first['protocol']}: {reason}"
        )


def _undecided(gate: Gate, lines: pd.DataFrame) -> Iterator[str]:
    """Name the lines whose mean change is not a number: infinite both ways."""
    if gate.over == "mean":
        for line in records(lines[lines["change"].isna()]):
            yield f"{method_on_place(line)}: images change by infinity both ways, so no mean exists"


def _incomparable(gate: Gate, pairs: pd.DataFrame, lines: pd.DataFrame) -> Iterator[str]:
    """Name, by reason, what both sides tried and where no image can be compared."""
    judged = {tuple(line[name] for name in LINE[:-1]) for line in records(lines)}
    tried = pairs[(pairs["present"] == "both") & pairs["column"].isin(["", gate.column.key])]
    first_of_lines = records(tried.drop_duplicates(LINE[:-1]))
    by_reason: dict[str, list[str]] = {}
    for first in first_of_lines:
        if tuple(first[name] for name in LINE[:-1]) not in judged:
            by_reason.setdefault(first["reason"], []).append(method_on_place(first))
    for reason, places in by_reason.items():
        more = f" and {counted(len(places) - 1, 'more line')}" if len(places) > 1 else ""
        yield f"{places[0]}{more}: {reason}"
