"""How far two methods are apart, at several sizes both ways, and in what they differ."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from upbench.benchmark.core.sizes import Ratio, as_scale, output_size
from upbench.benchmark.core.text import plugin_errors
from upbench.benchmark.imaging.embedded import read_embedded
from upbench.benchmark.imaging.validation import checked_output, checked_pixels
from upbench.benchmark.theory.port.behaviour import PROPERTIES, Behaviour, stated
from upbench.benchmark.theory.port.call import LIBRARIES
from upbench.benchmark.theory.port.calls import CALLS
from upbench.benchmark.theory.port.identify import identify
from upbench.benchmark.theory.port.recipes import (
    DIRECTIONS,
    TIES,
    Recipe,
    compiled,
    recipe,
    recipes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from upbench.benchmark.core.arrays import Image, Image8
    from upbench.benchmark.core.contract import Method, Size
    from upbench.benchmark.theory.port.behaviour import Direction

SIZES: tuple[tuple[Size, Size], ...] = (
    ((64, 80), (128, 160)),
    ((64, 80), (192, 240)),
    ((64, 80), (96, 120)),
    ((61, 83), (75, 112)),
    ((128, 160), (64, 80)),
    ((128, 160), (43, 54)),
    ((130, 160), (39, 48)),
    ((131, 163), (75, 112)),
)
"""From and to: larger by 2, 3, 1.5 and an odd size, smaller by 2, 3, 0.3 and to an odd size."""
AGREE = 1e-4
"""Largest difference of float32 outputs in [0, 1] that rounding makes."""
FAR = 1.0
"""Levels of 255 from which a recipe is none."""
EIGHT_BITS = {"interpolation": "rounds after each axis", "pixel-art": "has 8 bits throughout"}
"""What a method's own 8-bit path does, by family: only a resize has axes to round between."""
BORDER = 0.15
"""The part of each side, at both ends, that is not inside."""


class Property(NamedTuple):
    """One property of two methods."""

    name: str
    a: str
    b: str
    same: bool | None
    """None where one of them is not known."""


class Apart(NamedTuple):
    """How far two methods are apart at one size."""

    before: Size
    after: Size
    largest: float | None
    """In levels of 255, of float32 outputs that are not clipped; None where one has no such size.
    """
    inside: float | None
    """The same away from the borders."""
    eight_bit: float | None
    """The largest difference of 8-bit outputs, in levels, by each one's own 8-bit path."""
    note: str = ""
    """Why there are no numbers."""


class Port(NamedTuple):
    """Everything about porting b to a's numbers."""

    a: Method
    b: Method
    properties: tuple[Property, ...]
    probed: tuple[str, ...]
    """Sentences about what was found by probing, where metadata do not say it."""
    apart: tuple[Apart, ...]
    recipes: tuple[Recipe, ...]

    @property
    def agrees(self) -> dict[str, bool]:
        """Whether the two agree, by direction, where they could be compared."""
        found: dict[str, bool] = {}
        for one in self.apart:
            if one.largest is not None:
                direction = _direction(one.before, one.after)
                found[direction] = found.get(direction, True) and one.largest <= AGREE * 255
        return found


def _direction(before: Size, after: Size) -> Direction:
    return "larger" if after[0] > before[0] else "smaller"


def compare_methods(a: Method, b: Method) -> Port:
    """Compare two methods: a's numbers are wanted, b is to give them.

    Raises:
        MethodError: A method cannot be loaded or run.
    """
    known, probed = zip(*(_known(method) for method in (a, b)), strict=True)
    properties = tuple(_property(name, heading, *known) for name, heading in PROPERTIES.items())
    one, other = _eight_bit_path(a), _eight_bit_path(b)
    properties += (Property("8 bits", one, other, one == other),)
    return Port(
        a,
        b,
        properties,
        tuple(filter(None, probed)),
        tuple(_apart(a, b, before, after) for before, after in SIZES),
        tuple(_recipes(a, known[0], b.backend if _is_library(b) else "")),
    )


def _recipes(a: Method, known: Behaviour, library: str) -> Iterator[Recipe]:
    """Yield the recipes of a method's numbers, measured; by direction where one is not for both."""
    found = [_measured(one, a, library) for one in recipes(known, library)]
    if len(found) == 1 and not found[0].code:
        found = [_measured(recipe(known, library, one), a, library) for one in DIRECTIONS]
        if len({one.reason for one in found}) == 1 and not any(one.code for one in found):
            found = [replace(found[0], directions=DIRECTIONS)]
    own = {call.caveat for call in CALLS if (call.library, call.does) == (a.backend, known)}
    for one in found:
        caveats = dict.fromkeys(filter(None, [one.caveat, *own]))
        yield replace(one, caveat="; ".join(caveats)) if one.code else one


def _measured(one: Recipe, a: Method, library: str) -> Recipe:
    """Run a recipe at the sizes of its directions; say so where it is not the method itself."""
    if not one.code or one.caveat == TIES or not a.any_size:
        return one
    worst, resize, wanted = 0.0, compiled(one), _on_plane(a)
    sizes = [size for size in SIZES if _direction(*size) in one.directions]
    for before, after in sizes:
        plane = (_picture(before, 1)[:, :, 0] / 255.0).astype(np.float32)
        apart = np.abs(np.asarray(resize(plane, after), np.float64) - wanted(plane, after))
        worst = max(worst, float(apart.max()) * 255)
    if worst <= AGREE * 255:
        return one
    distance = f"{worst:.2g} levels of 255"
    if worst > FAR:
        call = f"{LIBRARIES[library]}'s nearest call"
        reason = f"{call} is up to {distance} away at the sizes measured."
        return replace(one, code="", caveat="", reason=reason)
    caveat = f"at the {len(sizes)} sizes measured it comes within {distance}, not closer"
    return replace(one, caveat=caveat)


# ------------------------------------------------------------------ in what they differ


def _known(method: Method) -> tuple[Behaviour, str]:
    """Return what a method states, filled with what probing finds, and a sentence about that."""
    said = stated(method)
    if said.kernel and "unknown" not in {said.sampling, said.edge}:
        return said, ""
    found = identify(_on_plane(method))
    if not found.is_it:
        near = f"{found.behaviour.kernel}, {found.behaviour.sampling}"
        return said, (
            f"{method.name} does not state all of what it does, and probing finds no known resize: "
            f"the nearest is {near}, off by {found.off * 255:.3g} levels of 255 on noise."
        )
    filled = {
        field.name: getattr(found.behaviour, field.name)
        for field in fields(said)
        if getattr(said, field.name) in {"", "unknown"}
    }
    antialias, how = _antialias(method, said)
    filled["antialias"] = antialias
    seen = ", ".join(f"{PROPERTIES[name]} {value}" for name, value in filled.items())
    exact = f"to {found.off * 255:.1g} levels of 255 on noise{how}"
    return replace(said, **filled), f"Found by probing {method.name}: {seen} ({exact})."


def _antialias(method: Method, said: Behaviour) -> tuple[str, str]:
    """Find whether a method stretches its kernel where it makes images smaller."""
    if said.antialias != "unknown" or not method.any_size:
        return said.antialias, ""
    found = identify(_on_plane(method), (46, 58), (17, 19))
    if found.is_it:
        return found.behaviour.antialias, ""
    return "unknown", "; where images are made smaller it is none of the known ones"


def _on_plane(method: Method) -> Callable[[NDArray[Any], Size], NDArray[Any]]:
    def resize(plane: NDArray[Any], size: Size) -> NDArray[Any]:
        channels = 3 if method.colour == "rgb" else 1
        image = np.repeat(np.asarray(plane, np.float32)[:, :, None], channels, axis=2)
        return _resized(method, image, size)[:, :, 0]

    return resize


def _property(name: str, heading: str, a: Behaviour, b: Behaviour) -> Property:
    one, other = (
        [getattr(behaviour.where(direction), name) for direction in DIRECTIONS]
        for behaviour in (a, b)
    )
    known = not {"", "unknown"} & {*one, *other}
    return Property(heading, _both(one), _both(other), one == other if known else None)


def _both(values: Sequence[Any]) -> str:
    """Write what holds where images are made larger, and where they are made smaller."""
    larger, smaller = map(_text, values)
    return larger if larger == smaller else f"{larger}; smaller: {smaller}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "to the input's range" if value else "no"
    return str(value) or "unknown"


def _eight_bit_path(method: Method) -> str:
    if method.eight_bit is not None:
        return EIGHT_BITS.get(method.family, "a path of its own")
    return "the library's own path" if method.library_8bit is not None else "rounds at the end"


def _is_library(method: Method) -> bool:
    """Whether a method is one of the calls that recipes are written with."""
    return bool(stated(method).kernel) and method.family == "interpolation" and method.any_size


# ------------------------------------------------------------------ how far apart


def _apart(a: Method, b: Method, before: Size, after: Size) -> Apart:
    for method in (a, b):
        if not _can(method, before, after):
            return Apart(before, after, None, None, None, f"{method.name} offers {method.offered}")
    channels = 1 if "luma" in {a.colour, b.colour} else 3
    levels = _picture(before, channels)
    image = (levels / 255.0).astype(np.float32)
    one, other = (np.asarray(_resized(m, image, after), np.float64) * 255 for m in (a, b))
    pixels = [_pixels(method, levels, after).astype(int) for method in (a, b)]
    apart = np.abs(one - other)
    rows, columns = (slice(int(BORDER * n) + 1, n - int(BORDER * n) - 1) for n in after)
    return Apart(
        before,
        after,
        float(apart.max()),
        float(apart[rows, columns].max()),
        float(np.abs(pixels[0] - pixels[1]).max()),
    )


def _picture(size: Size, channels: int) -> Image8:
    """Return a part of a photograph with much detail, and with edges at its border."""
    name = "camera" if channels == 1 else "coffee"
    image = read_embedded(name)[100 : 100 + size[0], 200 : 200 + size[1]]
    return np.asarray(np.rint(image * 255).astype(np.uint8))


def _can(method: Method, before: Size, after: Size) -> bool:
    if method.any_size:
        return True
    scale = Ratio(after[0], before[0])
    return method.offers(as_scale(scale)) and output_size(before, as_scale(scale)) == after


def _resized(method: Method, image: Image, size: Size) -> Image:
    """Run a method on an image.

    Raises:
        MethodError: It fails, or gives back what is no image.
    """
    pixels = f"{image.shape[0]} x {image.shape[1]} pixels"
    with plugin_errors(f"{method.name} fails on an image of {pixels}"):
        if method.any_size:
            output = method.load_any_size()(image, size)
        else:
            output = method.load(as_scale(Ratio(size[0], image.shape[0])))(image)
        return checked_output(output, image.shape, size)


def _pixels(method: Method, levels: Image8, size: Size) -> Image8:
    """Run a method on 8-bit pixels, by its own 8-bit path if it has one.

    Raises:
        MethodError: It fails, or gives back what is no image.
    """
    path = method.library_8bit or method.eight_bit
    if path is None:
        output = _resized(method, (levels / 255.0).astype(np.float32), size)
        return np.asarray(np.rint(np.clip(output, 0, 1) * 255).astype(np.uint8))
    asked: Any = size if method.any_size else as_scale(Ratio(size[0], levels.shape[0]))
    with plugin_errors(f"The 8-bit path of {method.name} fails on {levels.shape[:2]} pixels"):
        return checked_pixels(path(levels, asked), levels.shape, size)
