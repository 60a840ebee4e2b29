"""Everything that the probe found out about one method at one scale, and the ranked table."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.table import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from upbench.benchmark.core.contract import Plane
    from upbench.benchmark.theory.probe.edge import Edge
    from upbench.benchmark.theory.probe.gradient import Gradient
    from upbench.benchmark.theory.probe.impulse import ImpulseResponse
    from upbench.benchmark.theory.probe.phases import Flat, Tone


TOLERANCE = 1e-3
"""Linearity or shift error above which an impulse response does not say everything."""

RANKING = (
    "Cleanest first within each scale: by ripple_db to 0.1 dB (a pattern on flat areas), then "
    "gain_ripple to 0.001 (a pattern that grows with brightness), then image_db_32 (what remains "
    "of it on slow shading); failures last."
)


@dataclass(frozen=True)
class ProbeResult:
    """What one method does to the probe's images at one scale."""

    method: str
    family: str
    scale: int
    channels: int
    """1 for a method that takes luma only, 3 for the others."""
    flat: Flat = field(repr=False)
    tone: Tone
    impulse: ImpulseResponse = field(repr=False)
    edge: Edge = field(repr=False)
    linearity_error: float
    """How far the enlarged mean of two images is from the mean of the enlarged ones; relative."""
    shift_error: float
    """How far a picture moved by one pixel is from the enlargement moved by s; relative."""
    zone_plate: Plane = field(repr=False)
    """What the method made of it, ``(H, W)``, mean over channels."""
    siemens_star: Plane = field(repr=False)
    """The same."""
    seconds: float
    """How long the probe took, loading left out."""
    gradient: Gradient | None = None
    """What goes back through it; None where it cannot be differentiated."""

    @property
    def approximation(self) -> str:
        """Say what the impulse and frequency response leave out; "" where they say everything."""
        said = []
        if self.linearity_error > TOLERANCE:
            said.append(
                f"non-linear (error {self.linearity_error:.2g}): the impulse and frequency "
                "response hold for a small impulse on mid grey only, the tones for theirs"
            )
        if self.shift_error > TOLERANCE:
            said.append(
                f"not shift-invariant (error {self.shift_error:.2g}): the responses hold for the "
                "middle of the image only"
            )
        return "; ".join(said)


@dataclass(frozen=True)
class ProbeFailure:
    """A method that could not be probed at a scale."""

    method: str
    family: str
    scale: int
    reason: str
    """One sentence."""


COLUMNS = (
    Column("rank", "rank", "d"),
    Column("method", "method"),
    Column("family", "family"),
    Column("scale", "scale", "d"),
    Column("channels", "channels", "d"),
    Column("status", "status"),
    Column("reason", "reason"),
    Column("ripple_gl", "ripple, grey levels", ".3g", "lower"),
    Column("ripple_max_gl", "largest ripple, grey levels", ".3g", "lower"),
    Column("ripple_db", "ripple dB", ".1f", "lower"),
    Column("gain_ripple", "gain ripple", ".2g", "lower"),
    Column("image_db_32", "images of tone 1/32, dB", ".1f", "lower"),
    Column("image_db_16", "images of tone 1/16, dB", ".1f", "lower"),
    Column("order", "order", ".2f"),
    Column("shift_down_px", "shift down px", ".3f"),
    Column("shift_right_px", "shift right px", ".3f"),
    Column("linearity_error", "linearity error", ".1g"),
    Column("shift_error", "shift-invariance error", ".1g"),
    Column("level_dependence", "level dependence", ".1g"),
    Column("edge_rise_px", "edge rise px", ".2f"),
    Column("overshoot", "overshoot", ".3f"),
    Column("mtf50", "MTF50 c/px", ".3f"),
    Column("adjoint_error", "adjoint error", ".1g", "lower"),
    Column("gradient_ripple", "gradient ripple", ".2g", "lower"),
    Column("gradient_ripple_smaller", "gradient ripple at 1/s", ".2g", "lower"),
    Column("approximation", "approximation"),
    Column("seconds", "seconds", ".2f"),
)
"""The columns of the table and its CSV file.  Not known is null."""


def probe_table(results: Iterable[ProbeResult | ProbeFailure]) -> Table:
    """Return one row per method and scale, the cleanest first within each scale.

    The rule is :data:`RANKING`; methods that are equal by it share a rank.

    Returns:
        A table with the columns :data:`COLUMNS`; the rank of a failure is None.
    """
    rows = sorted(map(_row, results), key=lambda row: (_cleanness(row), row["method"]))
    places: dict[Any, dict[Any, int]] = {}
    for row in rows:
        if row["status"] == "ok":
            ranks = places.setdefault(row["scale"], {})
            row["rank"] = ranks.setdefault(_cleanness(row), len(ranks) + 1)
    return Table(COLUMNS, tuple(rows), notes=(RANKING,))


def _cleanness(row: Mapping[str, Any]) -> tuple[float, ...]:
    """Return what orders a row within its scale, the cleanest lowest; failures are last."""
    measured = ((row["ripple_db"], 1), (row["gain_ripple"], 3), (row["image_db_32"], 1))
    known = [math.inf if value is None else round(value, digits) for value, digits in measured]
    return (row["scale"], row["status"] != "ok", *known)


def _row(result: ProbeResult | ProbeFailure) -> dict[str, Any]:
    row: dict[str, Any] = {column.key: getattr(result, column.key, None) for column in COLUMNS}
    if isinstance(result, ProbeFailure):
        return row | {"status": "error"}
    flat, tone, edge, gradient = result.flat, result.tone, result.edge, result.gradient
    return row | {
        "status": "ok",
        "ripple_gl": flat.ripple,
        "ripple_max_gl": flat.ripple_max,
        "ripple_db": flat.ripple_db,
        "gain_ripple": flat.gain_ripple,
        "image_db_32": tone.image_db_32,
        "image_db_16": tone.image_db_16,
        "order": tone.order,
        "shift_down_px": tone.shift_px[0],
        "shift_right_px": tone.shift_px[1],
        "level_dependence": result.impulse.level_dependence,
        "edge_rise_px": edge.rise_px,
        "overshoot": edge.overshoot,
        "mtf50": edge.mtf50,
        "adjoint_error": gradient and gradient.adjoint_error,
        "gradient_ripple": gradient and gradient.ripple,
        "gradient_ripple_smaller": gradient and gradient.ripple_smaller,
        "approximation": result.approximation or None,
    }
