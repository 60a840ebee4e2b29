"""Everything that the probe found out about one method at one scale, and the ranked table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from upbench.benchmark.core.contract import Plane
    from upbench.benchmark.theory.probe.edge import Edge
    from upbench.benchmark.theory.probe.kernel import Kernel
    from upbench.benchmark.theory.probe.phases import Flat, Tone

__all__ = [
    "COLUMNS",
    "RANKING",
    "TOLERANCE",
    "ProbeFailure",
    "ProbeResult",
    "probe_table",
]

TOLERANCE = 1e-3
"""Linearity or shift error above which an impulse response does not say everything."""

RANKING = (
    "Cleanest first within each scale: by ripple_db to 0.1 dB (a pattern on flat areas), then "
    "gain_ripple to 0.001 (a pattern that grows with brightness), then image_db_32 (what remains "
    "of it on slow shading); failures last."
)

COLUMNS = (
    "rank",
    "method",
    "family",
    "scale",
    "channels",
    "status",
    "reason",
    "ripple_gl",
    "ripple_max_gl",
    "ripple_db",
    "gain_ripple",
    "image_db_32",
    "image_db_16",
    "order",
    "shift_down_px",
    "shift_right_px",
    "linearity_error",
    "shift_error",
    "level_dependence",
    "edge_rise_px",
    "overshoot",
    "mtf50",
    "approximation",
    "seconds",
)
"""The columns of the table and its CSV file.  Not known is null."""


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
    kernel: Kernel = field(repr=False)
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

    def as_row(self) -> dict[str, object]:
        """Return the numbers as one row of the table."""
        flat, tone, edge = self.flat, self.tone, self.edge
        return {
            "method": self.method,
            "family": self.family,
            "scale": self.scale,
            "channels": self.channels,
            "status": "ok",
            "reason": None,
            "ripple_gl": flat.ripple,
            "ripple_max_gl": flat.ripple_max,
            "ripple_db": flat.ripple_db,
            "gain_ripple": flat.gain_ripple,
            "image_db_32": tone.image_db_32,
            "image_db_16": tone.image_db_16,
            "order": tone.order,
            "shift_down_px": tone.shift_px[0],
            "shift_right_px": tone.shift_px[1],
            "linearity_error": self.linearity_error,
            "shift_error": self.shift_error,
            "level_dependence": self.kernel.level_dependence,
            "edge_rise_px": edge.rise_px,
            "overshoot": edge.overshoot,
            "mtf50": edge.mtf50,
            "approximation": self.approximation or None,
            "seconds": self.seconds,
        }


@dataclass(frozen=True)
class ProbeFailure:
    """A method that could not be probed at a scale."""

    method: str
    family: str
    scale: int
    reason: str
    """One sentence."""

    def as_row(self) -> dict[str, object]:
        """Return what is known as one row of the table."""
        return {
            "method": self.method,
            "family": self.family,
            "scale": self.scale,
            "status": "error",
            "reason": self.reason,
        }


def probe_table(results: Sequence[ProbeResult | ProbeFailure]) -> pd.DataFrame:
    """Return one row per method and scale, the cleanest first within each scale.

    The rule is :data:`RANKING`; methods that are equal by it share a rank.

    Args:
        results: What the probe found.

    Returns:
        A frame with the columns :data:`COLUMNS`; the rank of a failure is null.
    """
    import pandas as pd

    frame = pd.DataFrame([result.as_row() for result in results], columns=list(COLUMNS))
    rule = pd.DataFrame(
        {
            "scale": frame["scale"],
            "failed": frame["status"] != "ok",
            "ripple": frame["ripple_db"].astype("float64").round(1),
            "gain": frame["gain_ripple"].astype("float64").round(3),
            "image": frame["image_db_32"].astype("float64").round(1),
        }
    )
    order = rule.assign(method=frame["method"]).sort_values([*rule.columns, "method"]).index
    places = rule.loc[order].drop_duplicates()
    places["rank"] = places.groupby("scale").cumcount() + 1
    ranked = rule.loc[order].merge(places, how="left", on=list(rule.columns))["rank"].to_numpy()
    frame = frame.loc[order].reset_index(drop=True)
    frame["rank"] = pd.array(ranked, dtype="Int64")
    frame.loc[frame["status"] != "ok", "rank"] = None
    return frame.astype({"channels": "Int64"})
