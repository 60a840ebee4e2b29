"""Rows of a score table, for tests of what reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULTS: Mapping[str, Any] = {
    "method": "bicubic",
    "family": "interpolation",
    "dataset": "set",
    "image": "a",
    "scale": 2,
    "protocol": "y-classic",
    "status": "ok",
    "psnr_db": 30.0,
    "ssim": 0.9,
    "checkerboard_db": 0.0,
    "shift_px": 0.0,
    "seconds": 0.01,
    "mpx_per_s": 10.0,
    "machine": "here",
    "measured_at": "2026-11-23T12:00:00+00:00",
    "code_hash": "c0de",
}
NO_SCORES: Mapping[str, None] = dict.fromkeys(
    ["psnr_db", "ssim", "checkerboard_db", "shift_px", "seconds", "mpx_per_s"]
)
"""What a row has that did not come to a score."""


def score_row(**given: Any) -> dict[str, Any]:
    """Return one row: defaults, with what is given."""
    return {**DEFAULTS, **given}
