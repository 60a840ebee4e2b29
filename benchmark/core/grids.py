"""The sampling grids by the names that libraries give them."""

from __future__ import annotations

ONNX_GRIDS = {
    "half-pixel": "half_pixel",
    "asymmetric": "asymmetric",
    "align-corners": "align_corners",
}
"""ONNX's ``coordinate_transformation_mode`` by what methods state as ``sampling``; the others of
its modes are one of these, or crop."""
