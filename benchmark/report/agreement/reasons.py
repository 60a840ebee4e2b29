"""Why two methods of one family differ: a class and one line, from metadata and measurement.

The metadata say in what two methods differ on purpose (:func:`causes`); the measured numbers say
which of these can account for what is seen (:func:`accounts`).  A difference that nothing stated
accounts for is "unexplained": a finding, not an error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from upbench.benchmark.core.text import counted, listed
from upbench.benchmark.registry.catalog import built_in_protocols
from upbench.benchmark.report.agreement.kernels import claim, largest_difference, largest_rounding
from upbench.benchmark.theory.port.behaviour import at_scale

if TYPE_CHECKING:
    from collections.abc import Mapping

    from upbench.benchmark.core.contract import Scale
    from upbench.benchmark.report.agreement.kernels import Claim

REASONS = {
    "same": "=",
    "rounding only": "~",
    "antialiasing": "A",
    "parameter a": "a",
    "spline prefilter": "S",
    "other cubic": "K",
    "normalisation": "W",
    "number of lobes": "L",
    "corner alignment": "C",
    "asymmetric grid": "G",
    "half a pixel": "H",
    "nearest's rule": "N",
    "position steps": "P",
    "edge rule": "E",
    "clipping": "X",
    "8-bit path": "B",
    "unexplained": "?",
}
"""Each class of disagreement with its sign in the picture; the first two are agreement.
``docs/agreement.md`` explains them."""

MOVED = 0.1
"""Pixels from which a shift is one; a registration of crops is within 0.03."""
OVERSHOOT = 1.1
"""The range of what methods get, at most: shrinking overshoots [0, 1] by some per cent."""

_GRIDS = ("half-pixel", "align-corners", "asymmetric", "half-input-pixel")
_ANTIALIAS = {
    "none": "does not antialias",
    "stretch": "widens its kernel to antialias",
    "gaussian": "blurs with a Gaussian first",
}
_EDGES = {
    "mirror": "mirrors the image with its edge pixel",
    "reflect": "mirrors the image without its edge pixel",
    "replicate": "repeats the edge pixel",
    "renormalise": "drops the taps beyond the border",
    "constant": "puts a constant beyond the border",
    "none": "reads nothing beyond the border",
}


@dataclass(frozen=True)
class Subject:
    """What the metadata say of a method, under one protocol."""

    name: str
    kernel: Claim
    sampling: str
    edge: str
    clips: bool
    eight_bit: bool
    """Whether its own 8-bit path was run."""
    antialias: str = "unknown"


@dataclass(frozen=True)
class Found:
    """What was measured between two methods, in levels of 255."""

    crops: int
    scale: Scale
    largest: int
    mean: float
    inside: int
    """The largest away from the crops' sides."""
    down: float
    right: float
    """How far the second one's content lies from the first one's, in output pixels, where that
    is farthest; NaN for not known."""

    @property
    def still(self) -> bool:
        """Whether no shift was found."""
        return not math.hypot(self.down, self.right) > MOVED


def subject(
    name: str, metadata: Mapping[str, Any], protocol: str, scale: Scale = 2
) -> Subject | None:
    """Read a method's metadata, as a manifest has them; None for one that is not compared.

    Args:
        name: The method's.
        metadata: They may say that it does something else where images are made smaller.
        protocol: By which its outputs were made.
        scale: At which they were.
    """
    metadata = at_scale(metadata, float(scale))
    kernel = claim(str(metadata.get("kernel") or ""))
    if kernel is None:
        return None
    known = built_in_protocols().get(protocol)
    return Subject(
        name,
        kernel,
        str(metadata.get("sampling") or "unknown"),
        str(metadata.get("edge") or "unknown"),
        bool(metadata.get("clips")),
        kernel.eight_bit
        or (bool(metadata.get("eight_bit")) and known is not None and known.eight_bit),
        str(metadata.get("antialias") or "unknown"),
    )


def explain(a: Subject, b: Subject, found: Found) -> tuple[str, str]:
    """Return the class of a disagreement, one of REASONS, and the line that explains it."""
    stated = causes(a, b, found.scale)
    crops = f"{counted(found.crops, 'crop')}{_remark(a, b, stated)}"
    if found.largest == 0:
        return "same", f"The same pixels in {crops}."
    if found.largest == 1 and "8-bit path" not in stated:
        return "rounding only", f"At most 1 level of 255 apart in {crops}."
    for cause in stated:
        if accounts(cause, a, b, found):
            also = [other for other in stated if other != cause]
            more = f" (They differ in {_listed(also, a, b)} as well.)" if also else ""
            return cause, f"{_sentence(cause, a, b, found)}.{more}"
    return "unexplained", _unexplained(a, b, stated, found)


def causes(a: Subject, b: Subject, scale: Scale) -> list[str]:
    """Return the differences that the metadata of two methods state, the weightiest first.

    Antialiasing counts where images are made smaller alone: it leaves enlargements as they are.
    """
    grids, edges = {a.sampling, b.sampling}, {a.edge, b.edge}
    found = []
    if len(grids) == 2 and grids <= {*_GRIDS}:
        found.append(_grid_cause(grids, a.kernel.family))
    rules = {a.antialias, b.antialias}
    if scale < 1 and len(rules) == 2 and rules <= {*_ANTIALIAS}:
        found.append("antialiasing")
    if a.kernel != b.kernel:
        found.append(_kernel_cause(a.kernel, b.kernel))
    if a.kernel.steps != b.kernel.steps:
        found.append("position steps")
    if len(edges) == 2 and edges <= {*_EDGES}:
        found.append("edge rule")
    if a.clips != b.clips:
        found.append("clipping")
    if a.eight_bit != b.eight_bit:
        found.append("8-bit path")
    return [cause for cause in dict.fromkeys(found) if cause]


def _grid_cause(grids: set[str], family: str) -> str:
    if "align-corners" in grids:
        return "corner alignment"
    if family == "nearest":
        return "nearest's rule"
    return "half a pixel" if "half-input-pixel" in grids else "asymmetric grid"


def _kernel_cause(a: Claim, b: Claim) -> str:
    kinds = {a.kind, b.kind}
    if "unstated" in kinds:
        return ""
    if kinds == {"nearest"}:
        return "nearest's rule"
    if kinds == {"keys"}:
        return "parameter a"
    if a.normalised != b.normalised and a.name.split(",")[0] == b.name.split(",")[0]:
        return "normalisation"
    if kinds == {"lanczos"}:
        return "number of lobes"
    return "spline prefilter" if "spline" in kinds else "other cubic"


def accounts(cause: str, a: Subject, b: Subject, found: Found) -> bool:
    """Say whether a stated cause can make the difference that was measured."""
    match cause:
        case "corner alignment" | "nearest's rule" | "antialiasing":
            farthest = _tied(a, b, found) if cause == "antialiasing" else _farthest(a, b, found)
            return not max(abs(found.down), abs(found.right)) > farthest + MOVED
        case "asymmetric grid" | "half a pixel":
            expected = _offset(b, found) - _offset(a, found)
            return not max(abs(found.down - expected), abs(found.right - expected)) > MOVED
        case "position steps":
            steps = max(a.kernel.steps, b.kernel.steps)
            return found.still and _within(largest_rounding(a.kernel, steps), found)
        case "edge rule":
            return found.still and found.inside <= 1 < found.largest
        case "clipping" | "8-bit path":  # few pixels by much, or many by a little
            return found.still and found.mean <= 1
        case _:
            return found.still and _within(largest_difference(a.kernel, b.kernel), found)


def _within(bound: float | None, found: Found) -> bool:
    """Say whether two methods differ inside by no more than a bound of [0, 1] allows."""
    return bound is not None and found.inside <= bound * 255 * OVERSHOOT + 1


def _offset(one: Subject, found: Found) -> float:
    """Return how far down and right a grid puts everything, in output pixels."""
    return {"asymmetric": -(float(found.scale) - 1) / 2, "half-input-pixel": 0.5}.get(
        one.sampling, 0.0
    )


def _farthest(a: Subject, b: Subject, found: Found) -> float:
    """Return how far grids and rules of rounding can move a pixel, in output pixels.

    Aligned corners move by up to (s - 1) / 2, either way; a rule that rounds otherwise by half an
    input pixel.
    """
    corners = abs(float(found.scale) - 1) / 2
    each = (corners if x.sampling == "align-corners" else abs(_offset(x, found)) for x in (a, b))
    grids = sum(each) if a.sampling != b.sampling else 0.0
    rules = sum(one.kernel.family == "nearest" and one.kernel.curve is None for one in (a, b))
    return grids + (rules * float(found.scale) / 2 if a.kernel != b.kernel else 0.0)


def _tied(a: Subject, b: Subject, found: Found) -> float:
    """Return how far nearest moves a pixel that lies between two: half an input pixel."""
    return float(found.scale) / 2 if "nearest" in {a.kernel.kind, b.kernel.kind} else 0.0


def _sentence(cause: str, a: Subject, b: Subject, found: Found) -> str:
    """Say what a cause is for these two methods, without the full stop."""
    match cause:
        case "corner alignment" | "asymmetric grid" | "nearest's rule" | "half a pixel":
            return _of_place(cause, a, b, found)
        case "edge rule":
            rules = f"{a.name} {_EDGES[a.edge]}, {b.name} {_EDGES[b.edge]}"
            return f"They agree to 1 level of 255 inside the borders; there {rules}"
        case "position steps":
            coarse = a if a.kernel.steps else b
            return f"{coarse.name} knows positions in steps of 1/{coarse.kernel.steps} pixel"
        case "antialiasing" | "clipping" | "8-bit path":
            return _of_steps(cause, a, b)
        case _:
            return f"{a.name} is {a.kernel.name}, {b.name} is {b.kernel.name}"


def _of_steps(cause: str, a: Subject, b: Subject) -> str:
    """Say what two methods do before the kernel, or with what comes out of it."""
    if cause == "antialiasing":
        return f"{a.name} {_ANTIALIAS[a.antialias]}, {b.name} {_ANTIALIAS[b.antialias]}"
    if cause == "clipping":
        clipping, other = (a, b) if a.clips else (b, a)
        return f"{clipping.name} clips to the range of its input, {other.name} does not"
    rounding, once = (a, b) if a.eight_bit else (b, a)
    return f"{rounding.name} has 8 bits after each axis, {once.name} only at the end"


def _of_place(cause: str, a: Subject, b: Subject, found: Found) -> str:
    """Say how two methods put pixels at other places."""
    if cause == "corner alignment":
        aligned = a if a.sampling == "align-corners" else b
        most = f"by up to {abs(float(found.scale) - 1) / 2:g} px at x{found.scale}"
        text = f"{aligned.name} aligns the corner pixels and stretches the rest, {most}"
        return f"{text}; {_place(aligned, a, found)}"
    if cause == "nearest's rule" and a.kernel != b.kernel:
        which = " and ".join(f"{x.name} is {x.kernel.name}, {x.sampling}" for x in (a, b))
        return f"{which}; {_place(b, a, found)}"
    return f"{a.name} samples {a.sampling}, {b.name} {b.sampling}; {_place(b, a, found)}"


def _place(which: Subject, a: Subject, found: Found) -> str:
    """Say where one of the two has its content, seen from the other."""
    if math.isnan(found.down):
        return "the shift could not be measured"
    if found.still:
        return "no shift was found in these crops"
    sign = -1 if which is a else 1
    down, right = sign * found.down, sign * found.right
    vertical = f"{abs(down):.2f} px {'down' if down > 0 else 'up'}"
    horizontal = f"{abs(right):.2f} px {'right' if right > 0 else 'left'}"
    return f"a crop of it lies {vertical} and {horizontal}"


def _short(cause: str, a: Subject, b: Subject) -> str:
    """Name a cause that comes beside the main one."""
    match cause:
        case "edge rule":
            return f"edge rules ({a.edge}, {b.edge})"
        case "antialiasing" | "clipping" | "8-bit path" | "position steps":
            return cause
        case "corner alignment" | "asymmetric grid" | "half a pixel":
            return f"sampling ({a.sampling}, {b.sampling})"
        case "nearest's rule" if a.kernel == b.kernel:
            return f"sampling ({a.sampling}, {b.sampling})"
        case _:
            return f"kernels ({a.kernel.name}, {b.kernel.name})"


def _remark(a: Subject, b: Subject, stated: list[str]) -> str:
    """Say what the metadata have different although the pixels are not."""
    strong = {*stated} - {"edge rule", "clipping", "8-bit path", "position steps"}
    if strong and a.kernel.family == "nearest":
        grids = f"one samples {a.sampling} and the other {b.sampling}"
        return f", though {grids}: nearest neighbour hides that at this scale"
    if strong:
        return ", though their metadata differ in more: one is misstated, or there is no detail"
    if stated:
        return f"; they differ in {_listed(stated, a, b)}, hardly seen here"
    return ""


def _unexplained(a: Subject, b: Subject, stated: list[str], found: Found) -> str:
    shift = "" if found.still else f"; {_place(b, a, found).replace('it', b.name, 1)}"
    measured = (
        f"Up to {found.largest} levels of 255 apart, {found.inside} inside the borders{shift}"
    )
    if not stated:
        return f"{measured}; their metadata state no difference."
    return f"{measured}; what their metadata state ({', '.join(stated)}) does not account for it."


def _listed(stated: list[str], a: Subject, b: Subject) -> str:
    return listed([_short(cause, a, b) for cause in stated])
