"""What a resize does: five properties that decide its numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from upbench.benchmark.core.contract import Method

__all__ = ["PROPERTIES", "Behaviour", "stated"]

PROPERTIES = {
    "kernel": "kernel",
    "sampling": "grid",
    "edge": "edge",
    "antialias": "antialias",
    "clips": "clips",
}
"""The properties, by the field that holds them, and what they are called."""

PIXEL_AREAS = "pixel areas"
"""OpenCV's INTER_AREA: a pixel counts by the part of it that lies in the new one.  (A box is 0 or 1
at each pixel's centre, which is the same where the factor is whole.)"""
_EXACTLY: dict[str, dict[str, str]] = {
    "opencv-area": {"kernel": PIXEL_AREAS},
    "skimage-order0": {"edge": "reflect"},  # of the Gaussian before it
}
"""What porting needs and the metadata state less exactly."""


@dataclass(frozen=True)
class Behaviour:
    """What a resize does."""

    kernel: str
    """Its name and parameter in lower case; "" is not known."""
    sampling: str = "half-pixel"
    edge: str = "none"
    antialias: str = "none"
    clips: bool = False


def stated(method: Method) -> Behaviour:
    """Return what a method's metadata say that it does."""
    kernel = " ".join(method.kernel.lower().split())
    found = Behaviour(kernel, method.sampling, method.edge, method.antialias, method.clips)
    return replace(found, **_EXACTLY.get(method.name, {}))  # type: ignore[arg-type]
