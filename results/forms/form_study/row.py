"""A case, and the row that one form of it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from upbench.benchmark.core.environment import stamp, versions_line
from upbench.benchmark.timing.conditions import advice
from upbench.benchmark.timing.spread import spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from form_study.kinds import Form
    from form_study.layer import Layer
    from upbench.benchmark.timing.conditions import Conditions

NATIVE, SUB_PIXEL = "native", "sub-pixel"
"""The forms that the others are compared with."""


class Case(NamedTuple):
    """One layer at one size of input."""

    layer: Layer
    size: int
    """The side of the input in pixels."""


@dataclass(frozen=True)
class FormRow:
    """One row, in the order of its columns.  Not known is None; times in s, memory in MB (1e6)."""

    form: str
    stride: int
    kernel: int
    channels: int
    size: int
    """The side of the input in pixels; height and width are the output's."""
    height: int
    width: int
    status: str
    """"ok", or "skipped" where the form is not meant for the size."""
    reason: str | None
    seconds: float | None = None
    """The median time of applying it."""
    seconds_q25: float | None = None
    seconds_q75: float | None = None
    seconds_ci_low: float | None = None
    """The 95 % confidence interval of the median."""
    seconds_ci_high: float | None = None
    samples: int | None = None
    stable: bool | None = None
    multiplications: int | None = None
    """What counting predicts."""
    gmac_per_s: float | None = None
    """Billions of the counted multiplications per second."""
    counted_over_native: float | None = None
    """The ratio that counting predicts, of these multiplications to the native layer's."""
    over_native: float | None = None
    """The median over the rounds of this time to the native layer's."""
    over_native_low: float | None = None
    over_native_high: float | None = None
    over_sub_pixel: float | None = None
    """The same to the sub-pixel convolution's."""
    over_sub_pixel_low: float | None = None
    over_sub_pixel_high: float | None = None
    peak_mb: float | None = None
    """What a call adds at most to the memory held before it, its output included."""
    build_s: float | None = None
    """Making it ready, once, before any image."""
    build_peak_mb: float | None = None
    held_mb: float | None = None
    """What it keeps between calls, weights or matrix."""
    load_average: float | None = None
    others_cores: float | None = None
    """Processor seconds of everybody else per second, over the whole case."""
    measured_at: str = ""
    machine: str = ""
    versions: str = ""


def row_of(
    case: Case, form: Form, status: str, reason: str | None = None, **values: Any
) -> FormRow:
    """Make the row of one form, here and now."""
    layer, side = case.layer, case.layer.output_size(case.size)
    about = (form.name, layer.stride, layer.kernel, layer.channels, case.size, side, side)
    return FormRow(
        *about,
        status,
        reason,
        **(stamp() | {"versions": versions_line()} | values),
    )


def times_of(samples: Sequence[float], conditions: Conditions) -> dict[str, Any]:
    """Return the columns that say how long a form took and whether that can be trusted."""
    found = spread(samples)
    return {
        **found.columns(),
        "samples": len(samples),
        "stable": not advice(samples, conditions, threads=1),
        "load_average": conditions.load_average,
        "others_cores": conditions.others_cores,
    }


def ratios_of(name: str, samples: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Return the columns that compare a form with two others: medians of the rounds' ratios.

    Args:
        name: The form's.
        samples: By form; the n-th ones were taken in the same round.
    """
    columns: dict[str, Any] = {}
    for prefix, other in (("over_native", NATIVE), ("over_sub_pixel", SUB_PIXEL)):
        pairs = zip(samples[name], samples[other], strict=True)
        found = spread([mine / its for mine, its in pairs])
        columns |= {prefix: found.median, f"{prefix}_low": found.low, f"{prefix}_high": found.high}
    return columns
