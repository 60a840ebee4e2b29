"""The code that makes one library give another's numbers, or why it cannot be had.

A recipe is a call of the library that has the same kernel, grid and antialiasing, with what is
missing put around it: another edge rule by padding (whole output pixels, so that the grid stays),
dropped taps by dividing by what an image of ones gives, clipping by ``np.clip``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from upbench.benchmark.theory.port.call import LIBRARIES, NOT_EXACT, REACH
from upbench.benchmark.theory.port.calls import CALLS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from upbench.benchmark.theory.port.behaviour import Behaviour, Direction
    from upbench.benchmark.theory.port.call import Call

DIRECTIONS: tuple[Direction, ...] = ("larger", "smaller")

_PADDED = {"mirror": "symmetric", "reflect": "reflect", "replicate": "edge"}
"""numpy's name of each edge rule that can be had by padding."""
_ALIKE = {"mirror", "replicate", "renormalise"}
"""Edge rules that come to the same for a triangle that is not stretched."""
_AREAS = {"box", "nearest"}
"""Kernels that come to the same where an image is made larger."""

_DOCSTRING = '"""Resize one channel: plane is float32 (H, W), size is (height, width)."""'
"""What a recipe's function says of what it takes: another dtype gives other numbers."""

_RULES = {
    "stretch": "a stretched kernel",
    "gaussian": "a Gaussian first",
    "none": "no antialiasing",
}

TIES = (
    "where a pixel's centre lies exactly on the line between two pixels of the other image, as at "
    "x1.5, or on the asymmetric grid its corner does, each library takes the side that its "
    "rounding gives"
)
"""What no recipe can mend of nearest neighbour and boxes."""


@dataclass(frozen=True)
class Recipe:
    """How to get a behaviour from a library."""

    directions: tuple[Direction, ...]
    """Where it holds: making images larger, smaller, or both."""
    code: str
    """Python that defines ``resize(plane, size)``; "" where there is none."""
    reason: str = ""
    """Why it cannot be had."""
    caveat: str = ""
    """What may differ all the same."""


def recipes(wanted: Behaviour, library: str) -> tuple[Recipe, ...]:
    """Return the recipes of a behaviour: one for both directions where one will do."""
    larger, smaller = (recipe(wanted, library, direction) for direction in DIRECTIONS)
    if (larger.code, larger.reason) == (smaller.code, smaller.reason):
        return (replace(larger, directions=DIRECTIONS),)
    both = recipe(wanted, library, *DIRECTIONS)
    return (both,) if both.code else (larger, smaller)


def recipe(wanted: Behaviour, library: str, *directions: Direction) -> Recipe:
    """Return the recipe of a behaviour by a library, which must hold in all these directions."""
    calls = [call for call in CALLS if call.library == library]
    if len(directions) == 1:  # of each, what it does there
        wanted = wanted.where(directions[0])
        calls = [replace(call, does=call.does.where(directions[0])) for call in calls]
    for change in (_as_it_is, _padded, _divided):
        for call in calls:
            if all(_fits(call.does, wanted, direction) for direction in directions):
                body = change(call, wanted, directions)
                if body:
                    areas = {wanted.where(direction).kernel for direction in directions} & _AREAS
                    caveat = TIES if areas else call.caveat
                    return Recipe(directions, _written(call, body), caveat=caveat)
    return Recipe(directions, "", _reason(calls, wanted, library, directions))


def compiled(recipe: Recipe) -> Callable[[NDArray[Any], tuple[int, int]], NDArray[Any]]:
    """Return the function that a recipe defines: (float32 (H, W), (height, width)) -> (H', W')."""
    names: dict[str, Any] = {}
    exec(compile(recipe.code, "<recipe>", "exec"), names)  # noqa: S102 - our own text
    function: Callable[[NDArray[Any], tuple[int, int]], NDArray[Any]] = names["resize"]
    return function


# ------------------------------------------------------------------ which call fits


def _fits(does: Behaviour, wanted: Behaviour, direction: Direction) -> bool:
    """Say whether a call has the kernel, the grid and the antialiasing that are wanted."""
    does, wanted = does.where(direction), wanted.where(direction)
    larger = direction == "larger"
    kernels = {does.kernel, wanted.kernel}
    same_kernel = len(kernels) == 1 or (larger and kernels == _AREAS)
    return (
        same_kernel
        and does.sampling == wanted.sampling
        and (larger or does.antialias == wanted.antialias)
        and "unknown" not in {wanted.sampling, wanted.edge}
    )


def _same_edge(does: Behaviour, wanted: Behaviour, directions: tuple[Direction, ...]) -> bool:
    return all(_same_edge_there(does, wanted, direction) for direction in directions)


def _same_edge_there(does: Behaviour, wanted: Behaviour, direction: Direction) -> bool:
    does, wanted = does.where(direction), wanted.where(direction)
    blurred = direction == "smaller" and wanted.antialias == "gaussian"
    if does.edge == wanted.edge:
        return True
    if "constant" in {does.edge, wanted.edge}:  # at some sizes a pixel is that value, not its own
        return False
    if wanted.kernel in _AREAS and not blurred:  # none reads beyond the border
        return True
    plain = direction == "larger" or wanted.antialias == "none"
    return wanted.kernel == "triangle" and plain and {does.edge, wanted.edge} <= _ALIKE


# ------------------------------------------------------------------ what is put around it


def _as_it_is(call: Call, wanted: Behaviour, directions: tuple[Direction, ...]) -> list[str]:
    if not _same_edge(call.does, wanted, directions):
        return []
    if wanted.clips:
        return [f"resized = {call.code}", _returned(wanted, "resized")]
    return [f"return {call.code}"]


def _padded(call: Call, wanted: Behaviour, _: tuple[Direction, ...]) -> list[str]:
    mode, reach = _PADDED.get(wanted.edge), REACH.get(wanted.kernel)
    if mode is None or reach is None or wanted.sampling != "half-pixel" or wanted.shrinks:
        return []
    return [
        *_pads(reach),
        f'plane = np.pad(plane, pads, mode="{mode}")',
        "height, width = size[0] + 2 * cut[0], size[1] + 2 * cut[1]",
        f"resized = {call.code}",
        _returned(wanted, "resized[cut[0] : cut[0] + size[0], cut[1] : cut[1] + size[1]]"),
    ]


def _divided(call: Call, wanted: Behaviour, _: tuple[Direction, ...]) -> list[str]:
    reach = REACH.get(wanted.kernel)
    half_pixel = wanted.sampling == "half-pixel" and not wanted.shrinks
    if wanted.edge != "renormalise" or reach is None or not half_pixel:
        return []
    return [
        *_pads(reach),
        "height, width = size[0] + 2 * cut[0], size[1] + 2 * cut[1]",
        "parts = []",
        "given = plane",
        "for plane in (np.pad(given, pads), np.pad(np.ones_like(given), pads)):",
        f"    resized = {call.code}",
        "    parts.append(resized[cut[0] : cut[0] + size[0], cut[1] : cut[1] + size[1]])",
        _returned(wanted, "parts[0] / parts[1]", "given"),
    ]


def _returned(wanted: Behaviour, resized: str, given: str = "plane") -> str:
    """Write the last line: a padded plane has the range of the plane, one padded by 0 has not."""
    clipped = f"np.clip({resized}, {given}.min(), {given}.max())"
    return f"return {clipped if wanted.clips else resized}"


def _pads(reach: int) -> Iterator[str]:
    """Yield the lines that find how much to pad: pixels that make whole output pixels."""
    yield "pads, cut = [], []"
    yield "for n, m in zip(plane.shape, size):"
    yield "    step = n // math.gcd(n, m)  # so many pixels make whole output pixels"
    yield f"    times = math.ceil(({reach} * max(1, n / m) + 1) / step)"
    yield "    pads.append((times * step, times * step))"
    yield "    cut.append(times * m // math.gcd(n, m))"


def _written(call: Call, body: list[str]) -> str:
    """Write the module that defines ``resize``."""
    text = "\n".join([call.setup, *body])
    imports = ["import math"] if "math." in text else []
    imports += ["", "import numpy as np"] if imports and "np." in text else []
    imports += ["import numpy as np"] if not imports and "np." in text else []
    setup = ["", "", call.setup] if call.setup else []
    lines = [*imports, *call.modules, *setup, "", "", "def resize(plane, size):"]
    first = [_DOCSTRING]
    first += [] if "height, width = size[0]" in text else ["height, width = size"]
    return "\n".join([*lines, *(_indented(line) for line in [*first, *body]), ""])


def _indented(line: str) -> str:
    """Indent a statement, whose call may go over several lines, as a function's body."""
    own = " " * (len(line) - len(line.lstrip()))
    return "    " + line.replace("\n", f"\n    {own}")


# ------------------------------------------------------------------ why not


def _reason(
    calls: list[Call], wanted: Behaviour, library: str, directions: tuple[Direction, ...]
) -> str:
    """Say what the library lacks, in one sentence."""
    name = LIBRARIES.get(library, library)
    if library in NOT_EXACT or not calls:
        unknown = f"no recipe is known for {name or 'a method without a library'}."
        return NOT_EXACT.get(library, unknown)
    if "unknown" in {wanted.sampling, wanted.edge} or not wanted.kernel:
        return "what is wanted is not stated: its kernel, grid or edge rule is unknown."
    kernels = {call.does.kernel for call in calls} | (
        {"box"} if directions == ("larger",) else set()
    )
    if wanted.kernel not in kernels:
        return f"{name} has no resize with the kernel {wanted.kernel}."
    having = [call for call in calls if call.does.kernel == wanted.kernel]
    if wanted.sampling not in {call.does.sampling for call in having}:
        return f"{name} has no {wanted.kernel} on the grid {wanted.sampling}."
    having = [call for call in having if call.does.sampling == wanted.sampling]
    if "smaller" in directions and wanted.antialias not in {c.does.antialias for c in having}:
        rule = _RULES.get(wanted.antialias, "unknown antialiasing")
        return f"{name} has no {wanted.kernel} with {rule} where images are made smaller."
    return f"{name} has no {wanted.kernel} with the edge rule {wanted.edge}."
