"""What a resize does: five properties that decide its numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upbench.benchmark.core.contract import Method

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
KEYS_050_IN_1024 = "keys cubic, a = -0.5, in steps of 1/1024"
KEYS_075_IN_1024 = "keys cubic, a = -0.75, in steps of 1/1024"
VIPS_NEAREST = "nearest, by libvips' own grid to shrink"
VIPS_KERNELS = ("cubic", "mitchell", "lanczos2", "lanczos3", "mks2013", "mks2021")
VIPS_RESIZE = "keys cubic, a = -0.5, in steps of 1/64 ({}, to shrink)"
"""What libvips' resize uses with each of its kernels."""
_EXACTLY: dict[str, dict[str, str]] = {
    "opencv-area": {"kernel": PIXEL_AREAS},
    "skimage-order0": {"edge": "reflect"},  # of the Gaussian before it
    "tf-bicubic": {"kernel": KEYS_050_IN_1024},
    "tf1-bicubic": {"kernel": KEYS_075_IN_1024},
    "tf1-bicubic-align-corners": {"kernel": KEYS_075_IN_1024},
    "vips-nearest": {"kernel": VIPS_NEAREST},
    "itk-sinc-lanczos": {"kernel": "lanczos, 5 lobes, not normalised"},
    **{  # one kernel makes images larger, each its own makes them smaller
        f"vips-{name}": {"kernel": VIPS_RESIZE.format(name)} for name in VIPS_KERNELS
    },
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
    return stated_by(method.name, {name: getattr(method, name) for name in PROPERTIES})


def stated_by(name: str, metadata: Mapping[str, Any]) -> Behaviour:
    """Return the same of metadata as a run's manifest has them; what is missing is unknown."""
    kernel = " ".join(str(metadata.get("kernel") or "").lower().split())
    grid, edge, antialias = (
        str(metadata.get(one) or "unknown") for one in ("sampling", "edge", "antialias")
    )
    found = Behaviour(kernel, grid, edge, antialias, bool(metadata.get("clips")))
    return replace(found, **_EXACTLY.get(name, {}))  # type: ignore[arg-type]
